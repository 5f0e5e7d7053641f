"""A 24-patch colour chart in a picture: where its patches are, which colour they have and should have."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.calibration.sensor.colour_difference import linear_of
from booth.calibration.sensor.levels import LUMINANCE

Floats = NDArray[np.float64]

PATCHES = 24
BRIGHTEST = 254
"""Two steps of noise below the end of the range still hide clipped pixels."""
LIKENESS_MIN = 0.7
"""24 patches in random order come to this once in 10 000 times, a chart under any light to 0.9 or more."""
LONGEST_SIDE_PX = 1600
"""Patches are looked for in a picture of at most this size: finding them costs with its square."""


@dataclass(frozen=True, slots=True, eq=False)
class Chart:
    """A chart's patches, row by row from dark skin to black.

    Attributes:
        corners_px: (24, 4, 2) of the middle of each patch.
        linear: (24, 3) their mean colour, linear RGB 0..1.
        clipped: (24,) share of their pixels that are over-exposed in some channel.
        black: (24,) share of their pixels that are 0 in some channel, as cyan may be: sRGB ends before it.
        spread: (24,) the largest deviation within them of a channel, sRGB-encoded, 0..1.
    """

    corners_px: Floats
    linear: Floats
    clipped: Floats
    black: Floats
    spread: Floats


def find_chart(rgb: NDArray[np.uint8]) -> Chart | None:
    """The chart in a picture (H, W, 3); None where there is none, or not all of it."""
    scale = min(1.0, LONGEST_SIDE_PX / max(rgb.shape[:2]))
    smaller = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else rgb
    detector = cv2.mcc.CCheckerDetector.create()
    detector.setColorChartType(cv2.mcc.MCC24)
    # Without a chart, asking for the best one ends the process: only a True from process() allows it.
    if min(smaller.shape[:2]) < 32 or not detector.process(np.ascontiguousarray(smaller[..., ::-1])):
        return None
    best = detector.getBestColorChecker()
    if best is None:
        return None
    corners = np.asarray(best.getColorCharts(), np.float64).reshape(-1, 4, 2) / scale
    height, width = rgb.shape[:2]
    inside = (corners >= 0).all() and (corners < (width - 1, height - 1)).all()
    if len(corners) != PATCHES or not inside:
        return None
    sampled = _sampled(rgb, corners)
    return sampled if likeness(sampled.linear) >= LIKENESS_MIN else None


def likeness(linear: Floats) -> float:
    """How well patches (24, 3) are in the chart's order of brightness, -1..1; exposure does not change it."""
    there, here = (_ranks(colours @ LUMINANCE) for colours in (references(), linear))
    return float(np.corrcoef(there, here)[0, 1]) if np.ptp(here) else 0.0


def _ranks(light: Floats) -> NDArray[np.int64]:
    return np.asarray(np.unique(np.round(light, 4), return_inverse=True)[1], np.int64)


@cache
def references() -> Floats:
    """What the patches should be, (24, 3) linear sRGB: OpenCV's record of the chart, brought to D65."""
    model = cv2.ccm.ColorCorrectionModel(np.full((PATCHES, 1, 3), 0.5), cv2.ccm.COLORCHECKER_MACBETH)
    model.setColorSpace(cv2.ccm.COLOR_SPACE_SRGB)
    model.setLinearization(cv2.ccm.LINEARIZATION_IDENTITY)
    model.compute()
    found = np.array(model.getRefLinearRGB(), np.float64).reshape(PATCHES, 3)
    found.flags.writeable = False
    return found


def fitted_matrix(source: Floats, true: Floats) -> Floats:
    """The (3, 3) matrix with `source @ matrix` nearest to `true`, (n, 3) linear, by squared ΔE00."""
    model = cv2.ccm.ColorCorrectionModel(
        np.ascontiguousarray(source).reshape(-1, 1, 3),
        np.ascontiguousarray(true).reshape(-1, 1, 3),
        cv2.ccm.COLOR_SPACE_SRGBL,
    )
    model.setRGB(True)
    model.setColorSpace(cv2.ccm.COLOR_SPACE_SRGB)
    model.setLinearization(cv2.ccm.LINEARIZATION_IDENTITY)
    model.setCcmType(cv2.ccm.CCM_LINEAR)
    model.setDistance(cv2.ccm.DISTANCE_CIE2000)
    model.setSaturatedThreshold(0.0, 1.0)
    return np.asarray(model.compute(), np.float64).reshape(3, 3)


def _sampled(rgb: NDArray[np.uint8], corners: Floats) -> Chart:
    linear, (clipped, black, spread) = np.zeros((PATCHES, 3)), np.zeros((3, PATCHES))
    for index, patch in enumerate(corners):
        left, top = np.floor(patch.min(axis=0)).astype(int)
        right, bottom = np.ceil(patch.max(axis=0)).astype(int) + 1
        drawn = np.zeros((bottom - top, right - left), np.uint8)
        cv2.fillConvexPoly(drawn, np.rint(patch - (left, top)).astype(np.int32), 1)
        pixels = rgb[top:bottom, left:right][drawn > 0]
        linear[index] = linear_of(pixels).mean(axis=0)
        clipped[index] = (pixels >= BRIGHTEST).any(axis=1).mean()
        black[index] = (pixels == 0).any(axis=1).mean()
        spread[index] = pixels.std(axis=0).max() / 255
    return Chart(corners, linear, clipped, black, spread)
