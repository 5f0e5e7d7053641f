"""What keeps a view from being judged as it should be, as far as the view alone tells."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.domain.percept import FloatArray
from booth.domain.picture import Frame
from booth.domain.terms import Condition
from models.locate import Found

BLACK_LEVEL = 24
"""A picture is black where hardly a pixel is brighter: nothing of an item can be told from the noise."""
BLACK_SHARE = 0.995
WHITE_LEVEL = 250
SATURATED_SHARE = 0.6
"""Of the item: white packaging, lit as it should be, stays below white."""
CONTRAST_LEVELS = 12.0
"""Deviation below which a picture is too plain to tell whether it is sharp."""
BLUR_WIDTH_PX = 320
FINE, COARSE = (3, 3), (45, 45)
SHARP_RATIO = 0.025
"""Finest details over contrast. Simulated views have 0.16 to 0.7, and 0.05 when a crop of 640 px is blurred
by two; what falls below this has lost print and edges alike."""
MOST_NOISE_LEVELS = 3.0
"""More in every pixel is no noise but texture."""
NOISE_ALLOWANCE = 1.3
DEPTH_MISSING_SHARE = 0.95


def conditions_of(
    found: Found,
    seen: NDArray[np.uint8],
    frame: Frame,
    heights_mm: FloatArray | None,
    item: FloatArray | None,
) -> tuple[Condition, ...]:
    """The conditions of one view.

    Args:
        found: where the item is.
        seen: (H, W, 3) uint8, the region of the picture, turned upright.
        heights_mm: of the region, or None.
        item: share of each of its cells that is the item, or None.
    """
    grey = np.asarray(cv2.cvtColor(found.small, cv2.COLOR_RGB2GRAY), np.uint8)
    holds = {
        Condition.BLACK: float(np.mean(grey <= BLACK_LEVEL)) >= BLACK_SHARE,
        Condition.SATURATED: _is_saturated(found),
        Condition.BLURRED: is_blurred(seen),
        Condition.NO_ITEM: found.expected and found.mask is None,
        Condition.DEPTH_UNUSABLE: _depth_is_unusable(frame, heights_mm, item),
    }
    if holds[Condition.BLACK] or holds[Condition.SATURATED]:
        holds[Condition.BLURRED] = False
    return tuple(condition for condition, is_so in holds.items() if is_so)


def is_blurred(rgb: NDArray[np.uint8]) -> bool:
    """Whether a picture's finest details are far weaker than its own contrast allows.

    A plain picture has neither and is not called blurred: how sharp it is cannot be told. What noise adds to
    the details is taken off (Pertuz et al. 2013, "Analysis of focus measure operators").

    Args:
        rgb: (H, W, 3) uint8, the crop of a view.
    """
    scale = max(1.0, max(rgb.shape[:2]) / BLUR_WIDTH_PX)
    size = (max(1, round(rgb.shape[1] / scale)), max(1, round(rgb.shape[0] / scale)))
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    grey = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.float32)
    if float(grey.std()) < CONTRAST_LEVELS:
        return False
    fine = grey - cv2.blur(grey, FINE)
    noise = min(MOST_NOISE_LEVELS, 1.4826 * float(np.median(np.abs(fine[::3, ::3]))))
    detail = float(np.mean(fine * fine)) - NOISE_ALLOWANCE * noise**2
    contrast = float(np.mean(np.square(grey - cv2.blur(grey, COARSE))))
    return detail < SHARP_RATIO**2 * contrast


def _is_saturated(found: Found) -> bool:
    """Whether most of the item is at the end of the sensor's range in every colour."""
    red, green, blue = cv2.split(found.small)
    white = np.asarray(cv2.min(cv2.min(red, green), blue)) >= WHITE_LEVEL
    if found.mask is None:
        return float(white.mean()) >= max(SATURATED_SHARE, 0.98)
    return float(white[found.mask > 0].mean()) >= SATURATED_SHARE


def _depth_is_unusable(frame: Frame, heights_mm: FloatArray | None, item: FloatArray | None) -> bool:
    if frame.depth_mm is None:
        return False
    if frame.depth_mm.shape != frame.rgb.shape[:2]:
        return True
    step = max(1, frame.depth_mm.shape[1] // 160)
    read = frame.depth_mm[::step, ::step]
    if not np.any((read > 0) & (read < np.inf)):
        return True
    if heights_mm is None or item is None or not np.any(item > 0.5):
        return False
    return float(np.mean(np.isnan(heights_mm[item > 0.5]))) > DEPTH_MISSING_SHARE
