"""Finds where the bars of a symbol stand, read or not: patches of parallel edges that all run one way."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

Gray = NDArray[np.uint8]
Floats = NDArray[np.float32]
Corners = tuple[tuple[float, float], ...]

WORKING_PX = 480
"""Of the longer side; the modules themselves may blur together at that size, the bars' direction does not."""
CELL_PX = 2
"""Gradients are gathered in cells so large."""
WINDOWS = (3, 5, 11)
"""In cells. A wide window joins the bars to print beside them, a narrow one parts the bars of a near symbol.
Of 240 spoilt symbols on 960 x 720 views of the simulated tray 162 have a patch of their own."""
COHERENT = 0.7
"""Of 0..1: the share by which edges along one direction outweigh those across (structure tensor)."""
STRONG_SHARE = 0.3
"""Of the picture's strongest patch, contrast evened out."""
CONTRAST_CELLS = 15
PALEST = 4.0
"""Grey levels of deviation below which contrast is noise."""
SMALLEST_SHARE = 0.004
"""Of the picture's area."""
LONGEST_SHAPE = 8.0
MOST_POINTS = 1_000
"""Of a patch, by which its rectangle is laid."""
MOST_LOOKED_AT, MOST = 16, 3
STRAIGHT = 0.5
"""Of 0..1: how much the rows of a patch are alike; of print each row differs. Of those 162 two in a hundred
have less."""
ROWS, MOST_COLUMNS, SHADE_COLUMNS = 16, 400, 31


def regions_of(gray: Gray) -> list[Corners]:
    """At most MOST quadrilaterals round what may be bars, those whose rows are most alike first.

    The corners are upper left, upper right, lower right, lower left where the symbol is read from left to
    right; it may as well have to be read the other way round.

    After Gallo and Manduchi (IEEE PAMI 33(9), 2011): strong gradients that run along one direction only.
    """
    scale = min(1.0, WORKING_PX / max(gray.shape))
    if scale * min(gray.shape) < 2 * CELL_PX * max(WINDOWS):
        return []
    small = cv2.resize(gray, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else gray
    products = _products(np.asarray(small, np.uint8))
    found = [each for window in WINDOWS for each in _regions(products, window, scale / CELL_PX)]
    found.sort(key=lambda pair: -pair[0])
    chosen: list[Corners] = []
    for _, corners in found:
        if len(chosen) < MOST_LOOKED_AT and not any(_alike(corners, other) for other in chosen):
            chosen.append(corners)
    straight = sorted(((_straightness(gray, corners), corners) for corners in chosen), reverse=True)
    return [corners for share, corners in straight if share > STRAIGHT][:MOST]


def _products(gray: Gray) -> tuple[Floats, ...]:
    """Products of the gradients in cells, as if contrast were even: bars may be paler than what is beside."""
    smooth = cv2.GaussianBlur(gray, (0, 0), 0.8).astype(np.float32)
    across, down = cv2.Scharr(smooth, cv2.CV_32F, 1, 0), cv2.Scharr(smooth, cv2.CV_32F, 0, 1)
    size = (gray.shape[1] // CELL_PX, gray.shape[0] // CELL_PX)
    levels = (smooth, smooth * smooth, across * across, down * down, across * down)
    mean, square, xx, yy, xy = (cv2.resize(each, size, interpolation=cv2.INTER_AREA) for each in levels)
    around = (CONTRAST_CELLS, CONTRAST_CELLS)
    mean = cv2.boxFilter(mean, -1, around)
    deviation = np.sqrt(np.maximum(cv2.boxFilter(square, -1, around) - mean * mean, 0.0))
    even = (deviation + PALEST) ** -2
    return tuple(np.asarray(each * even, np.float32) for each in (xx, yy, xy))


def _regions(products: tuple[Floats, ...], window: int, scale: float) -> list[tuple[float, Corners]]:
    """Patches and how large they are, by the gradients in windows of so many cells."""
    xx, yy, xy = (cv2.boxFilter(each, -1, (window, window)) for each in products)
    energy = xx + yy
    one_way = (xx - yy) ** 2 + 4 * xy**2 > (COHERENT * energy) ** 2
    marked = (one_way & (energy > STRONG_SHARE * _high(energy))).astype(np.uint8)
    closed = cv2.morphologyEx(marked, cv2.MORPH_CLOSE, np.ones((window, window), np.uint8))
    mask = cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((max(1, window // 2),) * 2, np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    found = []
    for label in range(1, count):
        left, top, width, height, area = stats[label]
        if area >= SMALLEST_SHARE * mask.size:
            place = (slice(top, top + height), slice(left, left + width))
            part = labels[place] == label
            angle = 0.5 * np.arctan2(2 * xy[place][part].sum(), (xx[place][part] - yy[place][part]).sum())
            points = np.argwhere(part)[:: 1 + area // MOST_POINTS, ::-1] + (left + 0.5, top + 0.5)
            found.append((float(area), _box(points, angle, window, scale)))
    return [(area, corners) for area, corners in found if corners]


def _high(energy: Floats) -> float:
    """What a hundredth of the picture has more than."""
    some = energy[::2, ::2].ravel()
    return float(np.partition(some, -1 - some.size // 100)[-1 - some.size // 100])


def _box(points: NDArray[np.float64], angle: float, window: int, scale: float) -> Corners:
    """The rectangle along the direction of the scan lines; the window's own half width is taken off."""
    along = np.array([np.cos(angle), np.sin(angle)])
    across = np.array([-np.sin(angle), np.cos(angle)])
    inwards = np.array([window / 2, -window / 2])
    last = len(points) - 1
    ends = np.sort(points @ along)[[last // 100, last - last // 100]] + 0.6 * inwards
    sides = np.sort(points @ across)[[3 * last // 100, last - 3 * last // 100]] + inwards
    if ends[1] - ends[0] < window or (ends[1] - ends[0]) > LONGEST_SHAPE * max(sides[1] - sides[0], 1.0):
        return ()
    grown = [(ends[0], sides[0]), (ends[1], sides[0]), (ends[1], sides[1]), (ends[0], sides[1])]
    return tuple((float(x), float(y)) for x, y in ((u * along + v * across) / scale for u, v in grown))


def _straightness(gray: Gray, corners: Corners) -> float:
    """0..1, the share of a patch's contrast that all its rows have in common, shading apart."""
    quad = np.array(corners, np.float32)
    width = min(max(int(np.linalg.norm(quad[1] - quad[0])), 2), MOST_COLUMNS)
    target = np.array([[0, 0], [width, 0], [width, ROWS], [0, ROWS]], np.float32)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    matrix = cv2.getPerspectiveTransform(target, quad)
    cut = cv2.warpPerspective(gray, matrix, (width, ROWS), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    rows = cut.astype(np.float32)
    rows -= cv2.blur(rows, (SHADE_COLUMNS, 1))
    return float((rows.mean(axis=0) ** 2).mean() / max(float((rows * rows).mean()), 1e-3))


def _alike(one: Corners, other: Corners) -> bool:
    """Whether two rectangles have nearly the same middle and diagonal."""
    (x1, y1), (x2, y2) = ((r[0][0] + r[2][0], r[0][1] + r[2][1]) for r in (one, other))
    sizes = [math.dist(rectangle[0], rectangle[2]) for rectangle in (one, other)]
    apart = math.hypot(x1 - x2, y1 - y2) / 2
    return apart < 0.12 * max(sizes) and min(sizes) > 0.8 * max(sizes)
