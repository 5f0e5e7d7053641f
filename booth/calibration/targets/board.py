"""Calibration targets: what they are, where their points lie, and what was seen of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.errors import InputError

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


FORMS = (
    "a board is written as chessboard:9x6:25mm (inner corners), charuco:4x5:54mm:40.5mm:DICT_4X4_1000 "
    "(squares; the marker's side may be a share of the square, such as 0.75; then :inverted and :legacy "
    "where they hold), or aprilgrid:6x6:30mm:0.3 (tags of 36h11; the gap may be a length); "
    "lengths are in mm, cm or in"
)
MM_PER_UNIT: Mapping[str, float] = {"mm": 1.0, "cm": 10.0, "in": 25.4}
COUNTS = re.compile(r"(\d{1,3})x(\d{1,3})")
LENGTH = re.compile(r"(\d+(?:\.\d+)?(?:e[+-]?\d{1,2})?)(mm|cm|in)?")
FEWEST, MOST = 2, 100
SMALLEST_MM, LARGEST_MM = 0.1, 10_000.0
APRILTAGS = "DICT_APRILTAG_36h11"
"""The tags of an AprilGrid: the family 36h11, as kalibr's `createTargetPdf.py` draws it."""


def board_from(text: str) -> Board:
    """The board that a person named, such as `charuco:4x5:54mm:0.75:DICT_4X4_1000:inverted`.

    Raises:
        InputError: it is no board, or one that cannot be; the message names the forms.
    """
    if len(text) > 200:
        raise InputError(f"{text[:40]}…: {FORMS}")
    kind, *parts = text.strip().split(":")
    if kind.lower() not in READERS:
        raise InputError(f"{text!r}: {kind!r} is no kind of board; {FORMS}")
    try:
        return READERS[BoardKind(kind.lower())](parts)
    except ValueError as error:
        raise InputError(f"{text!r}: {error}; {FORMS}") from error


def board_text(board: Board) -> str:
    """The board as `board_from` reads it."""
    text = f"{board.kind}:{board.columns}x{board.rows}:{_mm(board.square_mm)}"
    match board.kind:
        case BoardKind.APRILGRID:
            text += f":{_mm(board.marker_mm)}"
        case BoardKind.CHARUCO:
            text += f":{_mm(board.marker_mm)}:{board.dictionary}"
            text += ":inverted" * board.inverted + ":legacy" * board.legacy
    return text


def points_mm(board: Board) -> Floats:
    """Where the board's points lie, (N, 3) in mm: x right, y down, z = 0, seen from its printed side.

    The points of a chessboard and of a ChArUco board are its inner corners, row by row, the first at the
    origin of a chessboard and one square from the upper left corner of a ChArUco board. Those of an AprilGrid
    are the corners of its tags: tag number · 4 + corner, clockwise from the tag's upper left; tag 0 is the
    lower left one, and they count to the right and then up, as kalibr does.
    """
    match board.kind:
        case BoardKind.CHESSBOARD:
            plane = _grid(board.columns, board.rows) * board.square_mm
        case BoardKind.CHARUCO:
            plane = (_grid(board.columns - 1, board.rows - 1) + 1.0) * board.square_mm
        case BoardKind.APRILGRID:
            tags = _grid(board.columns, board.rows).reshape(board.rows, board.columns, 2)
            corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * board.square_mm
            upwards = tags[::-1].reshape(-1, 1, 2) * (board.square_mm + board.marker_mm)
            plane = (upwards + corners).reshape(-1, 2)
    return np.column_stack([plane, np.zeros(len(plane))])


def grid_shape(board: Board) -> tuple[int, int]:
    """How many points there are in a row and in a column of the whole board."""
    match board.kind:
        case BoardKind.CHESSBOARD:
            return board.columns, board.rows
        case BoardKind.CHARUCO:
            return board.columns - 1, board.rows - 1
        case BoardKind.APRILGRID:
            return 2 * board.columns, 2 * board.rows


def _grid(columns: int, rows: int) -> Floats:
    return np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=-1).reshape(-1, 2).astype(float)


def _chessboard(parts: list[str]) -> Board:
    counts, square = _pieces(parts, 2)
    columns, rows = _counts(counts, fewest=3)
    return Board(BoardKind.CHESSBOARD, columns, rows, _length(square))


def _charuco(parts: list[str]) -> Board:
    flags = [part.lower() for part in parts[4:]]
    if not set(flags) <= {"inverted", "legacy"} or len(set(flags)) < len(flags):
        raise ValueError(f"{':'.join(flags)} is neither inverted nor legacy")
    counts, square, marker, dictionary = _pieces(parts[:4], 4)
    (columns, rows), square_mm = _counts(counts), _length(square)
    if columns * rows < 6:
        raise ValueError("a ChArUco board has at least two rows of three squares")
    marker_mm = _length(marker, share_of=square_mm)
    if marker_mm >= square_mm:
        raise ValueError("the marker must be smaller than the square")
    name = _dictionary(dictionary, columns * rows // 2)
    return Board(
        BoardKind.CHARUCO, columns, rows, square_mm, marker_mm, name, "inverted" in flags, "legacy" in flags
    )


def _aprilgrid(parts: list[str]) -> Board:
    counts, square, gap = _pieces(parts, 3)
    (columns, rows), square_mm = _counts(counts), _length(square)
    _dictionary(APRILTAGS, columns * rows)
    gap_mm = _length(gap, share_of=square_mm)
    return Board(BoardKind.APRILGRID, columns, rows, square_mm, gap_mm, APRILTAGS)


READERS: Mapping[BoardKind, Callable[[list[str]], Board]] = {
    BoardKind.CHESSBOARD: _chessboard,
    BoardKind.CHARUCO: _charuco,
    BoardKind.APRILGRID: _aprilgrid,
}


def _pieces(parts: list[str], wanted: int) -> list[str]:
    if len(parts) != wanted:
        raise ValueError(f"{wanted} parts belong after the kind, not {len(parts)}")
    return parts


def _counts(text: str, fewest: int = FEWEST) -> tuple[int, int]:
    found = COUNTS.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is not like 9x6")
    columns, rows = int(found[1]), int(found[2])
    if not (fewest <= columns <= MOST and fewest <= rows <= MOST):
        raise ValueError(f"{fewest} to {MOST} can be counted each way")
    return columns, rows


def _length(text: str, share_of: float = 0.0) -> float:
    """A length in mm; without a unit it is a share of another length, where that is allowed."""
    found = LENGTH.fullmatch(text)
    if not found or not (found[2] or share_of):
        raise ValueError(f"{text!r} is not a length such as 25mm")
    number, unit = float(found[1]), found[2]
    length_mm = number if unit == "mm" else round(number * (MM_PER_UNIT[unit] if unit else share_of), 6)
    if not SMALLEST_MM <= length_mm <= LARGEST_MM:
        raise ValueError(f"{text!r} is not between {SMALLEST_MM} mm and {LARGEST_MM:.0f} mm")
    return length_mm


def _dictionary(name: str, markers: int) -> str:
    known = getattr(cv2.aruco, name, None) if name.startswith("DICT_") else None
    if not isinstance(known, int):
        raise ValueError(f"{name!r} is not a dictionary of OpenCV, such as DICT_4X4_100")
    size = len(cv2.aruco.getPredefinedDictionary(known).bytesList)
    if markers > size:
        raise ValueError(f"{name} has {size} markers and the board needs {markers}")
    return name


def _mm(length_mm: float) -> str:
    return f"{length_mm!r}".removesuffix(".0") + "mm"
