"""Says what is wrong with a picture of a target, and what to do about it."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.calibration.targets.board import (
    APRILTAGS,
    Board,
    BoardKind,
    Floats,
    Sighting,
    board_text,
    points_mm,
)
from booth.calibration.targets.corners import Gray, brightness, gray_of, shrunk
from booth.calibration.targets.detect import SMALLEST_PX, find
from booth.calibration.targets.markers import markers_seen
from booth.calibration.targets.sharpness import TOO_BLURRED_PX, edge_width_px, picture_width_px

Numbers = NDArray[np.int64]
DICTIONARIES = (
    "DICT_4X4_50",
    "DICT_4X4_1000",
    "DICT_5X5_50",
    "DICT_5X5_1000",
    "DICT_6X6_50",
    "DICT_6X6_1000",
    "DICT_7X7_50",
    "DICT_7X7_1000",
    "DICT_ARUCO_ORIGINAL",
    "DICT_APRILTAG_36h11",
    "DICT_APRILTAG_25h9",
    "DICT_ARUCO_MIP_36h12",
)
"""The families that boards are printed with; the smaller dictionaries are the first markers of the larger."""
FEWEST_MARKERS = 4
"""Fewer may be chance: small dictionaries are found in clutter."""
TWICE = 2
FEWEST_COUNTED = 12
"""Corners of a chessboard; fewer turn up in clutter."""
SMALLER = (0.5, 0.25)
"""A blurred board is still found in a smaller picture."""
BEYOND = 0.5
"""Of the board's contrast: how clearly a corner shows beyond the last row, where a larger board goes on."""
LONGEST_PX = 1280
"""What is not seen is looked into in pictures no longer than this; larger ones take a minute."""
SHARPEN = "hold the board still, focus the lens, or shorten the exposure."
TWO_BOARDS = "Two such boards are in the picture: take one of them away."


def problems_seen(board: Board, rgb: Gray, sighting: Sighting | None = None) -> str:
    """What is wrong with the target in a picture, and what to do; empty when it can be used.

    Args:
        rgb: (H, W, 3) or (H, W) uint8.
        sighting: what `find` gave for it, to save the second look.
    """
    gray = gray_of(rgb)
    seen = sighting or find(board, gray)
    if seen:
        sentences = (look(board, gray, seen) for look in (_blurred, _two, _larger))
    else:
        small = shrunk(gray, LONGEST_PX)[0]
        looks = (_two_markers, _mirrored, _otherwise, _soft, _elsewise)
        sentences = (look(board, each) for look, each in (*((look, small) for look in looks), (_hazy, gray)))
    unseen = f"{board_text(board)} is not seen: show the whole board, evenly lit and facing the camera."
    return next((sentence for sentence in sentences if sentence), "" if seen else unseen)


def _blurred(board: Board, gray: Gray, seen: Sighting) -> str:
    width_px = edge_width_px(board, gray, seen)
    if width_px <= TOO_BLURRED_PX:
        return ""
    return (
        f"The picture is blurred, edges are {width_px:.1f} px wide, {TOO_BLURRED_PX:g} is the most; {SHARPEN}"
    )


def _two(board: Board, gray: Gray, seen: Sighting) -> str:
    if board.kind is not BoardKind.CHESSBOARD:
        return _two_markers(board, gray)
    covered = gray.copy()
    cv2.fillConvexPoly(covered, _outline(board, seen), int(np.median(gray)))
    return TWO_BOARDS if find(board, covered) else ""


def _two_markers(board: Board, gray: Gray) -> str:
    if board.kind is BoardKind.CHESSBOARD:
        return ""
    numbers = markers_seen(board, gray)[0]
    return TWO_BOARDS if len(numbers) - len(np.unique(numbers)) >= TWICE else ""


def _outline(board: Board, seen: Sighting) -> NDArray[np.int32]:
    """The corners of all of a chessboard, its outer squares with it, in whole pixels."""
    columns, rows = board.columns, board.rows
    shape = np.array([(-1, -1), (columns, -1), (columns, rows), (-1, rows)], dtype=np.float64)
    matrix, _ = cv2.findHomography(points_mm(board)[seen.ids, :2], seen.corners_px)
    moved = cv2.perspectiveTransform(shape[None] * board.square_mm, np.asarray(matrix, dtype=np.float64))
    return np.round(np.asarray(moved[0], dtype=np.float64)).astype(np.int32)


def _larger(board: Board, gray: Gray, seen: Sighting) -> str:
    """A board with more squares than was said shows a corner one step beyond the last row or column."""
    if board.kind is not BoardKind.CHESSBOARD:
        return ""
    grid = seen.corners_px.reshape(board.rows, board.columns, 2)
    sides = (grid, grid[::-1], grid.transpose(1, 0, 2), grid.transpose(1, 0, 2)[::-1])
    if not any(_goes_on(side, gray) for side in sides):
        return ""
    return (
        f"The chessboard has more than {board.columns}x{board.rows} inner corners: "
        "count them and name the board again."
    )


