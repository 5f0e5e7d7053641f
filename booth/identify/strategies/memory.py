"""The products that people confirmed before for the same codes, digits or words."""

from __future__ import annotations

from collections.abc import Sequence

from booth.domain.product import Candidate
from booth.ports.finding import Memory, Query, Sources

NAME = "memory"


class Remembered:
    """Proposes what was confirmed before; its score is how probable that makes a product, 0..1."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    @property
    def name(self) -> str:
        """`memory`."""
        return NAME

    def propose(self, query: Query, limit: int) -> Sequence[Candidate]:
        """The most probable first; none where nothing like it was confirmed. Any thread."""
        return [Candidate(hit.gtin, hit.score, NAME) for hit in self._memory.recall(query, max(0, limit))]


def strategy(sources: Sources) -> Remembered:
    """Entry point of group `booth.strategies`."""
    return Remembered(sources.memory)
