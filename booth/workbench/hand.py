"""A simulated technician's hand: shows the target that a job asks for to simulated cameras."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.calibration.targets.board import Board, BoardKind, board_from
from booth.calibration.targets.drawing import layers, size_mm
from booth.domain.calibrating import Step
from booth.domain.picture import CameraCalibration
from booth.ports.scene import Scene, Sheet
from booth.ports.workbench import Job

Floats = NDArray[np.float64]

LOOKS = 5
"""So often is the target looked at through each camera where nobody takes it, before it moves on."""
PATIENCE_S = 10.0
"""How long it rests at most, as where a camera gives no pictures."""
PX_PER_MM = 8
BLANK_MM = 8.0
"""White around the board, as it is cut out of its sheet."""
SUB_PX_BITS = 6
PAPER, INK = 235, 22
GREY_SHEET_MM, GREY = 520, 170
LEAN_DEG = 28.0
ABOVE_TRAY = 0.8
"""Of the way from the camera to the tray, which would hide a target that is held further away."""
WHOLE, IN_PART = 1.25, 0.8
"""How much of the board stays in the picture: a chessboard is found whole or not at all."""
FACING_UP = np.diag([1.0, -1.0, -1.0])


class Hand:
    """Moves the target on, place after place; the workbench's thread alone calls it."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._places: Iterator[Sheet] = iter(())
        self._shown: Sheet | None = None
        self._cameras: tuple[str, ...] = ()
        self._until_s = 0.0
        self._picked = 0
        self._looks: Mapping[str, int] = {}

    def begin(self, job: Job, cameras: tuple[str, ...]) -> None:
        """Clear the tray and take up the target of a job. Raises: InputError: there is no such board."""
        known = self._scene.calibration.cameras
        rng = np.random.default_rng(len(cameras))
        wanted = [known[camera_id] for camera_id in cameras]
        self._places = SHOWN.get(job.step, _nothing)(job, wanted, rng)
        self._clear()
        self._cameras = cameras
        self._until_s, self._picked, self._looks = 0.0, 0, {}

    def work(self, picked: int, looks: Mapping[str, int]) -> None:
        """Move on when a view was picked, or when the target has rested long enough.

        Args:
            picked: how many views were picked so far, of all cameras.
            looks: how often each camera's picture was looked at so far.
        """
        now_s = time.monotonic()
        if picked == self._picked and now_s < self._until_s and not self._was_seen(looks):
            return
        self._until_s, self._picked, self._looks = now_s + PATIENCE_S, picked, dict(looks)
        self._show(next(self._places, None))

    def leave(self) -> None:
        """Take the target away."""
        self._places = iter(())
        self._clear()

    def _was_seen(self, looks: Mapping[str, int]) -> bool:
        return all(looks.get(name, 0) - self._looks.get(name, 0) >= LOOKS for name in self._cameras)

    def _show(self, sheet: Sheet | None) -> None:
        if sheet is self._shown:  # holding it again would have it rendered again
            return
        if sheet is None:
            self._clear()
        else:
            self._shown = sheet
            self._scene.hold(sheet)

    def _clear(self) -> None:
        self._shown = None
        self._scene.clear()


def printed(board: Board) -> tuple[NDArray[np.uint8], float]:
    """The board on white paper, (H, W, 3) uint8, and its mm per px."""
    across, down = size_mm(board)
    width, height = (int(np.ceil((side + 2 * BLANK_MM) * PX_PER_MM)) for side in (across, down))
    paper = np.full((height, width), PAPER, np.uint8)
    for black, rectangles in layers(board):
        x, y, w, h = (np.add(rectangles, (BLANK_MM, BLANK_MM, 0, 0)) * PX_PER_MM - (0.5, 0.5, 0, 0)).T
        corners = np.stack([x, y, x + w, y, x + w, y + h, x, y + h], axis=-1).reshape(-1, 4, 1, 2)
        for corner in np.rint(corners * 2**SUB_PX_BITS).astype(np.int32):
            cv2.fillPoly(paper, [corner], INK if black else PAPER, cv2.LINE_AA, SUB_PX_BITS)
    return np.dstack([paper] * 3), 1.0 / PX_PER_MM


