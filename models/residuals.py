"""Evidence that needs no network: heights against the references', the tray beside the item, its parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.domain.percept import FloatArray, Reference, ViewPercept

MOST_REFERENCES = 8
"""References whose heights and outlines are compared at most."""
SHIFT_CELLS = 3
"""A reference is moved by up to this to lie on the item as well as it can."""
LEAST_READ = 0.4
"""Share of the item's cells where both must have a height."""
NOISE_MM = 1.5
"""A depth camera's noise over a cell's readings is no less than this."""
TOLERANCE_NOISES = 2.0
FULL_MM = 8.0
"""A difference beyond the tolerance that is as sure as can be."""
WORST_CELLS = 16
"""A hundredth of the view: as large as a dent that a person would see."""
SURE = 0.35
LEAST_PART = 0.02
"""Of the item's cells: a smaller connected piece is no part."""
CELL = np.ones((3, 3), np.uint8)


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
    """Heights against the reference that fits best, each moved to fit; the score is in mm over the noise.

    Returns:
        None where the item or all references have too few heights.
    """
    if view.heights_mm is None or not _is_read(view.heights_mm, view.item):
        return None
    known = [
        reference.heights_mm
        for reference in _comparable(view.patches.shape, references)
        if reference.heights_mm is not None and _is_read(reference.heights_mm, reference.item)
    ]
    if not known:
        return None
    tolerance = TOLERANCE_NOISES * max(NOISE_MM, _noise_mm(view.heights_mm, view.item))
    found = [_unlike(view.heights_mm, _moved_to_fit(view.heights_mm, each), tolerance) for each in known]
    best = min(found, key=_worst)
    return Residual(_worst(best), np.asarray(np.clip(best / FULL_MM, 0.0, 1.0), np.float32))


def beside_residual(view: ViewPercept) -> Residual | None:
    """The largest connected thing beside the item; the score is its share of the item's own cells.

    Returns:
        None where nothing is known of the tray beside the item.
    """
    if view.beside is None or view.item is None:
        return None
    labels, areas = _parts(view.beside > SURE)
    weights = np.bincount(labels.reshape(-1), weights=view.beside.reshape(-1), minlength=len(areas))
    weights[0] = 0.0
    largest = float(weights.max())
    score = largest / max(1.0, float(view.item.sum()))
    return Residual(score, view.beside)


def parts_residual(view: ViewPercept, references: Sequence[Reference]) -> Residual | None:
    """The item's silhouette, the count of its pieces and what stands up of it against the references'.

    The score is the share of the reference's item that the item lacks, in its outline or in its volume, in
    the largest connected piece, and a tenth for each piece more or less.

    Returns:
        None where the item or all references have no outline.
    """
    if view.item is None or not np.any(view.item > 0.5):
        return None
    comparable = _comparable(view.patches.shape, references)
    found = [
        _lacking(view, view.item, each, each.item)
        for each in comparable
        if each.item is not None and np.any(each.item > 0.5)
    ]
    return min(found, key=lambda residual: residual.score) if found else None


def _comparable(shape: tuple[int, ...], references: Sequence[Reference]) -> list[Reference]:
    """The first references of the same grid, those as they were taken in front."""
    fitting = [each for each in references if each.patches.shape[:2] == shape[:2]]
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


def _moved_to_fit(heights_mm: FloatArray, reference: FloatArray) -> FloatArray:
    """The reference's heights moved by whole cells to where they differ least; NaN comes in at the edge."""
    padded = np.pad(reference, SHIFT_CELLS, constant_values=np.nan)
    rows, columns = reference.shape
    best, least = reference, np.inf
    for down in range(2 * SHIFT_CELLS + 1):
        for across in range(2 * SHIFT_CELLS + 1):
            moved = padded[down : down + rows, across : across + columns]
            cost = _cost(heights_mm, moved)
            if cost < least:
                best, least = moved, cost
    return best


def _cost(one: FloatArray, other: FloatArray) -> float:
    """Mean difference where both are read, each capped, so that damage decides no shift."""
    apart = np.minimum(np.abs(one - other), 20.0)
    read = np.isfinite(apart)
    return float(apart[read].mean()) if np.count_nonzero(read) > apart.size / 4 else np.inf


def _unlike(heights_mm: FloatArray, reference: FloatArray, tolerance: float) -> FloatArray:
    """How far each cell's height is outside what the reference has around it, in mm beyond the tolerance."""
    low, high = _around(reference)
    here = np.where(np.isfinite(heights_mm), heights_mm, np.nan)
    outside = np.fmax(np.fmax(low - here, here - high), 0.0)
    outside = np.where(np.isfinite(outside), outside, 0.0) - tolerance
    smooth = cv2.blur(np.maximum(outside, 0.0).astype(np.float32), (3, 3))
    return np.asarray(smooth, np.float32)


def _around(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Least and greatest of each cell's neighbourhood, where something was read."""
    read = np.isfinite(values)
    low = cv2.erode(np.where(read, values, np.inf).astype(np.float32), CELL)
    high = cv2.dilate(np.where(read, values, -np.inf).astype(np.float32), CELL)
    nothing = ~np.isfinite(low) | ~np.isfinite(high)
    low[nothing], high[nothing] = np.nan, np.nan
    return np.asarray(low, np.float32), np.asarray(high, np.float32)


def _worst(values: FloatArray) -> float:
    return float(np.partition(values.reshape(-1), -WORST_CELLS)[-WORST_CELLS:].mean())


def _lacking(view: ViewPercept, item: FloatArray, reference: Reference, outline: FloatArray) -> Residual:
    there = _moved_to_fit(20 * item, 20 * outline) / 20
    low, _ = _around(np.asarray(np.nan_to_num(there), np.float32))
    absent = np.clip(low - np.asarray(cv2.dilate(item, CELL)), 0.0, 1.0)
    if view.heights_mm is not None and reference.heights_mm is not None:
        absent = np.maximum(absent, _sunk(view.heights_mm, reference.heights_mm, item))
    area = max(1.0, float(outline.sum()))
    _, areas = _parts(absent > 0.5)
    pieces = abs(_pieces(item) - _pieces(outline))
    score = (float(areas.max()) if len(areas) > 1 else 0.0) / area + 0.1 * pieces
    return Residual(score, np.asarray(absent, np.float32))


def _sunk(heights_mm: FloatArray, reference: FloatArray, item: FloatArray) -> FloatArray:
    """Where less than half of what stands up of the reference is left, 0..1."""
    moved = _moved_to_fit(heights_mm, reference)
    low, _ = _around(moved)
    _, high = _around(heights_mm)
    tall = low > 8.0
    share = np.where(tall, 1.0 - high / np.maximum(low, 1e-6), 0.0)
    return np.asarray(np.clip(2.0 * np.nan_to_num(share) - 0.5, 0.0, 1.0), np.float32)


def _pieces(item: FloatArray) -> int:
    _, areas = _parts(item > 0.5)
    return int(np.count_nonzero(areas >= LEAST_PART * max(1.0, float(item.sum()))))


def _parts(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Connected cells: each cell's part by number, and each part's cells; part 0 is the rest, with none."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    areas = stats[:, cv2.CC_STAT_AREA].astype(np.int32)
    areas[0] = 0
    return np.asarray(labels, np.int32), areas
