"""Rigid transforms: round trips, and best fits that outliers do not move."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from booth.calibration.pinhole import project, project_with_slope, rays, triangulate
from booth.calibration.poses import (
    anchor,
    angle_deg,
    best_fit,
    consensus,
    distance_mm,
    inverse,
    moved,
    transform,
)
from booth.domain.picture import Intrinsics

Floats = NDArray[np.float64]

LENS = Intrinsics(1280, 720, 920.0, 915.0, 641.0, 358.0, (0.08, -0.05, 0.001, -0.0005, 0.01))


@st.composite
def poses(draw: st.DrawFn) -> Floats:
    turn = draw(arrays(np.float64, 3, elements=st.floats(-3, 3)))
    shift = draw(arrays(np.float64, 3, elements=st.floats(-1000, 1000)))
    return transform(Rotation.from_rotvec(turn).as_matrix(), shift)


@given(poses())
def test_a_transform_and_its_inverse_undo_each_other(pose: Floats) -> None:
    np.testing.assert_allclose(inverse(pose) @ pose, np.eye(4), atol=1e-9)


@given(poses(), st.integers(0, 100))
def test_the_best_fit_finds_the_transform_between_point_sets(pose: Floats, seed: int) -> None:
    points = np.random.default_rng(seed).uniform(-500, 500, (6, 3))

    found = best_fit(points, moved(pose, points))

    np.testing.assert_allclose(found, pose, atol=1e-6)


@given(poses(), poses(), st.integers(0, 100))
def test_what_most_poses_agree_on_is_found_among_strangers(pose: Floats, stranger: Floats, seed: int) -> None:
    rng = np.random.default_rng(seed)
    near = [
        pose @ transform(Rotation.from_rotvec(rng.normal(0, 1e-4, 3)).as_matrix(), rng.normal(0, 0.1, 3))
        for _ in range(7)
    ]

    found = consensus(np.stack([*near, stranger, stranger, inverse(stranger)]))

    assert distance_mm(found, pose) < 1.0
    assert angle_deg(found, pose) < 0.1


@given(poses(), st.integers(0, 5), st.integers(0, 100))
def test_one_knocked_camera_does_not_move_the_anchor(onto: Floats, knocked: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    cameras = np.stack(
        [
            transform(Rotation.random(random_state=rng).as_matrix(), rng.uniform(-700, 700, 3))
            for _ in range(6)
        ]
    )
    targets = onto @ cameras
    targets[knocked, :3, 3] += (40, -20, 10)

    found = anchor(cameras, targets)

    assert distance_mm(found, onto) < 0.05
    assert angle_deg(found, onto) < 0.01


@given(arrays(np.float64, (5, 2), elements=st.floats(0.1, 0.9)))
def test_a_pixel_and_its_ray_are_the_same(share: Floats) -> None:
    pixels = share * (LENS.width, LENS.height)

    back = project(rays(pixels, LENS) * 700.0, LENS)

    np.testing.assert_allclose(back, pixels, atol=0.02)


@given(arrays(np.float64, (4, 3), elements=st.floats(-200, 200)))
def test_the_slope_of_the_projection_is_that_of_its_differences(points: Floats) -> None:
    points = points + np.array([0.0, 0.0, 800.0])
    seen, slope = project_with_slope(points, LENS)

    for axis in range(3):
        step = np.zeros(3)
        step[axis] = 1e-3
        numeric = (project(points + step, LENS) - project(points - step, LENS)) / 2e-3
        np.testing.assert_allclose(slope[:, :, axis], numeric, atol=1e-5)
    np.testing.assert_allclose(seen, project(points, LENS))


@given(arrays(np.float64, (3, 3), elements=st.floats(-200, 200)))
def test_rays_meet_where_the_points_are(points: Floats) -> None:
    origins = np.array([[600.0, 0, 500], [-600, 50, 550], [0, 620, 480]])
    group = np.repeat(np.arange(3), 3)
    start = np.tile(origins, (3, 1))

    found = triangulate(start, points[group] - start, group, 3)

    np.testing.assert_allclose(found, points, atol=1e-6)
