"""How probable products are for a key before anything was confirmed: popularity among those that fit it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from booth.domain.product import Product
from booth.errors import InputError
from booth.identify.memory_keys import CODE, MASK, TYPED, Priors, Seen, keys_of
from booth.ports.finding import CatalogueIndex

CODE_IS_RIGHT = 0.95
"""A code that a person had to correct is less sure than one that nobody touched."""
COMPATIBLE = 20
"""So many of the products that fit a key are weighed against each other."""
KEPT = 3


def priors_of(seen: Seen, index: CatalogueIndex) -> Priors:
    """By key, the most probable products and their share among those that fit; costs a search for each key.

    Words get none: what they say of a product is the business of the searches by words.

    Raises:
        StoreError: the catalogue cannot be read.
    """
    return {key: prior for key in keys_of(seen) if (prior := _prior(key, index))}


def _prior(key: str, index: CatalogueIndex) -> dict[str, float]:
    kind, _, seen = key.partition(":")
    if kind == CODE:
        return {seen: CODE_IS_RIGHT} if index.by_gtin(seen) is not None else {}
    if kind == MASK:
        return _shares(_fitting_mask(seen, index))
    if kind == TYPED:
        return _shares(index.get([hit.gtin for hit in index.by_text(seen, COMPATIBLE)]))
    return {}


def _fitting_mask(mask: str, index: CatalogueIndex) -> Sequence[Product]:
    try:
        return index.get([hit.gtin for hit in index.by_gtin_mask(mask, COMPATIBLE)])
    except InputError:
        return ()


def _shares(products: Sequence[Product]) -> dict[str, float]:
    weights = {product.gtin: math.log2(2.0 + max(0.0, product.popularity)) for product in products}
    total = sum(weights.values())
    ranked = sorted(weights.items(), key=lambda each: -each[1])[:KEPT]
    return {gtin: weight / total for gtin, weight in ranked}
