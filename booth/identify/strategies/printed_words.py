"""Picks the telling words among those that were read on an item."""

from __future__ import annotations

from collections.abc import Sequence

from booth.domain.evidence import PrintedWord
from booth.store.catalogue.folding import words_of

MIN_CONFIDENCE = 0.3
LONG = 8
"""A longer word tells no more than one of so many letters."""
SEEN_TWICE = 1.2
"""How much more a word weighs that several views show."""


def telling_words(printed: Sequence[PrintedWord], most: int) -> list[str]:
    """The folded words that tell most, in the order in which they were read.

    A word weighs more the surer it was read, the longer it is and the larger it is printed: names are large,
    what is in small print stands on every pack.
    """
    largest = max((_height(word) for word in printed), default=0.0)
    weights: dict[str, float] = {}
    views: dict[str, set[str]] = {}
    for line in printed:
        if line.confidence < MIN_CONFIDENCE:
            continue
        size = (_height(line) / largest) ** 0.5 if largest > 0.0 else 1.0
        for word in words_of(line.text):
            weight = line.confidence * size * min(LONG, len(word)) ** 0.5
            weights[word] = max(weights.get(word, 0.0), weight)
            views.setdefault(word, set()).add(line.view)
    for word, seen in views.items():
        weights[word] *= SEEN_TWICE if len(seen) > 1 else 1.0
    best = set(sorted((word for word in weights if len(word) > 1), key=lambda word: -weights[word])[:most])
    return [word for word in weights if word in best]


def _height(word: PrintedWord) -> float:
    """The height of its letters in pixels, 0 where its place is not known."""
    if len(word.corners) < 4:
        return 0.0
    (left, top), _, _, (corner_x, corner_y) = word.corners[:4]
    return float(((left - corner_x) ** 2 + (top - corner_y) ** 2) ** 0.5)
