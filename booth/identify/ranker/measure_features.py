"""How an item's weight, size and pictures, and what the site expects, fit each candidate."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from booth.domain.percept import FloatArray
from booth.domain.product import Product
from booth.identify.ranker.arm_features import Columns
from booth.ports.finding import Query

NAMES = (
    "weight_ratio", "weight_off", "size_off", "volume_ratio",
    "matched", "matched_gap", "expected", "popularity", "popularity_gap",
)  # fmt: skip
UNKNOWN = -1.0
"""Stands where an item or a candidate has no such measure."""
MAX_RATIO = 5.0


def measure_columns(query: Query, products: Sequence[Product]) -> Columns:
    """The columns NAMES, (N,) float32 each; ratios are natural logarithms of what was measured over what is
    known, `off` is their absolute value, or UNKNOWN."""
    return {
        **_weight(query.weight_g, products),
        **_size(query.size_mm, products),
        **_matched(query, products),
        **_popularity(products),
        "expected": _expected(query, products),
    }


def _weight(weight_g: float | None, products: Sequence[Product]) -> Columns:
    known = np.array([product.weight_g for product in products], np.float32)
    if not weight_g or weight_g <= 0:
        known = np.zeros_like(known)
    ratio = np.log(np.float32(weight_g or 1.0) / np.where(known > 0, known, 1.0)).clip(-MAX_RATIO, MAX_RATIO)
    return {
        "weight_ratio": np.where(known > 0, ratio, 0.0).astype(np.float32),
        "weight_off": np.where(known > 0, np.abs(ratio), UNKNOWN).astype(np.float32),
    }


def _size(size_mm: tuple[float, float, float] | None, products: Sequence[Product]) -> Columns:
    sides = np.array([(p.length_mm, p.width_mm, p.height_mm) for p in products], np.float32).reshape(-1, 3)
    sides = -np.sort(-sides, axis=1)
    known = (sides > 0).all(axis=1) & (size_mm is not None and min(size_mm) > 0)
    seen = np.array(sorted(size_mm or (1.0, 1.0, 1.0), reverse=True), np.float32)
    ratios = np.log(np.maximum(seen, 1e-3) / np.where(sides > 0, sides, 1.0)).clip(-MAX_RATIO, MAX_RATIO)
    return {
        "size_off": np.where(known, np.abs(ratios).mean(axis=1), UNKNOWN).astype(np.float32),
        "volume_ratio": np.where(known, ratios.sum(axis=1), 0.0).astype(np.float32),
    }


def _matched(query: Query, products: Sequence[Product]) -> Columns:
    fits = np.array([query.matched.get(product.gtin, UNKNOWN) for product in products], np.float32)
    best = max(query.matched.values(), default=0.0)
    return {"matched": fits, "matched_gap": np.where(fits >= 0, fits - np.float32(best), UNKNOWN)}


def _expected(query: Query, products: Sequence[Product]) -> FloatArray:
    if not query.shortlist:
        return np.zeros(len(products), np.float32)
    expected = set(query.shortlist)
    return np.array([1.0 if product.gtin in expected else UNKNOWN for product in products], np.float32)


def _popularity(products: Sequence[Product]) -> Columns:
    popularity = np.log1p(np.array([max(0.0, product.popularity) for product in products], np.float32))
    return {"popularity": popularity, "popularity_gap": popularity - popularity.max(initial=0.0)}
