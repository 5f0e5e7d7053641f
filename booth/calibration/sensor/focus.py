"""How sharp a camera sees, in each ninth of its picture, from the edges of a target; and what it has lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from booth.calibration.outcome import Outcome
from booth.calibration.sensor.levels import check, luminance
from booth.calibration.sensor.slanted_edge import mtf50, strip
from booth.calibration.targets.board import Board, BoardKind, Sighting
from booth.calibration.targets.detect import find, neighbours
from booth.domain.calibrating import Step
from booth.errors import InputError

Floats = NDArray[np.float64]
Frames = Sequence[NDArray[np.uint8]]

ZONES = 3
FEWEST_EDGES = 3
"""A zone's median is of as many, or it is not given."""
FEWEST_ZONES = 5
MTF50_MIN = 0.12
"""Cycles a pixel. An edge then rises from 10 to 90 % within 4 px (0.48 / MTF50 for Gaussian blur), and the
bars of a barcode with two pixels a module run together."""
ONE_SIDED = 0.75
"""One side's resolution over that of the other: less is a leaning lens or target, or a smear."""
ONE_WAY = 0.7
"""Resolution along one axis over that along the other: less is motion."""
LOST_MAX = 0.15
"""Relative to the last accepted run: three times what holding the target anew changes."""
CLEAR_OF_PRINT = 0.8
"""How much of the free space beside an edge is used."""
SIDES = {"left": (1, 0), "right": (1, 2), "upper": (0, 0), "lower": (0, 2)}
"""The axis across which a side lies, and its place on it; opposite it is 2 less that."""
ZONE_NAMES = (
    ("upper left", "top", "upper right"),
    ("left", "middle", "right"),
    ("lower left", "bottom", "lower right"),
)


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """Every edge of one camera's views that could be measured.

    Attributes:
        places: (n, 2) where, as a share of the picture's width and height.
        mtf50: (n,) cycles a pixel.
        upright: (n,) whether the edge runs rather up than across: it tells the resolution along x.
    """

    places: Floats
    mtf50: Floats
    upright: NDArray[np.bool_]
    views: int
    seen: int

    def zones(self) -> Floats:
        """The median in each ninth of the picture, (3, 3); NaN where there are too few edges."""
        cells = np.clip((self.places * ZONES).astype(int), 0, ZONES - 1)
        found = np.full((ZONES, ZONES), np.nan)
        for row in range(ZONES):
            for column in range(ZONES):
                inside = self.mtf50[(cells[:, 0] == column) & (cells[:, 1] == row)]
                if len(inside) >= FEWEST_EDGES:
                    found[row, column] = np.median(inside)
        return found

    def along(self, upright: bool) -> float:
        """The median over the edges of one direction; NaN without any."""
        chosen = self.mtf50[self.upright == upright]
        return float(np.median(chosen)) if len(chosen) >= FEWEST_EDGES else float("nan")


def measure(
    board: Board, frames: Mapping[str, Frames], before: Mapping[str, object] | None = None
) -> Outcome:
    """Measure MTF50 over the picture of every camera.

    Args:
        frames: pictures (H, W, 3) uint8 of the target, turned by 5° or so against the picture's edges, and
            held where items lie; several together should fill the picture.
        before: the `results` of the run that was accepted last, to say what is lost.

    Raises:
        InputError: there are no pictures, or the target's edges can be measured in none of them.
    """
    found: dict[str, Edges] = {}
    for camera_id, pictures in frames.items():
        check(camera_id, pictures)
        found[camera_id] = _edges(board, pictures)
    measured = {name: edges for name, edges in found.items() if len(edges.mtf50) >= FEWEST_EDGES}
    if not measured:
        raise InputError(_why_none(found))
    lost = {name: _lost(edges, (before or {}).get(name)) for name, edges in measured.items()}
    faults = {name: _faults(edges, lost[name]) for name, edges in measured.items()}
    blind = [f"{name}: {_why_none({name: found[name]})}" for name in found if name not in measured]
    advice = [f"{name}: {said}" for name in measured for said in faults[name] + _hints(measured[name])]
    return Outcome(
        Step.FOCUS,
        {name: _results(edges, lost[name]) for name, edges in measured.items()},
        passed=not blind and not any(faults.values()),
        advice=(*blind, *advice),
        details={f"{name}/heat": edges.zones() for name, edges in measured.items()},
    )


def clear_share(board: Board) -> float:
    """How far beside an edge nothing else is printed, as a share of the edge's length."""
    match board.kind:
        case BoardKind.CHESSBOARD:
            return 0.35
        case BoardKind.CHARUCO:
            return CLEAR_OF_PRINT * (board.square_mm - board.marker_mm) / 2 / board.square_mm
        case BoardKind.APRILGRID:  # black two modules of ten inwards, white as far as the next tag
            return CLEAR_OF_PRINT * min(0.2, board.marker_mm / board.square_mm)


