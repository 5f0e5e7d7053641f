"""Orders the products that an engine shortlisted by how well their words fit what was typed.

Every engine shortlists in its own way; the order is made here, so that it is the same on all of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

from booth.domain.evidence import Understood
from booth.domain.product import Product
from booth.identify.indexes.folding import forgiven_errors, words_by_field, words_of
from booth.ports.finding import Hit

FIELD_WEIGHTS = {"title": 1.0, "brand": 0.9, "size": 0.9, "category": 0.5}
POPULARITY_GAIN = 0.2
"""How much more the most popular product scores than an unpopular one whose words fit as well."""
UNDERSTOOD_GAIN = 1.0
"""What a part of the text that is certainly understood adds, in words that fit."""
CERTAIN = 0.95
"""Above this probability nothing is given but what has the value that was understood."""
COVERED = 0.6
"""What fits less than this part of the words that the best fits is left out."""
PREFIX_FLOOR = 0.6
ERROR_COST = 0.25
"""What one typing error takes from a fit."""
SURPLUS_COST = 0.15
"""What a title loses whose words nobody typed."""

LEAST_WEIGHT = 0.2

_Fits = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed, and how telling each of its words is.

    Attributes:
        weights: of each word, from how rare it is (its inverse document frequency).
    """

    words: tuple[str, ...]
    weights: tuple[float, ...]


def certain(understood: Sequence[Understood]) -> list[Understood]:
    """What is understood so surely that it filters."""
    return [part for part in understood if part.probability > CERTAIN]


def has_value(product: Product, part: Understood) -> bool:
    """Whether the product has the value that was understood; of the title, whether it holds its words."""
    if part.field == "title":
        return set(words_of(part.value)) <= set(words_of(product.title))
    return words_of(str(getattr(product, part.field, ""))) == words_of(part.value)


def rarity(fitting: int, count: int) -> float:
    """The inverse document frequency of BM25 (Robertson and Zaragoza, 2009, equation 3.6), above 0."""
    return math.log1p((count - min(fitting, count) + 0.5) / (fitting + 0.5))


def weighed(words: Sequence[str], shortlist: Sequence[Product]) -> Typed:
    """What was typed, weighed by how rare each word is among the shortlisted, where no engine counts all.

    A word that all of them have tells nothing about which is meant; it keeps a small weight.
    """
    told = [{word for words in words_by_field(product).values() for word in words} for product in shortlist]
    fits = _fits(words, sorted(set().union(*told)) if told else [])
    counts = [
        sum(any(word in fits and fits[word][place] > 0.0 for word in known) for known in told)
        for place in range(len(words))
    ]
    return Typed(tuple(words), tuple(LEAST_WEIGHT + rarity(count, len(told)) for count in counts))


def ranked(
    typed: Typed,
    products: Sequence[Product],
    top_popularity: float,
    understood: Sequence[Understood],
    limit: int,
) -> list[Hit]:
    """The products that fit best, best first; those that fit far fewer words than the best are left out."""
    sure = certain(understood)
    left = [product for product in products if all(has_value(product, part) for part in sure)]
    told = [words_by_field(product) for product in left]
    fits = _fits(
        typed.words, sorted({word for fields in told for words in fields.values() for word in words})
    )
    weights = np.asarray(typed.weights)
    scored = []
    for product, fields in zip(left, told, strict=True):
        best = _best_fits(fields, fits, len(typed.words))
        covered = float(weights @ (best > 0.0))
        relevance = float(weights @ best) + _understood(product, understood)
        score = relevance * _popularity(product, top_popularity) * _surplus(fields["title"], fits)
        scored.append((covered, score, product))
    most = max((covered for covered, _, _ in scored), default=0.0)
    kept = [entry for entry in scored if entry[0] >= COVERED * most and (entry[0] > 0.0 or not typed.words)]
    kept.sort(key=lambda entry: (-entry[1], -entry[2].popularity, entry[2].gtin))
    return [Hit(product.gtin, score) for _, score, product in kept[: max(0, limit)]]


def fitting(typed: str, known: Sequence[str]) -> list[str]:
    """Those of the known words that the typed one may mean, its own spelling and beginnings included."""
    column = _fits((typed,), known)
    return [word for word in known if word in column]


def _fits(typed: Sequence[str], known: Sequence[str]) -> dict[str, _Fits]:
    """For each known word that fits any typed one, how well it fits each, 0..1."""
    if not typed or not known:
        return {}
    errors = process.cdist(typed, known, scorer=OSA.distance, score_cutoff=3, dtype=np.int32)
    found: dict[str, _Fits] = {}
    allowed = np.array([forgiven_errors(word) for word in typed])[:, None]
    good = np.where(errors <= allowed, 1.0 - ERROR_COST * errors, 0.0)
    for column, word in enumerate(known):
        for row, meant in enumerate(typed):
            if word.startswith(meant):
                share = len(meant) / len(word)
                good[row, column] = max(good[row, column], PREFIX_FLOOR + (1.0 - PREFIX_FLOOR) * share)
        if good[:, column].any():
            found[word] = good[:, column]
    return found


def _best_fits(fields: Mapping[str, Sequence[str]], fits: Mapping[str, _Fits], size: int) -> _Fits:
    best = np.zeros(size)
    for name, words in fields.items():
        for word in words:
            if word in fits:
                np.maximum(best, FIELD_WEIGHTS[name] * fits[word], out=best)
    return best


def _understood(product: Product, understood: Sequence[Understood]) -> float:
    return UNDERSTOOD_GAIN * sum(part.probability for part in understood if has_value(product, part))


def _popularity(product: Product, top: float) -> float:
    return 1.0 + POPULARITY_GAIN * math.log1p(product.popularity) / math.log(
        2.0 + max(top, product.popularity)
    )


def _surplus(title: Sequence[str], fits: Mapping[str, _Fits]) -> float:
    unasked = sum(word not in fits for word in title)
    return 1.0 - SURPLUS_COST * unasked / max(1, len(title))
