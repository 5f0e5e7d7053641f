"""The products whose reference pictures look most like the item."""

from __future__ import annotations

from collections.abc import Sequence

from booth.domain.product import Candidate
from booth.ports.finding import CatalogueIndex, Query, Sources

NAME = "image"


class Image:
    """Proposes by embedding; the score is the best cosine of any view and any reference."""

    def __init__(self, index: CatalogueIndex) -> None:
        self._index = index

    @property
    def name(self) -> str:
        """`image`."""
        return NAME

    def propose(self, query: Query, limit: int) -> Sequence[Candidate]:
        """The nearest by embedding; none where the views have none. Any thread."""
        embeddings = query.embeddings
        if embeddings is None or len(embeddings) == 0 or limit < 1:
            return []
        return [Candidate(hit.gtin, hit.score, NAME) for hit in self._index.by_vector(embeddings, limit)]


def strategy(sources: Sources) -> Image:
    """Entry point of group `booth.strategies`."""
    return Image(sources.index)
