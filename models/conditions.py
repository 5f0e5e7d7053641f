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
SHARP_RATIO = 0.02
"""Energy of the finest details over that of the next coarser ones."""
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
    """Whether the finest details of a picture lack against its next coarser ones.

    A plain picture has neither and is not called blurred: how sharp it is cannot be told (Laplacian energy:
    Pertuz et al. 2013, "Analysis of focus measure operators").
    """
    scale = max(1.0, max(rgb.shape[:2]) / 320)
    size = (max(16, round(rgb.shape[1] / scale)), max(16, round(rgb.shape[0] / scale)))
    grey = cv2.cvtColor(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
    if float(grey.std()) < CONTRAST_LEVELS:
        return False
    values = np.asarray(grey, np.float32)
    fine = cv2.norm(values, cv2.blur(values, (3, 3)))
    coarse = cv2.norm(values, cv2.blur(values, (15, 15)))
    return fine < SHARP_RATIO * coarse


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
    step = max(1, frame.depth_mm.shape[1] // 160)
    read = frame.depth_mm[::step, ::step]
    if not np.any((read > 0) & (read < np.inf)):
        return True
    if heights_mm is None or item is None or not np.any(item > 0.5):
        return False
    return float(np.mean(np.isnan(heights_mm[item > 0.5]))) > DEPTH_MISSING_SHARE
