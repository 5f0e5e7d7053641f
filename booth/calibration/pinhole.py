"""One camera's picture of points: where they fall, how that changes as they move, and the ray of a pixel."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.domain.picture import Intrinsics

Floats = NDArray[np.float64]

STILL = np.zeros(3)


def project(points: Floats, lens: Intrinsics) -> Floats:
    """Where points (n, 3) in camera coordinates fall, (n, 2) px."""
    if not len(points):
        return np.empty((0, 2))
    pixels, _ = cv2.projectPoints(
        np.ascontiguousarray(points), STILL, STILL, lens.matrix(), np.array(lens.distortion, np.float64)
    )
    return np.asarray(pixels, np.float64).reshape(-1, 2)


def project_with_slope(points: Floats, lens: Intrinsics) -> tuple[Floats, Floats]:
    """Where points (n, 3) fall, (n, 2) px, and the derivatives with respect to them, (n, 2, 3) px/mm.

    With an identity pose OpenCV's derivative with respect to the translation is the one with respect to the
    point, whatever the distortion model.
    """
    if not len(points):
        return np.empty((0, 2)), np.empty((0, 2, 3))
    pixels, slope = cv2.projectPoints(
        np.ascontiguousarray(points), STILL, STILL, lens.matrix(), np.array(lens.distortion, np.float64)
    )
    return np.asarray(pixels, np.float64).reshape(-1, 2), np.asarray(slope[:, 3:6], np.float64).reshape(
        -1, 2, 3
    )


def rays(pixels: Floats, lens: Intrinsics) -> Floats:
    """The rays through pixels (n, 2), in camera coordinates, (n, 3) with z = 1."""
    if not len(pixels):
        return np.empty((0, 3))
    flat = cv2.undistortPoints(
        np.ascontiguousarray(pixels, np.float64).reshape(-1, 1, 2),
        lens.matrix(),
        np.array(lens.distortion, np.float64),
    )
    return np.column_stack([np.asarray(flat, np.float64).reshape(-1, 2), np.ones(len(pixels))])


def triangulate(origins: Floats, directions: Floats, group: NDArray[np.int64], count: int) -> Floats:
    """The point nearest to all rays of each group, (count, 3): the midpoint method, each ray weighed by
    one over its distance squared, so that what is least is a sum of angles, as the noise of pictures is
    (Hartley & Sturm, "Triangulation", 1997).

    Args:
        origins, directions: (n, 3), of rays in one common frame.
        group: (n,) which of the points the ray belongs to; two rays at least of each.
    """
    unit = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    across = np.eye(3) - unit[:, :, None] * unit[:, None, :]
    weights: Floats = np.ones(len(unit))
    points: Floats = np.zeros((count, 3))
    for _ in range(3):
        normal, right = np.zeros((count, 3, 3)), np.zeros((count, 3))
        np.add.at(normal, group, weights[:, None, None] * across)
        np.add.at(right, group, weights[:, None] * np.einsum("nij,nj->ni", across, origins))
        points = np.asarray(np.linalg.solve(normal, right[:, :, None])[:, :, 0], np.float64)
        weights = 1 / np.maximum(np.sum((points[group] - origins) ** 2, axis=1), 1e-9)
    return points
