"""How high what a depth camera sees stands over the tray, on the grid of a view's patches."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from booth.domain.percept import FloatArray
from booth.domain.picture import Calibration, CameraCalibration, DepthCorrection, Frame, Region
from booth.regions import resampled, to_picture

SAMPLES = 4
"""Readings a cell each way: their mean takes most of a depth camera's noise away."""
LEAST_READ = 0.25
"""Share of a cell's readings that must be there."""


def heights_over(
    frame: Frame, region: Region, calibration: Calibration | None, grid: tuple[int, int]
) -> FloatArray | None:
    """Mean height over the tray of each cell of a region, (rows, columns) float32 mm, NaN where unread.

    Returns:
        None without depth aligned to colour, or where it is not known how the camera stands over the tray.
    """
    camera = calibration.cameras.get(frame.camera_id) if calibration else None
    if frame.depth_mm is None or camera is None or calibration is None:
        return None
    if frame.depth_mm.shape != frame.rgb.shape[:2]:
        return None
    rows, columns = grid
    across, down = columns * SAMPLES, rows * SAMPLES
    read = resampled(_plain(frame.depth_mm), region, (across, down), nearest=True, beyond=0.0)
    depth_mm = true_depth(read, calibration.depth.get(frame.camera_id, DepthCorrection()))
    x, y = _places(region, across, down)
    heights = over_tray(depth_mm, x, y, camera, calibration.tray_plane)
    return _meant(heights, rows, columns)


def true_depth(depth_mm: NDArray[Any], correction: DepthCorrection) -> FloatArray:
    """Corrected depth in mm, float32, NaN where there is no reading.

    Args:
        depth_mm: as a camera gives it: 0, or what is not finite, is no reading.
    """
    values = depth_mm.astype(np.float32)
    values[~((values > 0) & (values < np.inf))] = np.nan
    return np.asarray(values * np.float32(correction.scale) + np.float32(correction.offset_mm), np.float32)


def over_tray(
    depth_mm: FloatArray,
    x_px: NDArray[Any],
    y_px: NDArray[Any],
    camera: CameraCalibration,
    plane: tuple[float, float, float, float],
) -> FloatArray:
    """Height over the tray plane in mm of what is seen at these pixels.

    The lens's distortion is left out: at the edge of a D400's picture it moves a point by a few pixels,
    which is below a cell.
    """
    lens, pose = camera.intrinsics, camera.pose()
    a, b, c, d = plane
    normal = np.array([a, b, c]) @ pose[:3, :3]
    offset = float(np.array([a, b, c]) @ pose[:3, 3] + d)
    across, down = normal[0] / lens.fx, normal[1] / lens.fy
    level = normal[2] - across * lens.cx - down * lens.cy
    slope = across * x_px.astype(np.float32) + down * y_px.astype(np.float32) + np.float32(level)
    return np.asarray(depth_mm * slope + np.float32(offset), np.float32)


def _plain(depth_mm: NDArray[Any]) -> NDArray[Any]:
    """Depth in a type that can be resampled."""
    if depth_mm.dtype == np.uint16:
        return depth_mm
    return np.nan_to_num(depth_mm.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)


def _places(region: Region, across: int, down: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where in the picture each sample of the region is read, two arrays of (down, across) px."""
    ends = np.array([[0, 0], [region.width, 0], [0, region.height]])
    corner, right, below = to_picture(region, ends) - 0.5
    u = ((np.arange(across) + 0.5) / across)[None, :]
    v = ((np.arange(down) + 0.5) / down)[:, None]
    x = corner[0] + u * (right[0] - corner[0]) + v * (below[0] - corner[0])
    y = corner[1] + u * (right[1] - corner[1]) + v * (below[1] - corner[1])
    return x, y


def _meant(values: FloatArray, rows: int, columns: int) -> FloatArray:
    cells = values.reshape(rows, SAMPLES, columns, SAMPLES)
    there = np.isfinite(cells)
    count = there.sum(axis=(1, 3))
    total = np.where(there, cells, 0.0).sum(axis=(1, 3))
    mean = total / np.maximum(count, 1)
    return np.asarray(np.where(count >= LEAST_READ * SAMPLES**2, mean, np.nan), np.float32)
