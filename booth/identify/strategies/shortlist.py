"""The strategy of what the site expects: the products of the item's order, tote or licence plate."""

from __future__ import annotations

from collections.abc import Sequence

from booth.domain.product import Candidate
from booth.ports.finding import CatalogueIndex, Query, Sources

NAME = "shortlist"
MOST = 10_000
"""So many expected products are looked up; an order that names more says next to nothing."""


class ShortlistFirst:
    """Proposes what is expected, most popular first; the score is its share of their popularity."""

    def __init__(self, index: CatalogueIndex) -> None:
        self._index = index

    @property
    def name(self) -> str:
        """`shortlist`."""
        return NAME

    def propose(self, query: Query, limit: int) -> Sequence[Candidate]:
        """Known products among those expected. Any thread."""
        expected = list(dict.fromkeys(query.shortlist))[:MOST]
        if not expected or limit < 1:
            return []
        known = self._index.get(expected)
        total = sum(1.0 + product.popularity for product in known)
        ranked = sorted(known, key=lambda product: -product.popularity)
        return [
            Candidate(product.gtin, (1.0 + product.popularity) / total, NAME) for product in ranked[:limit]
        ]


def strategy(sources: Sources) -> ShortlistFirst:
    """Entry point of group `booth.strategies`."""
    return ShortlistFirst(sources.index)
