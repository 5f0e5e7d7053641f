"""GTINs as four bits a digit: a mask of known digits then fits by one AND and one comparison."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from booth.errors import InputError
from booth.store.catalogue.rows import GTIN_DIGITS

MASK = re.compile(r"[0-9?]{13}")
BLOCK = 32_768
"""Products compared at a time: they and what comes of them stay in a core's own cache."""

Rows = npt.NDArray[np.intp]
Packed = npt.NDArray[np.uint64]


def packed(numbers: npt.NDArray[np.int64]) -> Packed:
    """(N,) GTINs as numbers to four bits a digit; their order is the same."""
    rest, shift = numbers.copy(), 0
    together = np.zeros(len(rest), np.uint64)
    for _ in range(GTIN_DIGITS):
        rest, digit = np.divmod(rest, 10)
        together |= digit.astype(np.uint64) << np.uint64(shift)
        shift += 4
    return together


def gtin_of(number: int) -> str:
    """The GTIN-13 of its packed form."""
    return f"{number:013x}"


def parsed(mask: str) -> tuple[np.uint64, np.uint64]:
    """The bits of the digits that are known, and what they are. Raises: InputError."""
    if not MASK.fullmatch(mask):
        raise InputError(f"{mask[:40]!r} is no GTIN mask: thirteen digits, with ? for each unknown one")
    known = "".join("0" if digit == "?" else "f" for digit in mask)
    return np.uint64(int(known, 16)), np.uint64(int(mask.replace("?", "0"), 16))


def fitting(gtins: Packed, mask: str, limit: int, alive: npt.NDArray[np.bool_] | None = None) -> Rows:
    """The first `limit` rows that fit the mask, of those that are alive. Raises: InputError."""
    known, digits = parsed(mask)
    found, count = [np.empty(0, np.intp)], 0
    for start in range(0, len(gtins), BLOCK):
        if count >= limit:
            break
        rows = np.flatnonzero((gtins[start : start + BLOCK] & known) == digits) + start
        if len(rows):
            rows = rows if alive is None else rows[alive[rows]]
            found.append(rows)
            count += len(rows)
    return np.concatenate(found)[: max(0, limit)]
