"""GigE Vision cameras, through Aravis; `camera.py` is the driver."""
