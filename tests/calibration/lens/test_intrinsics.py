from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from booth.calibration.lens import intrinsics
from booth.calibration.targets.board import Sighting, board_from, points_mm
from booth.calibration.targets.detect import find, oriented
from booth.domain.calibrating import Step
from booth.errors import InputError
from booth.store.picture_files import read_picture
from tests.calibration.seen_boards import POSES, Camera, Pose, taken, truth_px

BOARD = board_from("chessboard:9x6:25mm")
CAMERA = Camera()
SIZE = (CAMERA.width, CAMERA.height)


@pytest.fixture(scope="module")
def pictures() -> list[np.ndarray]:
    return [taken(BOARD, pose, CAMERA, seed=seed, finer=2) for seed, pose in enumerate(POSES)]


@pytest.fixture(scope="module")
def seen(pictures: list[np.ndarray]) -> list[Sighting]:
    found = [find(BOARD, picture, "left", number) for number, picture in enumerate(pictures)]
    assert all(found)
    return [sighting for sighting in found if sighting]


def exact(noise_px: float = 0.1, poses: tuple[Pose, ...] = POSES, camera: Camera = CAMERA) -> list[Sighting]:
    """What a perfect finder with some noise would give, without pictures."""
    grain = np.random.default_rng(11)
    corners = [truth_px(BOARD, pose, camera) for pose in poses]
    return [
        Sighting("left", number, SIZE, np.arange(len(each)), each + grain.normal(0, noise_px, each.shape))
        for number, each in enumerate(corners)
    ]


def test_a_known_lens_is_measured_from_pictures(seen: list[Sighting]) -> None:
    outcome = intrinsics.calibrate(BOARD, seen)
    lens, std = outcome.intrinsics["left"], outcome.results["std"]
    assert isinstance(std, dict)
    assert (lens.fx, lens.fy) == pytest.approx((530.0, 530.0), rel=0.002)
    assert (lens.cx, lens.cy) == pytest.approx((322.0, 236.0), abs=1.5)
    assert lens.distortion[0] == pytest.approx(-0.28, abs=0.01)
    assert (lens.width, lens.height) == SIZE
    assert outcome.step is Step.INTRINSICS
    assert 0.1 < std["fx_px"] < 1.0


def test_the_finder_biases_the_focal_length_less_than_the_sector_based_one(
    pictures: list[np.ndarray], seen: list[Sighting]
) -> None:
    """Why the classic finder was chosen: boards whose lens is known, not anyone's published figures."""
    sectors = []
    for number, picture in enumerate(pictures):
        found, corners = cv2.findChessboardCornersSB(picture, (9, 6), flags=cv2.CALIB_CB_ACCURACY)
        assert found
        grid = oriented(corners.reshape(6, 9, 2).astype(float), picture).reshape(-1, 2)
        sectors.append(Sighting("left", number, SIZE, np.arange(54), grid))
    ours, theirs = (
        intrinsics.calibrate(BOARD, views).intrinsics["left"].fx - CAMERA.focal_px
        for views in (seen, sectors)
    )
    assert abs(ours) < abs(theirs)


def test_the_standard_deviations_tell_how_far_off_the_lens_is() -> None:
    outcome = intrinsics.calibrate(BOARD, exact())
    std = outcome.results["std"]
    assert isinstance(std, dict)
    lens = outcome.intrinsics["left"]
    assert abs(lens.fx - 530.0) < 4 * std["fx_px"]
    assert abs(lens.cx - 322.0) < 4 * std["cx_px"]
    assert outcome.results["rms_px"] == pytest.approx(0.1 * np.sqrt(2), rel=0.15)
    assert outcome.results["heldout_rms_px"] == pytest.approx(0.1 * np.sqrt(2), rel=0.2)


def test_residuals_and_coverage_are_there_for_the_report() -> None:
    outcome = intrinsics.calibrate(BOARD, exact())
    residuals, coverage = outcome.details["left/residuals"], outcome.details["left/coverage"]
    assert residuals.shape == (540, 4)
    assert np.sqrt((residuals[:, 2:] ** 2).sum(axis=1).mean()) == pytest.approx(
        outcome.results["rms_px"], rel=0.02
    )
    assert coverage.shape == (5, 5)
    assert coverage.sum() == 540


def test_held_out_views_keep_needless_coefficients_out_and_needed_ones_in() -> None:
    plain = intrinsics.calibrate(BOARD, exact(0.2)).results["model"]
    bent = replace(CAMERA, distortion=(0.1, -0.3, 0.0, 0.0, 0.9, 0.4, 0.1, 0.3))
    assert plain == "k1 k2 p1 p2"
    assert intrinsics.calibrate(BOARD, exact(0.01, camera=bent)).results["model"] != plain


