"""Rigid transforms: how far apart two are, what several agree on, which one lays points upon points."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

Floats = NDArray[np.float64]

ANCHOR_ROUNDS = 5
STRANGER = 3.0
"""From so many times the median miss on, a camera is taken to have moved by itself."""
EXACT_MM = 1e-3

ARM_MM = 500.0
"""How far from a camera its rotation is weighed in mm: about where the tray is."""


def transform(rotation: Floats, translation: Floats) -> Floats:
    """The (4, 4) transform of a (3, 3) rotation and a (3,) translation."""
    pose = np.eye(4)
    pose[:3, :3] = rotation
    pose[:3, 3] = np.ravel(translation)
    return pose


def inverse(poses: Floats) -> Floats:
    """The inverse of rigid transforms, (..., 4, 4)."""
    turned = np.swapaxes(poses[..., :3, :3], -1, -2)
    result = np.zeros_like(poses)
    result[..., :3, :3] = turned
    result[..., :3, 3] = -np.einsum("...ij,...j->...i", turned, poses[..., :3, 3])
    result[..., 3, 3] = 1
    return result


def moved(pose: Floats, points: Floats) -> Floats:
    """Points (n, 3) under a (4, 4) transform."""
    return np.asarray(points @ pose[:3, :3].T + pose[:3, 3], np.float64)


def angle_deg(first: Floats, second: Floats) -> float:
    """The angle between the rotations of two (4, 4) transforms."""
    return float(np.degrees(Rotation.from_matrix(first[:3, :3].T @ second[:3, :3]).magnitude()))


def distance_mm(first: Floats, second: Floats) -> float:
    """The distance between the origins of two (4, 4) transforms."""
    return float(np.linalg.norm(first[:3, 3] - second[:3, 3]))


def as_numbers(pose: Floats) -> tuple[float, ...]:
    """A (4, 4) transform row by row, as records keep it."""
    return tuple(float(value) for value in pose.reshape(-1))


def mean(poses: Floats) -> Floats:
    """The chordal mean of (n, 4, 4) transforms that lie close together."""
    return transform(Rotation.from_matrix(poses[:, :3, :3]).mean().as_matrix(), poses[:, :3, 3].mean(axis=0))


def consensus(poses: Floats, share: float = 0.5) -> Floats:
    """What most of (n, 4, 4) transforms agree on: the mean of the `share` nearest to their medoid.

    A medoid is a member of the set, so that up to half of them may be anything, such as the mirrored
    solutions of a flat target (Leys et al., J. Exp. Soc. Psychol. 49, 2013, on medians against outliers).
    """
    middle, apart = _medoid(poses)
    return mean(poses[np.argsort(apart[middle])[: max(1, round(share * len(poses)))]])


def best_fit(points: Floats, targets: Floats) -> Floats:
    """The rigid transform that lays points (n, 3) upon targets (n, 3) with the least squares.

    Kabsch's algorithm (Acta Cryst. A32, 1976).
    """
    from_middle, to_middle = points.mean(axis=0), targets.mean(axis=0)
    spread = (targets - to_middle).T @ (points - from_middle)
    left, _, right = np.linalg.svd(spread)
    sign = np.diag([1.0, 1.0, np.linalg.det(left @ right)])
    rotation = left @ sign @ right
    return transform(rotation, to_middle - rotation @ from_middle)


def frame_points(pose: Floats) -> Floats:
    """A transform as four points, (4, 3): its origin, and the ends of its axes at `ARM_MM`."""
    ends = np.vstack([np.zeros(3), ARM_MM * np.eye(3)])
    return moved(pose, ends)


def anchor(poses: Floats, onto: Floats) -> Floats:
    """The rigid transform that lays (n, 4, 4) poses upon others, whatever a minority of them did meanwhile.

    Each camera alone tells a transform; the one with the least median of misses says which cameras stayed
    (least median of squares, Rousseeuw 1984), and those are fitted together.
    """
    points = np.vstack([frame_points(pose) for pose in poses])
    targets = np.vstack([frame_points(pose) for pose in onto])
    told = [there @ inverse(here) for here, there in zip(poses, onto, strict=True)]
    fitted = min(told, key=lambda one: float(np.median(_misses_mm(one, points, targets))))
    for _ in range(ANCHOR_ROUNDS):
        misses = _misses_mm(fitted, points, targets)
        stayed = np.repeat(misses <= max(STRANGER * float(np.median(misses)), EXACT_MM), 4)
        fitted = best_fit(points[stayed], targets[stayed])
    return np.asarray(fitted)


def _misses_mm(transform: Floats, points: Floats, targets: Floats) -> Floats:
    """How far the frames of each pose, four points apiece, lie from where they should, (n,)."""
    apart = np.linalg.norm(moved(transform, points) - targets, axis=1)
    return np.asarray(apart.reshape(-1, 4).max(axis=1))


def _medoid(poses: Floats) -> tuple[int, Floats]:
    """The index of the member with the least sum of distances, and all distances (n, n) in mm."""
    points = np.stack([frame_points(pose).reshape(-1) for pose in poses])
    apart = np.linalg.norm(points[:, None] - points[None], axis=2)
    return int(np.argmin(apart.sum(axis=1))), apart
