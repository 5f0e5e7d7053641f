"""Masks and measures against a plain look at every product."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from booth.store.catalogue.columns import Columns, ColumnSearch
from booth.store.catalogue.masks import gtin_of, packed
from booth.store.catalogue.schema import MEASURES

Row = tuple[int, float, float, float, float, float]
GTINS = st.integers(0, 10**13 - 1) | st.integers(4_000_000_000_000, 4_000_000_000_300)
AMOUNTS = st.sampled_from([0.0, 0.5, 1.0, 2.0, 2.5, 7.0]) | st.floats(0, 1e6)
ROWS = st.lists(st.tuples(GTINS, *[AMOUNTS] * 5), unique_by=lambda row: row[0], max_size=60)
MASKS = st.tuples(GTINS, st.sets(st.integers(0, 12))).map(
    lambda drawn: "".join("?" if at in drawn[1] else digit for at, digit in enumerate(f"{drawn[0]:013}"))
)
RANGES = st.dictionaries(st.sampled_from(MEASURES), st.tuples(AMOUNTS, AMOUNTS), min_size=1)
NEWER = st.sets(st.integers(0, 59))


def search_of(rows: list[Row], newer: set[int]) -> ColumnSearch:
    """Some of the rows are newer than the base, and stand in it with other measures."""
    stale = [(row[0], 9.0, 3.0, 3.0, 3.0, 3.0) if at in newer else row for at, row in enumerate(rows)]
    late = [row for at, row in enumerate(rows) if at in newer]
    table = [np.array(part, np.float64).reshape(-1, 6) for part in (stale, late)]
    return ColumnSearch(1, Columns.of_rows(table[0]), Columns.of_rows(table[1]))


@given(ROWS, NEWER, MASKS, st.integers(0, 70))
def test_a_mask_finds_what_fits_most_popular_first(
    rows: list[Row], newer: set[int], mask: str, limit: int
) -> None:
    def fits(gtin: str) -> bool:
        return all(wanted in ("?", digit) for wanted, digit in zip(mask, gtin, strict=True))

    expected = sorted((-popularity, f"{gtin:013}") for gtin, popularity, *_ in rows if fits(f"{gtin:013}"))
    found = search_of(rows, newer).by_mask(mask, limit)
    assert [(-hit.score, hit.gtin) for hit in found] == expected[:limit]


@given(ROWS, NEWER, RANGES, st.integers(0, 70))
def test_ranges_find_what_lies_within_the_middle_first(
    rows: list[Row], newer: set[int], ranges: Mapping[str, tuple[float, float]], limit: int
) -> None:
    def inside(row: Row) -> bool:
        values = dict(zip(MEASURES, row[2:], strict=True))
        return all(values[name] > 0 and low <= values[name] <= high for name, (low, high) in ranges.items())

    every = search_of(rows, newer).by_ranges(ranges, len(rows))
    assert {hit.gtin for hit in every} == {f"{row[0]:013}" for row in rows if inside(row)}
    assert [hit.score for hit in every] == sorted((hit.score for hit in every), reverse=True)
    assert search_of(rows, newer).by_ranges(ranges, limit) == every[:limit]


@given(st.lists(GTINS))
def test_packed_numbers_come_back(gtins: list[int]) -> None:
    assert [int(gtin_of(int(number))) for number in packed(np.array(gtins, np.int64))] == gtins
