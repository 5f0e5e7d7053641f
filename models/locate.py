"""Finds the item in a view: what rises above the tray, differs from the empty tray, or stands out alone."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.domain.percept import FloatArray
from booth.domain.picture import Calibration, DepthCorrection, Frame, Region, View
from models.ground import differs
from models.heights import over_tray
from models.orientation import MARGIN, hull_of, outline_of, region_of, turn_of
from models.salience import filled, salient
from models.tray import Tray, Trays, step_of, thinned, thinned_depth

VERSION = "2"
"""Changes whenever a region is laid otherwise: features of two ways never mix."""
SURE = 0.5
"""A pixel is not the empty tray where it is more sure than this."""
GAP = np.ones((5, 5), np.uint8)
"""Pixels that noise left out within the item are closed with this."""
RISE_MM = 6.0
RISE_PER_DEPTH, RISE_PER_DEPTH_OVER_EMPTY = 0.02, 0.01
"""Stereo depth is wrong by up to 2 % of the distance (Intel RealSense D400 datasheet, depth quality); most of
that is the same for the empty tray, where its depth is known."""
SPECK_SHARE = 0.001
"""Connected changes below this share of the picture are noise."""
SOLID_SHARE = 0.5
FROM_ABOVE_DEG = 40.0
"""A camera within this of the vertical sees how the item lies on the tray; others see which way is up."""

Mask = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Where the item is in a view.

    Attributes:
        region: around the item; the whole picture where nothing was found.
        mask: (h, w) uint8 of 0 and 1, one pixel for `step` of the picture's each way: what is the item. None
            where nothing was found.
        small: (h, w, 3) uint8, the picture at that size.
        differing: (h, w) float32 in 0..1, how surely each pixel is not the empty tray; None where there is no
            picture of it.
        expected: the view is calibrated well enough that an item would have been found.
    """

    region: Region
    mask: Mask | None
    step: int
    small: NDArray[np.uint8]
    differing: FloatArray | None
    expected: bool


def locate(view: View, calibration: Calibration | None) -> Region:
    """The region around the item; the whole picture where nothing is known. See `find`."""
    return find(view, calibration).region


def find(view: View, calibration: Calibration | None, trays: Trays | None = None) -> Found:
    """The item, and a region around it with a margin.

    What rises decides, as a puddle beside the item must not; what lies flat is found by its colour. Where
    nothing is calibrated the item is what stands out from the picture's border; one that fills the picture
    keeps all of it. From above the region is turned as the item lies; else it is an upright square within
    the picture, whose side follows from the smallest circle around the item, so that turning the item does
    not change the scale.

    Args:
        trays: keeps what was made of the empty trays from one call to the next.
    """
    frame = view.frame
    height, width = frame.rgb.shape[:2]
    step = step_of(frame.rgb)
    tray = (trays or Trays()).of(frame, calibration)
    small = thinned(frame.rgb, step)
    risen = _risen(frame, tray, calibration, step) if calibration else None
    differing = None if tray.rgb is None else differs(small, tray.rgb)
    changed = None if differing is None else _solid(differing > SURE)
    expected = risen is not None or changed is not None
    mask = _chosen(risen, changed) if expected else salient(small)
    region = Region(0, 0, width, height)
    if mask is None or not mask.any():
        return Found(region, None, step, small, differing, expected)
    above = _looks_down(frame.camera_id, calibration)
    if expected or not _fills(mask):
        turned = above or not expected
        region = _region(mask, step, width, height, above=above and expected, turned=turned)
    return Found(region, mask, step, small, differing, expected)


def _region(mask: Mask, step: int, width: int, height: int, *, above: bool, turned: bool) -> Region:
    if turned:
        outline = outline_of(mask)
        turn_deg = turn_of(outline, from_above=above)
        if above or turn_deg is not None:
            return region_of(outline, turn_deg or 0.0, step, width, height)
    return _square_around(mask, step, width, height)


def _fills(mask: Mask) -> bool:
    """Whether the item with its margin would be as wide or as high as the picture."""
    *_, width, height = cv2.boundingRect(mask)
    return bool(MARGIN * max(width / mask.shape[1], height / mask.shape[0]) >= 1.0)


def _looks_down(camera_id: str, calibration: Calibration | None) -> bool:
    camera = calibration.cameras.get(camera_id) if calibration else None
    if camera is None or calibration is None:
        return False
    down = -np.array(calibration.tray_plane[:3]) @ camera.pose()[:3, 2]
    return bool(down >= math.cos(math.radians(FROM_ABOVE_DEG)))


def _chosen(risen: Mask | None, changed: Mask | None) -> Mask | None:
    if risen is None or changed is None:
        return changed if risen is None else risen
    if not risen.any() or np.count_nonzero(risen) < SOLID_SHARE * np.count_nonzero(changed):
        return np.maximum(risen, changed)
    within = cv2.fillConvexPoly(np.zeros_like(risen), hull_of(risen), 1)
    return np.maximum(risen, np.minimum(changed, within))


def _solid(mask: NDArray[np.bool_]) -> Mask:
    """Without specks and holes."""
    closed = cv2.morphologyEx(_without_specks(mask), cv2.MORPH_CLOSE, GAP)
    return filled(np.asarray(closed, np.uint8))


def _risen(frame: Frame, tray: Tray, calibration: Calibration, step: int) -> Mask | None:
    camera = calibration.cameras.get(frame.camera_id)
    if camera is None or frame.depth_mm is None or frame.depth_mm.shape != frame.rgb.shape[:2]:
        return None
    correction = calibration.depth.get(frame.camera_id, DepthCorrection())
    depth_mm = thinned_depth(frame.depth_mm, correction, step)
    if np.isnan(depth_mm).all():
        return None
    rows, columns = depth_mm.shape
    across, down = np.arange(columns)[None, :] * step, np.arange(rows)[:, None] * step
    risen = over_tray(depth_mm, across, down, camera, calibration.tray_plane)
    share = RISE_PER_DEPTH
    if tray.depth_mm is not None:
        share = RISE_PER_DEPTH_OVER_EMPTY
        risen = np.fmin(risen, tray.depth_mm - depth_mm)
    return _solid(risen > np.fmax(RISE_MM, share * depth_mm))


def _without_specks(mask: NDArray[np.bool_]) -> Mask:
    opened = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(opened, connectivity=8)
    kept = stats[:, cv2.CC_STAT_AREA] >= max(4, SPECK_SHARE * mask.size)
    kept[0] = False
    return np.take(kept.astype(np.uint8), np.asarray(labels, np.int32))


def _square_around(mask: Mask, step: int, width: int, height: int) -> Region:
    (x, y), radius = cv2.minEnclosingCircle(hull_of(mask))
    side = round(2 * (radius + 0.5) * step * MARGIN)
    wide, high = min(side, width), min(side, height)
    left = round((x + 0.5) * step - wide / 2)
    top = round((y + 0.5) * step - high / 2)
    return Region(min(max(left, 0), width - wide), min(max(top, 0), height - high), wide, high)