def _edges(board: Board, pictures: Frames) -> Edges:
    places, values, upright = [], [], []
    seen = 0
    for rgb in pictures:
        sighting = find(board, rgb)
        if sighting is None:
            continue
        seen += 1
        size = np.array(sighting.size_px, np.float64)
        light = luminance(rgb)
        for start, end in _pairs(board, sighting):
            one = strip(light, start, end, clear_share(board))
            value = float("nan") if one is None else mtf50(one)
            if np.isfinite(value):
                places.append((start + end) / 2 / size)
                values.append(value)
                upright.append(bool(abs(end[1] - start[1]) > abs(end[0] - start[0])))
    shaped = np.array(places, np.float64).reshape(-1, 2)
    return Edges(shaped, np.array(values, np.float64), np.array(upright, np.bool_), len(pictures), seen)


def _pairs(board: Board, sighting: Sighting) -> list[tuple[Floats, Floats]]:
    corners = sighting.corners_px
    return [
        (corners[start], corners[end])
        for starts, ends in neighbours(board, sighting.ids)
        for start, end in zip(starts, ends, strict=True)
    ]


def _why_none(found: Mapping[str, Edges]) -> str:
    if not any(edges.seen for edges in found.values()):
        return "the target is not seen: hold it in the picture, sharp and whole"
    return (
        "the target is seen, but none of its edges can be measured: turn it by about 5°, move it closer, and "
        "keep its white below 250"
    )


def _lost(edges: Edges, before: object) -> float | None:
    """The share of resolution lost since the results of another run; None where there are none."""
    value = before.get("mtf50_cycles_per_px") if isinstance(before, Mapping) else None
    if not isinstance(value, int | float) or not value > 0:
        return None
    return float(1 - np.median(edges.mtf50) / value)


def _results(edges: Edges, lost: float | None) -> dict[str, object]:
    zones = [[None if np.isnan(cell) else round(float(cell), 4) for cell in row] for row in edges.zones()]
    along_x, along_y = edges.along(upright=True), edges.along(upright=False)
    middle = float(np.median(edges.mtf50))
    return {
        "views": edges.views,
        "views_used": edges.seen,
        "edges": len(edges.mtf50),
        "mtf50_cycles_per_px": round(middle, 4),
        "rise_10_90_px": round(0.48 / middle, 2),
        "mtf50_along_x_cycles_per_px": None if np.isnan(along_x) else round(along_x, 4),
        "mtf50_along_y_cycles_per_px": None if np.isnan(along_y) else round(along_y, 4),
        "mtf50_zones_cycles_per_px": zones,
        "lost_percent": None if lost is None else round(100 * lost, 2),
    }


def _faults(edges: Edges, lost: float | None) -> list[str]:
    said = []
    middle = float(np.median(edges.mtf50))
    if middle < MTF50_MIN:
        said.append(
            f"it is out of focus (MTF50 {middle:.2f}, {MTF50_MIN} is needed): clean the lens, "
            "then turn its focus."
        )
    elif lost is not None and lost > LOST_MAX:
        said.append(
            f"it has lost {100 * lost:.0f} % of its sharpness since: clean the lens, then turn its focus."
        )
    zones = edges.zones()
    for side, (axis, place) in SIDES.items():
        ratio = _ratio(zones.take([place], axis), zones.take([2 - place], axis))
        if ratio < ONE_SIDED:
            said.append(
                f"the {side} side has {100 * ratio:.0f} % of the sharpness of the other: hold the target "
                "level; if it stays so, wipe that side of the window, or mount the camera anew."
            )
    one_way = sorted((edges.along(upright=True), edges.along(upright=False)))
    if one_way[0] < ONE_WAY * one_way[1]:
        said.append("it is sharp in one direction only: hold the target still, or shorten the exposure.")
    return said


def _ratio(here: Floats, there: Floats) -> float:
    """Of two sides' means, over the places that both have; 1 without any."""
    both = np.isfinite(here) & np.isfinite(there)
    return float(here[both].mean() / there[both].mean()) if both.any() else 1.0


def _hints(edges: Edges) -> list[str]:
    zones = edges.zones()
    blank = [ZONE_NAMES[row][column] for row, column in np.argwhere(np.isnan(zones))]
    if len(blank) > ZONES * ZONES - FEWEST_ZONES:
        return [f"only a part of the picture was measured; hold the target at the {', '.join(blank)} too."]
    return []
