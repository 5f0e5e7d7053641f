"""Which product it is: codes, strategies that propose, and the catalogue they search."""
