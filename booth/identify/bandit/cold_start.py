"""What a bandit knows before its first item: the real strategies, tried on simulated items."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from booth.domain.product import Product
from booth.identify.bandit.arms import ARMS
from booth.identify.bandit.context import can_run
from booth.identify.bandit.experience import Experience, Told, Tryout
from booth.identify.bandit.policy import Bandit, ignorant
from booth.identify.bandit.settings import SETTINGS, Settings
from booth.identify.corruption import RATES, Rates, Vectors, corrupted, seeded_vectors
from booth.ports.finding import CatalogueIndex, Strategy, Understand

ITEMS = 600
"""Simulated items; beyond, the priors hardly change."""
WEIGHT = 0.5
"""What a simulated item counts of a confirmed one: it is like those of this booth, but it is not one."""
ASSUMED_RANKS = ((0.66, 0), (0.82, 9), (0.86, 29), (0.92, 99))
"""Of pictures whose references cannot be had: the share of items found within the first 1, 10, 30 and 100, as
simulated pictures give them in a catalogue of 20,000 products."""


def cold_start(
    index: CatalogueIndex,
    strategies: Sequence[Strategy],
    products: Sequence[Product],
    rng: np.random.Generator,
    *,
    understand: Understand | None = None,
    vectors: Vectors | None = None,
    rates: Rates = RATES,
    settings: Settings = SETTINGS,
    items: int = ITEMS,
    told: Told = lambda done, total: None,
) -> Bandit:
    """A policy that serves the first item well already.

    Args:
        products: a sample of the catalogue; items are drawn from it, and what lies beside them.
        vectors: the products' reference embeddings in this index; None where they cannot be had: how well
            pictures do is assumed then.

    Raises:
        StoreError: the catalogue cannot be read.
    """
    tryout = Tryout(index, strategies, understand)
    return ignorant(settings).learn_all(
        _experiences(tryout, products, rng, vectors, rates, items, told), WEIGHT
    )


def _experiences(
    tryout: Tryout,
    products: Sequence[Product],
    rng: np.random.Generator,
    vectors: Vectors | None,
    rates: Rates,
    items: int,
    told: Told,
) -> Iterator[Experience]:
    if not products:
        return
    drawn = [products[place] for place in rng.integers(0, len(products), items)]
    assumed = vectors is None and "image" in tryout.names
    shown = vectors or (seeded_vectors() if assumed else None)
    arms = [arm for arm in ARMS if not (assumed and arm == "image")]
    for done, product in enumerate(drawn, start=1):
        query = corrupted(product, rng, rates, shown, products)
        known = tryout.experience(query, product.gtin, arms)
        told(done, items)
        yield _with_assumed(known, rng) if assumed else known


def _with_assumed(known: Experience, rng: np.random.Generator) -> Experience:
    """The same with an assumed rank of the picture, whose embedding was made up."""
    if not can_run(known.context, "image"):
        return known
    draw = rng.random()
    rank = next((rank for share, rank in ASSUMED_RANKS if draw < share), None)
    return replace(known, ranks={**known.ranks, "image": rank})
