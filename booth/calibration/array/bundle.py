"""Bundle adjustment: all camera and board poses at once, so that every board point falls where it was seen.

The lenses are fixed. Triggs et al., "Bundle adjustment: a modern synthesis" (2000), section 4 on the sparse
Jacobian, section 3.3 on robust losses. Rotations are small increments on the start, R = exp(w)·R0, which have
no singularity near w = 0; their derivative is the left Jacobian of SO(3) (Barfoot, "State Estimation for
Robotics", eq. 7.77).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.sparse import csc_matrix, csr_matrix, eye
from scipy.sparse.linalg import splu
from scipy.spatial.transform import Rotation

from booth.calibration.pinhole import project_with_slope, rays, triangulate
from booth.domain.picture import Intrinsics

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LOSS_SCALE_PX = 1.0
"""Where the robust loss of the first pass turns from squares to straight lines."""
ROUNDS = 100
STEPS = {"atol": 1e-8, "btol": 1e-8, "maxiter": 2000}
"""How exactly LSMR solves for each step: scipy's own choice takes three times as many steps."""


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Board points as cameras saw them; every array has one row a point.

    Attributes:
        on_board_mm: (n, 3).
        seen_px: (n, 2).
        camera: (n,) index of the camera.
        board: (n,) index of the board pose, that is of the instant.
    """

    on_board_mm: Floats
    seen_px: Floats
    camera: Ints
    board: Ints

    def only(self, chosen: NDArray[np.bool_]) -> Points:
        """The chosen rows."""
        return Points(self.on_board_mm[chosen], self.seen_px[chosen], self.camera[chosen], self.board[chosen])


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Where everything stands: (c, 4, 4) `world_from_camera`, (b, 4, 4) `world_from_board`, in mm."""

    cameras: Floats
    boards: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Bundle:
    """A solved layout.

    Attributes:
        residuals_px: (n, 2) projected minus seen, of every point that was handed in.
        used: (n,) whether the point had a part in the last fit.
        std: (c, 6) standard deviation of each camera's rotation (rad) and place (mm) against the held one.
    """

    layout: Layout
    residuals_px: Floats
    used: NDArray[np.bool_]
    std: Floats


def solve(points: Points, lenses: tuple[Intrinsics, ...], start: Layout, held: frozenset[int]) -> Bundle:
    """Fit robustly, leave out what stands far apart, fit the rest by least squares.

    Args:
        held: the cameras that stay where they are; at least one, or the world could drift.
    """
    rough = _fit(points, lenses, start, held, "soft_l1")
    used = near(residuals(points, lenses, rough))
    layout = _fit(points.only(used), lenses, rough, held, "linear")
    left = residuals(points, lenses, layout)
    return Bundle(layout, left, used, _std(points.only(used), lenses, layout, held))


def residuals(points: Points, lenses: tuple[Intrinsics, ...], layout: Layout) -> Floats:
    """Projected minus seen, (n, 2) px."""
    return _linearise(points, lenses, layout)[0]


def near(residuals_px: Floats, reach: float = 6.0) -> NDArray[np.bool_]:
    """Which residuals (n, 2) lie within `reach` robust standard deviations.

    The median length of a 2-D Gaussian is 1.1774 of its deviation (Rayleigh distribution). Six deviations
    lose one good point in 10⁷, and keep the heavy tail that webcams without a common trigger have.
    """
    lengths = np.linalg.norm(residuals_px, axis=1)
    return np.asarray(lengths <= reach * max(float(np.median(lengths)) / 1.1774, 0.05))


def triangulated(
    points: Points, keys: Ints, lenses: tuple[Intrinsics, ...], cameras: Floats
) -> tuple[Floats, Ints]:
    """What two cameras or more saw, as points of the world (g, 3), with their keys (g, k).

    Args:
        keys: (n, k) rows that are equal for views of the same point.
        cameras: (c, 4, 4) `world_from_camera`.
    """
    names, member, counts = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    twice = (counts > 1)[member]
    numbers = np.cumsum(counts > 1) - 1
    sights = np.empty((len(keys), 3))
    for index, lens in enumerate(lenses):
        mine = points.camera == index
        sights[mine] = rays(points.seen_px[mine], lens)
    poses = cameras[points.camera[twice]]
    directions = np.einsum("nij,nj->ni", poses[:, :3, :3], sights[twice])
    places = triangulate(poses[:, :3, 3], directions, numbers[member[twice]], int((counts > 1).sum()))
    return places, names[counts > 1]


def _fit(
    points: Points, lenses: tuple[Intrinsics, ...], start: Layout, held: frozenset[int], loss: str
) -> Layout:
    pattern = _Pattern.of(points, start, held)
    found = least_squares(
        lambda x: _linearise(points, lenses, pattern.moved(start, x))[0].reshape(-1),
        np.zeros(pattern.size),
        jac=lambda x: pattern.jacobian(points, lenses, start, x),
        loss=loss,
        f_scale=LOSS_SCALE_PX,
        x_scale="jac",
        tr_solver="lsmr",
        tr_options=STEPS,
        max_nfev=ROUNDS,
        xtol=1e-10,
        ftol=1e-10,
        gtol=1e-10,
    )
    return pattern.moved(start, found.x)


