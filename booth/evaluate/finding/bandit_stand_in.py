"""Stand-ins for the strategies, for a simulated booth in seconds: ranks drawn from how much evidence there
is.

Each stand-in is told the product and draws the rank at which a strategy of its kind would give it:
partial codes by how many products share the digits that are known, words by how many of the product's own
were read right, pictures by their cosine to the product's reference, measures by how many there are. The two
searches over the same words share most of their luck, so one seldom finds what the other misses.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from booth.domain.percept import FloatArray
from booth.domain.product import Candidate, Product
from booth.identify.corruption import Vectors
from booth.ports.finding import Query, Strategy

CATALOGUE = 1_000_000
"""How large the catalogue is taken to be."""
SPREAD = 1.0
"""Standard deviation of the logarithm of a rank."""
SHARED = 0.85
"""Correlation of the luck of two searches over the same words."""
NO_RANK = 10**6


class Item(NamedTuple):
    """What a stand-in draws a rank from."""

    product: Product
    query: Query
    reference: FloatArray | None
    luck: Callable[[str], float]
    """A standard normal number for this item, by name."""


class StandIn:
    """A strategy that draws the rank of the truth; the rest of what it gives is made up."""

    def __init__(self, name: str, truth: Mapping[int, Product], vectors: Vectors | None) -> None:
        self._name = name
        self._truth = truth
        self._vectors = vectors

    @property
    def name(self) -> str:
        """The strategy that it stands in for."""
        return self._name

    def propose(self, query: Query, limit: int) -> Sequence[Candidate]:
        """Made-up candidates, with the truth where it was drawn."""
        product = self._truth[_key(query)]
        reference = self._vectors(product) if self._vectors else None
        rank = _RANKS[self._name](Item(product, query, reference, _luck(query)))
        made = [Candidate(f"{place:013}", -place, self._name) for place in range(limit)]
        if rank < limit:
            made[rank] = Candidate(product.gtin, -rank, self._name)
        return made


class Truth(dict[int, Product]):
    """Which product each query was made of."""

    def tell(self, query: Query, product: Product) -> Query:
        """Remember it; gives the query."""
        self[_key(query)] = product
        return query


def stand_ins(
    names: Sequence[str], truth: Mapping[int, Product], vectors: Vectors | None = None
) -> list[Strategy]:
    """One for each name."""
    return [StandIn(name, truth, vectors) for name in names]


def _key(query: Query) -> int:
    seen = (query.barcodes, query.partial_codes, query.typed_text, query.words, query.shortlist)
    text = repr((*seen, query.size_mm, query.weight_g))
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest)


def _luck(query: Query) -> Callable[[str], float]:
    key = _key(query)
    return lambda name: float(np.random.default_rng([key, *name.encode()]).standard_normal())


def _shortlist(item: Item) -> int:
    expected = item.query.shortlist
    return expected.index(item.product.gtin) if item.product.gtin in expected else NO_RANK


def _partial(item: Item) -> int:
    """Companies' prefixes are few, so the first digits tell less; the check digit tells nothing."""
    best = NO_RANK
    for code in item.query.partial_codes:
        if any(mask not in ("?", digit) for mask, digit in zip(code.mask, item.product.gtin, strict=True)):
            continue
        known = [mask != "?" for mask in code.mask]
        sharing = CATALOGUE * 10.0 ** -(0.55 * sum(known[:7]) + sum(known[7:12]))
        best = min(best, int(sharing * _chance(item.luck(code.mask))))
    return best


def _read_right(item: Item) -> int:
    own = set(f"{item.product.brand} {item.product.title} {item.product.size}".lower().split())
    return len(own & {word.text.lower() for word in item.query.words})


def _structured(item: Item) -> int:
    return _by_words(
        _read_right(item), item.luck("words") * SHARED + item.luck("fields") * _rest(SHARED) - 0.2
    )


def _printed(item: Item) -> int:
    return _by_words(_read_right(item), item.luck("words") * SHARED + item.luck("print") * _rest(SHARED))


def _typed(item: Item) -> int:
    own = set(f"{item.product.brand} {item.product.title} {item.product.size}".lower().split())
    return _by_words(1 + len(own & set(item.query.typed_text.lower().split())), item.luck("typed"))


def _by_words(right: int, luck: float) -> int:
    """Each word that was read right leaves about a fifth of what fitted before."""
    return _drawn(9.5 - 1.6 * right, luck)


def _image(item: Item) -> int:
    if item.query.embeddings is None or item.reference is None:
        return NO_RANK
    cosine = float((item.query.embeddings @ item.reference.T).max())
    return _drawn(9.0 - 16.0 * cosine, item.luck("image"))


def _size_weight(item: Item) -> int:
    both = item.query.size_mm is not None and item.query.weight_g is not None
    return _drawn(3.2 if both else 6.5, item.luck("measures"))


def _drawn(middle: float, luck: float) -> int:
    """A rank whose logarithm is normal."""
    return int(math.exp(min(13.0, middle + SPREAD * luck)))


def _chance(luck: float) -> float:
    return 0.5 * math.erfc(-luck / math.sqrt(2.0))


def _rest(share: float) -> float:
    return math.sqrt(1.0 - share**2)


_RANKS: Mapping[str, Callable[[Item], int]] = {
    "shortlist": _shortlist,
    "partial_gtin": _partial,
    "structured": _structured,
    "printed_text": _printed,
    "typed_text": _typed,
    "image": _image,
    "size_weight": _size_weight,
}
