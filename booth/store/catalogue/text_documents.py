"""How a product is put into the full text: its words to find it by, and marks of them to weigh it by.

A mark is 16 bits of a word. Reading the words of hundreds of products from disk would cost more than the
search; their marks are columns of whole numbers, four to each.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from booth.domain.product import Product
from booth.store.catalogue.folding import words_of

MARKS = ("brand_marks", "marks0", "marks1", "marks2", "size_marks")
PER_COLUMN = 4
OF_BRAND, OF_TITLE, OF_SIZE = slice(0, 4), slice(4, 16), slice(16, 20)
"""Where the marks of a product's brand, of the rest of its title, and of its size stand, in their order."""
MARK_BITS = 16
EXACT = ("brand", "category", "size")
"""Fields that are also kept as one word each, so that what was understood finds them."""
SPACED = "spaced"
NOTE = "note"


def schema() -> Any:
    """The fields of the index."""
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("gtin", indexed=True, fast=True)
    builder.add_text_field("words", tokenizer_name=SPACED, index_option="basic")
    for name in EXACT:
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in MARKS:
        builder.add_unsigned_field(name, fast=True)
    builder.add_float_field("favour", fast=True)
    builder.add_text_field("kind", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("revision", stored=True, tokenizer_name="raw", index_option="basic")
    return builder.build()


def note_of(revision: str) -> dict[str, Any]:
    """What the index keeps of itself, as one more document: so it changes with the commit or not at all."""
    return {"kind": NOTE, "revision": revision}


def fields_of(product: Product) -> dict[str, Any]:
    """What the index keeps of a product."""
    brand, category, size = _words(product.brand), _words(product.category), _words(product.size)
    named = dict.fromkeys((*words_of(product.title), *size))
    own = [word for word in named if word not in brand and word not in size]
    fields: dict[str, Any] = {
        "gtin": int(product.gtin),
        "words": " ".join(dict.fromkeys((*brand, *named, *category))),
        "favour": math.log1p(product.popularity),
        MARKS[0]: _packed(brand),
        MARKS[-1]: _packed(size),
    }
    for place, name in enumerate(MARKS[1:-1]):
        fields[name] = _packed(own[place * PER_COLUMN : (place + 1) * PER_COLUMN])
    for name, words in zip(EXACT, (brand, category, size), strict=True):
        if words:
            fields[name] = " ".join(words)
    return fields


def exact(value: str) -> str:
    """A value of a field of EXACT as the index keeps it."""
    return " ".join(_words(value))


@lru_cache(maxsize=20_000)
def _words(value: str) -> tuple[str, ...]:
    """Brands, categories and sizes come again and again."""
    return tuple(words_of(value))


def mark_of(word: str) -> int:
    """16 bits of a word, never 0."""
    return zlib.crc32(word.encode()) % 65_535 + 1


def unpacked(columns: Sequence[Sequence[int]]) -> npt.NDArray[np.uint16]:
    """(N, 20) marks of N products, 0 where there is no word."""
    packed = np.array(columns, np.uint64).T.copy()
    return packed.astype("<u8").view("<u2").reshape(len(packed), -1)


@lru_cache(maxsize=100_000)
def _mark(word: str) -> int:
    return mark_of(word)


def _packed(words: Sequence[str]) -> int:
    return sum(_mark(word) << (MARK_BITS * place) for place, word in enumerate(words[:PER_COLUMN]))
