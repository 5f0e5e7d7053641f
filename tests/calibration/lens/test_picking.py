from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.calibration.lens.coverage import cells_of, tilt_of
from booth.calibration.lens.picking import HOLD, SHOW, TILTS, Picker
from booth.calibration.targets.board import Sighting, board_from
from booth.calibration.targets.detect import find
from tests.calibration.seen_boards import Pose, taken

BOARD = board_from("charuco:7x5:30mm:21mm:DICT_5X5_100")
POSE = Pose(0, 0, 480, (3, 2, 0))
GREY: NDArray[np.uint8] = np.full((480, 640), 90, np.uint8)


def picture(pose: Pose) -> NDArray[np.uint8]:
    return taken(BOARD, pose, finer=2)


def held(picker: Picker, pose: Pose) -> bool:
    """Hold the board still for two looks; whether the view was picked."""
    rgb = picture(pose)
    sighting = find(BOARD, rgb, "cam")
    picker.offer(sighting, rgb)
    return picker.offer(sighting, rgb)


def test_a_board_is_picked_once_it_is_held_still() -> None:
    picker, rgb = Picker(BOARD), picture(POSE)
    sighting = find(BOARD, rgb)
    assert sighting is not None
    assert not picker.offer(sighting, rgb)
    assert picker.watched().hint == HOLD
    assert picker.offer(sighting, rgb)
    watched = picker.watched()
    assert (watched.picked, watched.enough) == (1, False)
    assert len(watched.corners_px) == len(sighting.ids)
    assert watched.coverage.shape == (5, 5)
    assert watched.coverage.max() == 1
    assert watched.hint == TILTS[0]


def test_a_moving_board_is_not_picked() -> None:
    picker, rgb = Picker(BOARD), picture(POSE)
    sighting = find(BOARD, rgb)
    assert sighting is not None
    for step in range(8):
        moved = replace(sighting, corners_px=sighting.corners_px + 6.0 * step)
        assert not picker.offer(moved, rgb)
    assert picker.watched().picked == 0


def test_the_same_view_is_picked_once() -> None:
    picker = Picker(BOARD)
    assert held(picker, POSE)
    assert not held(picker, POSE)
    assert not held(picker, replace(POSE, x_mm=3.0))
    assert picker.watched().picked == 1


def test_a_tilt_is_counted_on_its_side_and_asked_for_until_there_are_two() -> None:
    picker = Picker(BOARD)
    assert held(picker, replace(POSE, turned_deg=(0, -28, 0)))
    assert sum(picker.watched().tilts) == 1
    first = picker.watched().tilts.index(1)
    assert picker.watched().tilts[first] == 1
    assert held(picker, replace(POSE, turned_deg=(0, -36, 0), x_mm=20))
    assert picker.watched().tilts[first] == 2


def test_a_board_leans_to_the_side_that_is_further_away() -> None:
    right = find(BOARD, picture(replace(POSE, turned_deg=(0, -25, 0))))
    bottom = find(BOARD, picture(replace(POSE, turned_deg=(25, 0, 0))))
    assert right is not None
    assert bottom is not None
    assert (tilt_of(BOARD, right).right_deg > 15, tilt_of(BOARD, bottom).bottom_deg > 15) == (True, True)


def test_a_blurred_view_is_not_picked_and_told() -> None:
    picker = Picker(BOARD)
    rgb = picture(replace(POSE, z_mm=300))
    soft = np.asarray(cv2.GaussianBlur(rgb, (0, 0), 2.2), dtype=np.uint8)
    sighting = find(BOARD, rgb)
    assert not picker.offer(sighting, soft)
    assert not picker.offer(sighting, soft)
    assert "blurred" in picker.watched().hint


def test_without_a_board_the_technician_is_asked_to_show_it_and_then_told_what_is_wrong() -> None:
    picker = Picker(BOARD)
    assert not picker.offer(None, GREY)
    assert picker.watched().hint == SHOW
    assert len(picker.watched().corners_px) == 0
    mirrored = picture(POSE)[:, ::-1].copy()
    for _ in range(10):
        picker.offer(None, mirrored)
    assert "mirrored" in picker.watched().hint


def test_views_over_all_of_the_picture_and_to_every_side_are_enough() -> None:
    picker = Picker(BOARD, wanted=12)
    grid = [(x, y) for y in (60, 180, 300, 420) for x in (60, 190, 320, 450, 580)]
    for number, (x, y) in enumerate(grid):
        side = ((0, 28), (0, -28), (28, 0), (-28, 0))[number % 4]
        far = Pose((x - 322) * 1.1, (y - 236) * 1.1, 560, (*side, 0))
        held(picker, far)
    watched = picker.watched()
    assert watched.picked >= 12
    assert min(watched.tilts) >= 2
    assert watched.enough == (
        np.count_nonzero(watched.coverage) >= 20 and bool(watched.coverage[::4, ::4].all())
    )
    assert watched.hint == "" or not watched.enough
    assert len({id(each) for each in picker.sightings()}) == watched.picked


def test_cells_count_every_point_once_also_on_the_border() -> None:
    corners = np.array([[-0.5, -0.5], [639.4, 479.4], [320.0, 240.0], [700.0, -20.0]])
    cells = cells_of(Sighting("", 0, (640, 480), np.arange(4), corners))
    assert cells.sum() == 4
    assert (cells[0, 0], cells[4, 4], cells[2, 2], cells[0, 4]) == (1, 1, 1, 1)
