"""Finds the item in a view: what rises above the tray, or differs from the picture of the empty tray."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.domain.picture import Calibration, CameraCalibration, Picture, Region, View

WORKING_WIDTH_PX = 320
CHANGED_LEVELS = 24
"""Levels of any colour by which a pixel must differ from the empty tray; sensor noise is blurred away."""
RISE_MM = 8.0
RISE_PER_DEPTH = 0.02
"""Stereo depth is wrong by up to 2 % of the distance (Intel RealSense D400 datasheet, depth quality)."""
SPECK_SHARE = 0.001
"""Connected changes below this share of the picture are noise."""
SOLID_SHARE = 0.5
MARGIN = 1.25
"""The region's side over the item's diameter, so that what lies beside the item is seen."""

Mask = NDArray[np.uint8]


def locate(view: View, calibration: Calibration | None) -> Region:
    """The square around the item, kept within the picture; the whole picture where nothing is known.

    Its side follows from the smallest circle around the item, so that turning the item on the tray does not
    change the scale. What rises decides, as a puddle beside the item must not; what lies flat is found by
    its colour.
    """
    frame = view.frame
    height, width = frame.rgb.shape[:2]
    step = max(1, round(width / WORKING_WIDTH_PX))
    empty = calibration.empty_tray.get(frame.camera_id) if calibration else None
    camera = calibration.cameras.get(frame.camera_id) if calibration else None
    risen = _risen(frame.depth_mm, empty, camera, calibration, step) if calibration else None
    changed = _changed(frame.rgb, empty, step)
    mask = _chosen(risen, changed)
    if mask is None or not mask.any():
        return Region(0, 0, width, height)
    return _square_around(mask, step, width, height)


def _chosen(risen: Mask | None, changed: Mask | None) -> Mask | None:
    if risen is None or changed is None:
        return changed if risen is None else risen
    solid = np.count_nonzero(risen) >= SOLID_SHARE * np.count_nonzero(changed)
    return risen if solid and risen.any() else np.maximum(risen, changed)


def _changed(rgb: NDArray[np.uint8], empty: Picture | None, step: int) -> Mask | None:
    if empty is None or empty.rgb.shape != rgb.shape:
        return None
    size = (math.ceil(rgb.shape[1] / step), math.ceil(rgb.shape[0] / step))
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    ground = cv2.resize(empty.rgb, size, interpolation=cv2.INTER_AREA)
    difference = cv2.GaussianBlur(cv2.absdiff(small, ground), (3, 3), 0).max(axis=2)
    return _without_specks(difference > CHANGED_LEVELS)


def _risen(
    depth_mm: NDArray[np.uint16] | None,
    empty: Picture | None,
    camera: CameraCalibration | None,
    calibration: Calibration,
    step: int,
) -> Mask | None:
    if depth_mm is None or camera is None:
        return None
    small = depth_mm[::step, ::step].astype(np.float32)
    limit = np.maximum(RISE_MM, RISE_PER_DEPTH * small)
    risen = (small > 0) & (_height_mm(small, camera, calibration, step) > limit)
    if empty is not None and empty.depth_mm is not None and empty.depth_mm.shape == depth_mm.shape:
        ground = empty.depth_mm[::step, ::step].astype(np.float32)
        risen &= (ground == 0) | (ground - small > limit)
    return _without_specks(risen)


def _height_mm(
    depth_mm: NDArray[np.float32], camera: CameraCalibration, calibration: Calibration, step: int
) -> NDArray[np.float32]:
    """Height over the tray plane of every `step`-th pixel; distortion is below what locating needs."""
    rows, columns = depth_mm.shape
    lens = camera.intrinsics
    x = (np.arange(columns) * step - lens.cx) / lens.fx
    y = (np.arange(rows) * step - lens.cy) / lens.fy
    a, b, c, d = calibration.tray_plane
    pose = camera.pose()
    normal = np.array([a, b, c]) @ pose[:3, :3]
    offset = float(np.array([a, b, c]) @ pose[:3, 3] + d)
    slope = normal[0] * x[None, :] + normal[1] * y[:, None] + normal[2]
    return np.asarray(depth_mm * slope + offset, np.float32)


def _without_specks(mask: NDArray[np.bool_]) -> Mask:
    opened = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(opened, connectivity=8)
    kept = stats[:, cv2.CC_STAT_AREA] >= max(4, SPECK_SHARE * mask.size)
    kept[0] = False
    return np.asarray(kept[labels], np.uint8)


def _square_around(mask: Mask, step: int, width: int, height: int) -> Region:
    points = cv2.findNonZero(mask)
    (x, y), radius = cv2.minEnclosingCircle(points)
    side = round(2 * (radius + 0.5) * step * MARGIN)
    wide, high = min(side, width), min(side, height)
    left = round((x + 0.5) * step - wide / 2)
    top = round((y + 0.5) * step - high / 2)
    return Region(min(max(left, 0), width - wide), min(max(top, 0), height - high), wide, high)
