"""Texts as words without case, accents and punctuation: what is typed and what is stored are folded alike."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from booth.domain.product import Product

MAX_TYPED_WORDS = 12
MAX_STORED_WORDS = 200
"""Of one field; an import allows 1,000 characters."""
REMEMBERED = 8_192
"""So many texts are not folded again: brands, categories and sizes come again and again."""
MAX_WORD_LENGTH = 40
TEXTS = ("title", "brand", "category", "size")
MIN_FUZZY_LENGTH = 4
"""A shorter word is another word after one typing error."""
_PART = 5
_LONG = 8
_DIGITS = re.compile(r"[0-9]+")
_IDEOGRAPHS = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
"""Hiragana, Katakana and Han are written without spaces: each sign is a word."""
_WORD = re.compile(rf"[{_IDEOGRAPHS}]|[0-9]+|[^\W\d_{_IDEOGRAPHS}]+")
_NO_DECOMPOSITION = str.maketrans(
    {"ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "ı": "i", "ð": "d", "þ": "th"}
)


@lru_cache(maxsize=REMEMBERED)
def words_of(text: str, at_most: int = MAX_STORED_WORDS) -> tuple[str, ...]:
    """The words of a text: runs of letters or of digits, so that `500g` and `500 g` are the same."""
    words = _WORD.findall(_folded(text[: at_most * MAX_WORD_LENGTH]))[:at_most]
    return tuple(word[:MAX_WORD_LENGTH] for word in words)


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    whole = text.encode("utf-8", "ignore").decode("utf-8")
    plain = unicodedata.normalize("NFKD", whole).casefold().translate(_NO_DECOMPOSITION)
    split = unicodedata.normalize("NFKD", plain)
    return unicodedata.normalize(
        "NFC", "".join(letter for letter in split if not unicodedata.combining(letter))
    )


def typed_words(text: str) -> list[str]:
    """The different words of what was typed, at most MAX_TYPED_WORDS."""
    return list(dict.fromkeys(words_of(text, MAX_TYPED_WORDS * 4)))[:MAX_TYPED_WORDS]


def typed_digits(text: str) -> str:
    """The digits where nothing but digits, spaces and hyphens was typed; else empty."""
    if len(text) > 10 * MAX_WORD_LENGTH:
        return ""
    digits = re.sub(r"[\s\-]+", "", text)
    return digits if _DIGITS.fullmatch(digits) else ""


def words_by_field(product: Product) -> dict[str, tuple[str, ...]]:
    """The words of each text of a product."""
    return {name: words_of(getattr(product, name)) for name in TEXTS}


def spelling_keys(word: str) -> set[str]:
    """Keys of which two words share at least one where a typing error or two lie between them.

    A word, and the word with each of its letters left out: one letter left out of each of two words makes
    them the same where one was added, left out, replaced or swapped with the next (symmetric deletes: W.
    Garbe, SymSpell, 2012). Of a word of eight letters and more the first five and the last five have keys
    of their own, so that an error in the one half does not hide it when there is one in the other.
    """
    if len(word) < MIN_FUZZY_LENGTH or _DIGITS.fullmatch(word):
        return set()
    keys = {f"={key}" for key in _deletes(word)}
    if len(word) >= _LONG:
        keys |= {f"<{key}" for key in _deletes(word[:_PART])}
        keys |= {f">{key}" for key in _deletes(word[-_PART:])}
    return keys


def forgiven_errors(word: str) -> int:
    """How many typing errors a typed word may hold: none below four letters, two from eight on."""
    if len(word) < MIN_FUZZY_LENGTH or _DIGITS.fullmatch(word):
        return 0
    return 2 if len(word) >= _LONG else 1


def _deletes(word: str) -> Iterator[str]:
    yield word
    for place in range(len(word)):
        yield word[:place] + word[place + 1 :]
