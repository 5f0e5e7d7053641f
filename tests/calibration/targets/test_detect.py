from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import cv2
import numpy as np
import pytest

from booth.calibration.targets.board import Floats, Sighting, board_from
from booth.calibration.targets.detect import find
from tests.calibration.seen_boards import Camera, Pose, taken, truth_px

CHESSBOARD = "chessboard:9x6:24mm"
CHARUCO = "charuco:7x5:30mm:21mm:DICT_5X5_100"
LEGACY = "charuco:7x6:30mm:21mm:DICT_5X5_100:legacy"
INVERTED = "charuco:4x5:36mm:27mm:DICT_4X4_1000:inverted"
APRILGRID = "aprilgrid:5x4:30mm:9mm"
LEANING = Pose(15, -20, 430, (18, -22, 5))


def seen(text: str, pose: Pose = LEANING) -> tuple[Sighting, Floats]:
    board = board_from(text)
    sighting = find(board, taken(board, pose), "left", 7)
    assert sighting is not None
    return sighting, truth_px(board, pose)[sighting.ids]


@pytest.mark.parametrize("text", [CHESSBOARD, CHARUCO, LEGACY, INVERTED, APRILGRID])
def test_every_kind_of_board_is_found_to_a_fraction_of_a_pixel(text: str) -> None:
    sighting, truth = seen(text)
    errors = np.linalg.norm(sighting.corners_px - truth, axis=1)
    assert len(errors) >= 12
    assert np.sqrt((errors**2).mean()) < 0.15
    assert (sighting.camera_id, sighting.instant, sighting.size_px) == ("left", 7, (640, 480))
    assert (np.diff(sighting.ids) > 0).all()


@pytest.mark.parametrize("turn_deg", [100, 180, 290])
@pytest.mark.parametrize("text", [CHESSBOARD, CHARUCO, APRILGRID])
def test_the_points_keep_their_numbers_however_the_board_is_turned(text: str, turn_deg: float) -> None:
    sighting, truth = seen(text, Pose(0, 0, 480, (10, 10, turn_deg)))
    assert np.linalg.norm(sighting.corners_px - truth, axis=1).max() < 1.0


def test_a_board_that_is_hidden_in_part_gives_the_points_that_are_seen() -> None:
    board = board_from(CHARUCO)
    picture = taken(board, LEANING)
    picture[:, :300] = 100
    sighting = find(board, picture)
    assert sighting is not None
    errors = sighting.corners_px - truth_px(board, LEANING)[sighting.ids]
    assert 4 <= len(sighting.ids) < 24
    assert np.abs(errors).max() < 0.5


def test_windows_that_end_before_the_next_edge_beat_the_usual_ones_on_a_board_that_leans_far() -> None:
    board = board_from(CHESSBOARD)
    pose = Pose(0, 0, 560, (62, 0, 0))
    picture, truth = taken(board, pose, blur_px=0.8), truth_px(board, pose)
    sighting = find(board, picture)
    assert sighting is not None
    wide = sighting.corners_px.astype(np.float32).reshape(-1, 1, 2)
    settled = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 100, 1e-4)
    usual = cv2.cornerSubPix(picture, wide, (11, 11), (-1, -1), settled).reshape(-1, 2)
    assert _rms(sighting.corners_px - truth) < 0.15
    assert _rms(sighting.corners_px - truth) < _rms(usual - truth)


def test_nothing_is_found_in_pictures_without_a_board() -> None:
    noise = np.random.default_rng(3).integers(0, 255, (240, 320, 3)).astype(np.uint8)
    pictures = [
        noise,
        np.zeros((240, 320), np.uint8),
        np.zeros((1, 1), np.uint8),
        np.zeros((5, 400, 3), np.uint8),
    ]
    boards = [board_from(text) for text in (CHESSBOARD, CHARUCO, INVERTED, APRILGRID)]
    assert [find(board, picture) for board in boards for picture in pictures] == [None] * 16


def test_several_threads_find_the_same() -> None:
    board = board_from(CHARUCO)
    pictures = [taken(board, replace(LEANING, x_mm=x), finer=2) for x in (-20.0, 0.0, 20.0)] * 4
    with ThreadPoolExecutor(4) as threads:
        found = [
            sighting for sighting in threads.map(lambda picture: find(board, picture), pictures) if sighting
        ]
    assert len(found) == 12
    for index, sighting in enumerate(found[3:]):
        assert np.array_equal(sighting.corners_px, found[index % 3].corners_px)


def test_markers_of_another_layout_are_not_taken_for_the_board() -> None:
    picture = taken(board_from(CHARUCO), Pose(0, 0, 480))
    assert find(board_from("charuco:5x7:30mm:21mm:DICT_5X5_100"), picture) is None


def test_tags_stand_as_kalibr_prints_them() -> None:
    """The first tag of 36h11 is 0xd5d628584 from its upper left bit on (`kalibr_create_target_pdf`)."""
    board = board_from("aprilgrid:2x2:50mm:0.3")
    camera = Camera(distortion=(0.0,) * 5)
    pose = Pose(0, 0, 300)
    picture = taken(board, pose, camera, noise=0.0)
    corners = truth_px(board, pose, camera)[:4]
    onto = cv2.getPerspectiveTransform(
        corners.astype(np.float32), np.array([[0, 0], [10, 0], [10, 10], [0, 10]], np.float32)
    )
    middles = np.stack(np.meshgrid(np.arange(2, 8), np.arange(2, 8)), axis=-1).reshape(1, -1, 2) + 0.5
    places = cv2.perspectiveTransform(middles.astype(np.float64), np.linalg.inv(onto))[0].round().astype(int)
    bits = picture[places[:, 1], places[:, 0]] > 128
    assert int("".join("01"[int(bit)] for bit in bits), 2) == 0xD5D628584


def _rms(errors: Floats) -> float:
    return float(np.sqrt((errors**2).sum(axis=1).mean()))


def test_a_large_picture_is_measured_in_its_own_pixels() -> None:
    board, camera = board_from(CHESSBOARD), Camera(2560, 1920, 2120.0, (1288.0, 944.0))
    sighting = find(board, taken(board, LEANING, camera, finer=1, blur_px=1.0))
    assert sighting is not None
    assert sighting.size_px == (2560, 1920)
    errors = sighting.corners_px - truth_px(board, LEANING, camera)
    assert _rms(errors) < 0.35, "the print's own pixels are 0.6 px here"
