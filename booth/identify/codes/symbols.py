"""How EAN and UPC symbols are drawn: guards, digits of seven modules, and what the parities say.

Source: GS1 General Specifications, section 5.2 (EAN/UPC symbology).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DIGIT_MODULES = 7
ODD = (
    "0001101", "0011001", "0010011", "0111101", "0100011",
    "0110001", "0101111", "0111011", "0110111", "0001011",
)  # fmt: skip
"""Number set A, 1 is a bar; set C is its complement, set B is set C read backwards."""
RIGHT = tuple(digit.translate(str.maketrans("01", "10")) for digit in ODD)
EVEN = tuple(digit[::-1] for digit in RIGHT)
EAN13_PARITY = (
    "000000", "001011", "001101", "001110", "010011", "011001", "011100", "010101", "010110", "011010",
)  # fmt: skip
"""Of the six left digits, by the first digit, which is not drawn; 1 is set B."""
UPCE_PARITY = (
    "111000", "110100", "110010", "110001", "101100", "100110", "100011", "101010", "101001", "100101",
)  # fmt: skip
"""Of the six digits, by the check digit. GS1 has UPC-E for number system 0 only; with the complement, which
some print for 1, nothing but the quiet zone would tell it from the left half of an EAN-13."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the parts of one symbology stand, in modules from its first bar.

    Attributes:
        modules: its width.
        cells: where each digit begins; digits of the left half have two number sets.
        left: how many of the cells are of the left half.
        guards: where each guard begins, and its modules, with the module beside it and the quiet zone.
    """

    name: str
    modules: int
    cells: tuple[int, ...]
    left: int
    guards: tuple[tuple[int, str], ...]

    def parities(self) -> NDArray[np.int64]:
        """Each sequence of number sets of the left cells that exists, (n, left); 1 is set B."""
        rows: tuple[str, ...]
        match self.name:
            case "EAN-13":
                rows = EAN13_PARITY
            case "UPC-E":
                rows = UPCE_PARITY
            case _:
                rows = ("0" * self.left,)
        return np.array([[int(bit) for bit in row] for row in rows], np.int64)


EAN13 = Layout(
    "EAN-13",
    95,
    tuple(3 + 7 * i for i in range(6)) + tuple(50 + 7 * i for i in range(6)),
    6,
    ((-4, "00001010"), (44, "1010101"), (91, "01010000")),
)
"""UPC-A is the same with 0 for its first digit."""
EAN8 = Layout(
    "EAN-8",
    67,
    tuple(3 + 7 * i for i in range(4)) + tuple(36 + 7 * i for i in range(4)),
    4,
    ((-4, "00001010"), (30, "1010101"), (63, "01010000")),
)
UPCE = Layout("UPC-E", 51, tuple(3 + 7 * i for i in range(6)), 6, ((-4, "00001010"), (44, "10101010000")))
LAYOUTS = {layout.name: layout for layout in (EAN13, EAN8, UPCE)}
