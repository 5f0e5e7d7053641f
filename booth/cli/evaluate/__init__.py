"""The commands that measure how well the booth does."""
