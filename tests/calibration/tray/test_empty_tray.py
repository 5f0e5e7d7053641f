"""The empty tray: its median picture, its plane in depth, and what must not lie there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from booth.calibration.outcome import applied
from booth.calibration.poses import as_numbers, transform
from booth.calibration.targets.board import Sighting
from booth.calibration.tray.empty import empty_tray, median_of, plane_from_depth
from booth.calibration.tray.survey import survey
from booth.domain.picture import Calibration, DepthCorrection, Picture
from booth.errors import InputError
from tests.calibration.fixed_markers import CAMERAS, PLACES, calibration, look, name_of
from tests.calibration.tray.test_tray import ARRAY, looks, lying

PLANE = (0.0, 0.0, 1.0, 0.0)


@cache
def depth_of(camera_id: str, height_mm: float = 0.0, box_mm: float = 0.0) -> Picture:
    """A level plane, and a box in the tray's middle, in the depth of a camera without noise."""
    camera = CAMERAS[camera_id]
    lens, pose = camera.intrinsics, camera.pose()
    x, y = np.meshgrid(
        (np.arange(lens.width) - lens.cx) / lens.fx, (np.arange(lens.height) - lens.cy) / lens.fy
    )
    down = np.stack([x, y, np.ones_like(x)], axis=-1) @ pose[:3, :3].T
    depth = (height_mm - pose[2, 3]) / down[..., 2]
    ground = pose[:3, 3] + down * depth[..., None]
    boxed = (np.abs(ground[..., :2]) < 40).all(axis=-1)
    depth = np.where(boxed, depth - box_mm, depth)
    grey = np.where(boxed & (box_mm > 0), 200, 90)
    return Picture(np.repeat(grey[..., None], 3, axis=2).astype(np.uint8), np.round(depth).astype(np.uint16))


def noisy(picture: Picture, count: int) -> list[Picture]:
    rng = np.random.default_rng(0)
    shots = []
    for _ in range(count):
        rgb = np.clip(picture.rgb + rng.normal(0, 4, picture.rgb.shape), 0, 255).astype(np.uint8)
        assert picture.depth_mm is not None
        lost = rng.random(picture.depth_mm.shape) < 0.2
        depth = np.where(lost, 0, picture.depth_mm + rng.normal(0, 2, picture.depth_mm.shape))
        shots.append(Picture(rgb, np.clip(depth, 0, 60_000).astype(np.uint16)))
    return shots


def test_the_median_takes_the_noise_and_fills_the_gaps() -> None:
    true = depth_of("front")
    assert true.depth_mm is not None

    found = median_of("front", noisy(true, 9))

    assert found.depth_mm is not None
    assert np.abs(found.rgb.astype(int) - true.rgb).mean() < 2
    assert np.mean(found.depth_mm == 0) < 0.03
    seen = found.depth_mm > 0
    assert np.abs(found.depth_mm[seen].astype(int) - true.depth_mm[seen]).mean() < 1.5


@pytest.mark.parametrize("camera_id", ["top", "front", "left"])
@pytest.mark.parametrize("height_mm", [0.0, 4.0])
def test_the_tray_in_depth_is_compared_with_its_plane(camera_id: str, height_mm: float) -> None:
    shot = noisy(depth_of(camera_id, height_mm), 1)[0]
    assert shot.depth_mm is not None

    found = plane_from_depth(shot.depth_mm, CAMERAS[camera_id], PLANE)

    assert found is not None
    assert found.offset_mm == pytest.approx(height_mm, abs=0.6)
    assert found.tilt_deg < 0.2
    assert found.fill_percent == pytest.approx(80, abs=2)
    assert found.over_share < 0.01


def test_a_tilted_calibration_shows_in_depth() -> None:
    shot = depth_of("top")
    assert shot.depth_mm is not None
    tilt = np.radians(1.5)
    plane = (float(np.sin(tilt)), 0.0, float(np.cos(tilt)), 0.0)

    found = plane_from_depth(shot.depth_mm, CAMERAS["top"], plane)

    assert found is not None
    assert found.tilt_deg == pytest.approx(1.5, abs=0.1)


