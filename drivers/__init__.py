"""One file a device kind; every driver blocks and owns no thread."""
