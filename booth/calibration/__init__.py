"""Calibration from pictures of known targets: lenses, array, depth, tray, colour, light, focus, drift."""