def _goes_on(grid: Floats, gray: Gray) -> bool:
    """Whether there is one more row before the first of (rows, columns, 2)."""
    before = 2 * grid[0] - grid[1]
    height, width = gray.shape
    inside = ((before > 1) & (before < (width - 2, height - 2))).all(axis=1)
    inside[[0, -1]] = False
    if np.count_nonzero(inside) < 2:
        return False
    beyond, here = _crossing(before, grid[0] - before, gray), _crossing(grid[0], grid[1] - grid[0], gray)
    return bool(np.median(beyond[inside]) > BEYOND * np.median(here[inside]))


def _crossing(points: Floats, down: Floats, gray: Gray) -> Floats:
    """How much the four squares around each point look like a chessboard's, in grey levels, (n,)."""
    along = np.gradient(points, axis=0)
    quarters = [brightness(gray, points + 0.3 * (x * along + y * down)) for y in (-1, 1) for x in (-1, 1)]
    upper_left, upper_right, lower_left, lower_right = quarters
    one, other = np.minimum(upper_left, lower_right), np.maximum(upper_right, lower_left)
    two, another = np.minimum(upper_right, lower_left), np.maximum(upper_left, lower_right)
    return np.asarray(np.maximum(one - other, two - another))


def _mirrored(board: Board, gray: Gray) -> str:
    if board.kind is BoardKind.CHESSBOARD or not find(board, np.ascontiguousarray(gray[:, ::-1])):
        return ""
    return "The board is seen mirrored: switch off the camera's mirroring, or print the board again."


def _otherwise(board: Board, gray: Gray) -> str:
    """The same board, but inverted, or of the other pattern."""
    if board.kind is not BoardKind.CHARUCO:
        return ""
    for other in (
        replace(board, inverted=not board.inverted),
        replace(board, legacy=not board.legacy),
        replace(board, inverted=not board.inverted, legacy=not board.legacy),
    ):
        if find(other, gray):
            return f"This is another kind of the board: name it as {board_text(other)}."
    return ""


def _elsewise(board: Board, gray: Gray) -> str:
    """Another board altogether."""
    own = len(markers_seen(board, gray)[0]) if board.kind is not BoardKind.CHESSBOARD else 0
    if own >= FEWEST_MARKERS:
        return (
            f"Markers of {board.dictionary} are seen, but not laid out as on {board_text(board)}: "
            "count the squares, and name the board again."
        )
    counts = {name: len(_of_dictionary(name, gray)) for name in DICTIONARIES}
    best = max(counts, key=lambda name: counts[name])
    if counts[best] >= FEWEST_MARKERS:
        wanted = f"not of {board.dictionary}" if board.dictionary else "and a chessboard was asked for"
        return f"This is another board: its markers are of {best}, {wanted}; name the board that is in view."
    return _other_chessboard(board, gray)


def _other_chessboard(board: Board, gray: Gray) -> str:
    """A chessboard of another size, counted by OpenCV's sector-based finder (Duda and Frese 2018)."""
    flags = cv2.CALIB_CB_LARGER + cv2.CALIB_CB_NORMALIZE_IMAGE + cv2.CALIB_CB_EXHAUSTIVE
    seen, corners, counts = cv2.findChessboardCornersSBWithMeta(gray, (3, 3), flags)
    if not seen or counts is None or counts.size < FEWEST_COUNTED:
        return ""
    rows, columns = counts.shape[:2]
    counted = Board(BoardKind.CHESSBOARD, columns, rows, board.square_mm)
    places = np.asarray(corners, dtype=np.float64).reshape(-1, 2)
    size_px = (gray.shape[1], gray.shape[0])
    shape = f"{max(rows, columns)}x{min(rows, columns)}"
    return _blurred(counted, gray, Sighting("", 0, size_px, np.arange(len(places)), places)) or (
        f"A chessboard is seen, with {shape} inner corners as far as they can be counted, "
        f"and {board_text(board)} was asked for: show the whole board, or name the right one."
    )


def _soft(board: Board, gray: Gray) -> str:
    for scale in SMALLER:
        if min(gray.shape) * scale < SMALLEST_PX:
            break
        small = cv2.resize(gray, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        if find(board, np.asarray(small, dtype=np.uint8)):
            return f"The picture is blurred, the board is found only when it is made smaller; {SHARPEN}"
    return ""


def _of_dictionary(name: str, gray: Gray) -> Numbers:
    """The numbers of a dictionary's markers that are seen, whichever way they are printed."""
    if name == APRILTAGS:
        return markers_seen(Board(BoardKind.APRILGRID, 1, 1, 1.0, 1.0, name), gray)[0]
    parameters = cv2.aruco.DetectorParameters()
    parameters.detectInvertedMarker = True
    dictionary = cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, name))
    numbers = cv2.aruco.ArucoDetector(dictionary, parameters).detectMarkers(gray)[1]
    return np.asarray([] if numbers is None else numbers, dtype=np.int64).ravel()


def _hazy(board: Board, gray: Gray) -> str:
    """Nothing in the picture is sharp."""
    width_px = picture_width_px(gray)
    if width_px <= TOO_BLURRED_PX:
        return ""
    return f"The picture is blurred, its sharpest edges are {width_px:.1f} px wide; {SHARPEN}"
