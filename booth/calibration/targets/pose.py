"""Where one camera sees a target, how surely, and which of its pixels are the target's."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.calibration.pinhole import project
from booth.calibration.targets.board import Board, BoardKind, Sighting, points_mm
from booth.domain.picture import Intrinsics

Floats = NDArray[np.float64]

FEWEST_POINTS = 6
"""Six unknowns take three points; twice as many tell how well they fit."""
CORNER_FLOOR_PX = 0.03
"""No corner is found better than this, however well a few of them happen to fit."""
SIDE_STEPS = 24
"""A lens bends the sides of the target: each is drawn through so many points."""


@dataclass(frozen=True, slots=True, eq=False)
class BoardPose:
    """Where a target is, from one picture.

    Attributes:
        camera_from_board: (4, 4), in mm.
        error_px: RMS of the corners.
        distance_sd_mm: standard deviation of the z-depth of its middle, from how well the corners fit. The
            errors of the print's size and of the focal length come on top, in full.
    """

    camera_from_board: Floats
    error_px: float
    distance_sd_mm: float

    def in_camera(self, points: Floats) -> Floats:
        """Points on the target (..., 3) in camera coordinates, in mm."""
        pose = self.camera_from_board
        return np.asarray(points @ pose[:3, :3].T + pose[:3, 3])


def board_pose(board: Board, sighting: Sighting, lens: Intrinsics) -> BoardPose | None:
    """The target's pose; None where too little of it is seen.

    The start is IPPE's (Collins and Bartoli, IJCV 109, 2014); then the reprojection error is minimised.
    """
    on_board = points_mm(board)[sighting.ids]
    middle = on_board.mean(axis=0)
    breadth = np.linalg.svd(on_board - middle, compute_uv=False)
    if len(on_board) < FEWEST_POINTS or breadth[1] < 0.05 * breadth[0]:
        return None
    matrix, distortion = lens.matrix(), np.array(lens.distortion, np.float64)
    centred, seen = np.ascontiguousarray(on_board - middle), np.ascontiguousarray(sighting.corners_px)
    try:
        good, turn, shift = cv2.solvePnP(centred, seen, matrix, distortion, flags=cv2.SOLVEPNP_IPPE)
    except cv2.error:
        return None
    if not good:
        return None
    turn, shift = cv2.solvePnPRefineLM(centred, seen, matrix, distortion, turn, shift)
    projected, slope = cv2.projectPoints(centred, turn, shift, matrix, distortion)
    apart = np.asarray(projected, np.float64).reshape(-1, 2) - seen
    pose = np.eye(4)
    pose[:3, :3] = cv2.Rodrigues(turn)[0]
    pose[:3, 3] = shift.ravel() - pose[:3, :3] @ middle
    if not np.isfinite(pose).all() or shift[2, 0] <= 0:
        return None
    error_px = float(np.sqrt(np.mean(np.sum(apart**2, axis=1))))
    return BoardPose(pose, error_px, _distance_sd_mm(apart, np.asarray(slope, np.float64)[:, :6]))


def outline_mm(board: Board) -> Floats:
    """The corners of what is surely printed of the target, (4, 3) in mm, clockwise from the upper left."""
    side = board.square_mm
    match board.kind:
        case BoardKind.CHESSBOARD:
            left, right, bottom = -side, board.columns * side, board.rows * side
        case BoardKind.CHARUCO:
            left, right, bottom = 0.0, board.columns * side, board.rows * side
        case BoardKind.APRILGRID:
            step = side + board.marker_mm
            left, right, bottom = (
                0.0,
                board.columns * step - board.marker_mm,
                board.rows * step - board.marker_mm,
            )
    return np.array([[left, left, 0], [right, left, 0], [right, bottom, 0], [left, bottom, 0]], np.float64)


def mask(board: Board, pose: BoardPose, lens: Intrinsics, margin_px: int) -> NDArray[np.bool_]:
    """Which pixels surely show the target's print, (H, W): `margin_px` inside its outline."""
    corners = outline_mm(board)
    along = np.linspace(0, 1, SIDE_STEPS, endpoint=False)[:, None]
    outline = np.concatenate(
        [a + along * (b - a) for a, b in zip(corners, np.roll(corners, -1, 0), strict=True)]
    )
    pixels = np.rint(project(pose.in_camera(outline), lens)).astype(np.int32)
    drawn = np.zeros((lens.height, lens.width), np.uint8)
    cv2.fillPoly(drawn, [pixels], 1)
    inner = cv2.erode(drawn, np.ones((2 * margin_px + 1,) * 2, np.uint8))
    return np.asarray(inner > 0)


def _distance_sd_mm(apart: Floats, slope: Floats) -> float:
    freedom = max(1, apart.size - 6)
    variance = max(float(np.sum(apart**2)) / freedom, CORNER_FLOOR_PX**2)
    return float(np.sqrt(variance * np.linalg.pinv(slope.T @ slope)[5, 5]))
