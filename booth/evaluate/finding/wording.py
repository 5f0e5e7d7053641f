"""How well the words read on an item speak for a product: fuzzy, by token, the rare tokens counting most."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from rapidfuzz import fuzz

from booth.domain.evidence import PrintedWord

ALIKE = 0.62
"""A ratio of edits (Indel similarity, 0..1) from which two words may be the same one misread."""
WITHIN = 0.85
"""What a word found inside another, as compounds and unparted lines have it, counts of a whole one."""
SHORT = 3
"""Words of so few characters are the same or not: nearly everything is one edit away from them."""

_TOKENS = re.compile(r"\d+(?:[.,]\d+)?\s?%?|[^\W\d_]+")


def tokens_of(text: str) -> list[str]:
    """Words and numbers of a text without case and accents; `1,5 %` is `1.5%`."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(char for char in plain if not unicodedata.combining(char))
    found = (token.replace(",", ".").replace(" ", "") for token in _TOKENS.findall(kept))
    return [token for token in found if len(token) > 1 or token.isdigit()]


class Vocabulary:
    """The texts of a catalogue, by key; what a token counts is how few products have it."""

    def __init__(self, texts: Mapping[str, Sequence[str]]) -> None:
        self._tokens = {
            key: tuple(dict.fromkeys(token for text in some for token in tokens_of(text)))
            for key, some in texts.items()
        }
        total = len(self._tokens)
        self._weight = {token: math.log((1 + total / n) / 2) for token, n in _holders(self._tokens).items()}

    def agreement(self, words: Sequence[PrintedWord]) -> dict[str, tuple[float, float]]:
        """By key: how much of what was read speaks for it, 0 up, and which share of its text was read."""
        read = _read(words)
        likeness: dict[str, float] = {}
        found = {}
        for key, tokens in self._tokens.items():
            for token in tokens:
                if token not in likeness:
                    likeness[token] = _likeness(token, read)
            spoken = sum(self._weight[token] * likeness[token] for token in tokens)
            whole = sum(self._weight[token] for token in tokens)
            found[key] = (spoken, spoken / whole if whole > 0 else 0.0)
        return found


def _holders(tokens: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """How many products hold each token, also within a compound; for small catalogues."""
    texts = [f" {' '.join(some)} " for some in tokens.values()]
    sought = {
        token: token if len(token) > SHORT else f" {token} " for some in tokens.values() for token in some
    }
    return {token: sum(form in text for text in texts) for token, form in sought.items()}


def _read(words: Iterable[PrintedWord]) -> dict[str, float]:
    """Each token that was read, and the surest of its readings; lines also whole, for words torn apart."""
    surest: dict[str, float] = {}
    for word in words:
        tokens = tokens_of(word.text)
        for token in [*tokens, "".join(tokens)] if len(tokens) > 1 else tokens:
            surest[token] = max(surest.get(token, 0.0), word.confidence)
    return surest


def _likeness(token: str, read: dict[str, float]) -> float:
    return max((confidence * _alike(token, other) for other, confidence in read.items()), default=0.0)


def _alike(token: str, other: str) -> float:
    """0..1, how surely `other`, as it was read, is the word `token`."""
    if token == other:
        return 1.0
    shorter = min(len(token), len(other))
    if shorter <= SHORT or token[0].isdigit() or other[0].isdigit():
        return 0.0
    ratio = fuzz.ratio(token, other) / 100.0
    if len(token) > shorter:
        return _graded(ratio)
    return max(_graded(ratio), WITHIN * _graded(fuzz.partial_ratio(token, other) / 100.0))


def _graded(ratio: float) -> float:
    return max(0.0, (ratio - ALIKE) / (1.0 - ALIKE))
