"""One file or one package a kind of device, and what they share; a driver blocks and owns no thread."""
