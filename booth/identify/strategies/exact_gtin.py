"""The first strategy: the products whose GTIN was read from a code or typed in full."""

from __future__ import annotations

from collections.abc import Sequence

from booth.domain.product import Candidate
from booth.identify.gtin import gtins_typed
from booth.ports.finding import CatalogueIndex, Query, Sources

NAME = "exact_gtin"


class ExactGtin:
    """Proposes each known product once; its score is the number of views in which the code was read."""

    def __init__(self, index: CatalogueIndex) -> None:
        self._index = index

    @property
    def name(self) -> str:
        """`exact_gtin`."""
        return NAME

    def propose(self, query: Query, limit: int) -> Sequence[Candidate]:
        """Known products among the codes read and the digits typed, most often read first. Any thread."""
        seen: dict[str, set[str]] = {}
        for read in query.barcodes:
            if read.gtin:
                seen.setdefault(read.gtin, set()).add(read.view)
        for gtin in gtins_typed(query.typed_text):
            seen.setdefault(gtin, set()).add("typed")
        ranked = sorted(seen, key=lambda gtin: -len(seen[gtin]))
        known = [gtin for gtin in ranked if self._index.by_gtin(gtin) is not None]
        return [Candidate(gtin, float(len(seen[gtin])), NAME) for gtin in known[: max(0, limit)]]


def strategy(sources: Sources) -> ExactGtin:
    """Entry point of group `booth.strategies`."""
    return ExactGtin(sources.index)
