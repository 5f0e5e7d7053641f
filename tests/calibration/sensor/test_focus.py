"""Sharpness: MTF50 of edges with known blur, a soft side, motion, and what was lost."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from booth.calibration.outcome import Outcome
from booth.calibration.sensor.focus import clear_share, measure
from booth.calibration.sensor.slanted_edge import mtf50, strip
from booth.calibration.targets.board import Board, BoardKind
from booth.errors import InputError
from tests.calibration.charts import encoded

BOARD = Board(BoardKind.CHESSBOARD, 11, 8, 20.0)
WIDTH, HEIGHT, SQUARE_PX, FINER = 800, 600, 62, 4
Linear = NDArray[np.float32]


def frequency_of_half(sigma_px: float) -> float:
    """MTF50 of square pixels behind a Gaussian blur."""
    frequency = np.linspace(0.001, 1, 5000)
    contrast = np.sinc(frequency) * np.exp(-2 * (np.pi * sigma_px * frequency) ** 2)
    return float(frequency[np.argmax(contrast < 0.5)])


@cache
def board_seen(turn_deg: float = 6.0) -> Linear:
    """A chessboard that fills the picture, linear, four times as fine; through pixels it is not yet seen."""
    y, x = np.mgrid[0 : HEIGHT * FINER, 0 : WIDTH * FINER]
    turn = np.radians(turn_deg)
    across = ((x / FINER - WIDTH / 2) * np.cos(turn) + (y / FINER - HEIGHT / 2) * np.sin(turn)) / SQUARE_PX
    down = ((y / FINER - HEIGHT / 2) * np.cos(turn) - (x / FINER - WIDTH / 2) * np.sin(turn)) / SQUARE_PX
    on_board = (np.abs(across) < 6) & (np.abs(down) < 4.5)
    black = (np.floor(across) + np.floor(down + 0.5)) % 2 == 0
    return np.where(on_board & black, 0.04, 0.75).astype(np.float32)


def through(fine: Linear, noise: float = 1.0) -> NDArray[np.uint8]:
    linear = cv2.resize(fine, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    levels = encoded(np.dstack([linear] * 3)) + np.random.default_rng(4).normal(0, noise, (HEIGHT, WIDTH, 3))
    return np.clip(np.rint(levels), 0, 255).astype(np.uint8)


@cache
def blurred(sigma_x: float, sigma_y: float | None = None, turn_deg: float = 6.0) -> NDArray[np.uint8]:
    down = sigma_x if sigma_y is None else sigma_y
    fine = cv2.GaussianBlur(board_seen(turn_deg), (0, 0), sigma_x * FINER, sigmaY=down * FINER)
    return through(np.asarray(fine, np.float32))


def of(outcome: Outcome) -> Mapping[str, float]:
    found = outcome.results["top"]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("angle_deg", [3.0, 7.0, 20.0, 83.0, -6.0])
@pytest.mark.parametrize("sigma_px", [0.3, 0.8, 1.5])
def test_an_edge_of_known_blur_gives_its_known_resolution(angle_deg: float, sigma_px: float) -> None:
    finer, size = 10, 80
    y, x = ((np.mgrid[0 : size * finer, 0 : size * finer] + 0.5) / finer) - 0.5
    angle = np.radians(angle_deg)
    side = (x - 39.3) * np.cos(angle) + (y - 40.2) * np.sin(angle)
    fine = cv2.GaussianBlur(np.where(side > 0, 0.8, 0.05).astype(np.float32), (0, 0), sigma_px * finer)
    light = np.asarray(cv2.resize(fine, (size, size), interpolation=cv2.INTER_AREA), np.float32)
    light += np.random.default_rng(1).normal(0, 0.004, light.shape).astype(np.float32)
    along = 28 * np.array([-np.sin(angle), np.cos(angle)])
    one = strip(light, np.array([39.5, 40.1]) - along, np.array([39.2, 40.3]) + along, 0.35)
    assert one is not None
    assert mtf50(one) == pytest.approx(frequency_of_half(sigma_px), rel=0.05)


def test_an_edge_along_the_pixel_grid_a_faint_one_and_a_clipped_one_say_nothing() -> None:
    for low, high, angle in ((0.1, 0.7, 0.0), (0.4, 0.42, 0.1), (0.1, 1.0, 0.1)):
        y, x = np.mgrid[0:60, 0:60]
        side = np.clip((x - 30) * np.cos(angle) + (y - 30) * np.sin(angle) + 0.5, 0, 1)
        one = strip(
            (low + (high - low) * side).astype(np.float32), np.array([32.0, 5]), np.array([28.0, 55]), 0.3
        )
        assert one is not None
        assert np.isnan(mtf50(one))


@pytest.mark.parametrize("sigma_px", [0.5, 1.0])
def test_the_whole_picture_has_the_resolution_of_its_blur(sigma_px: float) -> None:
    outcome = measure(BOARD, {"top": [blurred(sigma_px)]})
    found = of(outcome)
    assert outcome.passed
    assert outcome.advice == ()
    assert found["edges"] > 80
    assert found["mtf50_cycles_per_px"] == pytest.approx(frequency_of_half(sigma_px), rel=0.06)
    zones = outcome.details["top/heat"]
    assert np.isfinite(zones).sum() >= 8
    assert np.nanmax(zones) < 1.08 * np.nanmin(zones)


def test_a_blurred_camera_fails_and_says_how_to_mend_it() -> None:
    outcome = measure(BOARD, {"top": [blurred(2.5)]})
    assert not outcome.passed
    assert any("out of focus" in sentence for sentence in outcome.advice)


@pytest.mark.parametrize(("axis", "side"), [(1, "left"), (0, "lower")])
def test_the_soft_side_is_named(axis: int, side: str) -> None:
    sharp, soft = (cv2.GaussianBlur(board_seen(), (0, 0), sigma * FINER) for sigma in (0.5, 1.6))
    share = np.linspace(1, 0, sharp.shape[axis]) if side == "left" else np.linspace(0, 1, sharp.shape[axis])
    mix = (share[:, None] if axis == 0 else share[None]).astype(np.float32)
    outcome = measure(BOARD, {"top": [through(mix * soft + (1 - mix) * sharp)]})
    assert not outcome.passed
    assert [sentence for sentence in outcome.advice if f"the {side} side" in sentence]
    assert len(outcome.advice) == 1


def test_motion_shows_as_sharp_in_one_direction() -> None:
    outcome = measure(BOARD, {"top": [blurred(1.6, 0.4)]})
    assert of(outcome)["mtf50_along_x_cycles_per_px"] < 0.6 * of(outcome)["mtf50_along_y_cycles_per_px"]
    assert any("one direction" in sentence for sentence in outcome.advice)


def test_what_was_lost_since_the_last_accepted_run_is_said() -> None:
    before = measure(BOARD, {"top": [blurred(0.5)]}).results
    same = measure(BOARD, {"top": [blurred(0.5, turn_deg=8.0)]}, before)
    softer = measure(BOARD, {"top": [blurred(0.9)]}, before)
    assert same.passed
    assert abs(of(same)["lost_percent"]) < 5
    assert not softer.passed
    assert of(softer)["lost_percent"] > 25
    assert any("has lost" in sentence for sentence in softer.advice)


def test_results_of_another_shape_are_not_compared() -> None:
    others: list[dict[str, object]] = [{"top": "?"}, {"top": {"mtf50_cycles_per_px": None}}, {"left": {}}]
    for before in others:
        assert of(measure(BOARD, {"top": [blurred(0.5)]}, before))["lost_percent"] is None


def test_a_board_in_one_corner_asks_for_the_others() -> None:
    small = np.full((1200, 1600, 3), 230, np.uint8)
    small[:HEIGHT, :WIDTH] = blurred(0.6)
    outcome = measure(BOARD, {"top": [small]})
    assert any("lower right" in sentence for sentence in outcome.advice)


def test_a_charuco_boards_markers_stay_out_of_the_strips() -> None:
    board = Board(BoardKind.CHARUCO, 7, 5, 40.0, 28.0, "DICT_5X5_100")
    dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_5X5_100)
    drawn = cv2.aruco.CharucoBoard((7, 5), 40.0, 28.0, dictionary).generateImage((2800, 2000))
    turn = cv2.getRotationMatrix2D((1400, 1000), 5, 0.9)
    turn[:, 2] += (200, 200)
    print_ = cv2.warpAffine(drawn, turn, (WIDTH * FINER, HEIGHT * FINER), borderValue=255)
    linear = (0.04 + 0.7 * (print_.astype(np.float32) / 255)).astype(np.float32)
    soft = np.asarray(cv2.GaussianBlur(linear, (0, 0), 0.6 * FINER), np.float32)
    outcome = measure(board, {"top": [through(soft)]})
    assert of(outcome)["edges"] > 20
    assert of(outcome)["mtf50_cycles_per_px"] == pytest.approx(frequency_of_half(0.6), rel=0.12)


def test_the_free_space_beside_an_edge_follows_from_the_board() -> None:
    assert clear_share(BOARD) == 0.35
    assert clear_share(Board(BoardKind.CHARUCO, 7, 5, 40.0, 30.0, "DICT_5X5_100")) == pytest.approx(0.1)
    assert clear_share(Board(BoardKind.APRILGRID, 6, 6, 30.0, 9.0)) == pytest.approx(0.16)


def test_pictures_without_the_board_or_without_contrast_are_refused_with_what_to_do() -> None:
    blank = np.full((HEIGHT, WIDTH, 3), 120, np.uint8)
    with pytest.raises(InputError, match="not seen"):
        measure(BOARD, {"top": [blank]})
    with pytest.raises(InputError, match="no pictures"):
        measure(BOARD, {"top": []})
    with pytest.raises(InputError, match="turn it by"):
        measure(BOARD, {"top": [blurred(0.5, turn_deg=0.0)]})


def test_one_camera_that_does_not_see_the_board_fails_beside_one_that_does() -> None:
    outcome = measure(BOARD, {"top": [blurred(0.5)], "left": [np.full((HEIGHT, WIDTH, 3), 120, np.uint8)]})
    assert not outcome.passed
    assert set(outcome.results) == {"top"}
    assert outcome.advice[0].startswith("left: the target is not seen")
