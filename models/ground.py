"""How surely each pixel shows something else than the empty tray; exposure and shadows are set aside."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
Rgb = NDArray[np.uint8]

GAMMA = 2.2
DARKEST = 0.004
"""Added to both sides of a ratio of linear values, so that a sensor's noise in the dark is no difference."""
LEAST_LEVELS = 10
"""Levels of any colour by which a pixel must differ at all."""
HUE = (0.10, 0.30)
"""Natural logarithms by which the colours change apart: from no sign to a sure one."""
BRIGHTER = (0.12, 0.40)
DARKER = (0.25, 0.70)
"""A shadow of several wide lights ends gently; what lies on the tray has an edge."""
TOO_DARK = (1.2, 1.7)
"""Darker than any shadow under several lights, edge or none."""
STEEP = (0.05, 0.14)
"""Change of the logarithm from pixel to pixel at the edge of something that lies on the tray."""
NEAR_EDGE_PX = 9
SAME = 0.5
"""Where all colours changed by less, it may be the tray under another exposure."""
LEAST_SAME = 0.05


def differs(small: Rgb, ground: Rgb, item: NDArray[np.bool_] | None = None) -> FloatArray:
    """How surely each pixel is not the empty tray, (h, w) float32 in 0..1.

    A shadow takes alike from all colours and ends softly (Prati et al. 2003, "Detecting Moving Shadows"); a
    puddle or a thing changes the hue, is brighter, or is darker with an edge.

    Args:
        small: (h, w, 3), a picture at the working size; `ground` is the empty tray's, likewise.
        item: what is known to be no tray; its edges say nothing of the tray beside it.
    """
    change = _change(small, ground)
    change -= _gain(change, item)
    common = change.mean(axis=2)
    hue = np.abs(change - common[..., None]).max(axis=2)
    sure = np.maximum(_ramp(hue, HUE), _ramp(common, BRIGHTER))
    sure = np.maximum(sure, _ramp(-common, DARKER) * _edged(common, item))
    sure = np.maximum(sure, _ramp(-common, TOO_DARK))
    sure[cv2.absdiff(small, ground).max(axis=2) < LEAST_LEVELS] = 0.0
    return np.asarray(sure, np.float32)


def _change(small: Rgb, ground: Rgb) -> FloatArray:
    """Logarithm of each colour against the empty tray's, (h, w, 3)."""
    table = np.log((np.arange(256, dtype=np.float32) / 255) ** GAMMA + DARKEST)
    seen, empty = (np.asarray(cv2.blur(each, (3, 3)), np.uint8) for each in (small, ground))
    return np.asarray(table[seen] - table[empty], np.float32)


def _gain(change: FloatArray, item: NDArray[np.bool_] | None) -> FloatArray:
    """The exposure's gain of each colour, (3,), by the median over what may be tray; 0 where little is."""
    same = np.abs(change).max(axis=2) < SAME
    if item is not None:
        same &= ~item
    thinned = same[::3, ::3]
    if thinned.mean() < LEAST_SAME:
        return np.zeros(3, np.float32)
    return np.asarray(np.median(change[::3, ::3][thinned], axis=0), np.float32)


def _edged(common: FloatArray, item: NDArray[np.bool_] | None) -> FloatArray:
    """How surely an edge is near, 0..1: steep changes, spread over their neighbourhood."""
    across, down = (cv2.Sobel(common, cv2.CV_32F, *order) for order in ((1, 0), (0, 1)))
    steep = np.maximum(np.abs(across), np.abs(down)) / 8.0
    sure = _ramp(np.asarray(steep, np.float32), STEEP)
    if item is not None:
        sure[cv2.dilate(item.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0] = 0.0
    return np.asarray(cv2.dilate(sure, np.ones((NEAR_EDGE_PX, NEAR_EDGE_PX), np.uint8)), np.float32)


def _ramp(values: FloatArray, ends: tuple[float, float]) -> FloatArray:
    return np.asarray(np.clip((values - ends[0]) / (ends[1] - ends[0]), 0.0, 1.0), np.float32)
