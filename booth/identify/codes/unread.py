"""Symbols that a decoder does not read: what their scan lines say, in full or in part."""

from __future__ import annotations

import numpy as np

from booth.domain.evidence import PartialCode
from booth.domain.product import BarcodeRead
from booth.identify.codes.checking import Checked, believed
from booth.identify.codes.reading import Reading
from booth.identify.codes.regions import Corners
from booth.identify.codes.symbols import EAN8, UPCE

GIVEN = 0.9
"""A digit is given from this probability on."""
FEWEST_DIGITS = 5
"""Given, beside the zeros before an EAN-8; fewer leave tens of thousands of GTINs."""
LAID_RIGHT = 0.95
"""How often digits lie where they are looked for, by how often those of rendered codes are right."""
LIKE_DIGITS = 0.78
"""The fit of a patch of bars from which on it may be a code; of rendered codes that zxing-cpp cannot read
one in twenty has less. Of 32 views of simulated items without a code none gave digits."""


def in_full(view: str, corners: Corners, reading: Reading) -> BarcodeRead | None:
    """The code, where the scan lines are sure of all of it.

    UPC-E has no check digit of its own but its parities: by scan lines alone it is not believed.
    """
    result = believed(reading) if reading.layout != UPCE else None
    return read_of(view, reading.layout.name, corners, result) if result else None


def in_part(view: str, reading: Reading) -> PartialCode | None:
    """The digits that the scan lines are sure of; none of UPC-E, whose digits say little one by one."""
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
