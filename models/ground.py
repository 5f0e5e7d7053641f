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
LOGARITHMS = np.log((np.arange(256, dtype=np.float32) / 255) ** GAMMA + DARKEST).astype(np.float32)
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
NEAR_EDGE = np.ones((9, 9), np.uint8)
SAME = 0.5
"""Where all colours changed by less, it may be the tray under another exposure."""
LEAST_SAME = 0.05
THINNED = 4
"""The gain is taken from every so many-th pixel each way."""


def differs(small: Rgb, ground: Rgb) -> FloatArray:
    """How surely each pixel is not the empty tray, (h, w) float32 in 0..1.

    A shadow takes alike from all colours and ends softly (Prati et al. 2003, "Detecting Moving Shadows"); a
    puddle or a thing changes the hue, is brighter, or is darker with an edge.

    Args:
        small: (h, w, 3), a picture at the working size; `ground` is the empty tray's, likewise.
    """
    seen, empty = cv2.blur(small, (3, 3)), cv2.blur(ground, (3, 3))
    change = cv2.subtract(cv2.LUT(seen, LOGARITHMS), cv2.LUT(empty, LOGARITHMS))
    gain = _gain(np.asarray(change, np.float32))
    colours = [np.asarray(each, np.float32) for each in cv2.split(change)]
    red, green, blue = (each - level for each, level in zip(colours, gain, strict=True))
    common = (red + green + blue) / 3
    hue = _largest([cv2.absdiff(each, common) for each in (red, green, blue)])
    dark = np.maximum(_ramp(-common, DARKER) * _edged(common), _ramp(-common, TOO_DARK))
    sure = _largest([_ramp(hue, HUE), _ramp(common, BRIGHTER), dark])
    one, two, three = cv2.split(cv2.absdiff(seen, empty))
    sure[cv2.max(cv2.max(one, two), three) < LEAST_LEVELS] = 0.0
    return np.asarray(sure, np.float32)


def _gain(change: FloatArray) -> FloatArray:
    """The exposure's gain of each colour, (3,), by the median over what may be tray; 0 where little is."""
    values = change[::THINNED, ::THINNED].reshape(-1, 3)
    same = np.abs(values).max(axis=1) < SAME
    if same.mean() < LEAST_SAME:
        return np.zeros(3, np.float32)
    return np.asarray(np.median(values[same], axis=0), np.float32)


def _edged(common: FloatArray) -> FloatArray:
    """How surely an edge is near, 0..1: steep changes, spread over their neighbourhood."""
    across = np.asarray(cv2.Sobel(common, cv2.CV_32F, 1, 0, scale=1 / 8), np.float32)
    down = np.asarray(cv2.Sobel(common, cv2.CV_32F, 0, 1, scale=1 / 8), np.float32)
    steep = np.maximum(np.abs(across), np.abs(down))
    return np.asarray(cv2.dilate(_ramp(steep, STEEP), NEAR_EDGE), np.float32)


def _largest(values: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    first, *others = values
    for other in others:
        first = np.maximum(first, other)
    return first


def _ramp(values: FloatArray, ends: tuple[float, float]) -> FloatArray:
    return np.asarray(np.clip((values - ends[0]) / (ends[1] - ends[0]), 0.0, 1.0), np.float32)
