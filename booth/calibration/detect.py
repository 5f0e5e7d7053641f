"""Finds a calibration target in one picture, to a fraction of a pixel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.calibration.boards import Board, BoardKind, Floats, Sighting, grid_shape

Gray = NDArray[np.uint8]
Found = tuple[NDArray[np.int64], Floats]
"""Which points of the board, (n,), and where, (n, 2) in pixels."""

WIDEST_WINDOW_PX = 11
"""Half the side of the largest window that a corner is refined in; OpenCV's samples use it throughout."""
WINDOW_SHARE = 0.4
"""Of the distance to the nearest other corner: the edges of that one must stay out of the window."""
SETTLED = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 100, 1e-4)
FEWEST_POINTS = 4
"""Fewer say nothing of where a board is."""


def find(board: Board, rgb: NDArray[np.uint8], camera_id: str = "", instant: int = 0) -> Sighting | None:
    """The board's points in a picture, (H, W, 3) or (H, W) uint8; None where it is not seen.

    It keeps no state: any thread may call it.
    """
    gray = gray_of(rgb)
    found = FINDERS[board.kind](board, gray)
    if found is None or len(found[0]) < FEWEST_POINTS:
        return None
    order = np.argsort(found[0])
    size_px = (gray.shape[1], gray.shape[0])
    return Sighting(camera_id, instant, size_px, found[0][order], found[1][order])


def gray_of(rgb: NDArray[np.uint8]) -> Gray:
    """The picture's brightness, (H, W) uint8."""
    return rgb if rgb.ndim == 2 else np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY))


def spacing_px(board: Board, ids: NDArray[np.int64], corners_px: Floats) -> Floats:
    """How far each point is from the nearest neighbour of its row or column, (n,); inf where it has none."""
    columns, rows = grid_shape(board)
    grid = np.full((rows + 2, columns + 2, 2), np.nan)
    row, column = _places(board, ids)
    grid[row + 1, column + 1] = corners_px
    beside = [grid[row + 1 + dy, column + 1 + dx] for dy, dx in ((0, 1), (0, -1), (1, 0), (-1, 0))]
    distances = np.linalg.norm(np.stack(beside) - corners_px, axis=-1)
    return np.asarray(np.nanmin(np.where(np.isnan(distances), np.inf, distances), axis=0))


def _places(board: Board, ids: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The row and the column of each point in the board's grid of points."""
    columns, rows = grid_shape(board)
    if board.kind is not BoardKind.APRILGRID:
        return ids // columns, ids % columns
    tag, corner = ids // 4, ids % 4
    return (
        rows - 2 - 2 * (tag // board.columns) + (corner >= 2),
        2 * (tag % board.columns) + ((corner == 1) | (corner == 2)),
    )


def refined(gray: Gray, corners_px: Floats, apart_px: Floats) -> Floats:
    """The corners moved to where the edges around them meet, (n, 2).

    The method is Förstner's (OpenCV's `cornerSubPix`); each corner's window is as wide as its distance to
    the next corner allows, because a window that reaches the edges of the next square pulls the corner away.
    """
    halves = np.clip(np.floor(apart_px * WINDOW_SHARE), 2, WIDEST_WINDOW_PX).astype(int)
    moved = corners_px.astype(np.float32).reshape(-1, 1, 2)
    for half in np.unique(halves):
        chosen = halves == half
        points = np.ascontiguousarray(moved[chosen])
        moved[chosen] = cv2.cornerSubPix(gray, points, (int(half), int(half)), (-1, -1), SETTLED)
    return np.asarray(moved.reshape(-1, 2), dtype=np.float64)


def _chessboard(board: Board, gray: Gray) -> Found | None:
    flags = cv2.CALIB_CB_ADAPTIVE_THRESH + cv2.CALIB_CB_NORMALIZE_IMAGE + cv2.CALIB_CB_FAST_CHECK
    seen, corners = cv2.findChessboardCorners(gray, (board.columns, board.rows), flags=flags)
    if not seen:
        return None
    ids = np.arange(board.columns * board.rows)
    rough = np.asarray(corners, dtype=np.float64).reshape(-1, 2)
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


def _charuco(board: Board, gray: Gray) -> Found | None:
    detector = cv2.aruco.CharucoDetector(opencv_charuco(board))
    corners, ids, *_ = detector.detectBoard(255 - gray if board.inverted else gray)
    if ids is None:
        return None
    numbers = np.asarray(ids, dtype=np.int64).ravel()
    rough = np.asarray(corners, dtype=np.float64).reshape(-1, 2)
    return numbers, rough


def opencv_charuco(board: Board) -> Any:
    """OpenCV's own record of a ChArUco board, in mm."""
    dictionary = cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, board.dictionary))
    shape = (board.columns, board.rows)
    charuco = cv2.aruco.CharucoBoard(shape, board.square_mm, board.marker_mm, dictionary)
    charuco.setLegacyPattern(board.legacy)
    return charuco


def _aprilgrid(board: Board, gray: Gray) -> Found | None:
    detector = cv2.aruco.ArucoDetector(opencv_dictionary(board), tag_parameters())
    corners, ids, _ = detector.detectMarkers(gray)
    if ids is None:
        return None
    tags = np.asarray(ids, dtype=np.int64).ravel()
    known = tags < board.columns * board.rows
    numbers = (tags[known, None] * 4 + np.arange(4)).ravel()
    rough = np.asarray(corners, dtype=np.float64).reshape(-1, 4, 2)[known].reshape(-1, 2)
    return numbers, refined(gray, rough, spacing_px(board, numbers, rough))


def opencv_dictionary(board: Board) -> Any:
    """OpenCV's dictionary of the board's markers."""
    return cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, board.dictionary))


def tag_parameters() -> Any:
    """How the tags of an AprilGrid are found: kalibr draws them with a black border two modules wide."""
    parameters = cv2.aruco.DetectorParameters()
    parameters.markerBorderBits = 2
    return parameters


FINDERS: Mapping[BoardKind, Callable[[Board, Gray], Found | None]] = {
    BoardKind.CHESSBOARD: _chessboard,
    BoardKind.CHARUCO: _charuco,
    BoardKind.APRILGRID: _aprilgrid,
}
