"""Symbols that a decoder does not read: what their scan lines say, in full or in part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from booth.domain.evidence import PartialCode
from booth.domain.product import BarcodeRead
from booth.identify.codes.checking import Checked, believed
from booth.identify.codes.reading import Reading, find_symbol
from booth.identify.codes.regions import Corners
from booth.identify.codes.symbols import EAN8, UPCE

Gray = NDArray[np.uint8]

GIVEN = 0.9
"""A digit is given from this probability on."""
FEWEST_DIGITS = 5
"""Given, beside the zeros before an EAN-8; fewer leave tens of thousands of GTINs."""
LAID_RIGHT = 0.95
"""How often digits lie where they are looked for, by how often those of rendered codes are right."""
LIKE_DIGITS = 0.78
"""The fit of a patch of bars from which on it may be a code; of rendered codes that zxing-cpp cannot read
one in twenty has less. Of 32 views of simulated items without a code none gave digits."""


@dataclass(frozen=True, slots=True, eq=False)
class Unread:
    """A patch of bars, and what its scan lines say."""

    corners: Corners
    reading: Reading


def unread_symbol(gray: Gray, corners: Corners) -> Unread | None:
    """A patch of bars, read as what it looks like most; None where it looks like none."""
    reading = find_symbol(gray, corners)
    return Unread(corners, reading) if reading else None


def in_full(view: str, unread: Unread) -> BarcodeRead | None:
    """The code, where the scan lines are sure of all of it.

    UPC-E has no check digit of its own but its parities: by scan lines alone it is not believed.
    """
    result = believed(unread.reading) if unread.reading.layout != UPCE else None
    return read_of(view, unread.reading.layout.name, unread.corners, result) if result else None


def in_part(view: str, unread: Unread) -> PartialCode | None:
    """The digits that the scan lines are sure of; none of UPC-E, whose digits say little one by one."""
    reading = unread.reading
    if reading.layout == UPCE or reading.fit < LIKE_DIGITS:
        return None
    probabilities = reading.digits()
    surest = probabilities.max(axis=1)
    given = surest >= GIVEN
    if given.sum() < FEWEST_DIGITS + (5 if reading.layout == EAN8 else 0):
        return None
    digits = probabilities.argmax(axis=1)
    mask = "".join(str(digit) if known else "?" for digit, known in zip(digits, given, strict=True))
    return PartialCode(view, mask, LAID_RIGHT * float(np.prod(surest[given])), "bars")


def read_of(view: str, symbology: str, corners: Corners, result: Checked) -> BarcodeRead:
    """What was found by scan lines as a decoder would give it."""
    text = result.gtin[-8:] if symbology == "EAN-8" else result.gtin
    return BarcodeRead(view, symbology, text, result.gtin, tuple(corners), result.quality)
