"""Cuts a symbol out of a picture as a straight strip, and lays its scan lines on the grid of modules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.identify.codes.symbols import DIGIT_MODULES, Layout
from booth.identify.codes.templates import PER_MODULE, Floats, bank, modules, unit

Gray = NDArray[np.uint8]
Corners = Sequence[tuple[float, float]]

QUIET = 7
"""Modules beside the symbol that a line keeps; its quiet zones are at least as wide."""
BANDS = 6
ROWS_A_BAND = 6
BAND_REACH, MOST_BEND = 0.8, 8.0
"""Modules by which a band's guard may lie off where all bands say, and the middle off the middle of the ends:
seen slantwise, the near half of a symbol is wider than the far one."""
BEND_COST = 0.002
FEWEST_PX_A_MODULE = 0.8
"""Below it the sampling theorem leaves nothing of bars one module wide."""
BLUR = 0.45
"""Of the templates by which lines are laid, in modules."""


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """The mean of a band's scan lines.

    Attributes:
        samples: (PER_MODULE · (modules + 2 · QUIET),) float32, dark is high, PER_MODULE of them a module.
        guards: -1..1, how well the guards and quiet zones fit, the worst of them.
    """

    samples: Floats
    guards: float


@dataclass(frozen=True, slots=True)
class Slack:
    """How well a symbol's ends are known: modules by which each may lie off, places tried for each."""

    modules: int
    tried: int
    bend_step: float


READ = Slack(3, 3, 0.5)
"""A decoder found the guards."""
FOUND = Slack(14, 6, 1.0)
"""Only a patch of parallel edges was found."""
ROUGHLY = Slack(14, 4, 2.0)
"""The same, to see whether it looks like digits at all."""


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """A symbol's strip with the course of its modules.

    Attributes:
        strip: (BANDS · ROWS_A_BAND, width) float32, dark is high.
        knots: where its first edge, its middle and its last edge lie, in samples.
        fit: -1..1, how much its cells look like digits.
    """

    layout: Layout
    strip: Floats
    knots: Floats
    fit: float

    def lines(self) -> list[Line]:
        """One line for each of BANDS bands that part the symbol's height, from its top."""
        bands = self.strip.reshape(BANDS, ROWS_A_BAND, -1).mean(axis=1)
        return [_line(band, self.knots, self.layout) for band in bands]


def lay(gray: Gray, corners: Corners, layout: Layout, slack: Slack = READ) -> Laid | None:
    """Cut out the symbol and find the course of its modules; None where it is too small to hold them.

    Args:
        corners: upper left, upper right, lower right, lower left of the bars, as they are read.
    """
    strip = _strip(gray, corners, layout, QUIET + slack.modules)
    if strip is None:
        return None
    knots, fit = _knots(strip.mean(axis=0), layout, slack)
    return Laid(layout, strip, knots, fit)


