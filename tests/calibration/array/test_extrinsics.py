"""The array against simulated truth, and what it says when it cannot be solved."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from booth.calibration.array.extrinsics import calibrate, placed_cameras
from booth.calibration.outcome import applied
from booth.calibration.poses import angle_deg, as_numbers, distance_mm, transform
from booth.calibration.targets.board import Sighting, board_from
from booth.domain.picture import Calibration, CameraCalibration
from booth.errors import InputError
from tests.calibration.simulated_array import SimulatedArray, simulate
from tests.proofs.array import BOARD_POSES, PROMISED_DEG, PROMISED_MM, solved


@pytest.fixture(scope="module")
def small() -> SimulatedArray:
    return simulate(seed=3, board_poses=15, cameras=4)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_every_camera_of_a_simulated_array_is_found_where_it_stands(seed: int) -> None:
    row = solved(simulate(seed, BOARD_POSES))

    assert row["worst_mm"] <= PROMISED_MM
    assert row["worst_deg"] <= PROMISED_DEG


def test_without_noise_the_truth_comes_out(small: SimulatedArray) -> None:
    row = solved(simulate(seed=3, board_poses=15, noise_px=0.0))

    assert row["rms_px"] < 1e-3
    assert row["worst_mm"] < 1e-2


def test_what_it_claims_of_its_own_error_covers_the_error(small: SimulatedArray) -> None:
    results = calibrate(small.board, small.sightings, small.lenses).results
    claimed = max(camera["place_std_mm"] for camera in results["cameras"].values())  # type: ignore[attr-defined]

    assert solved(small)["worst_mm"] < 4 * claimed
    assert claimed < 1.0


def test_the_scale_comes_from_the_square_of_the_board(small: SimulatedArray) -> None:
    doubled = replace(small.board, square_mm=2 * small.board.square_mm, marker_mm=2 * small.board.marker_mm)
    once = calibrate(small.board, small.sightings, small.lenses).results
    twice = calibrate(doubled, small.sightings, small.lenses).results

    for pair, baseline in once["baselines_mm"].items():  # type: ignore[attr-defined]
        assert twice["baselines_mm"][pair] == pytest.approx(2 * baseline, rel=1e-4)  # type: ignore[index]
    assert abs(once["scale"]["mean_error_mm"]) < 0.05  # type: ignore[index]
    assert once["scale"]["spread_mm"] < 0.5  # type: ignore[index]


def test_a_few_wrong_points_are_left_out_and_counted(small: SimulatedArray) -> None:
    rng = np.random.default_rng(0)
    spoilt = []
    for sighting in small.sightings:
        corners = sighting.corners_px.copy()
        corners[0] += rng.uniform(15, 40, 2)
        spoilt.append(replace(sighting, corners_px=corners))

    outcome = calibrate(small.board, spoilt, small.lenses)

    assert outcome.results["rejected"] == pytest.approx(len(spoilt), abs=3)
    assert outcome.results["rms_px"] < 0.4  # type: ignore[operator]
    assert outcome.results["rms_with_rejected_px"] > 3  # type: ignore[operator]


def test_an_old_calibration_keeps_the_tray_where_it_was_though_one_camera_was_knocked() -> None:
    array = simulate(seed=5, board_poses=BOARD_POSES)
    knock = transform(Rotation.from_rotvec([0.05, 0.02, 0]).as_matrix(), np.array([30.0, 0, 0]))
    before = {**array.cameras}
    before["left"] = CameraCalibration(before["left"].intrinsics, as_numbers(knock @ before["left"].pose()))

    outcome = calibrate(array.board, array.sightings, array.lenses, Calibration("old", before))

    for camera_id, camera in array.cameras.items():
        found = np.array(outcome.poses[camera_id]).reshape(4, 4)
        assert distance_mm(found, camera.pose()) < PROMISED_MM
        assert angle_deg(found, camera.pose()) < PROMISED_DEG
    cameras = outcome.results["cameras"]
    assert cameras["left"]["moved_mm"] > 25  # type: ignore[index]
    assert cameras["front"]["moved_mm"] < PROMISED_MM  # type: ignore[index]


def test_the_outcome_becomes_the_calibration_in_force(small: SimulatedArray) -> None:
    outcome = calibrate(small.board, small.sightings, small.lenses)

    calibration = applied(outcome, None, "v1")

    assert set(calibration.cameras) == set(small.cameras)
    for camera_id, lens in small.lenses.items():
        assert calibration.cameras[camera_id].intrinsics == lens
    assert outcome.details["top/residuals"].shape[1] == 4
    assert outcome.details["top/coverage"].shape == (5, 5)


def test_every_camera_of_a_first_calibration_has_a_place(small: SimulatedArray) -> None:
    """None of them is taken for one whose lens alone is known, as the origin of the world would be."""
    outcome = calibrate(small.board, small.sightings, small.lenses)

    placed = placed_cameras(applied(outcome, None, "v1"))

    assert set(placed) == set(small.cameras)
    assert all(pose[2, 3] > 200 for pose in placed.values())


def test_a_camera_that_never_saw_the_board_with_another_is_named(small: SimulatedArray) -> None:
    alone = [
        replace(one, instant=one.instant + 1000) if one.camera_id == "left" else one
        for one in small.sightings
    ]

    outcome = calibrate(small.board, alone, small.lenses)

    assert not outcome.passed
    assert outcome.results["isolated"] == ["left"]
    assert "left" not in outcome.poses
    assert any("'left'" in sentence and "overlaps" in sentence for sentence in outcome.advice)


def test_a_pair_that_is_apart_from_the_others_is_told_from_whom(small: SimulatedArray) -> None:
    lone = [
        replace(one, instant=one.instant + 1000) if one.camera_id in ("left", "right") else one
        for one in small.sightings
    ]

    outcome = calibrate(small.board, lone, small.lenses)

    assert len(outcome.results["isolated"]) == 2  # type: ignore[arg-type]
    joined = ", ".join(outcome.poses)
    assert all(f"together with any of {joined}:" in sentence for sentence in outcome.advice[:2])


def test_one_camera_under_two_names_is_refused(small: SimulatedArray) -> None:
    """As when one video is copied over another."""
    top = [one for one in small.sightings if one.camera_id == "top"]
    again = [replace(one, camera_id="front") for one in top]
    lenses = {name: small.lenses["top"] for name in ("top", "front")}

    with pytest.raises(InputError, match="'top' and 'front' stand in the same place"):
        calibrate(small.board, [*top, *again], lenses)


def test_a_weak_link_is_named_with_the_number_of_common_views(small: SimulatedArray) -> None:
    few = [one for one in small.sightings if one.camera_id != "left" or one.instant < 5]

    outcome = calibrate(small.board, few, small.lenses)

    assert any("weak link" in sentence and "'left'" in sentence for sentence in outcome.advice)


def test_a_board_seen_once_does_not_pass(small: SimulatedArray) -> None:
    once = [one for one in small.sightings if one.instant == small.sightings[0].instant]

    assert not calibrate(small.board, once, small.lenses).passed


def test_a_mirrored_board_is_refused(small: SimulatedArray) -> None:
    columns = small.board.columns - 1

    def mirrored(one: Sighting) -> Sighting:
        return replace(one, ids=(one.ids // columns) * columns + columns - 1 - one.ids % columns)

    with pytest.raises(InputError, match="mirrored"):
        calibrate(small.board, [mirrored(one) for one in small.sightings], small.lenses)


def test_a_camera_without_a_lens_is_named(small: SimulatedArray) -> None:
    lenses = {camera_id: lens for camera_id, lens in small.lenses.items() if camera_id != "front"}

    with pytest.raises(InputError, match="'front' has no lens"):
        calibrate(small.board, small.sightings, lenses)


def test_a_lens_of_another_picture_size_is_refused(small: SimulatedArray) -> None:
    lenses = {camera_id: replace(lens, width=640, height=360) for camera_id, lens in small.lenses.items()}

    with pytest.raises(InputError, match="640x360"):
        calibrate(small.board, small.sightings, lenses)


@pytest.mark.parametrize("kept", [(), ("top",)])
def test_one_camera_is_no_array(small: SimulatedArray, kept: tuple[str, ...]) -> None:
    few = [one for one in small.sightings if one.camera_id in kept]

    with pytest.raises(InputError, match="fewer than two cameras"):
        calibrate(small.board, few, small.lenses)


def test_cameras_that_never_see_the_board_together_are_refused(small: SimulatedArray) -> None:
    apart = [replace(one, instant=index) for index, one in enumerate(small.sightings)]

    with pytest.raises(InputError, match="overlap"):
        calibrate(small.board, apart, small.lenses)


def test_points_in_one_line_are_welcome_but_say_nothing_alone(small: SimulatedArray) -> None:
    line = [
        replace(one, ids=one.ids[one.ids < 7], corners_px=one.corners_px[one.ids < 7])
        for one in small.sightings
    ]

    with pytest.raises(InputError, match="show more of it"):
        calibrate(small.board, line, small.lenses)


def test_a_board_is_named_in_the_simulation() -> None:
    assert simulate(0, 1).board == board_from("charuco:8x6:30mm:22mm:DICT_5X5_100")
