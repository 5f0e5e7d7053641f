"""Reads GTINs out of printed words: digits in groups, some of them taken for letters, some left out."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from booth.domain.evidence import PartialCode, PrintedWord
from booth.identify.gtin import as_gtin13, expand_upce

Floats = NDArray[np.float64]

CONFUSED = {
    **dict.fromkeys("OoQD", "0"), **dict.fromkeys("Il|!", "1"), **dict.fromkeys("Zz", "2"), "A": "4",
    **dict.fromkeys("Ss", "5"), **dict.fromkeys("Gb", "6"), "T": "7", "B": "8", **dict.fromkeys("gq", "9"),
}  # fmt: skip
"""Letters by the digit that text recognition takes for them."""
_LIKE = "0-9" + re.escape("".join(CONFUSED))
_RUN = re.compile(rf"(?<![^\W_])[{_LIKE}](?:[\s\-<>.]*[{_LIKE}])*(?![^\W_])")
_BESIDE = re.compile(r"[\s\-<>.]+")
"""Groups are set apart by spaces; `>` and `<` mark quiet zones."""
SHORTEST, LONGEST = 8, 14
FEWEST_DIGITS = 0.6
"""Share of a run that must be digits in plain: a word that looks like some by chance has fewer."""
MOST_GROUPS = 4
"""In which a code's digits are printed: of UPC-A four, of EAN-13 three."""
MOST_WORDS, MOST_PARTS, MOST_CHARACTERS, MOST_CODES = 400, 100, 80, 12
GAP_HEIGHTS, OFF_HEIGHTS = 3.0, 0.6
"""Groups of one row: the gap between them and the offset across, in heights of a word."""

CHECKED, SHORT_CHECKED, ONE_MISSING, UNCHECKED = 0.95, 0.6, 0.5, 0.35
"""How probable digits are right that the reader is sure of: with the right check digit; of eight digits only,
where one date or lot in ten has it too; with the first digit left out, which stands by; with a wrong one."""
LETTER = 0.9
"""The same for each digit that was read as a letter."""


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """A stretch of a word that looks like digits.

    Attributes:
        letters: so many of them were read as letters.
        ends: the middles of the word's left and right side, and its height, in pixels.
    """

    word: PrintedWord
    digits: str
    letters: int
    ends: tuple[Floats, Floats, float] | None


def codes_printed(view: str, words: Sequence[PrintedWord]) -> list[PartialCode]:
    """What the words of one view may say of a GTIN, the likeliest first."""
    best: dict[str, float] = {}
    for digits, sure in _runs(words):
        for mask, quality in _masks(digits):
            best[mask] = max(best.get(mask, 0.0), quality * sure)
    ranked = sorted(best.items(), key=lambda pair: -pair[1])[:MOST_CODES]
    return [PartialCode(view, mask, quality, "print") for mask, quality in ranked]


def _masks(digits: str) -> Iterator[tuple[str, float]]:
    """Every GTIN-13 mask that the digits may stand for, and how probable it is."""
    whole = [gtin for gtin in (as_gtin13(digits), expand_upce(digits)) if gtin]
    for gtin in whole:
        yield gtin, SHORT_CHECKED if len(digits) == 8 else CHECKED
    match len(digits):
        case 12:
            yield f"?{digits}", UNCHECKED if whole else ONE_MISSING
        case 11:
            yield f"0{digits}?", UNCHECKED
            yield f"0?{digits}", UNCHECKED
        case 10:
            yield f"0?{digits}?", UNCHECKED
    if not whole:
        yield from _misread(digits)


def _misread(digits: str) -> Iterator[tuple[str, float]]:
    """Whole numbers whose check digit is wrong: at least one digit is."""
    match len(digits):
        case 13:
            yield digits, UNCHECKED
        case 12:
            yield f"0{digits}", UNCHECKED
        case 14 if digits[0] == "0":
            yield digits[1:], UNCHECKED


def _runs(words: Sequence[PrintedWord]) -> Iterator[tuple[str, float]]:
    """Digits of each row of words that may be a number, and how sure the reader was of them."""
    parts = [part for word in words[:MOST_WORDS] for part in _parts(word)][:MOST_PARTS]
    for first in parts:
        row = [first]
        while (length := sum(len(part.digits) for part in row)) <= LONGEST:
            letters = sum(part.letters for part in row)
            if length >= SHORTEST and letters <= (1 - FEWEST_DIGITS) * length:
                sure = math.prod(_confidence(part.word) for part in row)
                yield "".join(part.digits for part in row), sure * LETTER**letters
            following = _next(row[-1], parts) if len(row) < MOST_GROUPS else None
            if following is None or following in row:
                break
            row.append(following)


def _parts(word: PrintedWord) -> Iterator[_Part]:
    for found in _RUN.finditer(word.text[:MOST_CHARACTERS]):
        text = _BESIDE.sub("", found.group())
        letters = sum(letter in CONFUSED for letter in text)
        if letters <= (1 - FEWEST_DIGITS) * len(text) and text.isascii():
            yield _Part(word, "".join(CONFUSED.get(letter, letter) for letter in text), letters, _ends(word))


def _next(part: _Part, parts: Sequence[_Part]) -> _Part | None:
    """The nearest word to the right in the same row; without corners, none."""
    if part.ends is None:
        return None
    left, right, height = part.ends
    along = (right - left) / max(float(np.linalg.norm(right - left)), 1e-6)
    best, nearest = None, np.inf
    for other in parts:
        if other.word is part.word or other.ends is None:
            continue
        across, down = other.ends[0] - right
        gap = float(across * along[0] + down * along[1]) / height
        off = abs(float(across * along[1] - down * along[0])) / height
        if -0.5 <= gap <= GAP_HEIGHTS and off <= OFF_HEIGHTS and abs(gap) < nearest:
            best, nearest = other, abs(gap)
    return best


def _ends(word: PrintedWord) -> tuple[Floats, Floats, float] | None:
    """The middles of its left and its right side, and its height; None where its corners say nothing."""
    if len(word.corners) != 4:
        return None
    corners = np.array(word.corners, np.float64)
    height = float(np.linalg.norm(corners[3] - corners[0]))
    if not np.isfinite(corners).all() or not height:
        return None
    return (corners[0] + corners[3]) / 2, (corners[1] + corners[2]) / 2, height


def _confidence(word: PrintedWord) -> float:
    return min(max(word.confidence, 0.0), 1.0) if math.isfinite(word.confidence) else 0.0
