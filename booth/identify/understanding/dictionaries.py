"""The values of a catalogue by the words that say them: brands, steps of category paths, sizes.

Words are found in a text by one pass over it (Aho and Corasick, Efficient string matching, CACM 1975); the
longest wins. What is left may be a mistyped brand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

from booth.ports.finding import CatalogueIndex
from booth.store.catalogue.folding import words_of
from booth.store.catalogue.text_spelling import Spelling

STEP = ">"
"""Between the steps of a category's path."""
MIN_MISTYPED = 5
"""Shorter words are too like each other to tell which was meant."""
LONG = 9
"""So long a word may have two errors."""


class Meaning(NamedTuple):
    """A value that words may say.

    Attributes:
        field: `brand`, `category` or `size`.
        value: as the catalogue writes it most often.
        share: of the products with these words in that field, those that have this value.
    """

    field: str
    value: str
    share: float


class Found(NamedTuple):
    """Words of a text, from `first` up to but not `last`, and what they may mean.

    Attributes:
        errors: how many typing errors away the words are; 0 for the words themselves.
    """

    first: int
    last: int
    meanings: tuple[Meaning, ...]
    errors: int = 0


class Dictionaries:
    """The values of one snapshot of a catalogue; any thread may look up."""

    def __init__(self, index: CatalogueIndex) -> None:
        """Read the catalogue's values. Raises: StoreError."""
        counts: dict[str, dict[tuple[str, str], int]] = {}
        for key, field, value, count in _entries(index):
            of_key = counts.setdefault(key, {})
            of_key[field, value] = of_key.get((field, value), 0) + count
        self._meanings = {key: _meanings(of_key) for key, of_key in counts.items()}
        self._automaton = _automaton(self._meanings)
        brands = [key for key, of_key in counts.items() if any(field == "brand" for field, _ in of_key)]
        self._brands = Spelling(brands, [sum(counts[key].values()) for key in brands])

    def __len__(self) -> int:
        return len(self._meanings)

    def look_up(self, words: Sequence[str]) -> list[Found]:
        """What the words say, the longest first; no word says two things."""
        free = [True] * len(words)
        found = [each for each in self._said(words) if _take(free, each)]
        for errors in (1, 2):
            found += [each for each in self._mistyped(words, free, errors) if _take(free, each)]
        return sorted(found, key=lambda each: each.first)

    def _said(self, words: Sequence[str]) -> list[Found]:
        """Every run of whole words that says something, the longest first."""
        if not self._meanings:
            return []
        text = f" {' '.join(words)} "
        places = accumulate((len(word) + 1 for word in words), initial=0)
        begins = {place: number for number, place in enumerate(places)}
        found = []
        for end, key in self._automaton.iter(text):
            first, last = begins[end - len(key) - 1], begins[end]
            found.append(Found(first, last, self._meanings[key]))
        return sorted(found, key=lambda each: (each.first - each.last, each.first))

    def _mistyped(self, words: Sequence[str], free: Sequence[bool], errors: int) -> Iterator[Found]:
        """Brands of one or two words that are so many errors away."""
        for length in (2, 1):
            for first in range(len(words) - length + 1):
                typed = " ".join(words[first : first + length])
                if all(free[first : first + length]) and _may_have(typed, errors):
                    near = self._near(typed, errors)
                    if near:
                        yield Found(first, first + length, near, errors)

    def _near(self, typed: str, errors: int) -> tuple[Meaning, ...]:
        near = self._brands.near(typed, errors)
        if len(near) != 1:  # none, or nobody knows which
            return ()
        key = self._brands.words[near[0].word]
        return tuple(meaning for meaning in self._meanings[key] if meaning.field == "brand")


def _entries(index: CatalogueIndex) -> Iterator[tuple[str, str, str, int]]:
    """(words, field, value, products), for every step of a category, too."""
    for field in ("brand", "size"):
        spellings: dict[str, list[tuple[int, str]]] = {}
        for value, count in index.values(field).items():
            spellings.setdefault(" ".join(words_of(value)), []).append((count, value))
        for key, ways in spellings.items():
            if key:
                yield key, field, max(ways)[1], sum(count for count, _ in ways)
    for path, count in index.values("category").items():
        for step in {" ".join(words_of(step)) for step in path.split(STEP)} - {""}:
            yield step, "category", path, count


def _meanings(counts: Mapping[tuple[str, str], int]) -> tuple[Meaning, ...]:
    """The commonest value of each field."""
    totals: dict[str, int] = {}
    for (field, _), count in counts.items():
        totals[field] = totals.get(field, 0) + count
    best: dict[str, tuple[int, str]] = {}
    for (field, value), count in counts.items():
        best[field] = max(best.get(field, (0, "")), (count, value))
    return tuple(
        Meaning(field, value, count / max(1, totals[field])) for field, (count, value) in sorted(best.items())
    )


def _automaton(meanings: Mapping[str, object]) -> Any:
    import ahocorasick

    automaton = ahocorasick.Automaton()
    for key in meanings:
        automaton.add_word(f" {key} ", key)
    automaton.make_automaton()
    return automaton


def _may_have(typed: str, errors: int) -> bool:
    return len(typed) >= (MIN_MISTYPED if errors == 1 else LONG) and not typed[0].isdigit()


def _take(free: list[bool], found: Found) -> bool:
    """Whether no word of it is taken yet; takes them."""
    places = range(found.first, found.last)
    if not all(free[place] for place in places):
        return False
    for place in places:
        free[place] = False
    return True