def before_camera(board: Board, camera: CameraCalibration, rng: np.random.Generator) -> Iterator[Sheet]:
    """The board in every part of one camera's picture, then anywhere in it, leaning every way; for ever."""
    rgb, mm_per_px = printed(board)
    lens = camera.intrinsics
    reach = WHOLE if board.kind is BoardKind.CHESSBOARD else IN_PART
    furthest_mm = ABOVE_TRAY * float(np.linalg.norm(camera.pose()[:3, 3]))
    number = 0
    while True:
        share = rng.uniform(0.35, 0.6)
        distance_mm = min(max(size_mm(board)) * lens.fx / (share * lens.width), furthest_mm)
        column, row = divmod(number, 3) if number < 9 else rng.uniform(0, 2, 2)
        across, down = (side * lens.fx / distance_mm for side in size_mm(board))
        u = lens.width / 2 + (column - 1) * max(0.0, lens.width - reach * across) / 2
        v = lens.height / 2 + (row - 1) * max(0.0, lens.height - reach * down) / 2
        lean = np.radians(LEAN_DEG * LEANS[number % len(LEANS)])
        turn = cv2.Rodrigues(lean)[0] @ cv2.Rodrigues(np.array([0, 0, rng.uniform(-0.3, 0.3)]))[0]
        middle = np.array([(u - lens.cx) / lens.fx, (v - lens.cy) / lens.fy, 1.0]) * distance_mm
        yield _sheet(rgb, mm_per_px, camera.pose(), np.asarray(turn, np.float64), middle)
        number += 1


def over_tray(board: Board, rng: np.random.Generator) -> Iterator[Sheet]:
    """The board over the tray, facing up, here and there, leaning a little; for ever."""
    rgb, mm_per_px = printed(board)
    while True:
        lean = rng.uniform(-LEAN_DEG, LEAN_DEG, 2)
        turn = cv2.Rodrigues(np.radians([*lean, 0.0]))[0] @ FACING_UP
        turn = turn @ cv2.Rodrigues(np.array([0, 0, rng.uniform(-np.pi, np.pi)]))[0]
        middle = rng.uniform((-60, -60, 40), (60, 60, 180))
        yield _sheet(rgb, mm_per_px, np.eye(4), np.asarray(turn, np.float64), middle)


def _sheet(rgb: NDArray[np.uint8], mm_per_px: float, outer: Floats, turn: Floats, middle: Floats) -> Sheet:
    """The print with its middle at `middle` of the frame that `outer` leads out of."""
    half = np.array([rgb.shape[1], rgb.shape[0], 0.0]) / 2 * mm_per_px
    place = np.eye(4)
    place[:3, :3] = turn
    place[:3, 3] = middle - turn @ half
    return Sheet(rgb, mm_per_px, tuple(float(value) for value in (outer @ place).ravel()))


def _lens(job: Job, cameras: list[CameraCalibration], rng: np.random.Generator) -> Iterator[Sheet]:
    return before_camera(board_from(job.board), cameras[0], rng)


def _depth(job: Job, cameras: list[CameraCalibration], rng: np.random.Generator) -> Iterator[Sheet]:
    board = board_from(job.board)
    hands = [before_camera(board, camera, rng) for camera in cameras]
    while True:
        for hand in hands:
            yield next(hand)


def _array(job: Job, cameras: list[CameraCalibration], rng: np.random.Generator) -> Iterator[Sheet]:
    return over_tray(board_from(job.board), rng)


def _grey(job: Job, cameras: list[CameraCalibration], rng: np.random.Generator) -> Iterator[Sheet]:
    paper = np.full((GREY_SHEET_MM, GREY_SHEET_MM, 3), GREY, np.uint8)
    lying = _sheet(paper, 1.0, np.eye(4), FACING_UP, np.array([0.0, 0.0, 1.5]))
    while True:
        yield lying


def _lying(job: Job, cameras: list[CameraCalibration], rng: np.random.Generator) -> Iterator[Sheet]:
    rgb, mm_per_px = printed(board_from(job.board))
    for turned in (0.0, 0.4):
        turn = FACING_UP @ cv2.Rodrigues(np.array([0.0, 0.0, turned]))[0]
        yield _sheet(rgb, mm_per_px, np.eye(4), np.asarray(turn, np.float64), np.zeros(3))


def _turned(job: Job, cameras: list[CameraCalibration], rng: np.random.Generator) -> Iterator[Sheet]:
    """The target where items lie, its edges off the pixel grid, as a measure of sharpness needs them."""
    rgb, mm_per_px = printed(board_from(job.board))
    turn = FACING_UP @ cv2.Rodrigues(np.array([0.0, 0.0, np.radians(5.0)]))[0]
    lying = _sheet(rgb, mm_per_px, np.eye(4), np.asarray(turn, np.float64), np.zeros(3))
    while True:
        yield lying


def _nothing(job: Job, cameras: list[CameraCalibration], rng: np.random.Generator) -> Iterator[Sheet]:
    return iter(())


Show = Callable[[Job, list[CameraCalibration], np.random.Generator], Iterator[Sheet]]
SHOWN: Mapping[Step, Show] = {
    Step.INTRINSICS: _lens,
    Step.ARRAY: _array,
    Step.DEPTH: _depth,
    Step.LIGHT: _grey,
    Step.TRAY: _lying,
    Step.FOCUS: _turned,
}
LEANS = np.array([(0, 0, 0), (1, 0, 0), (0, 1, 0), (-1, 0, 0), (0, -1, 0), (0.6, 0.6, 0), (-0.6, 0.6, 0)])
