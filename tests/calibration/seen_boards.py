"""Pictures of boards as a known camera takes them, with the true places of every point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.calibration.targets.board import Board, BoardKind, Floats, points_mm
from booth.calibration.targets.drawing import layers, size_mm

PX_PER_MM = 8.0
PAPER_MM = 12.0
"""White around the board."""
BLACK, WHITE, WALL = 25.0, 230.0, 110.0


@dataclass(frozen=True)
class Camera:
    """A lens whose numbers are known."""

    width: int = 640
    height: int = 480
    focal_px: float = 530.0
    centre_px: tuple[float, float] = (322.0, 236.0)
    distortion: tuple[float, ...] = (-0.28, 0.08, 0.0006, -0.0004, 0.0)

    def matrix(self) -> Floats:
        """The camera matrix, (3, 3)."""
        cx, cy = self.centre_px
        return np.array([[self.focal_px, 0, cx], [0, self.focal_px, cy], [0, 0, 1.0]])


@dataclass(frozen=True)
class Pose:
    """Where the middle of a board is held, in mm and degrees, and how it is turned."""

    x_mm: float = 0.0
    y_mm: float = 0.0
    z_mm: float = 450.0
    turned_deg: tuple[float, float, float] = (0.0, 0.0, 0.0)


POSES = (
    Pose(0, 0, 380, (0, 0, 2)),
    Pose(-60, -40, 420, (25, 0, -4)),
    Pose(60, -40, 420, (-25, 0, 3)),
    Pose(-60, 40, 420, (0, 28, 0)),
    Pose(60, 40, 420, (0, -28, 6)),
    Pose(-40, 0, 400, (20, 20, 0)),
    Pose(40, 0, 400, (-20, 25, -8)),
    Pose(0, 30, 420, (-30, -15, 4)),
    Pose(0, -30, 460, (35, -10, 0)),
    Pose(-110, 70, 520, (10, -35, 12)),
)


def printed(board: Board, px_per_mm: float = PX_PER_MM) -> Floats:
    """The board on its paper, grey levels, one pixel being 1/8 mm."""
    width, height = size_mm(board)
    shape = (round((height + 2 * PAPER_MM) * px_per_mm), round((width + 2 * PAPER_MM) * px_per_mm))
    paper = np.full(shape, WHITE, dtype=np.float32)
    for black, rectangles in layers(board):
        for x, y, across, down in rectangles + np.array([PAPER_MM, PAPER_MM, 0, 0]):
            left, right = round(x * px_per_mm), round((x + across) * px_per_mm)
            top, bottom = round(y * px_per_mm), round((y + down) * px_per_mm)
            paper[top:bottom, left:right] = BLACK if black else WHITE
    return np.asarray(paper, dtype=np.float64)


def origin_mm(board: Board) -> tuple[float, float]:
    """Where `points_mm` begins on the print: one square in on a chessboard, the lower left gap of tags."""
    match board.kind:
        case BoardKind.CHESSBOARD:
            return board.square_mm, board.square_mm
        case BoardKind.CHARUCO:
            return 0.0, 0.0
        case BoardKind.APRILGRID:
            return board.marker_mm, board.marker_mm


def taken(
    board: Board,
    pose: Pose,
    camera: Camera | None = None,
    blur_px: float = 0.6,
    noise: float = 2.0,
    seed: int = 0,
    finer: int = 3,
) -> NDArray[np.uint8]:
    """The picture, (H, W) uint8: each pixel is the mean of `finer`² rays through the distorting lens."""
    lens = camera or Camera()
    paper, turn, moved = printed(board), *_placed(board, pose)
    rays = _rays(lens, finer)
    plane = np.linalg.inv(np.column_stack([turn[:, 0], turn[:, 1], moved]))
    hit = plane.astype(np.float32) @ rays
    hit[2] = np.where(hit[2] > 0, hit[2], np.inf)
    x, y = (
        np.floor((along / hit[2] + start + PAPER_MM) * PX_PER_MM).astype(np.int32)
        for along, start in zip(hit[:2], origin_mm(board), strict=True)
    )
    inside = (x >= 0) & (y >= 0) & (x < paper.shape[1]) & (y < paper.shape[0])
    light = np.full(len(x), WALL, dtype=np.float32)
    light[inside] = paper[y[inside], x[inside]]
    shape = (lens.height, finer, lens.width, finer)
    picture = light.reshape(shape).mean(axis=(1, 3))
    picture = cv2.GaussianBlur(picture, (0, 0), blur_px) if blur_px else picture
    grain = np.random.default_rng(seed).normal(0, noise, picture.shape)
    return np.asarray(np.clip(np.round(picture + grain), 0, 255), dtype=np.uint8)


def truth_px(board: Board, pose: Pose, camera: Camera | None = None) -> Floats:
    """Where every point of the board falls, (N, 2)."""
    lens = camera or Camera()
    turn, moved = _placed(board, pose)
    seen, _ = cv2.projectPoints(
        points_mm(board), cv2.Rodrigues(turn)[0], moved, lens.matrix(), np.array(lens.distortion)
    )
    return np.asarray(seen, dtype=np.float64).reshape(-1, 2)


def side_by_side(pictures: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Several pictures in one."""
    return np.hstack(pictures)


@lru_cache(maxsize=4)
def _rays(lens: Camera, finer: int) -> NDArray[np.float32]:
    """The direction of every ray, (3, n), z = 1."""
    rows, columns = np.mgrid[0 : lens.height * finer, 0 : lens.width * finer]
    pixels = (np.stack([columns, rows], axis=-1).reshape(-1, 1, 2) + 0.5) / finer - 0.5
    flat = cv2.undistortPoints(pixels, lens.matrix(), np.array(lens.distortion)).reshape(-1, 2)
    return np.asarray(np.vstack([flat.T, np.ones(len(flat))]), dtype=np.float32)


def _placed(board: Board, pose: Pose) -> tuple[Floats, Floats]:
    """The board's rotation (3, 3) and its origin, (3,) mm, in the camera."""
    turn = np.asarray(cv2.Rodrigues(np.radians(pose.turned_deg))[0], dtype=np.float64)
    middle = np.append(np.array(size_mm(board)) / 2 - origin_mm(board), 0.0)
    return turn, np.array([pose.x_mm, pose.y_mm, pose.z_mm]) - turn @ middle
