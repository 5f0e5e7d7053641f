"""How the booth settles on simulated items it was not fitted on, by the state of their barcode."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from booth import plugins
from booth.domain.product import NO_PRODUCT, Product
from booth.evaluate.finding.synthetic.catalogue import products as made_up
from booth.evaluate.intervals import clopper_pearson
from booth.identify.bandit.arms import ARMS, STAGE_0
from booth.identify.corruption import GOOD, RATES, STATES, WRONG, Rates, barcode_state, seeded_vectors
from booth.identify.memory import Memory
from booth.identify.ranker.cold_start import world_of
from booth.identify.ranker.fit import fit, ranks_figures
from booth.identify.ranker.ranker import FALSE_ACCEPTS, Ranker
from booth.identify.ranker.simulate import World, examples, simulated, stranger
from booth.identify.settling import settle
from booth.identify.understanding.understanding import Understanding
from booth.ports.finding import CatalogueIndex, Sources

STRANGER = "stranger"
"""Beside STATES: items that the catalogue does not have, whatever their code; no search can be right."""
STRANGERS = 0.1
EVEN = replace(RATES, good=0.3, partial=0.2, wrong=0.3)
"""Every state of the code is frequent enough to be judged by; figures are given by state, never together."""
Told = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is simulated.

    Attributes:
        items: how many are settled on.
        fitted: on how many other items, of other products, the ranker is fitted before.
        false_accepts: which share of what is settled without a whole code may be wrong.
    """

    items: int
    products: int
    seed: int
    fitted: int
    false_accepts: float = FALSE_ACCEPTS
    rates: Rates = EVEN


@dataclass(frozen=True, slots=True)
class Item:
    """What became of one item.

    Attributes:
        state: of its barcode, one of STATES; or STRANGER.
        settled: the product settled on, or empty where the associate was asked.
        code_known: whether the code that was read is one of the catalogue's.
        rank: of the truth among the candidates, from 1, or None where it is none of them.
    """

    state: str
    truth: str
    settled: str
    doubt: str
    code_known: bool
    rank: int | None = None


def evaluate_settling(
    plan: Plan, folder: Path, told: Told = lambda task, done, total: None
) -> dict[str, Any]:
    """Settle on simulated items of a made-up catalogue by a ranker that has seen other products' items only.

    Half of the items are searched as at the first look, half with printed words and compared pictures.

    Args:
        folder: empty; the catalogue's index is made there.

    Raises:
        InputError: there are too few products or items to fit on.
        StoreError: the index cannot be written.
    """
    rng, vectors = np.random.default_rng(plan.seed), seeded_vectors(plan.seed)
    index: CatalogueIndex = plugins.load("booth.indexes", "embedded")(folder, {})
    with closing(index):
        made = list(made_up(plan.products, plan.seed))
        index.upsert(made)
        index.upsert_vectors((product.gtin, vectors(product)) for product in made)
        sources = Sources(index, Memory())
        strategies = [plugins.load("booth.strategies", name)(sources) for name in (*STAGE_0, *ARMS)]
        understand = Understanding(index).of
        world = world_of(index, strategies, rng, vectors=vectors, understand=understand)
        tested = _drawn(made, plan.items, rng)
        ranker = _fitted(world, {product.gtin for product in tested}, plan.fitted, rng, told)
        tested_world = replace(world, pool=made, rates=plan.rates)
        limit = ranker.limit_for(plan.false_accepts)
        items = settle_items(tested_world, ranker, _bar(tested, told), rng, limit)
    figures = settling_figures(items)
    return {"n": len(items), "products": plan.products, "limit": limit, "by_barcode": figures}


def settle_items(
    world: World, ranker: Ranker, products: Iterable[Product], rng: np.random.Generator, limit: float
) -> list[Item]:
    """Search, rank and settle one simulated item of each product. Raises: StoreError."""
    return [_settled(world, ranker, product, rng, limit) for product in products]


def settling_figures(items: Iterable[Item]) -> dict[str, dict[str, Any]]:
    """By state of the barcode: n, R@1, R@5, MRR, and shares settled right, wrong and asked, with intervals.

    Good codes also give `false_doubts`, wrong ones that name another product of the catalogue `found_out`:
    the share that was not settled on as the code says.
    """
    by_state: dict[str, list[Item]] = {state: [] for state in (*STATES, STRANGER)}
    for item in items:
        by_state[item.state].append(item)
    return {state: _figures(state, of_state) for state, of_state in by_state.items() if of_state}


def _drawn(made: Sequence[Product], count: int, rng: np.random.Generator) -> list[Product]:
    """At most a third of the catalogue, of which some of the items are; the rest is fitted on."""
    kinds = [made[place] for place in rng.permutation(len(made))[: max(1, len(made) // 3)]]
    drawn = [kinds[place % len(kinds)] for place in range(count)]
    return [stranger(made, each, rng) if rng.random() < STRANGERS else each for each in drawn]


def _fitted(world: World, tested: set[str], items: int, rng: np.random.Generator, told: Told) -> Ranker:
    others = [place for place, product in enumerate(world.pool) if product.gtin not in tested]
    pool = [world.pool[place] for place in others]
    made = []
    for example in examples(replace(world, pool=pool, pictures=world.pictures[others]), rng, items):
        made.append(example)
        told("Simulating items for the ranker", len(made), items)
    return fit(made).ranker


def _bar(products: Sequence[Product], told: Told) -> Iterable[Product]:
    for done, product in enumerate(products, start=1):
        yield product
        told("Settling", done, len(products))


def _settled(world: World, ranker: Ranker, product: Product, rng: np.random.Generator, limit: float) -> Item:
    query, retrieved, products = simulated(world, product, rng)
    ranking = ranker.rank(query, retrieved, products)
    settled = settle(query, ranking, products, limit)
    known = any(code.gtin in products for code in query.barcodes if code.gtin)
    in_catalogue = world.index.by_gtin(product.gtin) is not None
    state = barcode_state(query, product.gtin) if in_catalogue else STRANGER
    gtins = [candidate.gtin for candidate in ranking.candidates]
    rank = gtins.index(product.gtin) + 1 if product.gtin in gtins else None
    return Item(state, product.gtin, settled.gtin, settled.doubt, known, rank)


def _figures(state: str, items: list[Item]) -> dict[str, Any]:
    ranks = ranks_figures([item.rank for item in items if item.rank], len(items))
    found = {name: ranks[name] for name in ("r@1", "r@5", "mrr")} if state != STRANGER else {}
    figures: dict[str, Any] = {
        "n": len(items),
        **found,
        "settled_right": _share(item.settled == item.truth for item in items),
        "settled_wrong": _share(item.settled not in (item.truth, NO_PRODUCT) for item in items),
        "asked": _share(item.settled == NO_PRODUCT for item in items),
    }
    if state == GOOD:
        figures["false_doubts"] = _share(bool(item.doubt) for item in items)
    if state == WRONG:
        known = [item for item in items if item.code_known]
        figures["found_out"] = _share(item.settled in (item.truth, NO_PRODUCT) for item in known)
        figures["doubted"] = _share(bool(item.doubt) for item in known)
    return figures


def _share(each: Iterable[bool]) -> Mapping[str, float | int]:
    told = list(each)
    low, high = clopper_pearson(sum(told), len(told))
    return {
        "n": len(told),
        "count": sum(told),
        "share": sum(told) / max(1, len(told)),
        "low": low,
        "high": high,
    }
