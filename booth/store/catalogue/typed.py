"""Turns what a person types into full-text expressions that no typed character can break."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

MAX_WORDS = 12
MAX_WORD_LENGTH = 64
_SIZE = re.compile(r"([0-9]+)([^\W\d_]+)")
_DIGITS = re.compile(r"[0-9]+")


def words_of(text: str) -> list[str]:
    """The typed words that hold a letter or a digit, at most MAX_WORDS of them."""
    short = text[: MAX_WORDS * MAX_WORD_LENGTH * 4].encode("utf-8", "ignore").decode("utf-8")
    words = unicodedata.normalize("NFKC", short).replace("\0", " ").split()
    spoken = [word[:MAX_WORD_LENGTH] for word in words if any(letter.isalnum() for letter in word)]
    return spoken[:MAX_WORDS]


def digits_of(text: str) -> str:
    """The typed digits where nothing but digits, spaces and hyphens was typed; else empty."""
    digits = re.sub(r"[\s\-]+", "", text)
    return digits if _DIGITS.fullmatch(digits) else ""


def all_of(words: Iterable[str]) -> str:
    """An FTS5 expression that every word fits as a prefix."""
    return " AND ".join(prefix_of(word) for word in words)


def any_of(words: Iterable[str]) -> str:
    """An FTS5 expression that at least one word fits as a prefix."""
    return " OR ".join(prefix_of(word) for word in words)


def ranking_of(words: Iterable[str]) -> str:
    """An FTS5 expression to rank by: a whole word counts in addition to the prefix that it is, too."""
    return " OR ".join(f"{prefix_of(word)} OR {_quoted(word)}" for word in words)


def prefix_of(word: str) -> str:
    """One word as an FTS5 expression; `500g` also finds `500 g`."""
    split = _SIZE.fullmatch(word)
    if split is None:
        return f"{_quoted(word)} *"
    return f"({_quoted(word)} * OR {_quoted(f'{split[1]} {split[2]}')} *)"


def _quoted(phrase: str) -> str:
    """A string of FTS5, in which only the quotation mark is special (https://sqlite.org/fts5.html, 3.1)."""
    doubled = phrase.replace('"', '""')
    return f'"{doubled}"'
