"""Searches products by measures: a box opens from its middle until it holds as many as are asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from booth.errors import InputError
from booth.store.catalogue.masks import Rows
from booth.store.catalogue.schema import MEASURES

SHARES = (1 / 32, 1 / 8, 1 / 2, 1.0)
"""Of the box's half width: a wide box over a million products holds hundreds of thousands."""
_SMALLEST = float(np.nextafter(0.0, 1.0))
"""A measure of 0 is unknown, and fits nothing."""

Numbers = npt.NDArray[np.float64]
Orders = npt.NDArray[np.intp]


class Side(NamedTuple):
    """One measure of the box."""

    measure: int
    low: float
    high: float

    @property
    def middle(self) -> float:
        return self.low / 2 + self.high / 2

    def narrowed(self, share: float) -> Side:
        """The same middle with a share of the width."""
        if share == 1.0:
            return self
        half = (self.high - self.low) / 2 * share
        return Side(self.measure, max(self.low, self.middle - half), min(self.high, self.middle + half))


def sides_of(ranges: Mapping[str, tuple[float, float]], largest: Sequence[float]) -> list[Side]:
    """The box of these ranges; `largest` closes one that is open upwards.

    Raises:
        InputError: a measure of that name does not exist, or a bound is no number.
    """
    unknown = sorted(set(ranges) - set(MEASURES))
    if unknown:
        raise InputError(f"there is no measure {unknown[0]!r}; there are: {', '.join(MEASURES)}")
    if any(np.isnan(bound) for pair in ranges.values() for bound in pair):
        raise InputError("a range needs two numbers, the lower one first")
    sides = []
    for name, (low, high) in ranges.items():
        measure = MEASURES.index(name)
        top = largest[measure] if high == np.inf else float(high)
        sides.append(Side(measure, max(_SMALLEST, float(low)), top))
    return sides


def within(
    sides: Sequence[Side], measures: Numbers, orders: Orders, limit: int, alive: npt.NDArray[np.bool_] | None
) -> tuple[Rows, Numbers]:
    """The `limit` rows nearest to the box's middle, and how far from it they are: 0..1, at 1 on its side.

    Args:
        measures: (4, N), row 0 the most popular product.
        orders: (4, N) rows by ascending measure.
    """
    rows: Rows = np.empty(0, np.intp)
    for share in SHARES:
        rows = _inside([side.narrowed(share) for side in sides], measures, orders)
        rows = rows if alive is None else rows[alive[rows]]
        if len(rows) >= limit:
            break
    distances = _distances(sides, measures, rows)
    nearest = np.lexsort((rows, distances))[: max(0, limit)]
    return rows[nearest], distances[nearest]


def _inside(sides: Sequence[Side], measures: Numbers, orders: Orders) -> Rows:
    """Cut by the side that leaves the fewest, then look at each of these."""
    cuts = []
    for side in sides:
        column, order = measures[side.measure], orders[side.measure]
        start = int(np.searchsorted(column, side.low, "left", sorter=order))
        end = int(np.searchsorted(column, side.high, "right", sorter=order))
        cuts.append((end - start, start, end, side))
    _, start, end, narrowest = min(cuts, key=lambda cut: cut[0])
    rows: Rows = orders[narrowest.measure][start : max(start, end)]
    for side in sides:
        if side is not narrowest:
            values = measures[side.measure][rows]
            rows = rows[(values >= side.low) & (values <= side.high)]
    return rows


def _distances(sides: Sequence[Side], measures: Numbers, rows: Rows) -> Numbers:
    distances = np.zeros(len(rows))
    for side in sides:
        half = (side.high - side.low) / 2
        if half > 0:
            away = np.abs(measures[side.measure][rows] - side.middle) / half
            np.maximum(distances, away, out=distances)
    return np.minimum(distances, 1.0)
