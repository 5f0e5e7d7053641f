"""Depth against a held board: a wrong scale, an offset and a shift are found within their uncertainty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from booth.calibration.outcome import Outcome
from booth.calibration.sensor.depth import ColourAndDepth, measure
from booth.calibration.targets.board import Board, BoardKind
from booth.domain.picture import CameraCalibration, Intrinsics
from booth.errors import InputError
from drivers.simulated import cameras
from models.synthetic.scene import scene
from tests.calibration.held_boards import BOARD, held

POSES = (
    (330, (10, 0, 4)),
    (380, (-15, 12, -8)),
    (430, (0, 20, 15)),
    (480, (18, -10, 30)),
    (540, (-12, -14, -20)),
    (580, (8, 5, 92)),
)
SENSOR = {"fps": 1000, "noise_sd": 2.0, "depth_noise_mm": 2.0, "dropout": 0.01}
CAMERA = "top"


@pytest.fixture(scope="module")
def array() -> tuple[CameraCalibration, list[ColourAndDepth]]:
    """A camera's true calibration, and what its sensor gives of the board at each pose."""
    built = scene({"cameras": 1, "products": 1})
    camera = cameras(SENSOR, built)[0]
    known = built.calibration.cameras[CAMERA]
    pairs = []
    camera.open()
    for distance_mm, tilt in POSES:
        built.hold(held(known, distance_mm, tilt))
        frame = camera.read(10)
        assert frame.depth_mm is not None
        pairs.append((frame.rgb, frame.depth_mm))
    camera.close()
    return known, pairs


@pytest.fixture(scope="module")
def lens(array: tuple[CameraCalibration, list[ColourAndDepth]]) -> Intrinsics:
    return array[0].intrinsics


@pytest.fixture(scope="module")
def pairs(array: tuple[CameraCalibration, list[ColourAndDepth]]) -> list[ColourAndDepth]:
    return array[1]


def misread(pair: ColourAndDepth, scale: float, offset_mm: float = 0.0) -> ColourAndDepth:
    """The pair with depth read wrongly; rounded at random, so that rounding adds no error of its own."""
    rgb, depth = pair
    wrong = depth * scale + offset_mm + np.random.default_rng(5).random(depth.shape)
    return rgb, np.where(depth > 0, wrong, 0).astype(np.uint16)


def measured(pairs: Sequence[ColourAndDepth], lens: Intrinsics, board: Board = BOARD) -> Outcome:
    return measure(board, {CAMERA: pairs}, {CAMERA: lens})


def of(outcome: Outcome) -> Mapping[str, float]:
    found = outcome.results[CAMERA]
    assert isinstance(found, dict)
    return found


def test_a_true_camera_passes_and_its_scale_is_one(pairs: list[ColourAndDepth], lens: Intrinsics) -> None:
    outcome = measured(pairs, lens)
    found = of(outcome)
    assert outcome.passed
    assert outcome.advice == ()
    assert found["views_used"] == len(POSES)
    assert abs(found["scale_error_percent"]) <= found["scale_error_uncertainty_percent"] < 0.1
    assert found["offset_used"] is False
    assert found["fill_rate_percent"] == pytest.approx(99.0, abs=0.3)


def test_the_noise_of_the_sensor_is_the_rms_of_the_plane(
    pairs: list[ColourAndDepth], lens: Intrinsics
) -> None:
    for pair, (distance_mm, _) in zip(pairs, POSES, strict=True):
        found = of(measured([pair], lens))
        noise_mm = np.hypot(SENSOR["depth_noise_mm"] * (distance_mm / 1000) ** 2, 1 / np.sqrt(12))
        assert found["plane_fit_rms_mm"] == pytest.approx(noise_mm, rel=0.2)


@pytest.mark.parametrize("scale", [1.01, 0.985])
def test_a_wrong_scale_is_found_and_corrected(
    pairs: list[ColourAndDepth], lens: Intrinsics, scale: float
) -> None:
    outcome = measured([misread(pair, scale) for pair in pairs], lens)
    found, correction = of(outcome), outcome.depth[CAMERA]
    assert outcome.passed
    assert abs(found["scale_error_percent"] - 100 * (scale - 1)) <= found["scale_error_uncertainty_percent"]
    assert found["scale_error_uncertainty_percent"] < 0.1
    assert correction.scale == pytest.approx(1 / scale, rel=1e-3)
    assert correction.offset_mm == 0.0


def test_an_offset_is_told_from_a_scale(pairs: list[ColourAndDepth], lens: Intrinsics) -> None:
    outcome = measured([misread(pair, 1.01, 5.0) for pair in pairs], lens)
    found, correction = of(outcome), outcome.depth[CAMERA]
    assert found["offset_used"] is True
    assert abs(found["scale_error_percent"] - 1.0) <= found["scale_error_uncertainty_percent"]
    assert abs(found["offset_mm"] + 5.0 / 1.01) <= found["offset_uncertainty_mm"] < 2.0
    for distance_mm in (300.0, 600.0):
        read = 1.01 * distance_mm + 5.0
        assert correction.scale * read + correction.offset_mm == pytest.approx(distance_mm, abs=0.3)


def test_one_distance_gives_the_scale_alone_and_asks_for_more(
    pairs: list[ColourAndDepth], lens: Intrinsics
) -> None:
    outcome = measured([misread(pairs[2], 1.01)], lens)
    assert of(outcome)["scale_error_percent"] == pytest.approx(1.0, abs=0.1)
    assert of(outcome)["offset_uncertainty_mm"] is None
    assert any("three distances" in sentence for sentence in outcome.advice)


