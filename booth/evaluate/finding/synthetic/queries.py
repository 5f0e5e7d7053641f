"""Draws the products that are sought, half of them by popularity, and types a query for each."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Iterator
from random import Random

from booth.domain.product import Product
from booth.evaluate.finding.synthetic.noise import TYPED, Noise
from booth.evaluate.finding.synthetic.typing import typed

POPULAR_SHARE = 0.5
"""Of the queries; the others seek any product alike: what nobody knows by heart is what is typed."""
POWER = 0.5
"""A popular product is sought in proportion to this power of its popularity: often its code is read."""


class Draw:
    """Draws without replacement while products stream by, in memory for those drawn alone.

    Weighted by keys (Efraimidis and Spirakis, Weighted random sampling with a reservoir, 2006).
    """

    def __init__(self, count: int, seed: int) -> None:
        self._rng = Random(f"draw {seed}")
        popular = round(count * POPULAR_SHARE)
        self._popular = _Reservoir(popular)
        self._any = _Reservoir(count - popular)

    def passing(self, products: Iterable[Product]) -> Iterator[Product]:
        """The products as they are, each of them looked at."""
        for product in products:
            self.see(product)
            yield product

    def see(self, product: Product) -> None:
        """Perhaps draw this one."""
        exponential = -math.log(1.0 - self._rng.random())
        self._popular.offer(exponential / max(product.popularity, 1e-3) ** POWER, product)
        self._any.offer(self._rng.random(), product)

    def drawn(self) -> list[Product]:
        """Those drawn of all that were seen."""
        return self._popular.products() + self._any.products()


class _Reservoir:
    def __init__(self, size: int) -> None:
        self._size = size
        self._heap: list[tuple[float, str, Product]] = []

    def offer(self, key: float, product: Product) -> None:
        if len(self._heap) < self._size:
            heapq.heappush(self._heap, (-key, product.gtin, product))
        elif self._size and -key > self._heap[0][0]:
            heapq.heapreplace(self._heap, (-key, product.gtin, product))

    def products(self) -> list[Product]:
        return [product for _, _, product in sorted(self._heap, key=lambda entry: entry[:2])]


def queries(drawn: Iterable[Product], seed: int, noise: Noise = TYPED) -> list[tuple[str, str]]:
    """(text, GTIN) of each product drawn, in random order."""
    rng = Random(f"queries {seed}")
    made = [(typed(product, rng, noise), product.gtin) for product in drawn]
    rng.shuffle(made)
    return made