def _strip(gray: Gray, corners: Corners, layout: Layout, margin: int) -> Floats | None:
    """(BANDS · ROWS_A_BAND, width) float32, dark is high; None where too small to hold modules."""
    quad = np.array(corners, np.float32)
    if quad.shape != (4, 2) or not np.isfinite(quad).all():
        return None
    across = np.linalg.norm(quad[1] - quad[0] + quad[2] - quad[3]) / 2
    if across < FEWEST_PX_A_MODULE * layout.modules:
        return None
    rows = BANDS * ROWS_A_BAND
    left, right = margin * PER_MODULE, (margin + layout.modules) * PER_MODULE
    target = np.array([[left, 0], [right, 0], [right, rows], [left, rows]], np.float32)
    try:
        matrix = cv2.getPerspectiveTransform(target - 0.5, quad - 0.5)
    except cv2.error:
        return None
    size = (right + left, rows)
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    cut = cv2.warpPerspective(gray, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(255.0 - cut, np.float32)


def _knots(samples: Floats, layout: Layout, slack: Slack) -> tuple[Floats, float]:
    """Where the symbol has its first edge, its middle and its last, so that its digits look like digits."""
    begin = (QUIET + slack.modules) * PER_MODULE
    end = begin + layout.modules * PER_MODULE
    bends = np.arange(-MOST_BEND, MOST_BEND + 0.1, slack.bend_step)
    first = _peaks(samples, begin, *layout.guards[0], slack)
    last = _peaks(samples, begin, *layout.guards[-1], slack)
    tried = np.array([(a, b, c) for a in first for c in last for b in bends * PER_MODULE], np.float32)
    ends = np.stack([begin + tried[:, 0], end + tried[:, 2]], axis=1)
    knots = np.stack([ends[:, 0], ends.mean(axis=1) + tried[:, 1], ends[:, 1]], axis=1)
    fits = unit(_along(samples, knots, _rough_places(layout))) @ _rough_bank().T
    scores = fits.max(axis=2).mean(axis=1) - BEND_COST * np.abs(tried[:, 1]) / PER_MODULE
    best = int(scores.argmax())
    return np.asarray(knots[best], np.float32), float(scores[best])


def _line(samples: Floats, knots: Floats, layout: Layout) -> Line:
    """A band's line: its guards may lie a little beside those of all bands."""
    found = [_guard(samples, knots, place, bits, layout) for place, bits in layout.guards]
    shifts = np.array([shift for shift, _ in found])
    own = np.array([shifts[0], shifts[len(shifts) // 2] if len(shifts) > 2 else shifts.mean(), shifts[-1]])
    laid = _along(samples, (knots + own)[None, :], _line_places(layout))[0]
    return Line(np.asarray(laid, np.float32), min(fit for _, fit in found))


def _guard(samples: Floats, knots: Floats, place: int, bits: str, layout: Layout) -> tuple[float, float]:
    """By how many samples the guard lies right of its place, and how well it fits there."""
    places = np.asarray((place + _steps(len(bits))) / layout.modules, np.float32)
    reach = round(BAND_REACH * PER_MODULE)
    shifts = np.arange(-reach, reach + 1, dtype=np.float32)
    fits = unit(_along(samples, knots[None, :] + shifts[:, None], places)) @ _guard_template(bits)
    best = int(np.argmax(fits - 0.02 * np.abs(shifts) / PER_MODULE))
    return float(shifts[best]), float(fits[best])


def _peaks(samples: Floats, begin: int, place: int, bits: str, slack: Slack) -> list[float]:
    """By how many samples the outer guard may lie right of its place, the likeliest first."""
    reach = slack.modules * PER_MODULE
    shifts = np.arange(-reach, reach + 1)
    at = begin + place * PER_MODULE + shifts[:, None] + np.arange(len(bits) * PER_MODULE)[None, :]
    fits = unit(samples[np.clip(at, 0, samples.size - 1)]) @ _guard_template(bits)
    padded = np.pad(fits, 1, constant_values=-1.0)
    tops = np.flatnonzero((fits >= padded[:-2]) & (fits > padded[2:]))
    ranked = sorted(tops, key=lambda top: -fits[top])[: slack.tried]
    return [float(shifts[top]) for top in ranked] or [0.0]


def _along(samples: Floats, knots: Floats, places: Floats) -> Floats:
    """The line at `places`, 0 at the first knot and 1 at the last, for each (n, 3) knots: (n, *places.shape).

    Between them it is stretched as a plane is in perspective.
    """
    first, middle, last = (knot.reshape(-1, *[1] * places.ndim) for knot in knots.T)
    ratio = (last - first) / (middle - first) - 1
    where = first + (last - first) * places / (places + ratio * (1 - places)) - 0.5
    where = np.clip(where, 0, samples.size - 1.001)
    below = where.astype(np.int64)
    share = (where - below).astype(np.float32)
    return np.asarray(samples[below] * (1 - share) + samples[below + 1] * share, np.float32)


def _steps(count: int) -> Floats:
    """The middles of the samples of so many modules, in modules."""
    return np.asarray((np.arange(count * PER_MODULE) + 0.5) / PER_MODULE, np.float32)


@lru_cache(maxsize=8)
def _rough_places(layout: Layout) -> Floats:
    """Every third sample of the cells."""
    starts = np.array(layout.cells, np.float32)[:, None] - 1
    steps = _steps(DIGIT_MODULES + 2)[None, 1::3]
    return np.asarray((starts + steps) / layout.modules, np.float32)


@lru_cache(maxsize=8)
def _line_places(layout: Layout) -> Floats:
    return np.asarray((_steps(layout.modules + 2 * QUIET) - QUIET) / layout.modules, np.float32)


@lru_cache(maxsize=16)
def _guard_template(bits: str) -> Floats:
    return unit(modules(bits, BLUR))


@lru_cache(maxsize=1)
def _rough_bank() -> Floats:
    return unit(np.vstack([bank(half, BLUR, 0.0) for half in ("left", "right")])[:, 1::3])
