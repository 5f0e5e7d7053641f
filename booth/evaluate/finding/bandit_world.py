"""A simulated booth: items whose ranks in every strategy are known, for any policy to run on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from booth.domain.percept import FloatArray
from booth.domain.product import Product
from booth.identify.bandit.arms import ARMS, COSTS, LEVELS, STAGE_0
from booth.identify.bandit.experience import Experience, Told, Tryout
from booth.identify.corruption import RATES, Rates, Vectors, barcode_state, corrupted
from booth.ports.finding import Query

NAMES = (*STAGE_0, *ARMS)
ABSENT = -1
"""In ranks: the truth is not among what the strategy gives."""
LOST = len(LEVELS)
"""Instead of the place of a level: no level has the truth."""
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """Items, in the order in which they come.

    Attributes:
        contexts: (n, SIZE) float32.
        ranks: (n, names) of the truth in what each of NAMES gives, ABSENT where it is not there.
        states: the state of each item's barcode.
    """

    contexts: FloatArray
    ranks: NDArray[np.int16]
    states: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.states)

    @property
    def found_at_once(self) -> NDArray[np.bool_]:
        """(n,): stage 0 has the truth."""
        return np.asarray((self.ranks[:, : len(STAGE_0)] != ABSENT).any(axis=1))

    @property
    def lowest(self) -> NDArray[np.int64]:
        """(n, arms): place of the lowest of LEVELS at which an arm has the truth, LOST where none has."""
        ranks = self.ranks[:, len(STAGE_0) :]
        places = 1 + (ranks[:, :, None] >= np.array(LEVELS[1:])).sum(axis=2)
        return np.where(ranks == ABSENT, LOST, places)

    def rewards(self, places: NDArray[np.int64]) -> Array:
        """(n,): what slates earned, given as (n, arms) places in LEVELS."""
        found = self.found_at_once | (places >= self.lowest).any(axis=1)
        return found - costs_of(places)

    def ranks_of(self, item: int, places: NDArray[np.int64]) -> dict[str, int | None]:
        """What a confirmation tells of an item: the ranks in what ran."""
        told = {name: _rank(self.ranks[item, column]) for column, name in enumerate(STAGE_0)}
        for arm, name in enumerate(ARMS):
            if places[arm]:
                told[name] = _rank(self.ranks[item, len(STAGE_0) + arm])
        return told


def costs_of(places: NDArray[np.int64]) -> Array:
    """(n,): what slates cost, given as (n, arms) places in LEVELS."""
    table = np.array(COSTS)
    return np.asarray(table[np.arange(len(ARMS)), places].sum(axis=-1))


@dataclass(frozen=True, slots=True, eq=False)
class Items:
    """Where items are drawn from, by how popular their products are.

    Attributes:
        tell: is told which product each query was made of.
    """

    tryout: Tryout
    products: Sequence[Product]
    vectors: Vectors | None = None
    tell: Callable[[Query, Product], Query] = lambda query, product: query
    rates: Rates = RATES

    def drawn(
        self, count: int, rng: np.random.Generator, told: Told = lambda done, total: None
    ) -> tuple[list[Experience], list[str]]:
        """Run every strategy on so many items; gives their barcodes' states, too. Raises: StoreError."""
        shares = np.array([product.popularity + 1.0 for product in self.products])
        experiences, states = [], []
        for place in rng.choice(len(self.products), count, p=shares / shares.sum()):
            product = self.products[place]
            query = self.tell(corrupted(product, rng, self.rates, self.vectors, self.products), product)
            experiences.append(self.tryout.experience(query, product.gtin))
            states.append(barcode_state(query, product.gtin))
            told(len(states), count)
        return experiences, states


def world_of(experiences: Sequence[Experience], states: Sequence[str]) -> World:
    """A world of these items."""
    ranks = np.full((len(experiences), len(NAMES)), ABSENT, np.int16)
    for item, experience in enumerate(experiences):
        for column, name in enumerate(NAMES):
            rank = experience.ranks.get(name)
            ranks[item, column] = ABSENT if rank is None else rank
    contexts = np.array([experience.context for experience in experiences], dtype=np.float32)
    return World(contexts, ranks, tuple(states))


def _rank(rank: np.int16) -> int | None:
    return None if rank == ABSENT else int(rank)
