"""How large the item is: the box round what depth sees above the tray."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.domain.picture import Calibration, DepthCorrection, Intrinsics, View

Floats = NDArray[np.float32]
Size = tuple[float, float, float]

LOW_MM, LOW_SHARE = 4.0, 0.008
"""Height over the tray, also as a share of the distance, below which a reading is the tray's: stereo depth at
0.7 m scatters by some millimetres, and so does its plane (booth/calibration/tray/empty.py)."""
HIGHEST_MM, FARTHEST_MM = 800.0, 400.0
"""Over the tray and from its middle: what lies further is not on it."""
STEEP = 0.03
"""Of the distance, between neighbours: a reading so far off both is mixed from two surfaces."""
SAMPLE_PX = 320
"""Readings are taken at about so many columns of a picture."""
CELL_MM = 2.5
SMALLEST_CELLS = 12
PART_SHARE, PART_MM = 0.1, 25.0
"""Parts of an item: so large a share of the largest, and no further from it."""
TRIMMED, TOPMOST = 0.3, 99.0
"""Percent of the readings beyond a side that are taken for stray, and below the top."""


def size_of(views: Iterable[View], calibration: Calibration | None) -> Size | None:
    """Length >= width >= height in mm of the item's box, from all views that have depth; else None.

    It stands upright on the tray and is turned so that its footprint is smallest.
    """
    if calibration is None:
        return None
    seen = [_above_tray(view, calibration) for view in views]
    points = np.concatenate([np.empty((0, 3), np.float32), *seen])
    points = _item_of(points)
    if len(points) < SMALLEST_CELLS:
        return None
    length, width = _footprint(points[:, :2])
    height = float(np.percentile(points[:, 2], TOPMOST))
    one, two, three = sorted((length, width, height), reverse=True)
    return one, two, three


def _above_tray(view: View, calibration: Calibration) -> Floats:
    """What the view sees over the tray's plane, (n, 3): along the plane, and the height."""
    frame = view.frame
    camera = calibration.cameras.get(frame.camera_id)
    nothing = np.empty((0, 3), np.float32)
    if frame.depth_mm is None or camera is None or not frame.depth_mm.any():
        return nothing
    if frame.depth_mm.shape != (camera.intrinsics.height, camera.intrinsics.width):
        return nothing
    correction = calibration.depth.get(frame.camera_id) or DepthCorrection()
    depth, rays = _readings(frame.depth_mm, camera.intrinsics, correction)
    plane, pose = np.array(calibration.tray_plane), camera.pose()
    height = depth * (rays @ (plane[:3] @ pose[:3, :3])) + (plane[:3] @ pose[:3, 3] + plane[3])
    high = (height > np.maximum(LOW_MM, LOW_SHARE * depth)) & (height < HIGHEST_MM)
    flat = _flat(plane)
    along = (rays[high] * depth[high, None]) @ (flat @ pose[:3, :3]).T + flat @ pose[:3, 3]
    near = np.hypot(along[:, 0], along[:, 1]) < FARTHEST_MM
    return np.asarray(np.column_stack([along, height[high]])[near], np.float32)


def _readings(
    depth_mm: NDArray[np.uint16], lens: Intrinsics, correction: DepthCorrection
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Depths in mm, (n,), and the rays they are taken along, (n, 3) with z = 1."""
    step = max(1, round(depth_mm.shape[1] / SAMPLE_PX))
    cut = np.ascontiguousarray(depth_mm[::step, ::step])
    rows, columns = np.nonzero(_steady(cut))
    depth = cut[rows, columns] * correction.scale + correction.offset_mm
    pixels = np.stack([columns, rows], axis=1).astype(np.float64) * step
    if len(pixels):
        distortion = np.array(lens.distortion, np.float64)
        pixels = cv2.undistortPoints(pixels[:, None], lens.matrix(), distortion)[:, 0]
    return np.asarray(depth, np.float64), np.column_stack([pixels, np.ones(len(pixels))])


def _steady(depth_mm: NDArray[np.uint16]) -> NDArray[np.bool_]:
    """Readings that their neighbours bear out: not the ones between an edge and what is behind it."""
    depth = depth_mm.astype(np.float32)
    middle = cv2.medianBlur(depth, 3)
    return np.asarray((depth_mm > 0) & (np.abs(depth - middle) < STEEP * depth), np.bool_)


def _flat(plane: NDArray[np.float64]) -> NDArray[np.float64]:
    """Two directions along the tray, (2, 3)."""
    up = plane[:3]
    side = np.cross(np.eye(3)[int(np.argmin(np.abs(up)))], up)
    side /= np.linalg.norm(side)
    return np.stack([side, np.cross(up, side)])


def _item_of(points: Floats) -> Floats:
    """The largest heap of readings seen from above, with what lies close by; without specks."""
    if len(points) < SMALLEST_CELLS:
        return points[:0]
    cells = np.floor(points[:, :2] / CELL_MM).astype(np.int64)
    cells -= cells.min(axis=0) - 2
    grid = np.zeros(tuple(cells.max(axis=0) + 3), np.uint8)
    grid[cells[:, 0], cells[:, 1]] = 1
    grid = cv2.morphologyEx(grid, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    grid = cv2.morphologyEx(grid, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(grid)
    if len(stats) < 2 or stats[1:, cv2.CC_STAT_AREA].max() < SMALLEST_CELLS:
        return points[:0]
    kept = _heap(np.asarray(labels, np.int32), np.asarray(stats[:, cv2.CC_STAT_AREA], np.int32))
    return np.asarray(points[kept[cells[:, 0], cells[:, 1]]], np.float32)


def _heap(labels: NDArray[np.int32], areas: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Cells of the largest part, and of large ones near it."""
    largest = 1 + int(areas[1:].argmax())
    reach = 2 * round(PART_MM / CELL_MM) + 1
    near = cv2.dilate((labels == largest).astype(np.uint8), np.ones((reach, reach), np.uint8)) > 0
    parts = [
        label
        for label in range(1, len(areas))
        if areas[label] >= PART_SHARE * areas[largest] and near[labels == label].any()
    ]
    return np.asarray(np.isin(labels, parts), np.bool_)


def _footprint(points: Floats) -> tuple[float, float]:
    """The sides of the smallest rectangle round the readings, the stray ones left out."""
    _, _, degrees = cv2.minAreaRect(cv2.convexHull(np.ascontiguousarray(points)))
    radians = np.radians(degrees)
    turn = np.array([[np.cos(radians), -np.sin(radians)], [np.sin(radians), np.cos(radians)]], np.float32)
    low, high = np.percentile(points @ turn, (TRIMMED, 100 - TRIMMED), axis=0)
    return float(high[0] - low[0]), float(high[1] - low[1])
