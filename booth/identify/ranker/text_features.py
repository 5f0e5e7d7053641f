"""How the words that were printed, typed and understood fit each candidate's brand, title and size."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from booth.domain.evidence import Understood
from booth.domain.percept import FloatArray
from booth.domain.product import Product
from booth.identify.memory_keys import folded
from booth.identify.ranker.arm_features import Columns
from booth.ports.finding import Query

NAMES = (
    *(f"{text}_{what}" for text in ("printed", "typed") for what in ("cover", "covered", "brand", "mass")),
    "printed_fuzzy", "typed_fuzzy", "typed_ordered", "size_match",
    "understood_brand", "understood_category", "understood_size",
)  # fmt: skip
MAX_WORDS = 40
"""Words of the query that are looked at, the surest first."""
MAX_TEXT = 400
ALIKE = 75.0
"""Words whose edit similarity in percent is below this are different words."""
SIZE_TOLERANCE = 0.02
_SIZE = re.compile(
    r"(?:(\d+)\s*x\s*)?(\d+(?:[.,]\d+)?)\s*(fl\s?oz|kg|mg|g|ml|cl|dl|l|oz|lb|pcs|pieces|st|ct|pack|mm|cm|m)\b"
)
_UNITS: Mapping[str, tuple[str, float]] = {
    "kg": ("g", 1000.0), "g": ("g", 1.0), "mg": ("g", 1e-3), "oz": ("g", 28.35), "lb": ("g", 453.6),
    "l": ("ml", 1000.0), "dl": ("ml", 100.0), "cl": ("ml", 10.0), "ml": ("ml", 1.0), "floz": ("ml", 29.57),
    "pcs": ("pcs", 1.0), "pieces": ("pcs", 1.0), "st": ("pcs", 1.0), "ct": ("pcs", 1.0), "pack": ("pcs", 1.0),
    "mm": ("mm", 1.0), "cm": ("mm", 10.0), "m": ("mm", 1000.0),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of all candidates together.

    Attributes:
        vocabulary: every word once.
        rows: (T,) the candidate of each of T words, and
        words: (T,) its place in the vocabulary.
        weights: (U,) how rare it is among the candidates: it tells one from the other.
    """

    vocabulary: list[str]
    rows: NDArray[np.intp]
    words: NDArray[np.intp]
    weights: FloatArray


def text_columns(query: Query, products: Sequence[Product]) -> Columns:
    """The columns NAMES, (N,) float32 each."""
    count = len(products)
    columns = {name: np.zeros(count, np.float32) for name in NAMES}
    texts = {"printed": _printed(query), "typed": _typed(query)}
    if any(texts.values()) and count:
        told = _words([_tokens(p.title, p.brand, p.size) for p in products], count)
        brands = _words([_tokens(p.brand, "", "") for p in products], count)
        for name, words in texts.items():
            if words:
                columns |= _covers(name, words, told, brands, count)
        columns |= _fuzzy(texts, products)
        columns["size_match"] = _size_match(query, products)
    return columns | _understood(query.understood, products)


def _printed(query: Query) -> dict[str, float]:
    """Folded words and the reader's confidence, the surest MAX_WORDS."""
    sure: dict[str, float] = {}
    for word in sorted(query.words, key=lambda word: -word.confidence)[:MAX_WORDS]:
        for token in folded(word.text[:MAX_TEXT]).split():
            sure.setdefault(token, float(word.confidence))
    return dict(list(sure.items())[:MAX_WORDS])


def _typed(query: Query) -> dict[str, float]:
    return dict.fromkeys(folded(query.typed_text[:MAX_TEXT]).split()[:MAX_WORDS], 1.0)


@lru_cache(maxsize=20_000)
def _folded(title: str, brand: str, size: str) -> str:
    return folded(f"{brand} {title} {size}"[:MAX_TEXT])


@lru_cache(maxsize=20_000)
def _tokens(title: str, brand: str, size: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_folded(title, brand, size).split()))


def _words(tokens: Sequence[Sequence[str]], count: int) -> _Words:
    vocabulary = {token: place for place, token in enumerate(dict.fromkeys(chain.from_iterable(tokens)))}
    places = np.array([vocabulary[token] for token in chain.from_iterable(tokens)], np.intp)
    rows = np.repeat(np.arange(count), [len(each) for each in tokens])
    known = np.bincount(places, minlength=len(vocabulary))
    weights = np.log1p(count / np.maximum(known, 1)).astype(np.float32)
    return _Words(list(vocabulary), rows, places, weights)


