from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from booth.calibration.lens import stereo
from booth.calibration.targets.board import Board, Floats, Sighting, board_from, points_mm
from booth.domain.calibrating import Step
from booth.errors import InputError
from tests.calibration.seen_boards import POSES, Camera, Pose, truth_px

BOARD = board_from("chessboard:9x6:25mm")
EVEN = board_from("chessboard:8x6:25mm")
BASELINE_MM = 60.0
CAMERA = Camera()


def views(camera_id: str, board: Board = BOARD, shift_mm: float = 0.0, seed: int = 0) -> list[Sighting]:
    """What a camera beside the first one sees; both look the same way."""
    grain = np.random.default_rng(seed)
    poses = [replace(pose, x_mm=pose.x_mm - shift_mm) for pose in POSES]
    return [
        Sighting(camera_id, number, (640, 480), np.arange(len(points_mm(board))), noisy(board, pose, grain))
        for number, pose in enumerate(poses)
    ]


def noisy(board: Board, pose: Pose, grain: np.random.Generator) -> Floats:
    corners = truth_px(board, pose, CAMERA)
    return corners + grain.normal(0, 0.1, corners.shape)


def test_the_baseline_and_the_rotation_of_a_known_pair_are_measured() -> None:
    outcome = stereo.calibrate(BOARD, views("left"), views("right", shift_mm=BASELINE_MM, seed=1))
    assert outcome.step is Step.STEREO
    assert outcome.results["baseline_mm"] == pytest.approx(BASELINE_MM, abs=0.5)
    assert outcome.results["translation_mm"] == pytest.approx([-BASELINE_MM, 0.0, 0.0], abs=0.6)
    assert outcome.results["rotation_deg"] == pytest.approx([0.0, 0.0, 0.0], abs=0.15)
    assert outcome.results["rms_px"] == pytest.approx(0.1 * np.sqrt(2), rel=0.2)
    assert set(outcome.intrinsics) == {"left", "right"}
    assert outcome.poses == {}


def test_boards_that_look_the_same_upside_down_are_put_the_same_way_round() -> None:
    right = views("right", EVEN, BASELINE_MM, seed=1)
    for number in (2, 5, 6):
        right[number] = replace(right[number], corners_px=right[number].corners_px[::-1].copy())
    outcome = stereo.calibrate(EVEN, views("left", EVEN), right)
    assert outcome.results["baseline_mm"] == pytest.approx(BASELINE_MM, abs=0.6)
    assert outcome.results["rms_px"] < 0.25  # type: ignore[operator]


def test_pairs_that_were_not_taken_at_once_do_not_pass() -> None:
    right = views("right", shift_mm=BASELINE_MM, seed=1)
    moved = [replace(view, instant=(view.instant + 1) % len(right)) for view in right]
    outcome = stereo.calibrate(BOARD, views("left"), moved)
    assert not outcome.passed
    assert any("same instant" in sentence for sentence in outcome.advice)


def test_too_few_pairs_are_refused() -> None:
    right = [replace(view, instant=view.instant + 8) for view in views("right", shift_mm=BASELINE_MM)]
    with pytest.raises(InputError, match="together in 2 of the pictures"):
        stereo.calibrate(BOARD, views("left"), right)


def test_points_in_one_line_are_no_pair() -> None:
    """Each camera sees enough, but both see one row of the board alone: that tells no pose."""
    upper, lower = np.arange(27), np.arange(18, 54)
    left, right = (
        [replace(view, ids=ids, corners_px=view.corners_px[ids]) for view in seen]
        for ids, seen in ((upper, views("left")), (lower, views("right", shift_mm=BASELINE_MM)))
    )
    with pytest.raises(InputError, match="together in 0 of the pictures"):
        stereo.calibrate(BOARD, left, right)


def test_one_camera_is_no_pair() -> None:
    with pytest.raises(InputError, match="of one camera"):
        stereo.calibrate(BOARD, views("left"), views("left"))


def test_a_camera_that_saw_too_little_is_named() -> None:
    with pytest.raises(InputError, match=r"^right: .*take 2 more"):
        stereo.calibrate(BOARD, views("left"), views("right", shift_mm=BASELINE_MM)[:3])
