"""`booth calibrate …`: one module for each kind of work."""
