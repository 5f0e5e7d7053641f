"""Products as rows of the catalogue's database and back, each under a seal that a flipped byte breaks."""

from __future__ import annotations

import json
import math
import struct
import zlib
from collections.abc import Sequence
from typing import Any

from booth.domain.product import Product
from booth.errors import StoreError
from booth.store.catalogue.schema import MEASURES

GTIN_DIGITS = 13
NO_EXTRA = "{}"
_NUMBERS = struct.Struct("<q5d")


def number_of(gtin: str) -> int | None:
    """A GTIN-13 as a number, or None where it is none."""
    return int(gtin) if len(gtin) == GTIN_DIGITS and gtin.isascii() and gtin.isdigit() else None


def row_of(product: Product) -> tuple[Any, ...]:
    """The product in the order of COLUMNS.

    Raises:
        StoreError: it is impossible: its GTIN is not thirteen digits, its title is empty, a measure or its
            popularity is negative or no number, a text cannot be written.
    """
    gtin = number_of(product.gtin)
    if gtin is None:
        raise StoreError(f"product {product.gtin[:40]!r} has an impossible GTIN: not thirteen digits")
    if not product.title:
        raise StoreError(f"product {product.gtin} has no title")
    numbers = _numbers(product)
    extra = json.dumps(dict(product.extra), ensure_ascii=False, sort_keys=True) if product.extra else NO_EXTRA
    texts = (product.title, product.brand, product.category, product.size)
    try:
        seal = _seal(gtin, texts, numbers, extra)
    except UnicodeEncodeError as error:
        raise StoreError(f"product {product.gtin} has a text with half a character") from error
    return (gtin, *texts, *numbers, extra, seal)


def product_of(row: Sequence[Any]) -> Product:
    """The product of a row in the order of COLUMNS. Raises: StoreError: the row is damaged."""
    gtin, title, brand, category, size, weight, length, width, height, popularity, extra, seal = row
    numbers = (weight, length, width, height, popularity)
    if seal != _seal(gtin, (title, brand, category, size), numbers, extra):
        raise StoreError(f"product {gtin:013} is damaged on disk; import the catalogue again with --replace")
    more = {} if extra == NO_EXTRA else json.loads(extra)
    return Product(
        f"{gtin:013}", title, brand, category, size, weight, length, width, height, popularity, more
    )


def _numbers(product: Product) -> tuple[float, ...]:
    numbers = (
        product.weight_g, product.length_mm, product.width_mm, product.height_mm, product.popularity
    )  # fmt: skip
    for name, number in zip((*MEASURES, "popularity"), numbers, strict=True):
        if not 0.0 <= number < math.inf:
            raise StoreError(f"product {product.gtin} has an impossible {name}: {number}")
    return tuple(map(float, numbers))


def _seal(gtin: int, texts: Sequence[str], numbers: Sequence[float], extra: str) -> int:
    said = "\x1f".join((*texts, extra)).encode()
    return zlib.crc32(said, zlib.crc32(_NUMBERS.pack(gtin, *numbers)))
