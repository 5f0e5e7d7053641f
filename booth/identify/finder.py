"""Finds an item's product: stage 0, then the strategies that the bandit chose, in the order of the ranker."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from booth.domain.percept import FloatArray
from booth.domain.product import NO_PRODUCT, Candidate, Identification, Product
from booth.identify.bandit.arms import RETRIEVED, STAGE_0
from booth.identify.bandit.experience import context_at
from booth.identify.bandit.policy import Bandit, Choice
from booth.identify.embedding_log import logged
from booth.identify.ranker.ranker import Ranker
from booth.identify.settling import settle
from booth.identify.understanding.queries import understood
from booth.ports.finding import CatalogueIndex, Query, Strategy, Understand

EXACT_GTIN = "exact_gtin"
SHOWN = 50
"""So many candidates are kept in the log, the best first."""

Retrieved = Mapping[str, Sequence[Candidate]]


@dataclass(frozen=True, slots=True)
class Learnt:
    """What was learnt so far, all of one moment.

    Attributes:
        limit: confidence from which on the booth settles by itself without a whole code.
    """

    bandit: Bandit
    ranker: Ranker
    limit: float


class SlateFinder:
    """A Finder; any thread may ask, while another swaps what was learnt."""

    def __init__(
        self,
        index: CatalogueIndex,
        strategies: Sequence[Strategy],
        understand: Understand,
        learnt: Callable[[], Learnt | None],
        seed: int | None = None,
    ) -> None:
        self._index = index
        self._strategies = {strategy.name: strategy for strategy in strategies}
        self._understand = understand
        self._learnt = learnt
        self._random = np.random.default_rng(seed)
        self._dice = threading.Lock()

    def find(self, query: Query) -> Identification:
        """Search with all that is known. Raises: StoreError."""
        learnt, snapshot = self._learnt(), self._index.snapshot
        if learnt is None:  # there was no catalogue to begin with
            return self._by_code(query, snapshot)
        query = understood(query, self._understand)
        retrieved = {name: self._propose(name, query) for name in STAGE_0 if name in self._strategies}
        context = context_at(self._index, query, retrieved)
        slate = self._chosen(learnt.bandit, context)
        retrieved |= {each.strategy: self._propose(each.strategy, query) for each in slate if each.level}
        taken = _taken(retrieved, slate)
        products = self._products(taken)
        ranking = learnt.ranker.rank(query, taken, products)
        settled = settle(query, ranking, products, learnt.limit)
        return Identification(
            barcodes=query.barcodes,
            candidates=ranking.candidates[:SHOWN],
            gtin=settled.gtin,
            strategies=_levels(taken, slate),
            propensities={choice.strategy: choice.propensity for choice in slate},
            snapshot=snapshot,
            confidence=ranking.confidence,
            doubt=settled.doubt,
            partial_codes=query.partial_codes,
            words=query.words,
            understood=query.understood,
            typed_text=query.typed_text,
            size_mm=query.size_mm,
            weight_g=query.weight_g,
            shortlist=query.shortlist,
            retrieved={name: tuple(each.gtin for each in given) for name, given in retrieved.items()},
            scores={name: tuple(each.score for each in given) for name, given in retrieved.items()},
            matched=query.matched,
            embeddings=logged(query.embeddings),
            context=tuple(float(value) for value in context),
            bandit=learnt.bandit.version,
            ranker=learnt.ranker.version,
        )

    def _by_code(self, query: Query, snapshot: str) -> Identification:
        """What codes alone say where nothing is learnt: one known code with no other beside it settles."""
        gtins = list(dict.fromkeys(read.gtin for read in query.barcodes if read.gtin))
        known = [product.gtin for product in self._index.get(gtins)]
        return Identification(
            query.barcodes,
            tuple(Candidate(gtin, 1.0, EXACT_GTIN) for gtin in known),
            known[0] if known and len(gtins) == 1 else NO_PRODUCT,
            snapshot=snapshot,
            partial_codes=query.partial_codes,
        )

    def _chosen(self, bandit: Bandit, context: FloatArray) -> Sequence[Choice]:
        with self._dice:
            return bandit.choose(context, self._random, self._strategies.keys())

    def _propose(self, name: str, query: Query) -> Sequence[Candidate]:
        return self._strategies[name].propose(query, RETRIEVED)

    def _products(self, taken: Retrieved) -> dict[str, Product]:
        gtins = dict.fromkeys(candidate.gtin for given in taken.values() for candidate in given)
        return {product.gtin: product for product in self._index.get(list(gtins))}


def _taken(retrieved: Retrieved, slate: Sequence[Choice]) -> dict[str, Sequence[Candidate]]:
    levels = {choice.strategy: choice.level for choice in slate}
    return {name: given[: levels.get(name, RETRIEVED)] for name, given in retrieved.items()}


def _levels(taken: Retrieved, slate: Sequence[Choice]) -> dict[str, int]:
    return {name: RETRIEVED for name in taken} | {choice.strategy: choice.level for choice in slate}
