"""Which parts of the picture the target has been seen in, and from which sides."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.calibration.targets.board import Board, Floats, Sighting, points_mm

CELLS = 5
"""The picture is looked at as 5 x 5 cells: fine enough to see bare edges and corners."""
NOMINAL_FOCAL = 0.9
"""Of the picture's width: a lens of about 60°, to judge tilts by before the lens is known."""
TILTED_DEG = 12.0
"""From here on a view tells focal length and distance apart."""
SIDES = ("left", "right", "top", "bottom")


@dataclass(frozen=True, slots=True)
class Tilt:
    """How a board leans: degrees to the right (its right side is further away) and to the bottom."""

    right_deg: float
    bottom_deg: float

    def sides(self) -> tuple[bool, bool, bool, bool]:
        """Whether it leans to the left, right, top and bottom."""
        return (
            self.right_deg <= -TILTED_DEG,
            self.right_deg >= TILTED_DEG,
            self.bottom_deg <= -TILTED_DEG,
            self.bottom_deg >= TILTED_DEG,
        )


def cells_of(sighting: Sighting) -> NDArray[np.int64]:
    """How many points lie in each cell of the picture, (5, 5) by row and column."""
    width, height = sighting.size_px
    place = (sighting.corners_px + 0.5) / (width, height) * CELLS
    column, row = np.clip(place.astype(int), 0, CELLS - 1).T
    counts = np.zeros((CELLS, CELLS), dtype=np.int64)
    np.add.at(counts, (row, column), 1)
    return counts


def points_in_cells(sightings: Iterable[Sighting]) -> NDArray[np.int64]:
    """How many points all the views have in each cell, (5, 5)."""
    return sum((cells_of(each) for each in sightings), np.zeros((CELLS, CELLS), dtype=np.int64))


def views_in_cells(sightings: Iterable[Sighting]) -> NDArray[np.int64]:
    """How many views have points in each cell, (5, 5)."""
    seen = ((cells_of(each) > 0).astype(np.int64) for each in sightings)
    return sum(seen, np.zeros((CELLS, CELLS), dtype=np.int64))


def leaning(rotation_vector: Floats) -> Tilt:
    """How a board leans whose pose in the camera is known; (3,) or (3, 1), as Rodrigues writes rotations."""
    away = cv2.Rodrigues(np.asarray(rotation_vector, dtype=np.float64))[0][:, 2]
    away = away if away[2] > 0 else -away
    right, bottom = np.degrees(np.arctan2(-away[:2], away[2]))
    return Tilt(float(right), float(bottom))


def tilt_of(board: Board, sighting: Sighting, matrix: Floats | None = None) -> Tilt:
    """How the board leans in a view; without a camera matrix (3, 3) a usual lens is supposed."""
    points = points_mm(board)[sighting.ids]
    if matrix is None:
        width, height = sighting.size_px
        focal = NOMINAL_FOCAL * max(width, height)
        matrix = np.array([[focal, 0, (width - 1) / 2], [0, focal, (height - 1) / 2], [0, 0, 1]])
    seen, rotation, _ = cv2.solvePnP(points, sighting.corners_px, matrix, None, flags=cv2.SOLVEPNP_IPPE)
    return leaning(np.asarray(rotation, dtype=np.float64)) if seen else Tilt(0.0, 0.0)


def tilts_of(tilts: Iterable[Tilt]) -> tuple[int, int, int, int]:
    """How many views lean to the left, right, top and bottom."""
    counts = np.sum([tilt.sides() for tilt in tilts] or [(False,) * 4], axis=0)
    left, right, top, bottom = (int(count) for count in counts)
    return left, right, top, bottom
