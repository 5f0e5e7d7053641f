"""Finds a calibration target in one picture, to a fraction of a pixel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.calibration.boards import Board, BoardKind, Floats, Sighting, grid_shape, points_mm

Gray = NDArray[np.uint8]
Found = tuple[NDArray[np.int64], Floats]
"""Which points of the board, (n,), and where, (n, 2) in pixels."""

WIDEST_WINDOW_PX = 11
"""Half the side of the largest window that a corner is refined in; OpenCV's samples use it throughout."""
WINDOW_SHARE = 0.4
"""Of the distance to the nearest other corner: the edges of that one must stay out of the window."""
SETTLED = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 100, 1e-4)
TAG_BORDER_MODULES = 2
"""How wide the black border of a tag is in kalibr's AprilGrid; AprilTags are printed with one elsewhere."""
FITTING, MOST_FIT = 0.3, 0.8
"""A point fits within this share of a square's side (a wide lens bends lines); so must most of them."""
SMALLEST_PX = 32
FEWEST_POINTS = 4
"""Fewer say nothing of where a board is."""


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


def gray_of(rgb: NDArray[np.uint8]) -> Gray:
    """The picture's brightness, (H, W) uint8."""
    return rgb if rgb.ndim == 2 else np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY))


def spacing_px(board: Board, ids: NDArray[np.int64], corners_px: Floats) -> Floats:
    """How far each point is from the nearest edge that is not its own, (n,); inf where that is not known.

    Beside a point runs the edge through its neighbour, parallel to its own: what counts is the height of
    the slanted square, not its side.
    """
    columns, rows = grid_shape(board)
    grid = np.full((rows + 2, columns + 2, 2), np.nan)
    row, column = _places(board, ids)
    grid[row + 1, column + 1] = corners_px
    along, down = (
        [grid[row + 1 + dy, column + 1 + dx] - corners_px for dy, dx in steps]
        for steps in (((0, 1), (0, -1)), ((1, 0), (-1, 0)))
    )
    heights = [_height(one, other) for one in along for other in down]
    return np.asarray(np.nanmin(np.where(np.isnan(heights), np.inf, heights), axis=0))


def neighbours(
    board: Board, ids: NDArray[np.int64]
) -> tuple[tuple[NDArray[np.int64], NDArray[np.int64]], ...]:
    """The seen points between which an edge runs, along rows and along columns: indices into `ids`.

    Between the tags of an AprilGrid there are none.
    """
    columns, rows = grid_shape(board)
    row, column = _places(board, ids)
    index = np.full((rows + 1, columns + 1), -1)
    index[row, column] = np.arange(len(ids))
    tags = board.kind is BoardKind.APRILGRID
    pairs = []
    for place, dy, dx in ((column, 0, 1), (row, 1, 0)):
        beside = index[row + dy, column + dx]
        joined = (beside >= 0) & (~(place % 2).astype(bool) if tags else True)
        pairs.append((np.flatnonzero(joined), beside[joined]))
    return tuple(pairs)


def _height(one: Floats, other: Floats) -> Floats:
    """The lower height of the parallelogram of two sides, (n,)."""
    area = np.abs(one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0])
    longer = np.maximum(np.linalg.norm(one, axis=1), np.linalg.norm(other, axis=1))
    return np.asarray(area / np.maximum(longer, 1e-9))


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
    clear = 255 - gray if board.inverted else gray
    markers, numbers = once_each(*cv2.aruco.ArucoDetector(opencv_dictionary(board)).detectMarkers(clear)[:2])
    if not markers:
        return None
    detector = cv2.aruco.CharucoDetector(opencv_charuco(board))
    corners, ids, *_ = detector.detectBoard(clear, markerCorners=markers, markerIds=numbers)
    if ids is None:
        return None
    places = np.asarray(corners, dtype=np.float64).reshape(-1, 2)
    return plausible(board, np.asarray(ids, dtype=np.int64).ravel(), places)


def once_each(markers: Sequence[Any], numbers: Any) -> tuple[list[Any], NDArray[np.int32]]:
    """The markers that are seen once: where two of a number are, two boards are in view."""
    flat = np.zeros(0, dtype=np.int32) if numbers is None else np.asarray(numbers, dtype=np.int32).ravel()
    known, times = np.unique(flat, return_counts=True)
    single = np.isin(flat, known[times == 1])
    kept = [marker for marker, keep in zip(markers, single, strict=True) if keep]
    return kept, flat[single].reshape(-1, 1)


def plausible(board: Board, ids: NDArray[np.int64], corners_px: Floats) -> Found | None:
    """The points that lie as the board's do; None where many do not, as on a board of another layout."""
    if len(ids) < FEWEST_POINTS:
        return None
    plane = points_mm(board)[ids, :2]
    apart = spacing_px(board, ids, corners_px)
    near = FITTING * float(np.median(apart[np.isfinite(apart)])) if np.isfinite(apart).any() else 1.0
    _, fits = cv2.findHomography(plane, corners_px, cv2.RANSAC, max(near, 1.0))
    if fits is None or np.mean(fits) < MOST_FIT:
        return None
    good = fits.ravel().astype(bool)
    return ids[good], corners_px[good]


def opencv_charuco(board: Board) -> Any:
    """OpenCV's own record of a ChArUco board, in mm."""
    dictionary = cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, board.dictionary))
    shape = (board.columns, board.rows)
    charuco = cv2.aruco.CharucoBoard(shape, board.square_mm, board.marker_mm, dictionary)
    charuco.setLegacyPattern(board.legacy)
    return charuco


def _aprilgrid(board: Board, gray: Gray) -> Found | None:
    detector = cv2.aruco.ArucoDetector(opencv_dictionary(board), tag_parameters())
    markers, ids = once_each(*detector.detectMarkers(gray)[:2])
    if not markers:
        return None
    tags = ids.ravel().astype(np.int64)
    known = tags < board.columns * board.rows
    numbers = (tags[known, None] * 4 + np.arange(4)).ravel()
    upright = np.roll(np.asarray(markers, dtype=np.float64).reshape(-1, 4, 2), 2, axis=1)
    rough = upright[known].reshape(-1, 2)
    return plausible(board, numbers, refined(gray, rough, spacing_px(board, numbers, rough)))


def opencv_dictionary(board: Board) -> Any:
    """OpenCV's dictionary of the board's markers."""
    return cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, board.dictionary))


def tag_parameters() -> Any:
    """How the tags of an AprilGrid are found."""
    parameters = cv2.aruco.DetectorParameters()
    parameters.markerBorderBits = TAG_BORDER_MODULES
    return parameters


FINDERS: Mapping[BoardKind, Callable[[Board, Gray], Found | None]] = {
    BoardKind.CHESSBOARD: _chessboard,
    BoardKind.CHARUCO: _charuco,
    BoardKind.APRILGRID: _aprilgrid,
}
