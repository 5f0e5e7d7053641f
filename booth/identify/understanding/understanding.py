"""Query understanding: what the words of a text mean in the catalogue as it is now, and how probably."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from booth.domain.evidence import Understood
from booth.domain.product import Product
from booth.identify.understanding.dictionaries import Dictionaries, Found, Meaning
from booth.ports.finding import CatalogueIndex
from booth.store.catalogue.folding import words_of

ASKED, ASKED_OF_ALL = 50, 20
"""Of so many products that the words find, and that the whole text finds, those are counted that have it."""
MAX_WORDS = 64
REMEMBERED = 5_000
HIGHEST = 0.99
MISTYPED = 0.8
"""How much less probable each typing error makes a meaning: never so sure that the rest is left out."""
LEAST = 0.1
"""What is less probable is not said."""


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """The dictionaries of one snapshot, and the probabilities that were counted in it."""

    snapshot: str
    dictionaries: Dictionaries
    counted: dict[tuple[str, str, str], float] = field(default_factory=dict)


class Understanding:
    """Says what words mean; any thread may ask. Who asks first after the catalogue changed makes it anew."""

    def __init__(self, index: CatalogueIndex) -> None:
        self._index = index
        self._known: _Known | None = None
        self._turn = threading.Lock()

    def of(self, text: str, without: Sequence[Understood] = ()) -> tuple[Understood, ...]:
        """What the text says of brand, category and size, in the order of its words, each value once.

        P(field | words) is counted twice: in the products that the catalogue finds by these words alone, and
        in those that it finds by the whole text: `rose` is a brand, but more often a scent, and not a brand
        of soap. The two are joined as equal opinions (Genest and Zidek, Combining probability distributions,
        1986): only what both are sure of is sure.

        Args:
            without: what a person took away: their field and value are not said again.

        Raises:
            StoreError: the catalogue cannot be read.
        """
        words = words_of(text)[:MAX_WORDS]
        if not words:
            return ()
        known = self._current()
        found = known.dictionaries.look_up(words)
        removed = {(each.field, each.value) for each in without}
        around = self._found(" ".join(words), ASKED_OF_ALL) if found else ()
        said = (self._said(known, words, each, removed, around) for each in found)
        return _each_once(each for each in said if each is not None)

    def _current(self) -> _Known:
        snapshot, known = self._index.snapshot, self._known
        if known is not None and known.snapshot == snapshot:
            return known
        with self._turn:
            if self._known is None or self._known.snapshot != snapshot:
                self._known = _Known(snapshot, Dictionaries(self._index))
            return self._known

    def _said(
        self,
        known: _Known,
        words: Sequence[str],
        found: Found,
        removed: set[tuple[str, str]],
        around: Sequence[Product],
    ) -> Understood | None:
        """The most probable meaning of some words, if it is probable at all."""
        text = " ".join(words[found.first : found.last])
        meanings = [each for each in found.meanings if (each.field, each.value) not in removed]
        counted = [
            (_pooled(self._probability(known, text, each), _share(around, each)), each) for each in meanings
        ]
        if not counted:
            return None
        probability, best = max(counted)
        probability *= MISTYPED**found.errors
        return Understood(best.field, best.value, probability, text) if probability >= LEAST else None

    def _probability(self, known: _Known, text: str, meaning: Meaning) -> float:
        key = (text, meaning.field, meaning.value)
        probability = known.counted.get(key)
        if probability is None:
            if len(known.counted) >= REMEMBERED:
                known.counted.clear()
            probability = known.counted[key] = _share(self._found(text, ASKED), meaning)
        return probability

    def _found(self, text: str, most: int) -> Sequence[Product]:
        return self._index.get([hit.gtin for hit in self._index.by_text(text, most)])


def _each_once(said: Iterable[Understood]) -> tuple[Understood, ...]:
    """Of a value that is said again, as each view of an item says its brand, the most probable time."""
    best: dict[tuple[str, str], Understood] = {}
    for each in said:
        key = (each.field, each.value)
        best[key] = max(best.get(key, each), each, key=lambda one: one.probability)
    return tuple(best.values())


def _share(products: Sequence[Product], meaning: Meaning) -> float:
    """Of the products those that have the value, by the rule of Krichevsky and Trofimov (1981)."""
    value = words_of(meaning.value)
    having = sum(_has(product, meaning.field, value) for product in products)
    return (having + 0.5) / (len(products) + 1.0)


def _pooled(one: float, other: float) -> float:
    """Two opinions of equal weight as one: the geometric mean of their odds, at most HIGHEST."""
    odds = math.sqrt(one / (1.0 - one) * (other / (1.0 - other)))
    return min(HIGHEST, odds / (1.0 + odds))


def _has(product: Product, name: str, value: Sequence[str]) -> bool:
    own = {"brand": product.brand, "category": product.category, "size": product.size}
    return words_of(own[name]) == value
