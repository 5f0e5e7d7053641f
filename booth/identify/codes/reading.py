"""Reads a symbol by its scan lines: the most probable code, and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from booth.identify.codes.decoding import Decoded, decode
from booth.identify.codes.digits import log_probabilities
from booth.identify.codes.strips import BANDS, FOUND, Corners, Laid, lay
from booth.identify.codes.symbols import EAN8, EAN13, UPCE, Layout

Gray = NDArray[np.uint8]

LAYS_READ = 2
"""So many of the six ways to lay a patch of bars (three symbologies, two directions) are read to the end."""
TEMPER = 0.25
"""Bands see the same blur and the same ink: together they tell as much as so large a share of them would."""


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What the scan lines of a symbol say.

    Attributes:
        decoded: by all bands together.
        agreeing: 0..1, the share of bands whose own code is that of all together.
        guards: -1..1, how well guards and quiet zones fit, the median of the bands.
        fit: -1..1, how much its cells look like digits.
    """

    layout: Layout
    decoded: Decoded
    agreeing: float
    guards: float
    fit: float


def read_symbol(gray: Gray, corners: Corners, layout: Layout) -> Reading | None:
    """Read a symbol whose place and symbology a decoder gave; None where it is too small."""
    laid = lay(gray, corners, layout)
    return read_laid(laid) if laid else None


def find_symbols(gray: Gray, corners: Corners) -> list[Reading]:
    """Read a patch of bars as what it looks like most; the best first."""
    turned = (*corners[2:], *corners[:2])
    laid = [lay(gray, each, layout, FOUND) for each in (corners, turned) for layout in (EAN13, EAN8, UPCE)]
    likely = sorted((one for one in laid if one), key=lambda one: -one.fit)[:LAYS_READ]
    return [read_laid(one) for one in likely]


def read_laid(laid: Laid) -> Reading:
    """Decode by all bands together, and by each alone."""
    lines = laid.lines()
    logs = log_probabilities(lines, laid.layout)
    decoded = decode(TEMPER * logs.sum(axis=0), laid.layout)
    same = [decode(band, laid.layout).gtin == decoded.gtin for band in logs]
    return Reading(
        laid.layout,
        decoded,
        sum(same) / BANDS,
        float(np.median([line.guards for line in lines])),
        laid.fit,
    )
