"""How the booth settles on simulated items it was not fitted on, by the state of their barcode."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from booth.domain.product import NO_PRODUCT, Product
from booth.evaluate.intervals import clopper_pearson
from booth.identify.corruption import GOOD, STATES, WRONG, barcode_state
from booth.identify.ranker.ranker import Ranker
from booth.identify.ranker.simulate import World, simulated
from booth.identify.settling import settle


@dataclass(frozen=True, slots=True)
class Item:
    """What became of one item.

    Attributes:
        state: of its barcode, one of STATES.
        settled: the product settled on, or empty where the associate was asked.
        code_known: whether the code that was read is one of the catalogue's.
    """

    state: str
    truth: str
    settled: str
    doubt: str
    code_known: bool


def settle_items(
    world: World, ranker: Ranker, products: Iterable[Product], rng: np.random.Generator, limit: float
) -> list[Item]:
    """Search, rank and settle one simulated item of each product. Raises: StoreError."""
    return [_settled(world, ranker, product, rng, limit) for product in products]


def settling_figures(items: Iterable[Item]) -> dict[str, dict[str, object]]:
    """By state of the barcode: n, and the shares settled right, settled wrong and asked, with intervals.

    Good codes also give `false_doubts`, wrong ones that name another product of the catalogue `found_out`:
    the share that was not settled on as the code says.
    """
    by_state: dict[str, list[Item]] = {state: [] for state in STATES}
    for item in items:
        by_state[item.state].append(item)
    return {state: _figures(state, of_state) for state, of_state in by_state.items() if of_state}


def _settled(world: World, ranker: Ranker, product: Product, rng: np.random.Generator, limit: float) -> Item:
    query, retrieved, products = simulated(world, product, rng)
    ranking = ranker.rank(query, retrieved, products)
    settled = settle(query, ranking, products, limit)
    known = any(code.gtin in products for code in query.barcodes if code.gtin)
    return Item(barcode_state(query, product.gtin), product.gtin, settled.gtin, settled.doubt, known)


def _figures(state: str, items: list[Item]) -> dict[str, object]:
    figures: dict[str, object] = {
        "n": len(items),
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