def test_depth_is_corrected_before_it_is_compared() -> None:
    shot = depth_of("top")
    assert shot.depth_mm is not None
    raw = (shot.depth_mm / 1.02).astype(np.uint16)

    found = plane_from_depth(raw, CAMERAS["top"], PLANE, DepthCorrection(scale=1.02))

    assert found is not None
    assert abs(found.offset_mm) < 1.5


def test_without_readings_there_is_no_plane() -> None:
    assert plane_from_depth(np.zeros((720, 960), np.uint16), CAMERAS["top"], PLANE) is None


def test_an_empty_tray_is_kept_with_its_depth() -> None:
    outcome = empty_tray({"front": noisy(depth_of("front"), 5)}, Calibration("c", CAMERAS))

    assert outcome.passed, outcome.advice
    kept = applied(outcome, Calibration("c", CAMERAS), "d").empty_tray["front"]
    assert kept.rgb.shape == (720, 960, 3)
    assert kept.depth_mm is not None


def test_something_that_moves_is_refused() -> None:
    with pytest.raises(InputError, match="'front': something moves"):
        empty_tray({"front": [depth_of("front"), depth_of("front"), depth_of("front", box_mm=30.0)]}, None)


def test_something_that_lies_there_is_refused_by_the_old_picture_or_by_depth() -> None:
    old = Calibration("c", CAMERAS, empty_tray={"front": depth_of("front")})
    laid = {"front": noisy(depth_of("front", box_mm=30.0), 3)}

    with pytest.raises(InputError, match="differ from the empty tray"):
        empty_tray(laid, old)
    with pytest.raises(InputError, match="rises above the tray"):
        empty_tray(laid, old, compare=False)
    assert empty_tray({"front": noisy(depth_of("front"), 3)}, old).passed


def test_depth_that_disagrees_with_the_plane_is_told() -> None:
    outcome = empty_tray({"top": noisy(depth_of("top", 12.0), 3)}, Calibration("c", CAMERAS))

    assert not outcome.passed
    row = outcome.results["empty_tray"]["top"]  # type: ignore[index]
    assert row["depth_offset_mm"] == pytest.approx(12, abs=0.7)
    assert "calibrate depth" in outcome.advice[0]


@pytest.mark.parametrize("frames", [{}, {"front": []}])
def test_no_picture_is_no_empty_tray(frames: Mapping[str, list[Picture]]) -> None:
    with pytest.raises(InputError, match="no picture"):
        empty_tray(frames, None)


def test_pictures_of_two_sizes_are_refused() -> None:
    small = Picture(np.zeros((10, 10, 3), np.uint8))

    with pytest.raises(InputError, match="differ in size"):
        empty_tray({"front": [small, depth_of("front")]}, None)


def test_a_survey_measures_plane_picture_and_markers_in_one_frame() -> None:
    shift = transform(np.eye(3), np.array([30.0, -20.0, 400.0]))
    moved = {
        camera_id: replace(camera, tray_from_camera=as_numbers(shift @ camera.pose()))
        for camera_id, camera in CAMERAS.items()
    }
    sightings: list[Sighting] = looks(CAMERAS, [lying()])
    empty = {camera_id: [Picture(rgb)] for camera_id, rgb in look().items()}

    outcome = survey(Calibration("c", moved), ARRAY.board, sightings, empty, "DICT_APRILTAG_36h11")

    assert outcome.passed, outcome.advice
    assert set(outcome.empty_tray) == set(CAMERAS)
    true = calibration().markers
    for number in PLACES:
        np.testing.assert_allclose(outcome.markers[name_of(number)], true[name_of(number)], atol=0.5)
    assert outcome.results["flatness_rms_mm"] < 0.3  # type: ignore[operator]


def test_a_survey_of_nothing_is_refused() -> None:
    blank = {"front": [Picture(np.full((720, 960, 3), 90, np.uint8))]}

    with pytest.raises(InputError, match="nothing to measure"):
        survey(Calibration("c", CAMERAS))
    with pytest.raises(InputError, match="no marker"):
        survey(Calibration("c", CAMERAS), empty=blank, dictionary="DICT_APRILTAG_36h11")
