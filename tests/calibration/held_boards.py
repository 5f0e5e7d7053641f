"""A chessboard that the synthetic scene holds before a camera, at a distance and a tilt."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.calibration.targets.board import Board, BoardKind
from booth.domain.picture import CameraCalibration
from booth.ports.scene import Sheet

BOARD = Board(BoardKind.CHESSBOARD, 8, 5, 20.0)
SQUARE_PX = 40
MM_PER_PX = BOARD.square_mm / SQUARE_PX
MARGIN_PX = 28


def chessboard_print(board: Board = BOARD) -> NDArray[np.uint8]:
    """White paper with the board, (H, W, 3)."""
    shape = ((board.rows + 1) * SQUARE_PX, (board.columns + 1) * SQUARE_PX)
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]] // SQUARE_PX
    squares = np.where((rows + columns) % 2, 235, 25).astype(np.uint8)
    return np.dstack([np.pad(squares, MARGIN_PX, constant_values=235)] * 3)


def held(
    camera: CameraCalibration, distance_mm: float, tilt_deg: tuple[float, float, float] = (0, 0, 0)
) -> Sheet:
    """The board with its middle on the camera's axis, nearly."""
    rgb = chessboard_print()
    turn = cv2.Rodrigues(np.radians(tilt_deg))[0]
    middle = np.array([rgb.shape[1], rgb.shape[0], 0.0]) / 2 * MM_PER_PX
    place = np.eye(4)
    place[:3, :3] = turn
    place[:3, 3] = np.array([3.3, -4.1, distance_mm]) - turn @ middle
    return Sheet(rgb, MM_PER_PX, tuple((camera.pose() @ place).ravel()))