@pytest.mark.parametrize("shift", [(3, -2), (-5, 4), (0, 1)])
def test_a_shift_of_depth_against_colour_is_found(
    pairs: list[ColourAndDepth], lens: Intrinsics, shift: tuple[int, int]
) -> None:
    shifted = [(rgb, np.roll(depth, shift[::-1], (0, 1))) for rgb, depth in pairs]
    outcome = measured(shifted, lens)
    found = of(outcome)
    off = np.hypot(found["alignment_x_px"] - shift[0], found["alignment_y_px"] - shift[1])
    assert off <= max(found["alignment_uncertainty_px"], 0.05)
    assert found["alignment_uncertainty_px"] < 0.5
    assert abs(found["scale_error_percent"]) <= found["scale_error_uncertainty_percent"]
    assert outcome.passed == (np.hypot(*shift) <= 2)


def test_widened_edges_are_not_taken_for_a_shift(pairs: list[ColourAndDepth], lens: Intrinsics) -> None:
    def widened(depth: NDArray[np.uint16]) -> NDArray[np.uint16]:
        far = np.where(depth == 0, 65535, depth).astype(np.uint16)
        return np.asarray(cv2.erode(far, np.ones((7, 7), np.uint8)), np.uint16)

    found = of(measured([(rgb, widened(depth)) for rgb, depth in pairs], lens))
    assert np.hypot(found["alignment_x_px"], found["alignment_y_px"]) < 0.3
    assert 2.5 < found["edge_widening_px"] < 4.5


def test_a_hand_before_the_board_changes_nothing_but_the_outliers(
    pairs: list[ColourAndDepth], lens: Intrinsics
) -> None:
    rgb, depth = pairs[3]
    covered = depth.copy()
    covered[330:380, 440:520] = 350
    found = of(measured([(rgb, covered)], lens))
    assert abs(found["scale_error_percent"]) < 0.1
    assert found["outliers_percent"] > 1


def test_a_board_that_fills_the_picture_says_nothing_of_the_alignment(
    array: tuple[CameraCalibration, list[ColourAndDepth]],
) -> None:
    built = scene({"cameras": 1, "products": 1})
    built.hold(held(array[0], 640, (0, 0, 0)))
    picture = built.look(CAMERA)
    assert picture.depth_mm is not None
    outcome = measured([(picture.rgb, np.full_like(picture.depth_mm, 640))], array[0].intrinsics)
    assert of(outcome)["alignment_x_px"] is None
    assert any("free in the air" in sentence for sentence in outcome.advice)


def test_holes_and_noise_fail_with_what_to_do(pairs: list[ColourAndDepth], lens: Intrinsics) -> None:
    rng = np.random.default_rng(3)
    rgb, depth = pairs[4]
    holes = np.where(rng.random(depth.shape) < 0.2, 0, depth).astype(np.uint16)
    noisy = (depth + rng.normal(0, 12, depth.shape)).clip(1, 65535).astype(np.uint16)
    for wrong, word in ((holes, "holes"), (noisy, "noisy")):
        outcome = measured([(rgb, wrong)], lens)
        assert not outcome.passed
        assert any(word in sentence for sentence in outcome.advice)


def test_views_without_the_board_are_left_out_and_named(
    pairs: list[ColourAndDepth], lens: Intrinsics
) -> None:
    blank = (np.full_like(pairs[0][0], 128), pairs[0][1])
    dark = (pairs[1][0], np.zeros_like(pairs[1][1]))
    outcome = measured([pairs[0], blank, dark], lens)
    assert of(outcome)["views"] == 3
    assert of(outcome)["views_used"] == 1
    assert any("not seen" in sentence and "hardly any depth" in sentence for sentence in outcome.advice)


def test_a_camera_that_sees_nothing_fails_beside_one_that_does(
    pairs: list[ColourAndDepth], lens: Intrinsics
) -> None:
    blank = (np.full_like(pairs[0][0], 128), pairs[0][1])
    outcome = measure(BOARD, {CAMERA: pairs[:2], "side": [blank]}, {CAMERA: lens, "side": lens})
    assert not outcome.passed
    assert set(outcome.depth) == {CAMERA}
    assert any(sentence.startswith("side: no view") for sentence in outcome.advice)


@pytest.mark.parametrize("case", ["board", "empty", "size", "lens", "unaligned"])
def test_what_cannot_be_measured_is_one_clear_error(
    pairs: list[ColourAndDepth], lens: Intrinsics, case: str
) -> None:
    rgb, depth = pairs[0]
    views: Sequence[ColourAndDepth] = [(rgb, depth)]
    known, board = {CAMERA: lens}, BOARD
    match case:
        case "board":
            board = Board(BoardKind.CHESSBOARD, 9, 6, 25.0)
        case "empty":
            views = []
        case "size":
            views = [(rgb[:-2], depth[:-2])]
        case "lens":
            known = {}
        case "unaligned":
            views = [(rgb, depth[::2, ::2])]
    with pytest.raises(InputError):
        measure(board, {CAMERA: views}, known)


def test_the_map_shows_where_in_the_picture_depth_is_wrong(
    pairs: list[ColourAndDepth], lens: Intrinsics
) -> None:
    heat = measured([misread(pair, 1.01) for pair in pairs], lens).details[f"{CAMERA}/heat"]
    assert np.isnan(heat).any()
    assert np.nanmedian(heat) == pytest.approx(1.0, abs=0.2)
