"""A ranker for the first item: fitted on simulated items of the booth's own catalogue."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np

from booth.domain.percept import FloatArray
from booth.domain.product import Product
from booth.errors import InputError
from booth.identify.corruption import Vectors, seeded_vectors
from booth.identify.ranker.fit import Fitted, fit
from booth.identify.ranker.simulate import World, examples
from booth.identify.sampling import sampled
from booth.ports.finding import CatalogueIndex, Strategy, Understand

ITEMS = 3_000
"""Beyond these R@1 on held-out items rises by less than its own error."""
POOL = 3_000
Told = Callable[[int, int], None]


def cold_start(
    index: CatalogueIndex,
    strategies: Sequence[Strategy],
    rng: np.random.Generator,
    items: int = ITEMS,
    *,
    vectors: Vectors | None = None,
    understand: Understand | None = None,
    told: Told = lambda done, total: None,
) -> Fitted:
    """Fit a ranker before anything was confirmed, with what was measured of it on items held out.

    Args:
        vectors: the products' embeddings in this index; None where they cannot be had.
        told: is called with how many of the items are done.

    Raises:
        InputError: the catalogue is empty, or the items are too few.
        StoreError: the catalogue cannot be read.
    """
    world = world_of(index, strategies, rng, vectors=vectors, understand=understand)
    made = []
    for done, example in enumerate(examples(world, rng, items), start=1):
        made.append(example)
        told(done, items)
    return fit(made)


def world_of(
    index: CatalogueIndex,
    strategies: Sequence[Strategy],
    rng: np.random.Generator,
    *,
    vectors: Vectors | None = None,
    understand: Understand | None = None,
) -> World:
    """What items of this catalogue are simulated from. Raises: InputError (it is empty), StoreError."""
    pool = sampled(index, rng, POOL)
    if not pool:
        raise InputError("the catalogue is empty: 'booth catalogue import FILE' fills it")
    made_up = _remembering(seeded_vectors())
    pictures = np.concatenate([made_up(product) for product in pool])
    return World(index, strategies, pool, made_up, pictures, vectors, understand)


def _remembering(vectors: Vectors) -> Vectors:
    """The same, without making one up twice."""

    @lru_cache(maxsize=4 * POOL)
    def by_name(gtin: str, brand: str, category: str) -> FloatArray:
        return vectors(Product(gtin, "", brand, category))

    return lambda product: by_name(product.gtin, product.brand, product.category)
