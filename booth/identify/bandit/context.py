"""What the bandit chooses by: named numbers, about -1..1, that tell which evidence there is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

from booth.domain.percept import FloatArray
from booth.domain.product import Candidate, Product
from booth.ports.finding import Query

VERSION = "context-1"
"""Changes whenever a feature does: what was learnt of one version says nothing of another."""
TOLERANCE = 0.15
"""How far a measure may be from the catalogue's, as a share, to speak half for and half against a product."""

FEATURES = (
    "bias", "code_read", "code_known", "code_unknown", "code_views", "code_disputed", "code_expected",
    "code_unexpected", "code_fits", "remembered", "memory_score", "memory_agrees", "partial_there",
    "partial_digits", "partial_quality", "words_there", "words_count", "words_confidence", "words_letters",
    "understood", "typed_there", "typed_length", "typed_digits", "embedding_there", "embedding_views",
    "views_agree", "size_there", "weight_there", "both_measures", "shortlist_there", "shortlist_length",
    "catalogue_size",
)  # fmt: skip
SIZE = len(FEATURES)

NEEDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "shortlist": ("shortlist_there",),
        "partial_gtin": ("partial_there",),
        "structured": ("words_there", "typed_there"),
        "printed_text": ("words_there",),
        "typed_text": ("typed_there",),
        "image": ("embedding_there",),
        "size_weight": ("size_there", "weight_there"),
    }
)
"""Features of which one must be set, else an arm has nothing to search with and gives nothing."""
PLACES = MappingProxyType({name: place for place, name in enumerate(FEATURES)})


def context_of(
    query: Query,
    index_count: int,
    stage0_hits: Mapping[str, Sequence[Candidate]],
    products: Mapping[str, Product] = MappingProxyType({}),
) -> FloatArray:
    """The context of a query.

    Args:
        index_count: how many products the catalogue has.
        stage0_hits: what the strategies of stage 0 gave, by their name.
        products: entries of the products in `stage0_hits`, as far as known: whether measures fit them.

    Returns:
        (SIZE,) float32, in the order of FEATURES.
    """
    told = {
        "bias": 1.0,
        **_code(query, stage0_hits, products),
        **_partial(query),
        **_words(query),
        **_typed(query),
        **_pictures(query),
        **_measures(query),
        "catalogue_size": math.log10(max(1, index_count)) / 6.0 - 0.5,
    }
    return np.array([told.get(name, 0.0) for name in FEATURES], dtype=np.float32)


def can_run(context: FloatArray, arm: str) -> bool:
    """Whether there is evidence of the kind that an arm searches with."""
    return any(context[PLACES[name]] > 0 for name in NEEDS[arm])


def _code(
    query: Query, hits: Mapping[str, Sequence[Candidate]], products: Mapping[str, Product]
) -> dict[str, float]:
    read = {code.gtin for code in query.barcodes if code.gtin}
    exact = [hit.gtin for hit in hits.get("exact_gtin", ())]
    memory = hits.get("memory", ())
    expected = set(query.shortlist)
    known = bool(exact)
    return {
        "code_read": float(bool(read)),
        "code_known": float(known),
        "code_unknown": float(bool(read) and not known),
        "code_views": min(3, len({code.view for code in query.barcodes if code.gtin})) / 3.0,
        "code_disputed": float(len(read) > 1 or len(exact) > 1),
        "code_expected": float(known and exact[0] in expected),
        "code_unexpected": float(known and bool(expected) and exact[0] not in expected),
        "code_fits": _fits(query, products.get(exact[0])) if known else 0.0,
        "remembered": float(bool(memory)),
        "memory_score": float(np.clip(memory[0].score, 0.0, 1.0)) if memory else 0.0,
        "memory_agrees": (1.0 if memory[0].gtin == exact[0] else -1.0) if memory and known else 0.0,
    }


def _fits(query: Query, product: Product | None) -> float:
    """Whether size and weight speak for a product (1) or against it (-1); 0 where nothing is known."""
    if product is None:
        return 0.0
    gaps: list[float] = []
    if query.weight_g is not None and product.weight_g > 0:
        gaps.append(_gap(query.weight_g, product.weight_g))
    sides = sorted((product.length_mm, product.width_mm, product.height_mm), reverse=True)
    if query.size_mm is not None and sides[-1] > 0:
        gaps.extend(_gap(seen, side) for seen, side in zip(query.size_mm, sides, strict=True))
    return 2.0 * math.exp(-((max(gaps) / TOLERANCE) ** 2) * math.log(2.0)) - 1.0 if gaps else 0.0


def _gap(seen: float, told: float) -> float:
    return min(10.0, abs(math.log(max(seen, 1e-3) / told)))


def _partial(query: Query) -> dict[str, float]:
    """Of the code that tells most: its digits weighted by their quality."""
    if not query.partial_codes:
        return {}
    best = max(query.partial_codes, key=lambda code: _digits(code.mask) * code.quality)
    return {
        "partial_there": 1.0,
        "partial_digits": _digits(best.mask) / 6.5 - 1.0,
        "partial_quality": 2.0 * best.quality - 1.0,
    }


def _digits(mask: str) -> int:
    return sum(letter.isdigit() for letter in mask)


def _words(query: Query) -> dict[str, float]:
    if not query.words:
        return {}
    letters = sum(len(word.text) for word in query.words)
    confidence = sum(word.confidence for word in query.words) / len(query.words)
    return {
        "words_there": 1.0,
        "words_count": _logarithmic(len(query.words), 60),
        "words_confidence": 2.0 * confidence - 1.0,
        "words_letters": _logarithmic(letters, 400),
        "understood": sum(part.probability for part in query.understood[:8]) / 8.0,
    }


def _typed(query: Query) -> dict[str, float]:
    text = query.typed_text.strip()
    if not text:
        return {}
    return {
        "typed_there": 1.0,
        "typed_length": _logarithmic(len(text), 80),
        "typed_digits": sum(letter.isdigit() for letter in text) / len(text),
    }


def _pictures(query: Query) -> dict[str, float]:
    if query.embeddings is None or not len(query.embeddings):
        return {}
    agreement = query.embeddings @ query.embeddings.T
    return {
        "embedding_there": 1.0,
        "embedding_views": min(4, len(query.embeddings)) / 4.0,
        "views_agree": float(agreement.mean()),
    }


def _measures(query: Query) -> dict[str, float]:
    size, weight, listed = query.size_mm is not None, query.weight_g is not None, len(query.shortlist)
    return {
        "size_there": float(size),
        "weight_there": float(weight),
        "both_measures": float(size and weight),
        "shortlist_there": float(listed > 0),
        "shortlist_length": _logarithmic(listed, 100) if listed else 0.0,
    }


def _logarithmic(count: int, most: int) -> float:
    """A count on a logarithmic scale, -1 for none to 1 for `most` and more."""
    return 2.0 * min(1.0, math.log1p(count) / math.log1p(most)) - 1.0
