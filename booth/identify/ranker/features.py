"""The numbers that the ranker sees of each candidate, all candidates of a query at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from booth.domain.percept import FloatArray
from booth.domain.product import Candidate, Product
from booth.identify.ranker import arm_features, code_features, measure_features, text_features
from booth.ports.finding import Query

OF_QUERY = (
    "seen_code",
    "seen_part",
    "seen_words",
    "seen_typed",
    "seen_picture",
    "seen_weight",
    "seen_size",
    "rivals",
)
"""The same for every candidate: which evidence there is at all."""
FEATURES = (
    *arm_features.NAMES, *code_features.NAMES, *text_features.NAMES, *measure_features.NAMES, *OF_QUERY,
)  # fmt: skip
MAX_CANDIDATES = 1_000


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """The candidates of a query, and the features of each.

    Attributes:
        values: (N, len(FEATURES)) float32, finite; a row for each GTIN.
    """

    gtins: tuple[str, ...]
    values: FloatArray

    def column(self, name: str) -> FloatArray:
        """One feature of every candidate, (N,) float32."""
        return np.asarray(self.values[:, FEATURES.index(name)], dtype=np.float32)

    def row(self, gtin: str) -> Mapping[str, float]:
        """Every feature of one candidate; empty where it is none."""
        if gtin not in self.gtins:
            return {}
        values = self.values[self.gtins.index(gtin)]
        return {name: float(value) for name, value in zip(FEATURES, values, strict=True)}


def empty_table() -> Table:
    """The table of a query without candidates."""
    return Table((), np.zeros((0, len(FEATURES)), np.float32))


def table_of(
    query: Query, retrieved: Mapping[str, Sequence[Candidate]], products: Mapping[str, Product]
) -> Table:
    """The features of every candidate that is in the catalogue, in the order they were first given in."""
    given = dict.fromkeys(each.gtin for candidates in retrieved.values() for each in candidates)
    gtins = tuple(gtin for gtin in given if gtin in products)[:MAX_CANDIDATES]
    known = [products[gtin] for gtin in gtins]
    places = {gtin: row for row, gtin in enumerate(gtins)}
    columns = {
        **arm_features.arm_columns(retrieved, places),
        **code_features.code_columns(query, gtins),
        **text_features.text_columns(query, known),
        **measure_features.measure_columns(query, known),
        **_of_query(query, retrieved, len(gtins)),
    }
    values = np.stack([columns[name] for name in FEATURES], axis=1).astype(np.float32)
    return Table(gtins, np.nan_to_num(values, nan=0.0, posinf=1e6, neginf=-1e6))


def _of_query(
    query: Query, retrieved: Mapping[str, Sequence[Candidate]], count: int
) -> Mapping[str, FloatArray]:
    values = (
        sum(bool(read.gtin) for read in query.barcodes),
        len(query.partial_codes),
        len(query.words),
        len(query.typed_text.split()),
        bool(retrieved.get("image")),
        query.weight_g is not None,
        query.size_mm is not None,
        np.log1p(count),
    )
    return {name: np.full(count, value, np.float32) for name, value in zip(OF_QUERY, values, strict=True)}
