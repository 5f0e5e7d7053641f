"""The touchscreen of the booth, in Qt Widgets."""
