"""A sample of the catalogue, drawn through the index's own searches, which cannot list what is there."""

from __future__ import annotations

import numpy as np

from booth.domain.product import Product
from booth.identify.gtin import GTIN_DIGITS
from booth.ports.finding import CatalogueIndex

ANY = "?" * GTIN_DIGITS
DIGIT_PLACES = range(7, 12)
"""A company numbers its items in these digits of a GTIN-13, so that they are spread evenly."""
TRIES = 60
A_PART = 5_000
"""Of one mask so many are taken, the most popular first."""


def sampled(index: CatalogueIndex, rng: np.random.Generator, count: int) -> list[Product]:
    """Up to `count` products in random order; the same generator state and catalogue give the same ones.

    Of a large catalogue those that share two random digits are drawn until there are enough.

    Raises:
        StoreError: the catalogue cannot be read.
    """
    known = index.count()
    if known <= 2 * count:
        gtins = [hit.gtin for hit in index.by_gtin_mask(ANY, 2 * count)]
    else:
        gtins = _by_digits(index, rng, count)
    drawn = [gtins[place] for place in rng.permutation(len(gtins))[:count]]
    return list(index.get(drawn))


def _by_digits(index: CatalogueIndex, rng: np.random.Generator, count: int) -> list[str]:
    found: dict[str, None] = {}
    for _ in range(TRIES):
        places = rng.choice(list(DIGIT_PLACES), size=2, replace=False)
        mask = list(ANY)
        for place in places:
            mask[place] = str(rng.integers(10))
        hits = index.by_gtin_mask("".join(mask), A_PART)
        found |= dict.fromkeys(hit.gtin for hit in hits)
        if len(found) >= 3 * count:
            break
    else:
        found |= dict.fromkeys(hit.gtin for hit in index.by_gtin_mask(ANY, count))
    return list(found)
