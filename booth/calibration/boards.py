"""Calibration targets: what they are, where their points lie, and what was seen of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class BoardKind(StrEnum):
    """The targets that the booth knows."""

    CHESSBOARD = "chessboard"
    CHARUCO = "charuco"
    APRILGRID = "aprilgrid"


@dataclass(frozen=True, slots=True)
class Board:
    """A flat calibration target.

    Attributes:
        columns, rows: inner corners of a chessboard, squares of a ChArUco board, tags of an AprilGrid.
        square_mm: the side of a square, or of a tag.
        marker_mm: the side of a ChArUco board's markers; the gap between the tags of an AprilGrid.
        dictionary: OpenCV's name of the markers' dictionary, such as `DICT_4X4_1000`; empty for a chessboard.
        inverted: white markers on black, as `detectInvertedMarker` finds them.
        legacy: the ChArUco pattern of OpenCV before 4.6, which begins with a marker in its upper left corner.
    """

    kind: BoardKind
    columns: int
    rows: int
    square_mm: float
    marker_mm: float = 0.0
    dictionary: str = ""
    inverted: bool = False
    legacy: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """What one camera saw of a board at one instant.

    Attributes:
        instant: the same number for what several cameras saw at the same time.
        size_px: width and height of the picture.
        ids: (n,) int, which points of the board were seen; their places are `points_mm(board)[ids]`.
        corners_px: (n, 2) float64, where, in pixels, pixel centres at whole numbers.
    """

    camera_id: str
    instant: int
    size_px: tuple[int, int]
    ids: NDArray[np.int64]
    corners_px: Floats
