"""The command line `booth`."""
