"""Intel RealSense D4xx cameras; `camera.py` is the driver."""
