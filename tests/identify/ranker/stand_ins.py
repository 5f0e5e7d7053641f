"""Plain strategies for the ranker's tests: each asks the index once, as the booth's own do."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from booth.domain.product import Candidate
from booth.identify.strategies.exact_gtin import ExactGtin
from booth.ports.finding import CatalogueIndex, Hit, Query, Strategy

Search = Callable[[Query, int], Sequence[Hit]]


class Asked:
    """A strategy of one function."""

    def __init__(self, name: str, search: Search) -> None:
        self.name = name
        self._search = search

    def propose(self, query: Query, limit: int) -> Sequence[Candidate]:
        return [Candidate(hit.gtin, hit.score, self.name) for hit in self._search(query, limit)]


def plain_strategies(index: CatalogueIndex) -> list[Strategy]:
    """Nine arms under their real names; memory is empty."""
    arms: dict[str, Search] = {
        "memory": lambda query, limit: [],
        "shortlist": lambda query, limit: [Hit(p.gtin, 1.0) for p in index.get(query.shortlist[:limit])],
        "partial_gtin": lambda query, limit: _by_mask(index, query, limit),
        "printed_text": lambda query, limit: _by_text(index, _printed(query), limit),
        "typed_text": lambda query, limit: _by_text(index, query.typed_text, limit),
        "image": lambda query, limit: (
            [] if query.embeddings is None else index.by_vector(query.embeddings, limit)
        ),
        "size_weight": lambda query, limit: _by_measures(index, query, limit),
    }
    return [ExactGtin(index), *(Asked(name, search) for name, search in arms.items())]


def _printed(query: Query) -> str:
    return " ".join(word.text for word in query.words if word.confidence > 0.6)


def _by_text(index: CatalogueIndex, text: str, limit: int) -> Sequence[Hit]:
    return index.by_text(text, limit) if text else []


def _by_mask(index: CatalogueIndex, query: Query, limit: int) -> Sequence[Hit]:
    return [hit for part in query.partial_codes[:1] for hit in index.by_gtin_mask(part.mask, limit)]


def _by_measures(index: CatalogueIndex, query: Query, limit: int) -> Sequence[Hit]:
    ranges = {}
    if query.weight_g:
        ranges["weight_g"] = (0.9 * query.weight_g, 1.1 * query.weight_g)
    if query.size_mm:
        ranges["length_mm"] = (0.9 * query.size_mm[0], 1.1 * query.size_mm[0])
    return index.by_ranges(ranges, limit) if ranges else []
