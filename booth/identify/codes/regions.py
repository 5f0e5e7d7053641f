"""Finds where the bars of a symbol stand, read or not: patches of parallel edges that all run one way."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Gray = NDArray[np.uint8]
Corners = tuple[tuple[float, float], ...]

WORKING_PX = 480
"""Of the longer side; the modules themselves may blur together at that size, the bars' direction does not."""
WINDOWS_PX = (11, 21)
COHERENT = 0.65
"""Of 0..1: the share by which edges along one direction outweigh those across (structure tensor)."""
STRONG_SHARE = 0.3
"""Of the picture's strongest patch, contrast evened out."""
CONTRAST_PX = 31
PALEST = 4.0
"""Grey levels of deviation below which contrast is noise."""
SMALLEST_SHARE = 0.004
"""Of the picture's area."""
LONGEST_SHAPE = 8.0
MOST = 3
"""Of 199 rendered codes that zxing-cpp cannot read, two patches gave as many as four."""


def regions_of(gray: Gray) -> list[Corners]:
    """At most MOST quadrilaterals round what may be bars, the largest first.

    The corners are upper left, upper right, lower right, lower left where the symbol is read from left to
    right; it may as well have to be read the other way round.

    After Gallo and Manduchi (IEEE PAMI 33(9), 2011): strong gradients that run along one direction only.
    """
    scale = min(1.0, WORKING_PX / max(gray.shape))
    if scale * min(gray.shape) < 2 * max(WINDOWS_PX):
        return []
    small = cv2.resize(gray, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else gray
    found: list[tuple[float, Corners]] = []
    products = _products(np.asarray(small, np.uint8))
    for window in WINDOWS_PX:
        found += _regions(products, window, scale)
    found.sort(key=lambda pair: -pair[0])
    chosen: list[Corners] = []
    for _, corners in found:
        if len(chosen) < MOST and not any(_alike(corners, other) for other in chosen):
            chosen.append(corners)
    return chosen


def _products(gray: Gray) -> tuple[NDArray[np.float32], ...]:
    """Products of the gradients, once contrast is evened out: bars may be paler than what is beside them."""
    smooth = cv2.GaussianBlur(gray, (0, 0), 0.8).astype(np.float32)
    size = (CONTRAST_PX, CONTRAST_PX)
    mean = cv2.boxFilter(smooth, -1, size)
    deviation = np.sqrt(np.maximum(cv2.boxFilter(smooth * smooth, -1, size) - mean * mean, 0.0))
    smooth = ((smooth - mean) / (deviation + PALEST)).astype(np.float32)
    across, down = cv2.Scharr(smooth, cv2.CV_32F, 1, 0), cv2.Scharr(smooth, cv2.CV_32F, 0, 1)
    return across * across, down * down, across * down


def _regions(
    products: tuple[NDArray[np.float32], ...], window: int, scale: float
) -> list[tuple[float, Corners]]:
    xx, yy, xy = (cv2.boxFilter(each, -1, (window, window)) for each in products)
    energy = xx + yy
    coherence = np.sqrt((xx - yy) ** 2 + 4 * xy**2) / np.maximum(energy, 1e-3)
    strong = energy > STRONG_SHARE * np.percentile(energy, 99)
    mask = (strong & (coherence > COHERENT)).astype(np.uint8)
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((window, window), np.uint8))
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((window // 2, window // 2), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    found = []
    for label in range(1, count):
        if stats[label, cv2.CC_STAT_AREA] >= SMALLEST_SHARE * mask.size:
            part = labels == label
            angle = 0.5 * np.arctan2(2 * xy[part].sum(), (xx[part] - yy[part]).sum())
            found.append((float(stats[label, cv2.CC_STAT_AREA]), _box(part, angle, window, scale)))
    return [(area, corners) for area, corners in found if corners]


def _box(part: NDArray[np.bool_], angle: float, window: int, scale: float) -> Corners:
    """The rectangle along the direction of the scan lines; the window's own half width is taken off."""
    rows, columns = np.nonzero(part)
    along = np.array([np.cos(angle), np.sin(angle)])
    across = np.array([-np.sin(angle), np.cos(angle)])
    points = np.stack([columns, rows], axis=1) + 0.5
    inwards = np.array([window / 2, -window / 2])
    ends = np.percentile(points @ along, (1, 99)) + 0.6 * inwards
    sides = np.percentile(points @ across, (3, 97)) + inwards
    if ends[1] - ends[0] < window or (ends[1] - ends[0]) > LONGEST_SHAPE * max(sides[1] - sides[0], 1.0):
        return ()
    grown = [(ends[0], sides[0]), (ends[1], sides[0]), (ends[1], sides[1]), (ends[0], sides[1])]
    return tuple((float(x), float(y)) for x, y in ((u * along + v * across) / scale for u, v in grown))


def _alike(one: Corners, other: Corners) -> bool:
    first, second = np.array(one), np.array(other)
    apart = np.linalg.norm(first.mean(axis=0) - second.mean(axis=0))
    size = np.linalg.norm(first[0] - first[2]), np.linalg.norm(second[0] - second[2])
    return bool(apart < 0.12 * max(size) and min(size) > 0.8 * max(size))