def _linearise(points: Points, lenses: tuple[Intrinsics, ...], layout: Layout) -> tuple[Floats, Floats]:
    """Residuals (n, 2), and their derivatives (n, 2, 12) by small moves of camera and board.

    The columns are the camera's rotation and place, then the board's, each about the layout itself.
    """
    boards, cameras = layout.boards[points.board], layout.cameras[points.camera]
    arm = np.einsum("nij,nj->ni", boards[:, :3, :3], points.on_board_mm)
    sight = arm + boards[:, :3, 3] - cameras[:, :3, 3]
    in_camera = np.einsum("nji,nj->ni", cameras[:, :3, :3], sight)
    seen, slope = np.empty((len(arm), 2)), np.empty((len(arm), 2, 3))
    for index, lens in enumerate(lenses):
        mine = points.camera == index
        seen[mine], slope[mine] = project_with_slope(in_camera[mine], lens)
    by_place = slope @ np.swapaxes(cameras[:, :3, :3], 1, 2)
    columns = (by_place @ _cross(sight), -by_place, -by_place @ _cross(arm), by_place)
    return seen - points.seen_px, np.concatenate(columns, axis=2)


@dataclass(frozen=True, slots=True, eq=False)
class _Pattern:
    """Which column of the Jacobian each pose has: six for each that is free, cameras first.

    Attributes:
        free: (c + b,) whether the pose may move.
        keep: (n, 2, 12) which derivatives are by poses that may move.
        indices, indptr: where they stand in the sparse matrix, row by row.
    """

    free: NDArray[np.bool_]
    cameras: int
    keep: NDArray[np.bool_]
    indices: Ints
    indptr: Ints

    @classmethod
    def of(cls, points: Points, start: Layout, held: frozenset[int]) -> _Pattern:
        count = len(start.cameras)
        free = np.ones(count + len(start.boards), np.bool_)
        free[list(held)] = False
        first = 6 * (np.cumsum(free) - 1)
        poses = np.column_stack([points.camera, count + points.board])
        columns = (first[poses][:, :, None] + np.arange(6)).reshape(-1, 1, 12).repeat(2, axis=1)
        keep = free[poses].repeat(6, axis=1)[:, None].repeat(2, axis=1)
        entries = keep.reshape(-1, 12).sum(axis=1)
        return cls(free, count, keep, columns[keep], np.concatenate([[0], np.cumsum(entries)]))

    @property
    def size(self) -> int:
        """How many numbers are solved for."""
        return 6 * int(self.free.sum())

    def steps(self, x: Floats) -> Floats:
        """The increments of every pose, (c + b, 6); zero for those that are held."""
        steps = np.zeros((len(self.free), 6))
        steps[self.free] = x.reshape(-1, 6)
        return steps

    def moved(self, start: Layout, x: Floats) -> Layout:
        """The layout after the increments."""
        poses = np.concatenate([start.cameras, start.boards])
        steps = self.steps(x)
        poses[:, :3, :3] = Rotation.from_rotvec(steps[:, :3]).as_matrix() @ poses[:, :3, :3]
        poses[:, :3, 3] += steps[:, 3:]
        return Layout(poses[: self.cameras], poses[self.cameras :])

    def jacobian(
        self, points: Points, lenses: tuple[Intrinsics, ...], start: Layout, x: Floats
    ) -> csr_matrix:
        """The derivatives of all residuals by the increments."""
        blocks = _linearise(points, lenses, self.moved(start, x))[1]
        turns = _left_jacobians(self.steps(x)[:, :3])
        blocks[:, :, 0:3] = blocks[:, :, 0:3] @ turns[points.camera]
        blocks[:, :, 6:9] = blocks[:, :, 6:9] @ turns[self.cameras + points.board]
        shape = (2 * len(blocks), self.size)
        return csr_matrix((blocks[self.keep], self.indices, self.indptr), shape=shape)


def _std(points: Points, lenses: tuple[Intrinsics, ...], layout: Layout, held: frozenset[int]) -> Floats:
    """The cameras' share of the covariance σ²·(JᵀJ)⁻¹ (Triggs et al., appendix B), as deviations."""
    std = np.zeros((len(layout.cameras), 6))
    if len(held) == len(layout.cameras):
        return std
    pattern = _Pattern.of(points, layout, held)
    jacobian = pattern.jacobian(points, lenses, layout, np.zeros(pattern.size))
    left = residuals(points, lenses, layout)
    variance = float(np.sum(left**2)) / max(2 * len(left) - pattern.size, 1)
    wanted = 6 * (len(layout.cameras) - len(held))
    normal = csc_matrix(jacobian.T @ jacobian) + 1e-12 * eye(pattern.size, format="csc")
    corner = splu(normal).solve(np.eye(pattern.size, wanted))[:wanted]
    free = pattern.free[: len(layout.cameras)]
    std[free] = np.sqrt(variance * np.maximum(np.diag(corner), 0)).reshape(-1, 6)
    return std


def _cross(vectors: Floats) -> Floats:
    """The matrices [v]ₓ of vectors (n, 3), (n, 3, 3)."""
    x, y, z = vectors.T
    zero = np.zeros_like(x)
    return np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=1).reshape(-1, 3, 3)


def _left_jacobians(turns: Floats) -> Floats:
    """d exp(w + dw) = exp(J·dw)·exp(w) for small rotation vectors (n, 3), (n, 3, 3)."""
    angle = np.linalg.norm(turns, axis=1)[:, None, None]
    safe = np.maximum(angle, 1e-6)
    across = _cross(turns)
    first = np.where(angle < 1e-4, 0.5, (1 - np.cos(safe)) / safe**2)
    second = np.where(angle < 1e-4, 1 / 6, (safe - np.sin(safe)) / safe**3)
    return np.asarray(np.eye(3) + first * across + second * across @ across)
