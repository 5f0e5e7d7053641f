"""The strategy of size and weight: products as large and as heavy as the item."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence

from booth.domain.product import Candidate, Product
from booth.ports.finding import CatalogueIndex, Query, Sources

NAME = "size_weight"

SIDES = ("length_mm", "width_mm", "height_mm")
SIZE_MM, SIZE_SHARE = 6.0, 0.05
"""One deviation of a side: what depth at 0.7 m scatters and edges blur (Intel RealSense D400 datasheet: under
2 % of the distance), and how far catalogues and filled packages differ."""
WEIGHT_G, WEIGHT_SHARE = 5.0, 0.04
"""One deviation of a weight: the scale's, and how fillings vary (European directive 76/211/EEC, annex I: 1.5
to 9 % less in one package, by its weight)."""
PACKAGING_SHARE, PACKAGING_G = 0.15, 10.0
"""Catalogues give net weights, too: packaging adds so much, of glass more."""
DEVIATIONS = 3.0
"""Products further off than this are not proposed."""
UNKNOWN_COST = 0.6
"""By which a score is lowered for each of size and weight that was measured and is not in the catalogue."""

Ranges = Mapping[str, tuple[float, float]]


class SizeWeight:
    """Proposes products by what was measured; the score falls with the distance in deviations."""

    def __init__(self, index: CatalogueIndex) -> None:
        self._index = index

    @property
    def name(self) -> str:
        """`size_weight`."""
        return NAME

    def propose(self, query: Query, limit: int) -> Sequence[Candidate]:
        """Known products whose measures fit, the nearest first. Any thread."""
        if limit < 1:
            return []
        found: dict[str, None] = {}
        for ranges in _searches(query):
            if len(found) >= limit:
                break
            found |= dict.fromkeys(hit.gtin for hit in self._index.by_ranges(ranges, limit))
        scored = [(_score(query, product), product) for product in self._index.get(list(found))]
        ranked = sorted(scored, key=lambda pair: (-pair[0], -pair[1].popularity))
        return [Candidate(product.gtin, score, NAME) for score, product in ranked[:limit] if score > 0.0]


def strategy(sources: Sources) -> SizeWeight:
    """Entry point of group `booth.strategies`."""
    return SizeWeight(sources.index)


def _searches(query: Query) -> Iterator[Ranges]:
    """What to search for, the narrowest first: size and weight, then each alone, for catalogues lack many.

    Which side is called length, and which height, differs by catalogue: as sorted first, then as they come.
    """
    size, weight = _size(query), _weight_range(query)
    orders = list(dict.fromkeys(itertools.permutations(size))) if size else []
    if weight:
        yield from ({**_size_ranges(order), **weight} for order in orders)
    yield from map(_size_ranges, orders)
    if weight:
        yield weight


def _size(query: Query) -> tuple[float, ...]:
    size = query.size_mm or ()
    known = len(size) == len(SIDES) and all(math.isfinite(side) and side > 0 for side in size)
    return tuple(sorted(size, reverse=True)) if known else ()


def _size_ranges(sides: Sequence[float]) -> Ranges:
    reach = [DEVIATIONS * _side_deviation(side) for side in sides]
    return {
        name: (max(0.0, side - far), side + far) for name, side, far in zip(SIDES, sides, reach, strict=True)
    }


def _weight_range(query: Query) -> Ranges:
    weight = query.weight_g
    if weight is None or not math.isfinite(weight) or weight <= 0:
        return {}
    far = DEVIATIONS * _weight_deviation(weight)
    net = (weight - PACKAGING_G) / (1 + PACKAGING_SHARE)
    return {"weight_g": (max(0.0, net - far), weight + far)}


def _score(query: Query, product: Product) -> float:
    """exp(-d²/2), d the root mean square of the deviations, lowered for what the catalogue lacks."""
    squares: list[float] = []
    share = 1.0
    size, sides = _size(query), _sides(product)
    if size and not sides:
        share *= UNKNOWN_COST
    elif size:
        squares += [
            ((one - other) / _side_deviation(one)) ** 2 for one, other in zip(size, sides, strict=True)
        ]
    weighed = bool(_weight_range(query))
    if weighed and product.weight_g <= 0:
        share *= UNKNOWN_COST
    elif weighed:
        squares.append(_weight_off(query.weight_g or 0.0, product.weight_g) ** 2)
    if not squares or max(squares) > DEVIATIONS**2:
        return 0.0
    return share * math.exp(-sum(squares) / len(squares) / 2)


def _sides(product: Product) -> tuple[float, ...]:
    sides = (product.length_mm, product.width_mm, product.height_mm)
    return tuple(sorted(sides, reverse=True)) if min(sides) > 0 else ()


def _weight_off(weighed_g: float, listed_g: float) -> float:
    """In deviations; what packaging may add counts as nothing."""
    over = weighed_g - listed_g
    packaging = PACKAGING_G + PACKAGING_SHARE * listed_g
    off = over if over < 0 else max(0.0, over - packaging)
    return off / _weight_deviation(weighed_g)


def _side_deviation(side_mm: float) -> float:
    return math.hypot(SIZE_MM, SIZE_SHARE * side_mm)


def _weight_deviation(weight_g: float) -> float:
    return math.hypot(WEIGHT_G, WEIGHT_SHARE * weight_g)
