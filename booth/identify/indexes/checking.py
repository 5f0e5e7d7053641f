"""What every index refuses before its engine is asked: impossible products, vectors, masks and ranges."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from booth.domain.percept import FloatArray
from booth.domain.product import Product
from booth.errors import ConfigError, InputError, StoreError
from booth.ports.finding import VECTOR_SIZE

MEASURES = ("weight_g", "length_mm", "width_mm", "height_mm")
FACETS = ("brand", "category", "size")
UNIT_TOLERANCE = 1e-3
_MASK = re.compile(r"[0-9?]{13}")
_GTIN = re.compile(r"[0-9]{13}")


def check_mask(mask: str) -> None:
    """Raises: InputError: it is not thirteen characters of digits and `?`."""
    if not _MASK.fullmatch(mask):
        raise InputError(f"{mask[:40]!r} is no GTIN mask: thirteen digits, with ? for each unknown one")


def is_gtin(text: str) -> bool:
    """Whether it is thirteen ASCII digits."""
    return _GTIN.fullmatch(text) is not None


def check_facet(name: str) -> None:
    """Raises: InputError: it is none of the fields whose values are counted."""
    if name not in FACETS:
        raise InputError(f"there is no field {name[:40]!r}; there are: {', '.join(FACETS)}")


def check_ranges(ranges: Mapping[str, tuple[float, float]]) -> None:
    """Raises: InputError: a measure of that name does not exist, or a bound is no number."""
    for name, bounds in ranges.items():
        if name not in MEASURES:
            raise InputError(f"there is no measure {name[:40]!r}; there are: {', '.join(MEASURES)}")
        if any(math.isnan(bound) for bound in bounds):
            raise InputError(f"a bound of {name} is no number")


def middles_of(ranges: Mapping[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
    """The middle and half the width of each range that has both."""
    halves = {name: ((low + high) / 2.0, (high - low) / 2.0) for name, (low, high) in ranges.items()}
    return {name: pair for name, pair in halves.items() if math.isfinite(pair[1]) and pair[1] > 0.0}


def check_question(embeddings: FloatArray) -> None:
    """Raises: InputError: it is not (V, 256), or holds what is no number."""
    if embeddings.ndim != 2 or embeddings.shape[1] != VECTOR_SIZE or not np.isfinite(embeddings).all():
        raise InputError(f"the embeddings asked for must be (V, {VECTOR_SIZE}) numbers")


def off_middle(values: Mapping[str, float], middles: Mapping[str, tuple[float, float]]) -> float:
    """How far measures lie from the middles, as a mean: 0 in the middle, 1 at the end of every range."""
    offs = [abs(values[name] - middle) / half for name, (middle, half) in middles.items()]
    return sum(offs) / max(1, len(offs))


def checked_timeout(value: object) -> float:
    """Seconds to wait for an answer. Raises: ConfigError: it is no number above 0, or more than a minute."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.0 < value <= 60.0:
        raise ConfigError("identify.options.timeout_s must be a number of seconds above 0, at most 60")
    return float(value)


def checked_products(products: Iterable[Product]) -> Iterator[Product]:
    """The products as they come. Raises: StoreError: one is impossible."""
    for product in products:
        problem = _problem_of(product)
        if problem:
            raise StoreError(f"product {product.gtin[:40]!r} cannot be kept: {problem}")
        yield product


def _problem_of(product: Product) -> str:
    if not is_gtin(product.gtin):
        return "its GTIN is not thirteen digits"
    if not product.title:
        return "its title is empty"
    for name in (*MEASURES, "popularity"):
        value = getattr(product, name)
        if not (math.isfinite(value) and value >= 0.0):
            return f"its {name} is {value}, not a number from 0 up"
    texts = (
        product.title,
        product.brand,
        product.category,
        product.size,
        *product.extra,
        *product.extra.values(),
    )
    return "one of its texts is not text" if any(_is_unwritable(text) for text in texts) else ""


def _is_unwritable(text: str) -> bool:
    """A NUL, or half of a surrogate pair, which UTF-8 cannot hold."""
    return "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text)


def checked_vectors(vectors: Iterable[tuple[str, FloatArray]]) -> Iterator[tuple[str, FloatArray]]:
    """The rows of each product, (R, 256) float32. Raises: StoreError: a vector is impossible."""
    for gtin, rows in vectors:
        if not is_gtin(gtin):
            raise StoreError(f"there is no product {gtin[:40]!r} to have a picture")
        given = np.ascontiguousarray(rows, np.float32)
        if given.ndim != 2 or given.shape[1] != VECTOR_SIZE:
            raise StoreError(f"the embeddings of {gtin} are {given.shape}, not (R, {VECTOR_SIZE})")
        if not np.all(np.abs(np.linalg.norm(given, axis=1) - 1.0) < UNIT_TOLERANCE):
            raise StoreError(f"an embedding of {gtin} is not of unit length")
        yield gtin, given
