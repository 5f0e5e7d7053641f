"""The strategy of typed words: full text over the catalogue, which forgives typing errors."""

from __future__ import annotations

from collections.abc import Sequence

from booth.domain.product import Candidate
from booth.ports.finding import CatalogueIndex, Query, Sources

NAME = "typed_text"


class TypedText:
    """Proposes what the typed words find, as they stand: nothing is understood of them here."""

    def __init__(self, index: CatalogueIndex) -> None:
        self._index = index

    @property
    def name(self) -> str:
        """`typed_text`."""
        return NAME

    def propose(self, query: Query, limit: int) -> Sequence[Candidate]:
        """The best fit first; none where nothing was typed. Any thread. Raises: StoreError."""
        if limit <= 0 or not query.typed_text.strip():
            return []
        hits = self._index.by_text(query.typed_text, limit)
        return [Candidate(hit.gtin, hit.score, NAME) for hit in hits]


def strategy(sources: Sources) -> TypedText:
    """Entry point of group `booth.strategies`."""
    return TypedText(sources.index)
