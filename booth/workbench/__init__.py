"""The technician's workbench: calibration on the cameras of a running booth."""
