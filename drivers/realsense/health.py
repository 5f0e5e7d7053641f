"""A RealSense camera's own check of its depth calibration, where the device offers it."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pyrealsense2 as rs

from booth.errors import DeviceError
from drivers.realsense.camera import RealSenseCamera

WIDTH, HEIGHT, FPS = 256, 144, 90
"""The depth mode in which librealsense's viewer runs the check (common/on-chip-calib.cpp)."""
CHECK = json.dumps({"calib type": 0, "speed": 3, "scan parameter": 0, "host assistance": 0})
"""Regular, slow, scanned along y: the defaults (librealsense, rs_device.h, rs2_run_on_chip_calibration)."""
TIMEOUT_S = 15.0
GOOD, FAIR = 0.25, 0.75
"""Below 0.25 the calibration is good, from 0.75 on it must be renewed (the same page)."""


def self_check(camera: RealSenseCamera) -> Mapping[str, float]:
    """How far the calibration has drifted, by the device's own measure; nothing is written to it.

    The camera must be closed, and see something textured that fills its picture.

    Returns:
        `health`, and the limits `good` and `fair` that its amount is read against.

    Raises:
        DeviceError: the device has no such check, or it fails.
    """
    device = camera.device()
    if not device.is_auto_calibrated_device():
        raise DeviceError(f"RealSense {camera.camera_id} cannot check itself: measure its depth on a board")
    mode = rs.config()
    mode.enable_stream(rs.stream.depth, WIDTH, HEIGHT, rs.format.z16, FPS)
    pipeline = rs.pipeline(camera.context)
    pipeline.set_device(device)
    try:
        pipeline.start(mode)
        try:
            return {"health": _measured(device), "good": GOOD, "fair": FAIR}
        finally:
            pipeline.stop()
    except RuntimeError as error:
        raise DeviceError(
            f"RealSense {camera.camera_id} could not check itself, show it a textured flat target: {error}"
        ) from error


def _measured(device: rs.device) -> float:
    """The health figure; the table in use stays the one that was. Raises: RuntimeError."""
    calibrated = device.as_auto_calibrated_device()
    before = calibrated.get_calibration_table()
    try:
        _, health = calibrated.run_on_chip_calibration(CHECK, int(TIMEOUT_S * 1000))
    finally:
        calibrated.set_calibration_table(before)
    return float(health[0])
