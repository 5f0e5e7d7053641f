"""A piece of calibration work as a version: recorded, compared, accepted, reported."""
