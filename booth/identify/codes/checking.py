"""Checks what a decoder read against the symbol's scan lines: a wrong code may well have a right check digit.

Chosen on rendered symbols (booth/evaluate/finding/rendered_codes.py: blur, noise, perspective, dirt, smudges,
torn ends; 1.1 to 3 pixels a module), none of them a photograph. Of zxing-cpp's 2,103 reads of 1,800 such
symbols, retries included, 58 were wrong. The scan lines put 44 of those right, could not tell of 12, and took
two short ones (a UPC-E, an EAN-8) for right at qualities of 0.976 and 0.988, which are no longer enough. Of
the right ones nine could not be told, and none was taken for another. With that settled, of 921 further reads
13 were wrong: six were put right, seven could not be told, and all 908 right ones were borne out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from booth.identify.codes.reading import Reading, read_symbol
from booth.identify.codes.strips import Corners
from booth.identify.codes.symbols import EAN8, LAYOUTS, UPCE

Gray = NDArray[np.uint8]

ODDS_OF_DECODER = 30.0
"""That a decoder's code is right, before its lines are looked at."""
SURE = 0.97
"""Of scan lines alone, that no decoder bears out."""
SHORT, SURE_SHORT = (EAN8, UPCE), 0.99
"""Symbologies with few bars, and how sure their codes must be."""
FEWEST_BANDS = 0.8
"""The share of bands that must read the same code each by itself."""
FEWEST_GUARDS = 0.6
THINNEST = 0.12
"""Of its width: a decoder that needed two scan lines only is asked about a strip so high."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A code that bars were found to say, 0..1 how surely."""

    gtin: str
    quality: float


def checked(gray: Gray, corners: Corners, symbology: str, gtin: str) -> Checked | None:
    """What the scan lines make of a decoder's code: the same, another one, or None where they cannot tell."""
    layout = LAYOUTS.get(symbology)
    reading = read_symbol(gray, thickened(corners), layout) if layout else None
    if reading is None:
        return None
    if reading.decoded.gtin != gtin:
        return believed(reading)
    probability = reading.decoded.probability
    odds = ODDS_OF_DECODER * probability
    quality = odds / (odds + 1.0 - probability)
    return None if layout in SHORT and quality < SURE_SHORT else Checked(gtin, quality)


def believed(reading: Reading) -> Checked | None:
    """The code of the scan lines alone, where they are sure enough of it."""
    sure = (
        reading.decoded.probability >= (SURE_SHORT if reading.layout in SHORT else SURE)
        and reading.agreeing() >= FEWEST_BANDS
        and reading.guards >= FEWEST_GUARDS
    )
    return Checked(reading.decoded.gtin, reading.decoded.probability) if sure else None


def thickened(corners: Corners) -> Corners:
    """The quadrilateral, at least THINNEST of its width high."""
    quad = np.array(corners, np.float64)
    if quad.shape != (4, 2):
        return corners
    along = (quad[1] - quad[0] + quad[2] - quad[3]) / 2
    down = (quad[3] - quad[0] + quad[2] - quad[1]) / 2
    width, height = float(np.linalg.norm(along)), float(np.linalg.norm(down))
    if width == 0.0 or height >= THINNEST * width:
        return corners
    normal = np.array([-along[1], along[0]]) / width
    more = (THINNEST * width - height) / 2 * normal
    grown = quad + np.array([-more, -more, more, more])
    return tuple((float(x), float(y)) for x, y in grown)
