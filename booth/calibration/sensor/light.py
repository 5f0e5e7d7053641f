"""How even and how steady the light is, from pictures of a plain sheet that covers the tray."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.calibration.outcome import Outcome
from booth.calibration.sensor.levels import Flicker, check, flicker, luminance, mean_luminance
from booth.domain.calibrating import Step
from booth.errors import InputError

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Frames = Sequence[NDArray[np.uint8]]

MAP_SHAPE = (24, 32)
UNIFORMITY_MIN = 0.7
"""Least illuminance over the mean: U0 of EN 12464-1, and what that standard is known to ask of fine visual
work; its tables were not at hand. What the lens takes from the corners is in it too."""
FLICKER_MAX_PERCENT = 2.0
"""One step of 8 bits at mid-grey is 1.7 % of linear light: less cannot be told from rounding."""
AMBIENT_MAX_PERCENT = 5.0
"""What comes from outside comes and goes with the day; 5 % of the light moves colours by about 1 ΔE."""
CLIPPED_MAX = 0.005
DARK_MAX = 0.05
"""Linear: darker than this the map is mostly noise."""
SHEET_SHARE = 0.3
"""Of the brightest tenth: what is darker is not the sheet, or lies in a shadow that hides it."""
PLAIN_MAX = 0.12
"""Relative deviation within a cell of the map: noise stays below, print and edges do not."""
COVER_MIN = 0.6
"""Share of the picture that the sheet should cover."""
LEAN_MAX = 0.15
"""Relative difference of two opposite halves of the sheet from which a lamp should be moved."""


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """One camera's view of the sheet.

    Attributes:
        relative: (24, 32) luminance over its mean on the sheet; NaN where the sheet is not.
        lean_x, lean_y: how much brighter the right half is than the left, and the lower than the upper.
        corners: the corners' mean over the middle's; None where the sheet does not reach them.
    """

    relative: Floats
    level: float
    clipped: float
    lean_x: float
    lean_y: float
    corners: float | None
    flicker: Flicker | None
    ambient_percent: float | None

    @property
    def cover(self) -> float:
        """The share of the picture that the sheet covers."""
        return float(np.mean(np.isfinite(self.relative)))

    @property
    def uniformity(self) -> float:
        """Least over mean, 0..1."""
        return float(np.nanmin(self.relative))


def measure(frames: Mapping[str, Frames], dark: Mapping[str, NDArray[np.uint8]] | None = None) -> Outcome:
    """Measure the light on a plain white or grey sheet that covers the tray, for every camera.

    Args:
        frames: one or more pictures (H, W, 3) uint8 of the still sheet; three or more tell flicker.
        dark: the same with the booth's light off.

    Raises:
        InputError: there are no pictures, they differ in size, or none shows a plain sheet.
    """
    if not frames:
        raise InputError("there are no pictures of a plain sheet to measure the light on")
    dark = dark or {}
    found = {
        camera_id: _measured(camera_id, pictures, dark.get(camera_id))
        for camera_id, pictures in frames.items()
    }
    return Outcome(
        Step.LIGHT,
        {camera_id: _results(one) for camera_id, one in found.items()},
        passed=all(not _faults(one) for one in found.values()),
        advice=tuple(f"{name}: {said}" for name, one in found.items() for said in _faults(one) + _hints(one)),
        details={f"{name}/heat": one.relative / np.nanmax(one.relative) for name, one in found.items()},
    )


def _measured(camera_id: str, frames: Frames, dark: NDArray[np.uint8] | None) -> Measured:
    check(camera_id, frames if dark is None else [*frames, dark])
    light = mean_luminance(frames)
    cells = np.asarray(cv2.resize(light, MAP_SHAPE[::-1], interpolation=cv2.INTER_AREA), np.float64)
    sheet = _sheet(light, cells)
    if not sheet.any():
        raise InputError(
            f"{camera_id}: no plain sheet is seen: cover the whole tray with white or grey paper"
        )
    level = float(cells[sheet].mean())
    relative = np.where(sheet, cells / level, np.nan)
    clipped = np.mean([float((frame.max(axis=2) >= 254).mean()) for frame in frames])
    return Measured(
        relative,
        level,
        float(clipped),
        _lean(relative),
        _lean(relative.T),
        _corners(relative),
        flicker(frames),
        None if dark is None else _ambient_percent(dark, sheet, level),
    )


def _sheet(light: NDArray[np.float32], cells: Floats) -> Bools:
    """Which cells show the sheet, (24, 32): bright, without print or edges in them."""
    squared = np.asarray(cv2.resize(light * light, MAP_SHAPE[::-1], interpolation=cv2.INTER_AREA), np.float64)
    rough = np.sqrt(np.maximum(squared - cells**2, 0)) / np.maximum(cells, 1e-4)
    bright = cells > SHEET_SHARE * np.quantile(cells, 0.9)
    return np.asarray(bright & (rough < PLAIN_MAX) & (cells > 1e-3))


def _lean(relative: Floats) -> float:
    half = relative.shape[1] // 2
    first, second = relative[:, :half], relative[:, half:]
    if not (np.isfinite(first).any() and np.isfinite(second).any()):
        return 0.0
    return float(np.nanmean(second) - np.nanmean(first))


def _corners(relative: Floats) -> float | None:
    rows, columns = relative.shape
    corners = [relative[y, x] for y in (slice(0, 3), slice(-3, None)) for x in (slice(0, 4), slice(-4, None))]
    middle = relative[rows // 2 - 2 : rows // 2 + 2, columns // 2 - 2 : columns // 2 + 2]
    if np.isnan(middle).all() or any(np.isnan(corner).any() for corner in corners):
        return None
    return float(np.mean(corners) / np.nanmean(middle))


def _ambient_percent(dark: NDArray[np.uint8], sheet: Bools, level: float) -> float:
    cells = cv2.resize(luminance(dark), MAP_SHAPE[::-1], interpolation=cv2.INTER_AREA)
    return 100 * float(np.asarray(cells, np.float64)[sheet].mean()) / level


def _results(one: Measured) -> dict[str, object]:
    swing = one.flicker
    return {
        "sheet_share": round(one.cover, 3),
        "level_linear_share": round(one.level, 4),
        "clipped_percent": round(100 * one.clipped, 3),
        "uniformity_min_over_mean": round(one.uniformity, 4),
        "uniformity_min_over_max": round(one.uniformity / float(np.nanmax(one.relative)), 4),
        "corner_falloff_percent": None if one.corners is None else round(100 * (1 - one.corners), 2),
        "right_over_left_percent": round(100 * one.lean_x, 2),
        "bottom_over_top_percent": round(100 * one.lean_y, 2),
        "frames": 1 if swing is None else swing.frames,
        "flicker_percent": None if swing is None else round(swing.swing_percent, 3),
        "banding_percent": None if swing is None else round(swing.banding_percent, 3),
        "ambient_percent": None if one.ambient_percent is None else round(one.ambient_percent, 3),
    }


def _faults(one: Measured) -> list[str]:
    """What keeps the light from being accepted, and what to do."""
    said = []
    if one.clipped > CLIPPED_MAX:
        said.append("the sheet is over-exposed, so the light cannot be judged: shorten the exposure.")
    if one.level < DARK_MAX:
        said.append("the sheet is too dark to judge: switch the light on, or lengthen the exposure.")
    if one.cover < COVER_MIN:
        said.append(
            f"the sheet covers only {100 * one.cover:.0f} % of the picture: use a larger plain sheet."
        )
    if one.uniformity < UNIFORMITY_MIN:
        said.append(
            f"the darkest place has {100 * one.uniformity:.0f} % of the mean light: move or clean the lamps"
            f"{_where(one)}."
        )
    if one.flicker and one.flicker.worst_percent > FLICKER_MAX_PERCENT:
        said.append(
            f"the light flickers by {one.flicker.worst_percent:.1f} %: expose for whole half periods of the "
            "mains (10 ms at 50 Hz, 8.33 ms at 60 Hz), or replace the lamps' supply."
        )
    if one.ambient_percent is not None and one.ambient_percent > AMBIENT_MAX_PERCENT:
        said.append(f"{one.ambient_percent:.0f} % of the light comes from outside: close or shade the booth.")
    return said


def _hints(one: Measured) -> list[str]:
    """What is worth doing although the light can be accepted."""
    if one.uniformity >= UNIFORMITY_MIN and max(abs(one.lean_x), abs(one.lean_y)) > LEAN_MAX:
        return [f"the light leans: give it more{_where(one)}."]
    return []


def _where(one: Measured) -> str:
    """The dark side, as words that follow `the lamps`."""
    sides = []
    if abs(one.lean_y) > LEAN_MAX / 2:
        sides.append("upper" if one.lean_y > 0 else "lower")
    if abs(one.lean_x) > LEAN_MAX / 2:
        sides.append("left" if one.lean_x > 0 else "right")
    return f" on the picture's {' '.join(sides)} side" if sides else ""
