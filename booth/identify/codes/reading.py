"""Reads a symbol by its scan lines: the most probable code, and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from booth.identify.codes.decoding import Decoded, best_code, decode, digit_probabilities
from booth.identify.codes.digits import log_probabilities
from booth.identify.codes.strips import FOUND, ROUGHLY, Corners, Laid, lay
from booth.identify.codes.symbols import LAYOUTS, Layout

Gray = NDArray[np.uint8]
Logs = NDArray[np.float64]

ROUGHLY_LIKE, LIKE_SYMBOL = 0.7, 0.75
"""The fit from which on a patch of bars is laid finely, and is read to the end."""
LAID_FINELY = 2
"""So many of the six ways to lay a patch (three symbologies, two directions)."""
TEMPER = 0.25
"""Bands see the same blur and the same ink: six together tell as much as one and a half would by themselves.
With it the probabilities of rendered symbols are what they say."""


@dataclass(frozen=True, eq=False)
class Reading:
    """What the scan lines of a symbol say.

    Attributes:
        logs: log-likelihood of each digit in each cell of each band, (bands, cells, 2, 10).
        guards: -1..1, how well guards and quiet zones fit, the median of the bands.
        fit: -1..1, how much its cells look like digits.
    """

    layout: Layout
    logs: Logs
    guards: float
    fit: float

    @cached_property
    def decoded(self) -> Decoded:
        """The code by all bands together."""
        return decode(TEMPER * self.logs.sum(axis=0), self.layout)

    def agreeing(self) -> float:
        """0..1, the share of bands whose own code is that of all together."""
        own = [best_code(band, self.layout) == self.decoded.gtin for band in self.logs]
        return sum(own) / len(own)

    def digits(self) -> Logs:
        """Probability of each digit in each place of the GTIN-13, (13, 10); not for UPC-E."""
        return digit_probabilities(TEMPER * self.logs.sum(axis=0), self.layout)


def read_symbol(gray: Gray, corners: Corners, layout: Layout) -> Reading | None:
    """Read a symbol whose place and symbology a decoder gave; None where it is too small."""
    laid = lay(gray, corners, layout)
    return read_laid(laid) if laid else None


def find_symbol(gray: Gray, corners: Corners) -> Reading | None:
    """Read a patch of bars as what it looks like most, of three symbologies and two directions."""
    ways = [(each, layout) for each in (corners, (*corners[2:], *corners[:2])) for layout in LAYOUTS.values()]
    rough = [(laid.fit, way) for way in ways if (laid := lay(gray, *way, ROUGHLY))]
    likely = sorted((one for one in rough if one[0] >= ROUGHLY_LIKE), key=lambda one: -one[0])
    fine = [laid for _, way in likely[:LAID_FINELY] if (laid := lay(gray, *way, FOUND))]
    best = max(fine, key=lambda laid: laid.fit, default=None)
    return read_laid(best) if best and best.fit >= LIKE_SYMBOL else None


def read_laid(laid: Laid) -> Reading:
    """Compare every band's digits with their templates."""
    lines = laid.lines()
    guards = float(np.median([line.guards for line in lines]))
    return Reading(laid.layout, log_probabilities(lines, laid.layout), guards, laid.fit)
