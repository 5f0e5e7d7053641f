"""Scale, light, scanner and beacon, each on a serial line of its own: `port.py`."""
