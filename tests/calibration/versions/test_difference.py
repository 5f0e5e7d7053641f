"""What changed between two calibrations is said in the units of what changed, and only that."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from booth.calibration.versions.difference import (
    colour_delta_e,
    difference,
    lens_difference_px,
    results_difference,
)
from booth.domain.picture import Calibration, ColourCorrection, DepthCorrection, Intrinsics
from tests.samples import make_calibration

BEFORE = make_calibration(("left", "right"), 640, 480)
IDENTITY = ColourCorrection((1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0))


def with_pose(
    calibration: Calibration, turn_deg: tuple[float, ...], move_mm: tuple[float, ...]
) -> Calibration:
    """The left camera turned and moved."""
    left = calibration.cameras["left"]
    pose = left.pose().copy()
    pose[:3, :3] = pose[:3, :3] @ cv2.Rodrigues(np.radians(turn_deg))[0]
    pose[:3, 3] += move_mm
    moved = replace(left, tray_from_camera=tuple(pose.reshape(-1).tolist()))
    return replace(calibration, cameras={**calibration.cameras, "left": moved})


def test_results_are_compared_number_by_number() -> None:
    before = {"top": {"uniformity": 0.9, "frames": 12, "lost": None}, "old": 1}
    after = {"top": {"uniformity": 0.75, "frames": 12, "lost": 0.1, "flat": True}, "new": 2}
    assert results_difference(before, after) == pytest.approx({"top.uniformity": -0.15})


def test_nothing_differs_from_itself_or_from_nothing() -> None:
    assert difference(BEFORE, BEFORE) == {}
    assert difference(None, BEFORE) == {}


def test_a_camera_that_was_moved_and_turned_is_told_in_mm_and_degrees() -> None:
    found = difference(BEFORE, with_pose(BEFORE, (0.0, 0.3, 0.0), (3.0, 0.0, 4.0)))
    assert found == pytest.approx({"left.moved_mm": 5.0, "left.turned_deg": 0.3})


def test_a_new_lens_is_told_with_signs_and_with_what_it_means_in_the_picture() -> None:
    lens = BEFORE.cameras["left"].intrinsics
    left = replace(BEFORE.cameras["left"], intrinsics=replace(lens, fx=lens.fx - 2, cx=lens.cx + 0.5))
    found = difference(BEFORE, replace(BEFORE, cameras={**BEFORE.cameras, "left": left}))
    assert found["left.fx_px"] == pytest.approx(-2)
    assert found["left.cx_px"] == pytest.approx(0.5)
    assert set(found) == {"left.fx_px", "left.cx_px", "left.lens_px"}


def test_a_moved_centre_moves_every_ray_by_as_much() -> None:
    lens = Intrinsics(640, 480, 500.0, 500.0, 320.0, 240.0, (0.1, -0.2, 0.0, 0.001, 0.05))
    assert lens_difference_px(lens, replace(lens, cx=323.0, cy=244.0)) == pytest.approx(5.0)
    assert lens_difference_px(lens, replace(lens, distortion=(*lens.distortion, 0.0))) == 0.0


def test_the_tray_is_told_as_tilt_and_height() -> None:
    sine, cosine = np.sin(np.radians(0.5)), np.cos(np.radians(0.5))
    found = difference(BEFORE, replace(BEFORE, tray_plane=(0.0, float(sine), float(cosine), -2.0)))
    assert found == pytest.approx({"tray.tilt_deg": 0.5, "tray.height_mm": 2.0})
    assert difference(BEFORE, replace(BEFORE, tray_plane=(0.0, 0.0, -1.0, 0.0))) == {}


def test_depth_colour_and_markers_are_told() -> None:
    redder = ColourCorrection((1.1, *IDENTITY.matrix[1:]))
    corners = (0.0, 0.0, 0.0, 40.0, 0.0, 0.0, 40.0, 40.0, 0.0, 0.0, 40.0, 0.0)
    before = replace(BEFORE, colour={"left": IDENTITY}, markers={"apriltag36h11:3": corners})
    after = replace(
        before,
        colour={"left": redder, "right": redder},
        depth={"left": DepthCorrection(1.002, -1.5)},
        markers={"apriltag36h11:3": (0.0, 0.3, 0.4, *corners[3:])},
    )
    found = difference(before, after)
    assert found.pop("left.colour_delta_e") > 1
    expected = {"left.depth_scale": 0.002, "left.depth_offset_mm": -1.5, "markers.moved_mm": 0.5}
    assert found == pytest.approx(expected)


def test_colours_are_compared_as_the_eye_sees_them() -> None:
    darker = ColourCorrection(tuple(0.9 * value for value in IDENTITY.matrix))
    assert 1 < colour_delta_e(IDENTITY, darker) < 5
    assert colour_delta_e(IDENTITY, darker) == pytest.approx(colour_delta_e(darker, IDENTITY))
    assert colour_delta_e(darker, darker) == 0.0
