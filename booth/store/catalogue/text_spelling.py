"""The catalogue's own words, and which of them a typed word may be.

Errors are found by symmetric deletion: two words within two errors of each other have a common rest when up
to two letters are taken from each (Garbe, SymSpell, 2012). Only the first letters are indexed so; the whole
word is compared by optimal string alignment, which counts a transposition as one error.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import combinations
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import OSA

Ids = npt.NDArray[np.int32]
_Hashes = npt.NDArray[np.uint32]

PREFIX = 7
MAX_ERRORS = 2
MIN_LETTERS = 3
"""Shorter words are taken as they are."""
MIN_LETTERS_FOR_TWO = 6
MAX_COMPARED = 2_000
"""Words compared letter by letter, the commonest: serial numbers may be alike by the thousand."""
_SEED, _FACTOR, _MASK = 2166136261, 16777619, 0xFFFFFFFF
"""FNV-1a (Fowler, Noll and Vo, 1991), by letter."""


def _cuts() -> dict[int, tuple[tuple[int, ...], ...]]:
    """Length of a prefix to the letters that stay when up to two are taken away."""
    return {
        length: tuple(
            tuple(place for place in range(length) if place not in gone)
            for errors in range(min(MAX_ERRORS, length - 1) + 1)
            for gone in combinations(range(length), errors)
        )
        for length in range(1, PREFIX + 1)
    }


_KEPT = MappingProxyType(_cuts())


class Near(NamedTuple):
    """A word of the catalogue, by its number, and how many errors away it is."""

    word: int
    errors: int


class Spelling:
    """All words of a catalogue, by number; any thread may ask."""

    def __init__(self, words: Sequence[str], counts: Sequence[int]) -> None:
        """Index the words; `counts` says how many products have each."""
        self.words = list(words)
        self.counts: npt.NDArray[np.float64] = np.array(counts, np.float64)
        self.number = {word: number for number, word in enumerate(self.words)}
        self._sorted = sorted(self.number)
        self._alphabetical: Ids = np.array([self.number[word] for word in self._sorted], np.int32)
        self._hashes, self._rows = _deletions(self.words)
        self._skeletons = _by_skeleton(self.words)

    def near(self, word: str, errors: int) -> list[Near]:
        """Other words within so many errors."""
        hashes = np.array(sorted(set(_variants(word[:PREFIX], errors))), np.uint32)
        first = np.searchsorted(self._hashes, hashes, "left")
        last = np.searchsorted(self._hashes, hashes, "right")
        spans = zip(first.tolist(), last.tolist(), strict=True)
        rows = np.unique(np.concatenate([self._rows[begin:end] for begin, end in spans]))
        found = self._commonest(rows, MAX_COMPARED).tolist()
        apart = ((row, OSA.distance(word, self.words[row], score_cutoff=errors)) for row in found)
        return [Near(row, distance) for row, distance in apart if 0 < distance <= errors]

    def completions(self, begun: str, limit: int) -> list[int]:
        """Longer words that begin so, the commonest first."""
        first, last = _range_of(self._sorted, begun)
        rows = self._commonest(self._alphabetical[first:last], limit)
        return [row for row in rows.tolist() if len(self.words[row]) > len(begun)]

    def skeletons(self, word: str) -> Sequence[int]:
        """Words that are written so when their vowels are left out: `strwbrry`."""
        return self._skeletons.get(word, ())

    def _commonest(self, rows: Ids, most: int) -> Ids:
        return rows if len(rows) <= most else rows[np.argpartition(-self.counts[rows], most)[:most]]


def _range_of(words: Sequence[str], begun: str) -> tuple[int, int]:
    return bisect_left(words, begun), bisect_left(words, begun + "\U0010ffff")


def _variants(prefix: str, errors: int) -> Iterable[int]:
    letters = [ord(letter) for letter in prefix]
    least = len(letters) - errors
    for kept in _KEPT[len(letters)]:
        if len(kept) < least:
            break
        value = _SEED
        for place in kept:
            value = ((value ^ letters[place]) * _FACTOR) & _MASK
        yield value


def _deletions(words: Sequence[str]) -> tuple[_Hashes, Ids]:
    """Hashes of what is left of each word's beginning, sorted, and the word that each is from."""
    grid = np.array([word[:PREFIX] for word in words] or [""], f"<U{PREFIX}")
    letters = np.ascontiguousarray(grid).view(np.uint32).reshape(-1, PREFIX)
    lengths = np.char.str_len(grid)
    tolerant = np.array([_errors_of(word) for word in words] or [0])
    hashes: list[_Hashes] = []
    rows: list[Ids] = []
    for length, cuts in _KEPT.items():
        of_length = np.nonzero(lengths == length)[0].astype(np.int32)
        for kept in cuts:
            some = of_length[tolerant[of_length] >= length - len(kept)]
            value = np.full(len(some), _SEED, np.uint32)
            for place in kept:
                value = (value ^ letters[some, place]) * np.uint32(_FACTOR)
            hashes.append(value)
            rows.append(some)
    all_hashes, all_rows = np.concatenate(hashes), np.concatenate(rows)
    order = np.argsort(all_hashes)
    return all_hashes[order], all_rows[order]


def _errors_of(word: str) -> int:
    """How many errors a word of this length may be found by; one letter more or less must not matter."""
    if len(word) < MIN_LETTERS - 1:
        return 0
    return MAX_ERRORS if len(word) >= MIN_LETTERS_FOR_TWO - MAX_ERRORS else 1


def _by_skeleton(words: Sequence[str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for number, word in enumerate(words):
        if len(word) >= MIN_LETTERS_FOR_TWO and word.isalpha():
            found.setdefault(skeleton_of(word), []).append(number)
    return found


def skeleton_of(word: str) -> str:
    """The word without vowels, but for its first letter."""
    return word[0] + "".join(letter for letter in word[1:] if letter not in "aeiou")
