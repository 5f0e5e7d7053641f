"""Evidence that needs no network: heights against the references', the tray beside the item, its parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.domain.percept import FloatArray, Reference, ViewPercept

MOST_REFERENCES = 6
"""References whose heights and outlines are compared at most."""
SHIFT_CELLS = 3
"""A reference is moved by up to this to lie on the item as well as it can."""
SHIFT_STEP = 2
"""Every so many-th cell says how well it lies."""
CAP_MM = 20.0
"""A difference counts no more than this in finding the shift, so that damage decides none."""
LEAST_READ = 0.4
"""Share of the item's cells that must have a height."""
NOISE_MM = 1.0
"""A depth camera's noise over a cell's readings is no less than this."""
TOLERANCE_NOISES = 1.5
FULL_MM = 10.0
"""A difference beyond the tolerance that is as sure as can be."""
WORST_CELLS = 16
"""A hundredth of the view: as large as a dent that a person would see."""
SURE = 0.35
LEAST_PART = 0.02
"""Of the item's cells: a smaller connected piece is no part."""
PIECE = 0.1
"""A piece more or less weighs as much as this share of the item."""
TALL_MM = 8.0
"""Of what stands up by less, it is not asked how much of it is left."""
LEAST_SUNK = 0.12
"""Share by which a place must have sunk to count as lacking."""
UNREAD = 1e6
"""In place of a height that was not read, where the least or greatest is sought."""
CELLS, EDGE_CELLS = np.ones((3, 3), np.uint8), np.ones((5, 5), np.uint8)
EDGE_MM = 15.0
"""Where a reference's neighbouring cells differ by more, an item that lies a little otherwise does, too."""

Shift = tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Residual:
    """What does not fit.

    Attributes:
        score: 0 where all fits, and growing; what it is measured in differs by the kind of evidence.
        map: (rows, columns) float32 in 0..1, where it does not fit.
    """

    score: float
    map: FloatArray


def height_residual(view: ViewPercept, references: Sequence[Reference]) -> Residual | None:
    """Heights against the reference that fits best, each moved to fit; the score is in mm beyond the noise.

    Returns:
        None where the item or all references have too few heights.
    """
    heights_mm = view.heights_mm
    if heights_mm is None or not _is_read(heights_mm, view.item):
        return None
    tolerance = TOLERANCE_NOISES * max(NOISE_MM, _noise_mm(heights_mm, view.item))
    best: Residual | None = None
    for reference in _comparable(view, references):
        known = reference.heights_mm
        if known is None or not _is_read(known, reference.item):
            continue
        moved = _moved(known, _shift(heights_mm, known), np.nan)
        outside = _outside(heights_mm, moved, tolerance)
        score = _worst(outside)
        if best is None or score < best.score:
            best = Residual(score, np.asarray(np.minimum(outside / FULL_MM, 1.0), np.float32))
    return best


def beside_residual(view: ViewPercept) -> Residual | None:
    """The largest connected thing beside the item; the score is its share of the item's own cells.

    What is at most two cells wide is left out: the seam of a pouch, the foot of a box.

    Returns:
        None where nothing is known of the tray beside the item.
    """
    if view.beside is None or view.item is None:
        return None
    sure = np.asarray(view.beside > SURE, np.uint8)
    wide = cv2.dilate(cv2.erode(sure, CELLS, borderType=cv2.BORDER_REPLICATE), CELLS)
    shown = np.asarray(np.where(wide > 0, view.beside, 0.0), np.float32)
    return Residual(_heaviest(shown, wide > 0) / max(1.0, float(view.item.sum())), shown)


def parts_residual(view: ViewPercept, references: Sequence[Reference]) -> Residual | None:
    """The item's outline, the count of its pieces and what stands up of it against the references'.

    The score is the share of the reference's item that is lacking, sunk or not there, in the heaviest
    connected place, and a tenth for each piece more or less; of the reference that fits best.

    Returns:
        None where the item or all references have no outline.
    """
    item = view.item
    if item is None or not np.any(item > 0.5):
        return None
    best: Residual | None = None
    for reference in _comparable(view, references):
        outline = reference.item
        if outline is None or not np.any(outline > 0.5):
            continue
        found = _lacking(item, view.heights_mm, outline, reference.heights_mm)
        if best is None or found.score < best.score:
            best = found
    return best


def _comparable(view: ViewPercept, references: Sequence[Reference]) -> list[Reference]:
    """The first references of the same grid, those as they were taken in front."""
    fitting = [each for each in references if each.patches.shape[:2] == view.patches.shape[:2]]
    return sorted(fitting, key=lambda each: each.variant)[:MOST_REFERENCES]


def _is_read(heights_mm: FloatArray, item: FloatArray | None) -> bool:
    read = np.isfinite(heights_mm)
    where = read if item is None or not np.any(item > 0.5) else read[item > 0.5]
    return bool(where.mean() >= LEAST_READ)


def _noise_mm(heights_mm: FloatArray, item: FloatArray | None) -> float:
    """How far neighbouring cells of the tray differ: its height is the same everywhere."""
    tray = np.isfinite(heights_mm) if item is None else np.isfinite(heights_mm) & (item < 0.01)
    both = tray[:, 1:] & tray[:, :-1]
    if np.count_nonzero(both) < 50:
        return 0.0
    steps = np.abs(heights_mm[:, 1:] - heights_mm[:, :-1])[both]
    return float(1.4826 * np.median(steps) / np.sqrt(2.0))


