"""A product as a point of Qdrant: what is stored of it, and the conditions that find it again."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any
from zlib import crc32

from qdrant_client import models

from booth.domain.evidence import Understood
from booth.domain.product import Product
from booth.identify.gtin import GTIN_DIGITS
from booth.identify.indexes.folding import spelling_keys, typed_words, words_by_field, words_of
from booth.identify.indexes.scoring import FIELD_WEIGHTS

PICTURES, WORDS = "pictures", "words"
"""The names of a point's two vectors: embeddings, and words as a sparse one."""
TEXTS = ("title", "brand", "category", "size")
MEASURES = ("weight_g", "length_mm", "width_mm", "height_mm")
FIELDS = ("gtin", *TEXTS, *MEASURES, "popularity", "extra")
_RUN = 3
_BEGINNING = 5
_BEGINNING_WEIGHT = 0.4
_SPELLING_WEIGHT = 2.0
"""Of all keys of one word together."""


def id_of(gtin: str) -> int:
    """The point of a product: its GTIN as a number."""
    return int(gtin)


def bias_of(popularity: float) -> float:
    """How much popularity speaks for a product, before it is scaled."""
    return math.log1p(popularity)


def payload_of(product: Product) -> dict[str, Any]:
    """What is stored of a product: itself, and what the conditions below look at."""
    kept: dict[str, Any] = {name: getattr(product, name) for name in FIELDS[:-1]}
    for name in (*MEASURES, "popularity"):
        kept[name] = float(kept[name])
    kept["extra"] = dict(product.extra)
    kept["bias"] = bias_of(product.popularity)
    kept["runs"] = sorted(_runs_of(product.gtin))
    kept["folded"] = {name: " ".join(words_of(getattr(product, name))) for name in TEXTS[1:]}
    kept["title_words"] = sorted(set(words_of(product.title)))
    return kept


def product_of(payload: Mapping[str, Any]) -> Product:
    """The product that was stored."""
    return Product(**{name: payload[name] for name in FIELDS})


def sparse_of(product: Product) -> models.SparseVector:
    """A product's words, their beginnings and their spelling keys, each weighed by its field."""
    weights: dict[int, float] = {}
    for name, words in words_by_field(product).items():
        for word in set(words):
            for token, _ in _tokens(word):
                weights[token] = max(weights.get(token, 0.0), FIELD_WEIGHTS[name])
    return models.SparseVector(indices=list(weights), values=list(weights.values()))


def question_of(words: Sequence[str]) -> models.SparseVector:
    """Typed words, to be compared with the products' own; Qdrant weighs each token by its rarity."""
    weights: dict[int, float] = {}
    for word in words:
        spelt = list(_tokens(word, beginnings=False))
        for token, weight in spelt:
            weights[token] = weights.get(token, 0.0) + weight
    return models.SparseVector(indices=list(weights), values=list(weights.values()))


def _tokens(word: str, beginnings: bool = True) -> Iterator[tuple[int, float]]:
    """The word, its beginnings (of what is typed the whole one alone) and its spelling keys, as numbers."""
    yield crc32(f"w{word}".encode()), 1.0
    longest = min(_BEGINNING, len(word))
    for length in range(1 if beginnings else longest, longest + 1):
        yield crc32(f"p{word[:length]}".encode()), _BEGINNING_WEIGHT
    keys = spelling_keys(word)
    for key in keys:
        yield crc32(f"k{key}".encode()), _SPELLING_WEIGHT / len(keys)


def fits_mask(mask: str) -> models.Filter:
    """The points whose GTIN has the digits of the mask at their places."""
    known = []
    for is_known, places in groupby(range(GTIN_DIGITS), key=lambda place: mask[place] != "?"):
        if is_known:
            known += list(_covering(list(places)))
    return models.Filter(must=[_has_run(first, mask[first : first + length]) for first, length in known])


def holds_digits(digits: str) -> models.Filter:
    """The points whose GTIN holds these digits anywhere."""
    room = GTIN_DIGITS - len(digits)
    masks = [f"{'?' * place}{digits}{'?' * (room - place)}" for place in range(room + 1)]
    return models.Filter(should=[fits_mask(mask) for mask in masks])


def begins_with(digits: str) -> models.Filter:
    """The points whose GTIN begins so, as EAN-13, UPC-A or EAN-8."""
    begun = [f"{zeros}{digits}" for zeros in ("", "0", "00000")]
    masks = [begin.ljust(GTIN_DIGITS, "?") for begin in begun if len(begin) <= GTIN_DIGITS]
    return models.Filter(should=[fits_mask(mask) for mask in masks])


def _covering(places: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Runs of up to three digits that cover the places; the last may overlap the one before."""
    length = min(_RUN, len(places))
    for at in range(0, len(places), length):
        yield places[min(at, len(places) - length)], length


def _runs_of(gtin: str) -> Iterator[int]:
    for length in range(1, _RUN + 1):
        for place in range(GTIN_DIGITS - length + 1):
            yield _run(place, gtin[place : place + length])


def _run(place: int, digits: str) -> int:
    return len(digits) * 100_000 + place * 1_000 + int(digits)


def _has_run(place: int, digits: str) -> models.FieldCondition:
    return models.FieldCondition(key="runs", match=models.MatchValue(value=_run(place, digits)))


def lies_within(ranges: Mapping[str, tuple[float, float]]) -> models.Filter:
    """The points whose measures are known and lie within."""
    conditions: list[models.Condition] = []
    for name, (low, high) in ranges.items():
        bounds = models.Range(
            gt=0.0, gte=low if math.isfinite(low) else None, lte=high if math.isfinite(high) else None
        )
        conditions.append(models.FieldCondition(key=name, range=bounds))
    return models.Filter(must=conditions)


def has_values(understood: Sequence[Understood]) -> models.Filter | None:
    """The points that have every value that was understood; None where nothing was."""
    conditions: list[models.Condition] = []
    for part in understood:
        if part.field == "title":
            conditions += [_has("title_words", word) for word in typed_words(part.value)]
        else:
            conditions.append(_has(f"folded.{part.field}", " ".join(words_of(part.value))))
    return models.Filter(must=conditions) if conditions else None


def _has(key: str, value: str) -> models.FieldCondition:
    return models.FieldCondition(key=key, match=models.MatchValue(value=value))
