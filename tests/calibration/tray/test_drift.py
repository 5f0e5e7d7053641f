"""The drift check on rendered markers: what moved, by how much, and what is merely covered."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from booth.calibration.outcome import UNPLACED, Outcome
from booth.calibration.pinhole import project
from booth.calibration.poses import as_numbers, transform
from booth.calibration.tray.drift import check
from booth.calibration.tray.fixed_markers import dictionary_of, locate, marker_id, markers
from booth.domain.picture import Calibration
from booth.errors import InputError
from tests.calibration.fixed_markers import CAMERAS, PLACES, calibration, corners_mm, look, name_of


@cache
def measured() -> Calibration:
    """The true array with its markers as the cameras saw them once."""
    return replace(calibration(), markers=markers(look(seed=1), Calibration("bare", CAMERAS)))


def rows(outcome: Outcome) -> dict[str, dict[str, Any]]:
    return outcome.results["cameras"]  # type: ignore[return-value]


def knocked(camera_id: str, degrees: float, mm: float) -> dict[str, NDArray[np.uint8]]:
    """What is seen after one camera was turned about the axis up and pushed along the tray."""
    pose = CAMERAS[camera_id].pose()
    pose[:3, :3] = Rotation.from_euler("z", degrees, degrees=True).as_matrix() @ pose[:3, :3]
    pose[:3, 3] += (mm, 0, 0)
    return look({**CAMERAS, camera_id: replace(CAMERAS[camera_id], tray_from_camera=as_numbers(pose))})


def test_markers_are_placed_where_they_stand() -> None:
    found = locate(look(), Calibration("bare", CAMERAS))

    assert list(found.corners) == [name_of(number) for number in PLACES]
    for number, place in PLACES.items():
        middle = found.corners[name_of(number)].mean(axis=0)
        np.testing.assert_allclose(middle, place, atol=0.1)
        np.testing.assert_allclose(found.corners[name_of(number)], corners_mm(place), atol=0.3)
    assert max(found.error_px.values()) < 0.3


def test_one_camera_places_markers_on_the_trays_plane() -> None:
    seen = look(places={0: PLACES[0]})["front"]

    found = locate({"front": seen}, Calibration("bare", CAMERAS))

    np.testing.assert_allclose(found.corners[name_of(0)].mean(axis=0), PLACES[0], atol=0.2)


def test_a_marker_far_outside_of_the_picture_is_not_missed() -> None:
    """A distortion that was fitted inside of the picture turns back far outside of it."""
    front = CAMERAS["front"]
    bent = replace(front.intrinsics, distortion=(-0.33, 0.0, 0.0, 0.0, 0.0))
    cameras = {"front": replace(front, intrinsics=bent)}
    away = front.pose() @ np.array([900.0, 0.0, 500.0, 1.0])
    lens = replace(bent, distortion=())
    assert project(np.array([[900.0, 0.0, 500.0]]), bent)[0, 0] < lens.width
    turn = front.pose()[:3, :3]
    corners = away[:3] + 60 * np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]]) @ turn.T
    known = {name_of(7): tuple(corners.ravel().tolist())}
    picture = np.full((lens.height, lens.width, 3), 120, np.uint8)

    outcome = check({"front": picture}, Calibration("bent", cameras, markers=known))

    assert rows(outcome)["front"]["covered"] == []


def test_a_camera_without_a_place_is_not_checked() -> None:
    lens_only = {**CAMERAS, "front": replace(CAMERAS["front"], tray_from_camera=UNPLACED)}
    with pytest.raises(InputError, match="'front' has no place yet"):
        check(look(seed=2), replace(measured(), cameras=lens_only))


def test_an_array_that_stood_still_holds() -> None:
    outcome = check(look(seed=2), measured())

    assert outcome.passed
    assert outcome.advice == ()
    assert outcome.results["verdict"] == "holds"
    assert outcome.results["worst_px"] < 0.5  # type: ignore[operator]
    for row in rows(outcome).values():
        assert row["worst_mm"] < 0.3
        assert row["moved_mm"] < 3


def test_a_camera_that_was_knocked_asks_for_calibration_with_a_number() -> None:
    outcome = check(knocked("left", 0.4, 3.0), measured())

    assert not outcome.passed
    assert outcome.results["moved_cameras"] == ["left"]
    assert outcome.results["moved_markers"] == []
    assert rows(outcome)["left"]["worst_px"] > 3
    assert rows(outcome)["left"]["turned_deg"] == pytest.approx(0.4, abs=0.25)
    assert rows(outcome)["front"]["worst_px"] < 0.5
    assert outcome.advice[0].startswith("recalibrate: camera 'left' is off by")


def test_a_marker_that_was_moved_is_told_apart_from_a_camera() -> None:
    places = {**PLACES, 2: (126.0, 66.0, 0.0)}

    outcome = check(look(places=places), measured())

    assert outcome.passed
    assert outcome.results["moved_cameras"] == []
    assert outcome.results["moved_markers"] == [name_of(2)]
    assert any(name_of(2) in sentence and "7.2 mm" in sentence for sentence in outcome.advice)


def test_a_marker_that_is_covered_is_told_apart_from_one_that_moved() -> None:
    outcome = check(look(covered={"front": (1,), "left": (1,)}), measured())

    assert outcome.passed
    assert rows(outcome)["front"]["covered"] == [name_of(1)]
    assert rows(outcome)["top"]["covered"] == []
    assert outcome.results["moved_markers"] == []
    assert sum("covered" in sentence for sentence in outcome.advice) == 2


def test_a_camera_that_sees_no_marker_leaves_the_array_unchecked() -> None:
    outcome = check(look(covered={"top": (0, 1, 2, 3)}), measured())

    assert not outcome.passed
    assert outcome.results["verdict"] == "unchecked"
    assert any("'top' sees none" in sentence for sentence in outcome.advice)


def test_markers_that_all_moved_together_are_said_to_have() -> None:
    places = {number: (x + 4.0, y, z) for number, (x, y, z) in PLACES.items()}

    outcome = check(look(places=places), measured())

    assert not outcome.passed
    assert len(outcome.results["moved_cameras"]) == len(CAMERAS)  # type: ignore[arg-type]
    assert "every camera" in outcome.advice[0]


def test_a_knocked_camera_is_found_though_a_marker_moved_too() -> None:
    cameras = dict(CAMERAS)
    pose = transform(np.eye(3), np.array([0.0, 5.0, 0.0])) @ CAMERAS["right"].pose()
    cameras["right"] = replace(CAMERAS["right"], tray_from_camera=as_numbers(pose))

    outcome = check(look(cameras, {**PLACES, 0: (-110.0, -70.0, 0.0)}), measured())

    assert outcome.results["moved_cameras"] == ["right"]
    assert outcome.results["moved_markers"] == [name_of(0)]


def test_the_limit_decides() -> None:
    pictures = knocked("front", 0.1, 0.0)

    assert not check(pictures, measured(), limit_px=0.5).passed
    assert check(pictures, measured(), limit_px=20.0).passed


def test_what_cannot_be_checked_is_refused() -> None:
    pictures = look()

    with pytest.raises(InputError, match="no fixed markers"):
        check(pictures, Calibration("bare", CAMERAS))
    with pytest.raises(InputError, match="no picture"):
        check({}, measured())
    with pytest.raises(InputError, match="'west' is not calibrated"):
        check({"west": pictures["top"]}, measured())
    with pytest.raises(InputError, match="480x360"):
        check({"top": np.ascontiguousarray(pictures["top"][::2, ::2])}, measured())
    with pytest.raises(InputError, match="no sense"):
        check(pictures, measured(), limit_px=float("nan"))
    with pytest.raises(InputError, match="no dictionary"):
        locate(pictures, measured(), "DICT_KLINGON")
    with pytest.raises(InputError, match="no marker's id"):
        check(pictures, replace(measured(), markers={"klingon:1": (0.0,) * 12}))


@pytest.mark.parametrize("name", ["DICT_APRILTAG_36h11", "DICT_4X4_50", "DICT_ARUCO_ORIGINAL"])
def test_an_id_names_its_dictionary(name: str) -> None:
    assert getattr(cv2.aruco, dictionary_of(marker_id(name, 7))) == getattr(cv2.aruco, name)
