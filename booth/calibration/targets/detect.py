"""Finds a calibration target in one picture, to a fraction of a pixel."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.calibration.targets.board import Board, BoardKind, Floats, Sighting, grid_shape
from booth.calibration.targets.corners import (
    FEWEST_POINTS,
    Found,
    Gray,
    gray_of,
    places_of,
    refined,
    shrunk,
    spacing_px,
)
from booth.calibration.targets.markers import find_aprilgrid, find_charuco

SMALLEST_PX = 32
LARGEST_PX = 1920
"""A chessboard is looked for in pictures no longer than this; larger ones without any take seconds."""


def find(board: Board, rgb: NDArray[np.uint8], camera_id: str = "", instant: int = 0) -> Sighting | None:
    """The board's points in a picture, (H, W, 3) or (H, W) uint8; None where it is not seen.

    It keeps no state: any thread may call it.
    """
    gray = gray_of(rgb)
    if min(gray.shape) < SMALLEST_PX:
        return None
    found = FINDERS[board.kind](board, gray)
    if found is None or len(found[0]) < FEWEST_POINTS:
        return None
    order = np.argsort(found[0])
    size_px = (gray.shape[1], gray.shape[0])
    return Sighting(camera_id, instant, size_px, found[0][order], found[1][order])


def _chessboard(board: Board, gray: Gray) -> Found | None:
    flags = cv2.CALIB_CB_ADAPTIVE_THRESH + cv2.CALIB_CB_NORMALIZE_IMAGE + cv2.CALIB_CB_FAST_CHECK
    small, scale = shrunk(gray, LARGEST_PX)
    seen, corners = cv2.findChessboardCorners(small, (board.columns, board.rows), flags=flags)
    if not seen:
        return None
    ids = np.arange(board.columns * board.rows)
    rough = (np.asarray(corners, dtype=np.float64).reshape(-1, 2) + 0.5) * scale - 0.5
    points = refined(gray, rough, spacing_px(board, ids, rough))
    return ids, oriented(points.reshape(board.rows, board.columns, 2), gray).reshape(-1, 2)


def oriented(grid: Floats, gray: Gray) -> Floats:
    """The corners in the one order that every camera agrees on, (rows, columns, 2).

    Rows run to the right and columns down as seen from the printed side. Of the two orders that are left
    (four on a board with as many columns as rows) it is the one whose first square is black; where colours
    do not tell, because rows and columns are both even or both odd, the one that begins nearest to the
    upper left of the picture.
    """
    if np.linalg.det(np.stack([grid[0, -1] - grid[0, 0], grid[-1, 0] - grid[0, 0]])) < 0:
        grid = grid[:, ::-1]
    turns = [grid, grid[::-1, ::-1]]
    if grid.shape[0] == grid.shape[1]:
        turns += [np.rot90(grid), np.rot90(grid, -1)]
    if (grid.shape[0] + grid.shape[1]) % 2:
        return np.ascontiguousarray(min(turns, key=lambda turn: _first_square(turn, gray)))
    return np.ascontiguousarray(min(turns, key=lambda turn: float(turn[0, 0].sum())))


def _first_square(grid: Floats, gray: Gray) -> float:
    """How bright the middle of the square between the first four corners is."""
    height, width = gray.shape
    middle = np.round(grid[:2, :2].mean(axis=(0, 1))).astype(int)
    x, y = np.clip(middle, 0, (width - 1, height - 1))
    return float(np.mean(gray[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2]))


def neighbours(
    board: Board, ids: NDArray[np.int64]
) -> tuple[tuple[NDArray[np.int64], NDArray[np.int64]], ...]:
    """The seen points between which an edge runs, along rows and along columns: indices into `ids`.

    Between the tags of an AprilGrid there are none.
    """
    columns, rows = grid_shape(board)
    row, column = places_of(board, ids)
    index = np.full((rows + 1, columns + 1), -1)
    index[row, column] = np.arange(len(ids))
    tags = board.kind is BoardKind.APRILGRID
    pairs = []
    for place, dy, dx in ((column, 0, 1), (row, 1, 0)):
        beside = index[row + dy, column + dx]
        joined = (beside >= 0) & (~(place % 2).astype(bool) if tags else True)
        pairs.append((np.flatnonzero(joined), beside[joined]))
    return tuple(pairs)


FINDERS: Mapping[BoardKind, Callable[[Board, Gray], Found | None]] = {
    BoardKind.CHESSBOARD: _chessboard,
    BoardKind.CHARUCO: find_charuco,
    BoardKind.APRILGRID: find_aprilgrid,
}