def _covers(
    name: str, words: Mapping[str, float], told: _Words, brands: _Words, count: int
) -> dict[str, FloatArray]:
    """How much of a candidate was seen, by rarity; how much of what was seen it has; its brand."""
    alike = _alike(words, told.vocabulary)
    confidences = np.array(list(words.values()), np.float32)
    hit = (alike * confidences[:, None]).max(axis=0)[told.words]
    weights = told.weights[told.words]
    mass = np.bincount(told.rows, hit * weights, count)
    all_mass = np.bincount(told.rows, weights, count)
    best = np.zeros((len(words), count), np.float32)
    for token in np.flatnonzero(alike.any(axis=1)):
        np.maximum.at(best[token], told.rows, alike[token, told.words])
    brand = _alike(words, brands.vocabulary).max(axis=0, initial=0.0)[brands.words]
    brand_words = np.maximum(np.bincount(brands.rows, minlength=count), 1)
    columns = {
        "cover": mass / np.maximum(all_mass, 1e-6),
        "covered": confidences @ best / confidences.sum(),
        "brand": np.bincount(brands.rows, brand, count) / brand_words,
        "mass": mass,
    }
    return {f"{name}_{what}": column.astype(np.float32) for what, column in columns.items()}


def _alike(words: Mapping[str, float], vocabulary: Sequence[str]) -> FloatArray:
    """(Q, U) 0..1, how alike each word is to each of the vocabulary; 0 below ALIKE."""
    if not vocabulary:
        return np.zeros((len(words), 0), np.float32)
    similar = process.cdist(
        list(words), vocabulary, scorer=fuzz.ratio, score_cutoff=ALIKE, dtype=np.uint8, workers=1
    )
    return (similar / np.float32(100.0)).astype(np.float32)


def _fuzzy(texts: Mapping[str, Mapping[str, float]], products: Sequence[Product]) -> Columns:
    told = [_folded(p.title, p.brand, p.size) for p in products]
    columns: Columns = {}
    for name, text, scorer in (
        ("printed_fuzzy", "printed", fuzz.token_set_ratio),
        ("typed_fuzzy", "typed", fuzz.token_set_ratio),
        ("typed_ordered", "typed", fuzz.ratio),
    ):
        if texts[text]:
            seen = " ".join(texts[text])[:MAX_TEXT]
            ratios = process.cdist([seen], told, scorer=scorer, dtype=np.float32, workers=1)
            columns[name] = ratios[0] / np.float32(100.0)
    return columns


def _size_match(query: Query, products: Sequence[Product]) -> FloatArray:
    """1 where a size was seen that is the candidate's, -1 where only others of its unit were, else 0."""
    text = " ".join(
        [query.typed_text[:MAX_TEXT], *(word.text[:MAX_TEXT] for word in query.words[:MAX_WORDS])]
    )
    seen = _sizes(text.lower())
    return np.array([_fit(seen, product.size or product.title) for product in products], np.float32)


def _fit(seen: Sequence[tuple[str, float]], size: str) -> float:
    own = _sizes_of_product(size)
    pairs = [(a, b) for unit, a in seen for other, b in own if unit == other]
    if not pairs:
        return 0.0
    return 1.0 if any(abs(a - b) <= SIZE_TOLERANCE * max(a, b) for a, b in pairs) else -1.0


@lru_cache(maxsize=20_000)
def _sizes_of_product(text: str) -> tuple[tuple[str, float], ...]:
    return _sizes(text.lower())


def _sizes(text: str) -> tuple[tuple[str, float], ...]:
    found = []
    for packs, amount, unit in _SIZE.findall(text)[:MAX_WORDS]:
        kind, factor = _UNITS[unit.replace(" ", "")]
        found.append((kind, float(packs[:6] or 1) * float(amount[:12].replace(",", ".")) * factor))
    return tuple(found)


def _understood(understood: Sequence[Understood], products: Sequence[Product]) -> Columns:
    columns: Columns = {}
    for field in ("brand", "category", "size"):
        meant = {each.value: each.probability for each in understood if each.field == field}
        if meant:
            values = [meant.get(getattr(product, field), 0.0) for product in products]
            columns[f"understood_{field}"] = np.array(values, np.float32)
    return columns
