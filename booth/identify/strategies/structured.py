"""The structured strategy: what the words, typed and printed, mean in the catalogue weighs in the search."""

from __future__ import annotations

from collections.abc import Sequence

from booth.domain.product import Candidate
from booth.identify.strategies.printed_words import telling_words
from booth.ports.finding import CatalogueIndex, Query, Sources

NAME = "structured"
WORDS = 12
"""Printed words that go with what was typed."""


class Structured:
    """Proposes products whose brand, category and size are what was understood of the item's words."""

    def __init__(self, index: CatalogueIndex) -> None:
        self._index = index

    @property
    def name(self) -> str:
        """`structured`."""
        return NAME

    def propose(self, query: Query, limit: int) -> Sequence[Candidate]:
        """The best fit first; none where nothing was understood. Any thread. Raises: StoreError."""
        if limit <= 0 or not query.understood:
            return []
        words = " ".join([query.typed_text, *telling_words(query.words, WORDS)])
        hits = self._index.by_text(words, limit, query.understood)
        return [Candidate(hit.gtin, hit.score, NAME) for hit in hits]


def strategy(sources: Sources) -> Structured:
    """Entry point of group `booth.strategies`."""
    return Structured(sources.index)