def _shift(values: FloatArray, reference: FloatArray) -> Shift:
    """Cells down and across by which the reference lies best on the values; NaN is no value."""
    rows, columns = values.shape
    padded = np.pad(reference, SHIFT_CELLS, constant_values=np.nan)
    shifted = np.lib.stride_tricks.sliding_window_view(padded, (rows, columns))
    apart = np.abs(shifted[..., ::SHIFT_STEP, ::SHIFT_STEP] - values[::SHIFT_STEP, ::SHIFT_STEP])
    unread = np.isnan(apart)
    apart = np.where(unread, 0.0, np.minimum(apart, CAP_MM))
    read = apart[0, 0].size - unread.sum(axis=(2, 3))
    cost = np.where(read > 0, apart.sum(axis=(2, 3)) / np.maximum(read, 1), np.inf)
    best = int(np.argmin(cost))
    side = 2 * SHIFT_CELLS + 1
    return SHIFT_CELLS - best // side, SHIFT_CELLS - best % side


def _moved(values: FloatArray, shift: Shift, beyond: float) -> FloatArray:
    padded = np.pad(values, SHIFT_CELLS, constant_values=beyond)
    down, across = SHIFT_CELLS - shift[0], SHIFT_CELLS - shift[1]
    return padded[down : down + values.shape[0], across : across + values.shape[1]]


def _outside(heights_mm: FloatArray, reference: FloatArray, tolerance: float) -> FloatArray:
    """How far each cell's height is out of what the reference has around it, in mm beyond the tolerance."""
    low, high = _around(reference)
    low_far, high_far = _around(reference, EDGE_CELLS)
    at_edge = high - low > EDGE_MM
    low, high = np.where(at_edge, low_far, low), np.where(at_edge, high_far, high)
    apart = np.nan_to_num(np.maximum(low - heights_mm, heights_mm - high), nan=0.0)
    return np.asarray(cv2.blur(np.maximum(apart - tolerance, 0.0).astype(np.float32), (3, 3)), np.float32)


def _around(values: FloatArray, cells: NDArray[np.uint8] = CELLS) -> tuple[FloatArray, FloatArray]:
    """Least and greatest of each cell's neighbourhood, of what was read; NaN where nothing was."""
    read = np.isfinite(values)
    low = np.asarray(cv2.erode(np.where(read, values, UNREAD).astype(np.float32), cells), np.float32)
    high = np.asarray(cv2.dilate(np.where(read, values, -UNREAD).astype(np.float32), cells), np.float32)
    low[low >= UNREAD] = np.nan
    high[high <= -UNREAD] = np.nan
    return low, high


def _worst(values: FloatArray) -> float:
    return float(np.partition(values.reshape(-1), -WORST_CELLS)[-WORST_CELLS:].mean())


def _lacking(
    item: FloatArray, heights_mm: FloatArray | None, outline: FloatArray, reference: FloatArray | None
) -> Residual:
    """What the item lacks of one reference, whose outline and heights are given."""
    if heights_mm is None or reference is None:
        shift = _shift(np.asarray(CAP_MM * item), np.asarray(CAP_MM * outline))
        sunk = np.zeros_like(item)
    else:
        shift = _shift(heights_mm, reference)
        sunk = _sunk(heights_mm, _moved(reference, shift, np.nan))
    there = cv2.erode(_moved(outline, shift, 0.0), CELLS)
    absent = np.maximum(sunk, np.clip(there - cv2.dilate(item, CELLS), 0.0, 1.0))
    pieces = abs(_pieces(item) - _pieces(outline))
    score = _heaviest(absent, absent > LEAST_SUNK) / max(1.0, float(outline.sum())) + PIECE * pieces
    return Residual(score, np.asarray(absent, np.float32))


def _sunk(heights_mm: FloatArray, reference: FloatArray) -> FloatArray:
    """The share of what stands up of the reference that is gone, 0..1."""
    low, _ = _around(reference)
    _, high = _around(heights_mm)
    gone = np.where(low > TALL_MM, 1.0 - (high + TALL_MM / 4) / np.maximum(low, TALL_MM), 0.0)
    return np.asarray(np.clip(np.nan_to_num(gone, nan=0.0), 0.0, 1.0), np.float32)


def _heaviest(values: FloatArray, mask: NDArray[np.bool_]) -> float:
    """The largest sum of values over one connected part of a mask."""
    labels, areas = _parts(mask)
    sums = np.bincount(labels.reshape(-1), weights=values.reshape(-1), minlength=len(areas))
    sums[0] = 0.0
    return float(sums.max())


def _pieces(item: FloatArray) -> int:
    _, areas = _parts(item > 0.5)
    return int(np.count_nonzero(areas >= LEAST_PART * max(1.0, float(item.sum()))))


def _parts(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Connected cells: each cell's part by number, and each part's cells; part 0 is the rest, with none."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    areas = np.asarray(stats[:, cv2.CC_STAT_AREA], np.int32).copy()
    areas[0] = 0
    return np.asarray(labels, np.int32), areas
