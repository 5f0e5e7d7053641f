"""The tray's plane and frame, on a simulated array whose tray lies askew in the world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from booth.calibration.outcome import UNPLACED, applied
from booth.calibration.pinhole import project
from booth.calibration.poses import angle_deg, as_numbers, distance_mm, inverse, moved, transform
from booth.calibration.targets.board import Sighting, board_from, points_mm
from booth.calibration.tray.plane import measure
from booth.domain.picture import Calibration, CameraCalibration
from booth.errors import InputError
from tests.calibration.simulated_array import BOARD, simulate

Floats = NDArray[np.float64]

ARRAY = simulate(seed=7, board_poses=0)
SHAPE = points_mm(ARRAY.board)


def lying(turn_deg: float = 0.0, place: tuple[float, float, float] = (0, 0, 0)) -> Floats:
    """`tray_from_board` of a board that lies printed side up with its middle at `place`."""
    turn = Rotation.from_euler("xz", [180, turn_deg], degrees=True).as_matrix()
    return transform(turn, np.array(place) - turn @ SHAPE.mean(axis=0))


def looks(
    cameras: Mapping[str, CameraCalibration],
    boards: Sequence[Floats],
    noise_px: float = 0.2,
) -> list[Sighting]:
    rng = np.random.default_rng(0)
    found = []
    for instant, pose in enumerate(boards):
        for camera_id, camera in cameras.items():
            lens = camera.intrinsics
            seen = project(moved(inverse(camera.pose()) @ pose, SHAPE), lens)
            seen += rng.normal(0, noise_px, seen.shape)
            inside = np.flatnonzero(np.all((seen > 0) & (seen < (lens.width, lens.height)), axis=1))
            if len(inside) >= 6:
                found.append(Sighting(camera_id, instant, (lens.width, lens.height), inside, seen[inside]))
    return found


def askew(world_from_tray: Floats) -> Calibration:
    """The true array in a world in which the tray lies somewhere."""
    cameras = {
        camera_id: CameraCalibration(camera.intrinsics, as_numbers(world_from_tray @ camera.pose()))
        for camera_id, camera in ARRAY.cameras.items()
    }
    return Calibration("before", cameras)


def test_the_tray_becomes_the_world_with_z_up_and_x_along_the_board() -> None:
    world_from_tray = transform(
        Rotation.from_rotvec([0.3, -2.0, 0.4]).as_matrix(), np.array([90.0, -30, 700])
    )
    before = askew(world_from_tray)

    outcome = measure(ARRAY.board, looks(ARRAY.cameras, [lying()]), before)

    assert outcome.passed, outcome.advice
    assert outcome.tray_plane == (0.0, 0.0, 1.0, 0.0)
    for camera_id, camera in applied(outcome, before, "after").cameras.items():
        truth = ARRAY.cameras[camera_id].pose()
        assert distance_mm(camera.pose(), truth) < 0.5
        assert angle_deg(camera.pose(), truth) < 0.05
        assert camera.pose()[2, 3] > 0
    assert outcome.results["flatness_rms_mm"] < 0.3  # type: ignore[operator]


@settings(deadline=None, max_examples=15)
@given(st.floats(-180, 180), st.floats(-60, 60), st.floats(-60, 60))
def test_the_frame_follows_the_board(turn_deg: float, x_mm: float, y_mm: float) -> None:
    before = Calibration("before", ARRAY.cameras)
    where = lying(turn_deg, (x_mm, y_mm, 0))

    outcome = measure(ARRAY.board, looks(ARRAY.cameras, [where], noise_px=0.0), before)

    tray_from_new = transform(
        Rotation.from_euler("z", turn_deg, degrees=True).as_matrix(), np.array([x_mm, y_mm, 0])
    )
    for camera_id, camera in ARRAY.cameras.items():
        expected = inverse(tray_from_new) @ camera.pose()
        np.testing.assert_allclose(np.reshape(outcome.poses[camera_id], (4, 4)), expected, atol=0.01)


def test_the_tray_lies_below_the_print_by_the_boards_thickness() -> None:
    before = Calibration("before", ARRAY.cameras)
    boards = [lying(turn, (40 * turn / 90, 30, 5.0)) for turn in (0, 80, 170)]

    outcome = measure(ARRAY.board, looks(ARRAY.cameras, boards), before, thickness_mm=5.0)

    assert outcome.passed, outcome.advice
    heights = outcome.results["camera_height_mm"]
    for camera_id, camera in ARRAY.cameras.items():
        assert heights[camera_id] == pytest.approx(camera.pose()[2, 3], abs=0.3)  # type: ignore[index]
    assert len(outcome.results["placements"]) == 3  # type: ignore[arg-type]


def test_a_placement_that_does_not_lie_flat_is_named() -> None:
    tilted = lying() @ transform(Rotation.from_euler("y", 6, degrees=True).as_matrix(), np.zeros(3))
    boards = [lying(), lying(90), tilted]

    outcome = measure(ARRAY.board, looks(ARRAY.cameras, boards), Calibration("before", ARRAY.cameras))

    assert not outcome.passed
    assert any("placement 3" in sentence and "flat" in sentence for sentence in outcome.advice)


def test_cameras_that_moved_since_are_found_out() -> None:
    cameras = dict(ARRAY.cameras)
    knock = transform(Rotation.from_euler("z", 2, degrees=True).as_matrix(), np.array([12.0, 0, 0]))
    cameras["left"] = replace(cameras["left"], tray_from_camera=as_numbers(knock @ cameras["left"].pose()))

    outcome = measure(ARRAY.board, looks(ARRAY.cameras, [lying()]), Calibration("before", cameras))

    assert not outcome.passed
    assert any("'left'" in sentence and "array" in sentence for sentence in outcome.advice)


def test_markers_stay_where_they_are_beside_the_tray() -> None:
    world_from_tray = transform(Rotation.from_rotvec([0.1, 0.2, -1.0]).as_matrix(), np.array([5.0, 6, 7]))
    corners = np.array([[200.0, 10, 4], [230, 10, 4], [230, -20, 4], [200, -20, 4]])
    named = {"apriltag36h11:3": tuple(moved(world_from_tray, corners).ravel().tolist())}
    before = replace(askew(world_from_tray), markers=named)

    outcome = measure(ARRAY.board, looks(ARRAY.cameras, [lying()], 0.0), before)

    np.testing.assert_allclose(np.reshape(outcome.markers["apriltag36h11:3"], (4, 3)), corners, atol=0.01)


def test_the_only_camera_of_a_booth_is_placed_by_the_tray() -> None:
    lens = ARRAY.cameras["front"].intrinsics
    before = Calibration("before", {"front": CameraCalibration(lens, UNPLACED)})
    seen = [one for one in looks(ARRAY.cameras, [lying()]) if one.camera_id == "front"]

    outcome = measure(ARRAY.board, seen, before)

    assert distance_mm(np.reshape(outcome.poses["front"], (4, 4)), ARRAY.cameras["front"].pose()) < 3
    assert outcome.results["flatness_rms_mm"] is None


def test_what_cannot_be_measured_is_said() -> None:
    seen = looks(ARRAY.cameras, [lying()])
    unplaced = {
        camera_id: replace(one, tray_from_camera=UNPLACED) for camera_id, one in ARRAY.cameras.items()
    }
    few = {"front": ARRAY.cameras["front"]}

    with pytest.raises(InputError, match="calibrate the array first"):
        measure(ARRAY.board, seen, Calibration("before", unplaced))
    with pytest.raises(InputError, match="has no place yet"):
        measure(ARRAY.board, seen, Calibration("before", few))
    with pytest.raises(InputError, match="was not seen"):
        measure(ARRAY.board, [], Calibration("before", ARRAY.cameras))
    with pytest.raises(InputError, match="thick"):
        measure(ARRAY.board, seen, Calibration("before", ARRAY.cameras), thickness_mm=float("nan"))


def test_a_board_of_another_size_does_not_pass() -> None:
    larger = board_from(BOARD.replace("30mm:22mm", "32mm:22mm"))

    outcome = measure(larger, looks(ARRAY.cameras, [lying()]), Calibration("before", ARRAY.cameras))

    assert not outcome.passed
    assert outcome.advice
