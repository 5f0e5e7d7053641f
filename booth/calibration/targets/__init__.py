"""Calibration targets: what they are, where they are seen and what is wrong there, how they are printed."""
