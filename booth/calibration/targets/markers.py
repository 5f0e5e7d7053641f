"""Finds the boards that carry markers: ChArUco, and kalibr's AprilGrid."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.calibration.targets.board import Board, BoardKind, Floats, points_mm
from booth.calibration.targets.corners import Found, Gray, brightness, plausible, refined, spacing_px

TAG_BORDER_MODULES = 2
"""How wide the black border of a tag is in kalibr's AprilGrid; AprilTags are printed with one elsewhere."""
SMALL_PICTURE, ENLARGED = 1_200_000, 2
"""Pictures with fewer pixels are enlarged to find tags in."""
SADDLE = 0.5
"""Of the contrast that the clearest corners have, where a tag and a small square touch."""


def find_charuco(board: Board, gray: Gray) -> Found | None:
    """The inner corners of a ChArUco board, between markers that are seen once."""
    clear = 255 - gray if board.inverted else gray
    numbers, outlines = once_each(*markers_seen(board, gray))
    if not len(numbers):
        return None
    detector = cv2.aruco.CharucoDetector(opencv_charuco(board))
    given = [outline[None].astype(np.float32) for outline in outlines]
    corners, ids, *_ = detector.detectBoard(
        clear, markerCorners=given, markerIds=numbers.astype(np.int32).reshape(-1, 1)
    )
    if ids is None:
        return None
    places = np.asarray(corners, dtype=np.float64).reshape(-1, 2)
    return plausible(board, np.asarray(ids, dtype=np.int64).ravel(), places)


def find_aprilgrid(board: Board, gray: Gray) -> Found | None:
    """The corners of an AprilGrid's tags, where they touch the small squares between the tags."""
    tags, outlines = once_each(*markers_seen(board, gray))
    known = tags < board.columns * board.rows
    if not known.any():
        return None
    numbers = (tags[known, None] * 4 + np.arange(4)).ravel()
    upright = np.roll(outlines[known], 2, axis=1)  # OpenCV's tags stand upside down to kalibr's
    rough = _levelled(board, tags[known], upright).reshape(-1, 2)
    gap_px = _sides_px(upright) * (board.marker_mm / board.square_mm)
    apart = np.minimum(spacing_px(board, numbers, rough), np.repeat(gap_px, 4))
    exact = refined(gray, rough, apart)
    met = _touching(gray, exact.reshape(-1, 4, 2), apart)
    return plausible(board, numbers[met], exact[met])


def markers_seen(board: Board, gray: Gray) -> tuple[NDArray[np.int64], Floats]:
    """The markers of the board's dictionary, some of them twice: (n,) numbers, (n, 4, 2) outlines in px.

    The small squares between the tags of an AprilGrid touch them, which merges their outlines where a square
    is few pixels wide: small pictures are looked at enlarged.
    """
    parameters, scale = cv2.aruco.DetectorParameters(), 1
    if board.kind is BoardKind.APRILGRID:
        parameters.markerBorderBits = TAG_BORDER_MODULES
        parameters.adaptiveThreshWinSizeMin, parameters.adaptiveThreshWinSizeMax = 5, 25
        scale = ENLARGED if gray.size < SMALL_PICTURE else 1
    clear = 255 - gray if board.inverted else gray
    if scale > 1:
        clear = np.asarray(cv2.resize(clear, None, fx=scale, fy=scale), dtype=np.uint8)
    detector = cv2.aruco.ArucoDetector(opencv_dictionary(board), parameters)
    corners, numbers, _ = detector.detectMarkers(clear)
    outlines = np.asarray(corners, dtype=np.float64).reshape(-1, 4, 2)
    found = np.asarray([] if numbers is None else numbers, dtype=np.int64).ravel()
    return found, (outlines + 0.5) / scale - 0.5


def _levelled(board: Board, tags: NDArray[np.int64], corners: Floats) -> Floats:
    """The corners as each tag's neighbours have them, (n, 4, 2): its own outline comes out too small."""
    plane = points_mm(board)[:, :2].reshape(-1, 4, 2)[tags]
    row, column = np.divmod(tags, board.columns)
    levelled = corners.copy()
    for index in range(len(tags)):
        near = (np.abs(row - row[index]) <= 1) & (np.abs(column - column[index]) <= 1)
        matrix, _ = cv2.findHomography(plane[near].reshape(-1, 2), corners[near].reshape(-1, 2))
        if matrix is not None:
            levelled[index] = cv2.perspectiveTransform(plane[index][None], matrix)[0]
    return levelled


def _sides_px(outlines: Floats) -> Floats:
    """The shortest side of each outline, (n,)."""
    sides = np.linalg.norm(np.roll(outlines, -1, axis=1) - outlines, axis=-1)
    return np.asarray(sides.min(axis=1))


def _touching(gray: Gray, corners: Floats, apart_px: Floats) -> NDArray[np.bool_]:
    """Whether a tag and a small square touch at each of its corners, black on white, (n · 4,)."""
    along = np.roll(corners, -1, axis=1) - corners
    along /= np.maximum(np.linalg.norm(along, axis=-1, keepdims=True), 1e-9)
    back = -np.roll(along, 1, axis=1)
    reach = 0.35 * apart_px.reshape(-1, 4, 1)
    black = [brightness(gray, corners + sign * reach * (along + back)) for sign in (1, -1)]
    white = [brightness(gray, corners + sign * reach * (along - back)) for sign in (1, -1)]
    contrast = (np.minimum(*white) - np.maximum(*black)).ravel()
    return np.asarray(contrast > SADDLE * max(float(np.percentile(contrast, 90)), 1.0))


def once_each(numbers: NDArray[np.int64], outlines: Floats) -> tuple[NDArray[np.int64], Floats]:
    """The markers that are seen once: where two of a number are, two boards are in view."""
    known, times = np.unique(numbers, return_counts=True)
    single = np.isin(numbers, known[times == 1])
    return numbers[single], outlines[single]


def opencv_charuco(board: Board) -> Any:
    """OpenCV's own record of a ChArUco board, in mm."""
    dictionary = cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, board.dictionary))
    shape = (board.columns, board.rows)
    charuco = cv2.aruco.CharucoBoard(shape, board.square_mm, board.marker_mm, dictionary)
    charuco.setLegacyPattern(board.legacy)
    return charuco


def opencv_dictionary(board: Board) -> Any:
    """OpenCV's dictionary of the board's markers."""
    return cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, board.dictionary))
