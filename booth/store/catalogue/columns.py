"""Columns that masks and measures are searched in: arrays beside the database, newest changes over them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from booth.ports.finding import Hit
from booth.store.catalogue.bases import newest_base, place_base
from booth.store.catalogue.masks import Packed, Rows, fitting, gtin_of, packed
from booth.store.catalogue.products import Products, State
from booth.store.catalogue.ranges import Numbers, Orders, sides_of, within
from booth.store.catalogue.schema import MEASURES
from booth.store.catalogue.sealed import Array

FOLDER = "columns"


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Products in order of popularity.

    Attributes:
        gtins: (N,) packed.
        popularity: (N,).
        measures: (4, N), 0 where unknown.
        orders: (4, N) rows by ascending measure.
        by_gtin: (N,) rows by ascending GTIN.
    """

    gtins: Packed
    popularity: Numbers
    measures: Numbers
    orders: Orders
    by_gtin: Orders

    @classmethod
    def of_rows(cls, rows: Numbers) -> Columns:
        """Of (N, 6) GTIN, popularity and measures in any order."""
        ordered = rows[np.lexsort((rows[:, 0], -rows[:, 1]))]
        gtins = packed(ordered[:, 0].astype(np.int64))
        measures = np.ascontiguousarray(ordered[:, 2:].T)
        orders = np.argsort(measures, axis=1, kind="stable")
        return cls(gtins, ordered[:, 1].copy(), measures, orders, np.argsort(gtins))

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, Array]) -> Columns:
        """Of what `parts` gave; of none, no products."""
        return cls(**arrays) if arrays else cls.of_rows(np.empty((0, 2 + len(MEASURES))))

    def parts(self) -> Iterator[tuple[str, Array]]:
        """Every array by its name."""
        for name in ("gtins", "popularity", "measures", "orders", "by_gtin"):
            yield name, getattr(self, name)

    def rows_of(self, gtins: Packed) -> Rows:
        """The rows of those of these products that are here."""
        if not len(self.gtins):
            return np.empty(0, np.intp)
        places = np.searchsorted(self.gtins, gtins, sorter=self.by_gtin)
        rows: Rows = self.by_gtin[np.minimum(places, len(self.gtins) - 1)]
        rows = rows[self.gtins[rows] == gtins]
        return rows


class ColumnSearch:
    """Products by mask and by measures. It never changes; any thread may search."""

    def __init__(self, made_of: int, base: Columns, delta: Columns) -> None:
        """Lay the changes since revision `made_of` over the base."""
        self.made_of = made_of
        self.base = base
        self.changes = len(delta.gtins)
        alive: npt.NDArray[np.bool_] | None = None
        if self.changes:
            alive = np.ones(len(base.gtins), np.bool_)
            alive[base.rows_of(delta.gtins)] = False
        self._layers = ((base, alive), (delta, None))
        self._largest = [max(_largest(base, side), _largest(delta, side)) for side in range(len(MEASURES))]

    def by_mask(self, mask: str, limit: int) -> list[Hit]:
        """The most popular that fit; the score is the popularity. Raises: InputError."""
        found = [(layer, fitting(layer.gtins, mask, limit, alive)) for layer, alive in self._layers]
        gtins = np.concatenate([layer.gtins[rows] for layer, rows in found])
        popularity = np.concatenate([layer.popularity[rows] for layer, rows in found])
        return _hits(gtins, popularity, popularity, limit)

    def by_ranges(self, ranges: Mapping[str, tuple[float, float]], limit: int) -> list[Hit]:
        """Those nearest to the middle, more popular ones first where that is equal; 1 there, 0 at a bound.

        Raises:
            InputError: there is no such measure, or a bound is no number.
        """
        sides = sides_of(ranges, self._largest)
        if not sides:
            return self.by_mask("?" * 13, limit)
        found = [
            (layer, *within(sides, layer.measures, layer.orders, limit, alive))
            for layer, alive in self._layers
        ]
        gtins = np.concatenate([layer.gtins[rows] for layer, rows, _ in found])
        popularity = np.concatenate([layer.popularity[rows] for layer, rows, _ in found])
        return _hits(gtins, 1.0 - np.concatenate([away for _, _, away in found]), popularity, limit)


def open_columns(folder: Path, products: Products, state: State, known: ColumnSearch | None) -> ColumnSearch:
    """The columns as of `state`; the base of `known` is used again. Raises: StoreError."""
    if known is None:
        made_of, arrays = newest_base(folder / FOLDER, state.name, state.revision)
        base = Columns.of_arrays(arrays)
    else:
        made_of, base = known.made_of, known.base
    return ColumnSearch(made_of, base, Columns.of_rows(products.measured(made_of)))


def place_columns(folder: Path, products: Products, state: State) -> ColumnSearch:
    """Make the columns of this revision into the base. Raises: StoreError."""
    made = Columns.of_rows(products.measured(0))
    place_base(folder / FOLDER, state.name, state.revision, made.parts())
    return open_columns(folder, products, state, None)


def _largest(columns: Columns, measure: int) -> float:
    order = columns.orders[measure]
    return float(columns.measures[measure][order[-1]]) if len(order) else 0.0


def _hits(gtins: Packed, scores: Numbers, popularity: Numbers, limit: int) -> list[Hit]:
    best = np.lexsort((gtins, -popularity, -scores))[: max(0, limit)]
    return [
        Hit(gtin_of(gtin), score)
        for gtin, score in zip(gtins[best].tolist(), scores[best].tolist(), strict=True)
    ]
