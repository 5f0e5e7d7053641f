"""Builds simulated booths: a made-up catalogue in a real index, the real strategies, and items by seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from booth import plugins
from booth.domain.percept import FloatArray
from booth.domain.product import Product
from booth.evaluate.finding.bandit_stand_in import Truth, stand_ins
from booth.evaluate.finding.bandit_world import Items, World, world_of
from booth.evaluate.finding.synthetic.catalogue import products as made_up
from booth.identify.bandit.arms import ARMS, STAGE_0
from booth.identify.bandit.cold_start import WEIGHT as COLD_WEIGHT
from booth.identify.bandit.cold_start import cold_start
from booth.identify.bandit.experience import Tryout
from booth.identify.bandit.policy import Bandit, ignorant
from booth.identify.bandit.settings import SETTINGS, Settings
from booth.identify.corruption import RATES, Rates, Vectors, seeded_vectors
from booth.identify.memory import Memory
from booth.identify.strategies.exact_gtin import ExactGtin
from booth.identify.understanding.understanding import Understanding
from booth.ports.finding import CatalogueIndex, Sources, Strategy

PRODUCTS = 20_000
COLD_SEED = 10_000
"""Added to a booth's seed for its cold start, which must not see the booth's own items."""
UNLIKE = 0.5
"""How unlike booths are: standard deviation of the logarithm of the odds of what happens in them."""
MOVED = (
    "wrong_known", "digit_lost", "digit_misread", "words", "typed", "typed_without", "embedding", "size",
    "weight", "weight_off", "shortlist", "shortlist_right",
)  # fmt: skip
"""Shares of Rates that are each booth's own, besides those of its barcodes."""
Told = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, eq=False)
class Booth:
    """A simulated booth, what it knows before its first item, and which strategies are stand-ins."""

    seed: int
    world: World
    cold: Bandit
    stand_ins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Size:
    """How large a simulated booth is."""

    items: int = 6_000
    products: int = PRODUCTS
    simulated: int = 600
    """Items of the cold start."""


def booth_of(
    seed: int,
    folder: Path,
    size: Size,
    quick: bool = False,
    settings: Settings = SETTINGS,
    told: Told = lambda task, done, total: None,
) -> Booth:
    """A booth whose catalogue and items follow from its seed.

    Args:
        folder: empty; the catalogue's index is made there.
        quick: stand-ins instead of the strategies; else only for those that are not installed.

    Raises:
        StoreError: the index cannot be written.
    """
    products, vectors = list(made_up(size.products, seed)), _kept(seeded_vectors(seed))
    with closing(_index(folder, products, None if quick else vectors)) as index:
        truth = Truth()
        strategies, missing = _strategies(index, truth, vectors, quick)
        tryout = Tryout(index, strategies, None if quick else Understanding(index).of)
        items = Items(tryout, products, vectors, truth.tell, own_rates(seed))
        world = world_of(*items.drawn(size.items, np.random.default_rng(seed), _bar(told, seed)))
        cold_rng = np.random.default_rng(COLD_SEED + seed)
        if missing:
            assumed = replace(items, rates=RATES).drawn(size.simulated, cold_rng)[0]
            cold = ignorant(settings).learn_all(assumed, COLD_WEIGHT)
        else:
            cold = cold_start(
                index, strategies, products, cold_rng, understand=Understanding(index).of, vectors=vectors,
                settings=settings, items=size.simulated,
            )  # fmt: skip
    return Booth(seed, world, cold, missing)


def own_rates(seed: int) -> Rates:
    """The rates of one booth, which its cold start does not know: it assumes RATES."""
    rng = np.random.default_rng([seed, 5])
    none = 1.0 - RATES.good - RATES.partial - RATES.wrong
    states = np.array([RATES.good, RATES.partial, RATES.wrong, none]) * np.exp(rng.normal(0.0, UNLIKE, 4))
    good, partial, wrong, _ = (states / states.sum()).tolist()
    moved: dict[str, Any] = {name: _moved(getattr(RATES, name), rng) for name in MOVED}
    cosine = RATES.cosine + float(rng.normal(0.0, UNLIKE / 8.0))
    return replace(RATES, good=good, partial=partial, wrong=wrong, cosine=cosine, **moved)


def _moved(share: float, rng: np.random.Generator) -> float:
    """A share whose odds are those of another booth."""
    odds = share / (1.0 - share) * float(np.exp(rng.normal(0.0, UNLIKE)))
    return odds / (1.0 + odds)


def _index(folder: Path, products: Sequence[Product], vectors: Vectors | None) -> CatalogueIndex:
    index: CatalogueIndex = plugins.load("booth.indexes", "embedded")(folder, {})
    index.upsert(products)
    if vectors is not None:
        index.upsert_vectors((product.gtin, vectors(product)) for product in products)
    return index


def _strategies(
    index: CatalogueIndex, truth: Truth, vectors: Vectors, quick: bool
) -> tuple[list[Strategy], tuple[str, ...]]:
    """The strategies, and the names of those that are stand-ins."""
    sources = Sources(index, Memory())
    if quick:
        return [ExactGtin(index), *stand_ins(ARMS, truth, vectors)], ARMS
    names = plugins.names("booth.strategies")
    real = [plugins.load("booth.strategies", name)(sources) for name in (*STAGE_0, *ARMS) if name in names]
    missing = tuple(arm for arm in ARMS if arm not in names)
    return [*real, *stand_ins(missing, truth, vectors)], missing


def _kept(vectors: Vectors) -> Vectors:
    """The same, each drawn once."""
    known: dict[str, FloatArray] = {}

    def of(product: Product) -> FloatArray:
        if product.gtin not in known:
            known[product.gtin] = vectors(product)
        return known[product.gtin]

    return of


def _bar(told: Told, seed: int) -> Callable[[int, int], None]:
    return lambda done, total: told(f"Booth {seed}", done, total)
