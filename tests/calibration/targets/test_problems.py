from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from booth.calibration.targets.board import board_from
from booth.calibration.targets.problems import LONGEST_PX, problems_seen
from tests.calibration.seen_boards import Pose, taken

CHESSBOARD = "chessboard:9x6:24mm"
CHARUCO = "charuco:7x5:30mm:21mm:DICT_5X5_100"
APRILGRID = "aprilgrid:5x4:30mm:9mm"
INVERTED = "charuco:4x5:36mm:27mm:DICT_4X4_1000:inverted"
ALL = (CHESSBOARD, CHARUCO, APRILGRID, INVERTED)
POSE = Pose(0, 0, 480, (10, -8, 3))


def picture(text: str) -> NDArray[np.uint8]:
    return taken(board_from(text), POSE)


def blurred(text: str, sigma_px: float) -> NDArray[np.uint8]:
    return np.asarray(cv2.GaussianBlur(picture(text), (0, 0), sigma_px), dtype=np.uint8)


@pytest.mark.parametrize("text", ALL)
def test_nothing_is_wrong_with_a_good_picture(text: str) -> None:
    assert problems_seen(board_from(text), picture(text)) == ""


@pytest.mark.parametrize("text", ALL)
@pytest.mark.parametrize("sigma_px", [2.5, 6.0])
def test_a_blurred_picture_is_told(text: str, sigma_px: float) -> None:
    assert "blurred" in problems_seen(board_from(text), blurred(text, sigma_px))


@pytest.mark.parametrize("text", [CHARUCO, APRILGRID, INVERTED])
def test_a_mirrored_board_is_told(text: str) -> None:
    assert "mirrored" in problems_seen(board_from(text), picture(text)[:, ::-1].copy())


@pytest.mark.parametrize("text", ALL)
def test_two_boards_are_told(text: str) -> None:
    two = np.hstack([picture(text)] * 2)
    assert "Two such boards" in problems_seen(board_from(text), two)


@pytest.mark.parametrize(
    ("asked", "shown", "told"),
    [
        ("charuco:7x5:30mm:21mm:DICT_6X6_250", CHARUCO, "markers are of DICT_5X5_50"),
        (INVERTED.replace("4X4_1000", "5X5_100"), INVERTED, "markers are of DICT_4X4_50"),
        ("charuco:5x7:30mm:21mm:DICT_5X5_100", CHARUCO, "not laid out as on"),
        ("aprilgrid:4x5:30mm:9mm", APRILGRID, "not laid out as on"),
        (
            INVERTED.removesuffix(":inverted"),
            INVERTED,
            ":DICT_4X4_1000:inverted",
        ),
        (
            "charuco:7x6:30mm:21mm:DICT_5X5_100",
            "charuco:7x6:30mm:21mm:DICT_5X5_100:legacy",
            "name it as charuco:7x6:30mm:21mm:DICT_5X5_100:legacy",
        ),
        (CHESSBOARD, CHARUCO, "a chessboard was asked for"),
        (CHARUCO, CHESSBOARD, "A chessboard is seen, with 9x6"),
        (CHARUCO, APRILGRID, "markers are of DICT_APRILTAG_36h11"),
        (CHESSBOARD, "chessboard:8x5:24mm", "with 8x5 inner corners"),
        (CHESSBOARD, "chessboard:10x7:24mm", "10x7|more than 9x6"),
    ],
)
def test_the_wrong_board_is_told_with_what_is_seen(asked: str, shown: str, told: str) -> None:
    sentence = problems_seen(board_from(asked), picture(shown))
    assert any(part in sentence for part in told.split("|")), sentence


def test_an_empty_picture_is_told() -> None:
    grey = np.full((240, 320, 3), 90, np.uint8)
    assert "is not seen" in problems_seen(board_from(CHARUCO), grey)
    assert "is not seen" in problems_seen(board_from(CHESSBOARD), np.zeros((1, 1), np.uint8))


def test_what_is_wrong_with_a_large_picture_is_seen_in_a_small_one() -> None:
    large = np.kron(picture(CHARUCO), np.ones((5, 5), np.uint8))
    assert max(large.shape) > 2 * LONGEST_PX
    assert "markers are of DICT_5X5" in problems_seen(board_from(CHESSBOARD), large)
