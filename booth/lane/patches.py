"""Cuts a place of the item and the like place of a reference out of their pictures, so that they compare."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.domain.picture import Region
from booth.regions import resampled, to_picture

SIDE_PX = 384
"""Side of every patch: as much as a screen shows of it."""
SURROUNDINGS = 1.6
"""How much longer a patch's side is than the place in its middle."""
LEAST_OF_ITEM = 0.25
"""A patch shows at least this share of the item's length: a smaller one is not recognised."""
MOST_READ_PX = 4 * SIDE_PX
"""A longer window is read at fewer places: no picture of the booth's needs more for a patch."""
OUTSIDE = 236.0
"""Grey of what lies beyond the picture's edge."""
MOST_PX = 16_384

Rgb = NDArray[np.uint8]
Box = tuple[float, float, float, float]


def is_cuttable(place: Region) -> bool:
    """Whether a place is one that a picture can have."""
    sides = 1 <= place.width <= MOST_PX and 1 <= place.height <= MOST_PX
    return sides and abs(place.x) <= MOST_PX and abs(place.y) <= MOST_PX and math.isfinite(place.turn_deg)


def is_within_item(box: Box) -> bool:
    """Whether a place in shares of an item is one: NaN is not."""
    return 0 <= box[0] <= box[2] <= 1 and 0 <= box[1] <= box[3] <= 1


def window_about(place: Region, item: Region | None) -> Region:
    """A square about a place, turned as it is, with some of what surrounds it.

    Args:
        item: where the item was found in the same picture, if that is known.
    """
    side = SURROUNDINGS * max(place.width, place.height)
    if item is not None:
        side = max(side, LEAST_OF_ITEM * max(item.width, item.height))
    middle = to_picture(place, np.array([[place.width / 2, place.height / 2]]))[0]
    return _about(middle, side, side, place.turn_deg)


def box_within(place: Region, window: Region) -> Box:
    """A place in the middle of its window, in shares of the window: left, top, right, bottom."""
    across, down = place.width / window.width / 2, place.height / window.height / 2
    return 0.5 - across, 0.5 - down, 0.5 + across, 0.5 + down


def like_window(
    window: Region,
    place: Region,
    item: Region | None,
    like: Box,
    reference_item: Region,
    *,
    one_camera: bool = False,
) -> Region:
    """The part of the reference's picture that shows of its item what `window` shows of the item.

    Args:
        one_camera: both pictures are as large, as those of one camera are: then a pixel of one is a pixel of
            the other, even where the item has lost a part and its region is smaller for it.
        item: where the item was found in its picture, if that is known.
        like: the place that is like `place`, as shares of `reference_item`; cut off at its edges.
        reference_item: where the reference's picture shows its item.
    """
    known = (place.width / item.width, place.height / item.height) if item else (0.0, 0.0)
    left, right = _whole(like[0], like[2], known[0])
    top, bottom = _whole(like[1], like[3], known[1])
    of_item = np.array([reference_item.width, reference_item.height], np.float64)
    size = np.array([right - left, bottom - top]) * of_item / [place.width, place.height]
    middle = to_picture(reference_item, (np.array([left + right, top + bottom]) / 2 * of_item)[None])[0]
    across, down = (1.0, 1.0) if one_camera else size
    width, height = float(across) * window.width, float(down) * window.height
    return _about(middle, width, height, reference_item.turn_deg)


def cut(rgb: Rgb, window: Region) -> Rgb:
    """What a window shows, upright, (SIDE_PX, SIDE_PX, 3) uint8; grey beyond the picture's edge."""
    size = (min(MOST_READ_PX, window.width), min(MOST_READ_PX, window.height))
    whole = resampled(rgb, window, size, beyond=OUTSIDE)
    way = cv2.INTER_AREA if max(size) > SIDE_PX else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(whole, (SIDE_PX, SIDE_PX), interpolation=way), np.uint8)


def _whole(low: float, high: float, length: float) -> tuple[float, float]:
    """A stretch of 0..1 that was cut off at an end, at its full length again."""
    if high - low >= length or 0 < low <= high < 1:
        return low, high
    return (high - length, high) if low <= 0 else (low, low + length)


def _about(middle: NDArray[np.float64], across: float, down: float, turn_deg: float) -> Region:
    width, height = (min(MOST_PX, max(1, round(length))) for length in (across, down))
    return Region(round(middle[0] - width / 2), round(middle[1] - height / 2), width, height, turn_deg)
