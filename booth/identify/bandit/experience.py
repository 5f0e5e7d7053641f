"""What every strategy gives on an item whose product is known: what the bandit learns from."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from booth.domain.evidence import Understood
from booth.domain.percept import FloatArray
from booth.domain.product import Candidate
from booth.identify.bandit.arms import ARMS, RETRIEVED, STAGE_0
from booth.identify.bandit.context import can_run, context_of
from booth.identify.bandit.reward import Ranks
from booth.identify.understanding.queries import understood
from booth.ports.finding import CatalogueIndex, Query, Strategy, Understand


@dataclass(frozen=True, slots=True, eq=False)
class Experience:
    """The context of an item, and the rank of its product in what each strategy gave."""

    context: FloatArray
    ranks: Ranks


class Tryout:
    """Runs strategies on items whose product is known."""

    def __init__(
        self, index: CatalogueIndex, strategies: Sequence[Strategy], understand: Understand | None = None
    ) -> None:
        self._index = index
        self._strategies: Mapping[str, Strategy] = {strategy.name: strategy for strategy in strategies}
        self._understand = understand or _nothing

    @property
    def names(self) -> Collection[str]:
        """The strategies that there are."""
        return self._strategies.keys()

    def experience(self, query: Query, gtin: str, arms: Collection[str] = ARMS) -> Experience:
        """Run stage 0, then each of `arms` that exists and has evidence. Raises: StoreError."""
        query = understood(query, self._understand)
        hits = {name: self._propose(name, query) for name in STAGE_0 if name in self._strategies}
        context = context_at(self._index, query, hits)
        told: dict[str, int | None] = {name: rank_of(gtin, given) for name, given in hits.items()}
        for arm in ARMS:
            if arm in arms and arm in self._strategies and can_run(context, arm):
                told[arm] = rank_of(gtin, self._propose(arm, query))
        return Experience(context, told)

    def rank(self, query: Query, gtin: str, arm: str) -> int | None:
        """Rank of a product in what one strategy gives for an understood query. Raises: StoreError."""
        return rank_of(gtin, self._propose(arm, query))

    def _propose(self, name: str, query: Query) -> Sequence[Candidate]:
        return self._strategies[name].propose(query, RETRIEVED)


def context_at(index: CatalogueIndex, query: Query, hits: Mapping[str, Sequence[Candidate]]) -> FloatArray:
    """The context of a query in a catalogue, its first hits' entries looked up. Raises: StoreError."""
    first = [hits[name][0].gtin for name in STAGE_0 if hits.get(name)]
    products = {product.gtin: product for product in index.get(first)} if first else {}
    return context_of(query, index.count(), hits, products)


def rank_of(gtin: str, given: Sequence[Candidate]) -> int | None:
    """Rank of a product, from 0, among candidates; None where it is not among them."""
    return next((rank for rank, candidate in enumerate(given) if candidate.gtin == gtin), None)


def _nothing(text: str, without: Sequence[Understood]) -> Sequence[Understood]:
    return ()


Told = Callable[[int, int], None]
"""Is told how much is done, and of how much."""
