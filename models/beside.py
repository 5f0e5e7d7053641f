"""What lies beside the item: how surely the tray there differs from the empty tray, shadows set aside."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.domain.percept import FloatArray
from models.locate import Found

GAMMA = 2.2
DARKEST = 0.004
"""Added to both sides of a ratio of linear values, so that a sensor's noise in the dark is no difference."""
RIM_PX = 5
"""The item's rim, at the working size, where its edge and its closest shadow blend into the tray."""
HUE = (0.10, 0.30)
"""Natural logarithms of how far the colours change apart: from no sign to a sure one."""
BRIGHTER = (0.12, 0.40)
DARKER = (0.30, 0.80)
"""A shadow of several wide lights darkens less, and gently; a wet or covered ground has an edge."""
STEEP = (0.06, 0.16)
"""Change of the logarithm within two pixels at an edge of something that lies on the tray."""
NEAR_EDGE_PX = 9

Mask = NDArray[np.uint8]


def beside_of(found: Found) -> FloatArray | None:
    """How surely each pixel of `found.small` beside the item is not the empty tray, (h, w) float32 in 0..1.

    A gain of the exposure is taken out by the median over the tray. A shadow takes alike from all colours
    and ends softly (Prati et al. 2003, "Detecting Moving Shadows"); a puddle or a fragment changes the hue,
    is brighter, or is darker with an edge.

    Returns:
        None without a picture of the empty tray, or where no item was found.
    """
    if found.ground is None or found.mask is None:
        return None
    item = cv2.dilate(found.mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * RIM_PX + 1,) * 2)) > 0
    if item.all():
        return None
    change = _change(found.small, found.ground)
    change -= np.median(change[~item], axis=0)
    common = change.mean(axis=2)
    hue = np.abs(change - common[..., None]).max(axis=2)
    sure = np.maximum(_ramp(hue, HUE), _ramp(common, BRIGHTER))
    sure = np.maximum(sure, _ramp(-common, DARKER) * _edged(common, item))
    sure[item] = 0.0
    opened = cv2.morphologyEx(sure, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    return np.asarray(opened, np.float32)


def _change(small: NDArray[np.uint8], ground: NDArray[np.uint8]) -> FloatArray:
    """Logarithm of each colour against the empty tray's, (h, w, 3)."""
    table = np.log((np.arange(256, dtype=np.float32) / 255) ** GAMMA + DARKEST)
    seen, empty = (cv2.blur(each, (3, 3)) for each in (small, ground))
    return np.asarray(table[seen] - table[empty], np.float32)


def _edged(common: FloatArray, item: NDArray[np.bool_]) -> FloatArray:
    """How surely an edge is near, 0..1: steep changes off the item, spread over their neighbourhood."""
    steep = np.maximum(
        np.abs(cv2.Sobel(common, cv2.CV_32F, 1, 0)), np.abs(cv2.Sobel(common, cv2.CV_32F, 0, 1))
    )
    near_item = cv2.dilate(item.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    sure = _ramp(np.asarray(steep / 4.0, np.float32), STEEP)
    sure[near_item] = 0.0
    return np.asarray(cv2.dilate(sure, np.ones((NEAR_EDGE_PX, NEAR_EDGE_PX), np.uint8)), np.float32)


def _ramp(values: FloatArray, ends: tuple[float, float]) -> FloatArray:
    return np.asarray(np.clip((values - ends[0]) / (ends[1] - ends[0]), 0.0, 1.0), np.float32)
