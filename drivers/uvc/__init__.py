"""Webcams and other UVC cameras, through V4L2; `camera.py` is the driver."""
