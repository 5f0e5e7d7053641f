"""Reads the bars of EAN and UPC symbols digit by digit: to check what was read, and what would not be."""
