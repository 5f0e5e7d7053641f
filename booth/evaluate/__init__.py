"""Measures what the booth's models can do on folders of pictures."""
