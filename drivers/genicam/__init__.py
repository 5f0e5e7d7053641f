"""GenICam cameras, through their makers' GenTL producers; `camera.py` is the driver."""
