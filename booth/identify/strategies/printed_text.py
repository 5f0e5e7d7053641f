"""The strategy of printed words: full text over what was read on the item, however badly."""

from __future__ import annotations

from collections.abc import Sequence

from booth.domain.product import Candidate
from booth.identify.strategies.printed_words import telling_words
from booth.ports.finding import CatalogueIndex, Query, Sources

NAME = "printed_text"
FEW, MANY = 6, 16
"""Two questions: the few most telling words must nearly all be right; among many some may be."""
RANK = 10.0
"""The lower, the more the first places count (Cormack et al., Reciprocal rank fusion, SIGIR 2009)."""


class PrintedText:
    """Proposes what the most telling printed words find; two answers are joined by their ranks."""

    def __init__(self, index: CatalogueIndex) -> None:
        self._index = index

    @property
    def name(self) -> str:
        """`printed_text`."""
        return NAME

    def propose(self, query: Query, limit: int) -> Sequence[Candidate]:
        """The best fit first; none where nothing was read. Any thread. Raises: StoreError."""
        few, many = (telling_words(query.words, most) for most in (FEW, MANY))
        if limit <= 0 or not few:
            return []
        questions = [few] if len(many) <= len(few) else [few, many]
        scores: dict[str, float] = {}
        for words in questions:
            for rank, hit in enumerate(self._index.by_text(" ".join(words), limit)):
                scores[hit.gtin] = scores.get(hit.gtin, 0.0) + 1.0 / (RANK + rank)
        best = sorted(scores, key=lambda gtin: -scores[gtin])[:limit]
        return [Candidate(gtin, scores[gtin], NAME) for gtin in best]


def strategy(sources: Sources) -> PrintedText:
    """Entry point of group `booth.strategies`."""
    return PrintedText(sources.index)