def test_a_view_that_does_not_fit_is_left_out_and_named() -> None:
    views = exact()
    views[3] = replace(
        views[3], corners_px=views[3].corners_px[::-1] + 9.0 * np.sin(np.arange(108)).reshape(54, 2)
    )
    outcome = intrinsics.calibrate(BOARD, views, [f"picture {number}" for number in range(10)])
    assert outcome.results["left_out"] != []
    assert any(sentence.startswith("picture 3 was left out") for sentence in outcome.advice)
    assert outcome.intrinsics["left"].fx == pytest.approx(530.0, rel=0.01)


def test_a_view_that_fits_worse_is_named_and_kept() -> None:
    views = exact()
    grain = np.random.default_rng(5).normal(0, 0.35, (54, 2))
    views[4] = replace(views[4], corners_px=views[4].corners_px + grain)
    outcome = intrinsics.calibrate(BOARD, views)
    assert outcome.results["left_out"] == []
    assert any("view 5" in sentence for sentence in outcome.advice)


def test_boards_held_flat_to_the_camera_do_not_pass() -> None:
    flat = tuple(replace(pose, turned_deg=(0.5 * number, 0.3, 2.0)) for number, pose in enumerate(POSES))
    outcome = intrinsics.calibrate(BOARD, exact(0.2, flat))
    assert not outcome.passed
    assert any("tilted by 20°" in sentence for sentence in outcome.advice)


@pytest.mark.parametrize("noise_px", [0.0, 1e-4])
def test_boards_that_are_only_moved_sideways_are_refused_or_do_not_pass(noise_px: float) -> None:
    """Parallel views leave focal length and distance open, and the deviations come out as NaN."""
    grain = np.random.default_rng(3)
    shape = points_mm(BOARD)[:, :2]
    views = [
        Sighting("left", number, SIZE, np.arange(54), shape + 90.0 + (17.0 * number, 9.0 * number))
        for number in range(8)
    ]
    rough = [replace(v, corners_px=v.corners_px + grain.normal(0, noise_px, (54, 2))) for v in views]
    with suppress(InputError):  # it may find out before there is anything to tell
        outcome = intrinsics.calibrate(BOARD, rough)
        assert not outcome.passed
        assert json.loads(json.dumps(outcome.results, allow_nan=False))["std"]


def test_results_hold_no_number_that_json_cannot() -> None:
    """From a few points in few places the last coefficients have no deviation."""
    few = np.array([0, 1, 2, 9, 10, 11])
    for seed in range(4):
        turns = np.random.default_rng(seed).permutation(len(POSES))[:5]
        views = [exact()[number] for number in turns]
        cut = [replace(view, ids=few, corners_px=view.corners_px[few]) for view in views]
        outcome = intrinsics.calibrate(BOARD, cut)
        assert json.loads(json.dumps(outcome.results, allow_nan=False))["std"]
        assert not outcome.passed


def test_a_board_seen_once_is_refused_with_what_is_missing() -> None:
    with pytest.raises(InputError, match=r"in 1 of 1 pictures.*take 4 more pictures, with the board tilted"):
        intrinsics.calibrate(BOARD, exact()[:1])


def test_one_place_seen_many_times_counts_once() -> None:
    with pytest.raises(InputError, match=r"in 1 different places.*take 4 more"):
        intrinsics.calibrate(BOARD, exact()[:1] * 9)


def test_nothing_seen_is_refused() -> None:
    with pytest.raises(InputError, match="take 5 more pictures"):
        intrinsics.calibrate(BOARD, [])


def test_views_of_two_cameras_or_two_sizes_are_refused() -> None:
    views = exact()
    with pytest.raises(InputError, match="several cameras"):
        intrinsics.calibrate(BOARD, [replace(views[0], camera_id="right"), *views[1:]])
    with pytest.raises(InputError, match="several sizes"):
        intrinsics.calibrate(BOARD, [replace(views[0], size_px=(320, 240)), *views[1:]])


def test_points_in_one_line_are_no_view() -> None:
    row = np.arange(9)
    views = [replace(view, ids=row, corners_px=view.corners_px[row]) for view in exact()]
    with pytest.raises(InputError, match="was seen well in 0 of 10"):
        intrinsics.calibrate(BOARD, views)


def test_the_published_lens_is_met_on_real_pictures(shared_data: Path) -> None:
    """The figures that OpenCV publishes with these pictures: f 535.92, centre (342.28, 235.57)."""
    folder = shared_data / "calibration" / "opencv_stereo"
    views = [find(BOARD, read_picture(path), "left") for path in sorted(folder.glob("left*.jpg"))]
    outcome = intrinsics.calibrate(BOARD, [view for view in views if view])
    lens = outcome.intrinsics["left"]
    assert outcome.results["rms_px"] <= 0.26  # type: ignore[operator]
    assert outcome.results["heldout_rms_px"] <= 0.26  # type: ignore[operator]
    assert (lens.fx, lens.fy) == pytest.approx((535.9157, 535.9157), rel=0.01)
    assert (lens.cx, lens.cy) == pytest.approx((342.2832, 235.5708), abs=3.0)
    assert outcome.passed
