"""A first layout of an array: where each camera sees the board, chained from camera to camera."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import breadth_first_order, minimum_spanning_tree

from booth.calibration.pinhole import project
from booth.calibration.poses import consensus, inverse, moved
from booth.calibration.targets.board import Sighting
from booth.domain.picture import Intrinsics

Floats = NDArray[np.float64]

LIKE_AS_GOOD = 2.5
"""A flat target has two poses that look alike; the second is kept while its error is below so many times
the first's (Schweighofer & Pinz, "Robust pose estimation from a planar target", 2006)."""
MOST_CANDIDATES = 240
"""Relative poses of one pair that are compared, at random beyond it: it costs their square."""
LOWEST_FLOOR_PX = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """One sighting with what a single camera can say of the board's pose.

    Attributes:
        poses: (k, 4, 4) `camera_from_board`, best first; k is 0 to 2.
        error_px: RMS of the best one.
        mirrored: it fits only as seen from behind, through the board.
    """

    sighting: Sighting
    on_board_mm: Floats
    poses: Floats
    error_px: float
    mirrored: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """Cameras joined by what they saw together.

    Attributes:
        shared: for each pair of cameras, how many instants both saw the board's pose.
        links: the pairs that the layout rests on: the tree with the most shared instants.
        cameras: `world_from_camera` of each camera that is joined to the first.
    """

    shared: Mapping[tuple[str, str], int]
    links: tuple[tuple[str, str], ...]
    cameras: Mapping[str, Floats]


def place(sighting: Sighting, board_points: Floats, lens: Intrinsics) -> Placed:
    """Where one camera sees the board (IPPE: Collins & Bartoli, IJCV 109, 2014, refined by LM)."""
    on_board = board_points[sighting.ids]
    none = Placed(sighting, on_board, np.empty((0, 4, 4)), np.inf)
    if len(on_board) < 4 or _in_line(on_board):
        return none
    both = _ippe(on_board, sighting.corners_px, lens)
    found = sorted((pair for pair in both if _from_front(pair[1], on_board)), key=lambda pair: pair[0])
    if not found:
        return replace(none, mirrored=bool(both))
    best = found[0][0]
    reach = LIKE_AS_GOOD * max(best, LOWEST_FLOOR_PX)
    poses = np.stack([pose for error, pose in found if error <= reach])
    return Placed(sighting, on_board, poses, best)


def chain(placed: Sequence[Placed], camera_ids: Sequence[str]) -> Chain:
    """Join the cameras over the maximum-weight spanning tree of what they saw together."""
    by_camera = {
        camera_id: {
            p.sighting.instant: p.poses for p in placed if p.sighting.camera_id == camera_id and len(p.poses)
        }
        for camera_id in camera_ids
    }
    shared = {
        pair: len(by_camera[pair[0]].keys() & by_camera[pair[1]].keys())
        for pair in combinations(camera_ids, 2)
    }
    numbers = {camera_id: index for index, camera_id in enumerate(camera_ids)}
    weights = np.zeros((len(camera_ids), len(camera_ids)))
    for (first, second), count in shared.items():
        weights[numbers[first], numbers[second]] = -count
    tree = minimum_spanning_tree(csr_matrix(weights))
    root = _most_joined(shared, camera_ids)
    order, before = breadth_first_order(tree, numbers[root], directed=False)
    cameras, links = {root: np.eye(4)}, []
    for index in order[1:]:
        near, far = camera_ids[before[index]], camera_ids[index]
        links.append((near, far))
        cameras[far] = cameras[near] @ relative(by_camera[near], by_camera[far])
    return Chain(shared, tuple(links), cameras)


def relative(near: Mapping[int, Floats], far: Mapping[int, Floats]) -> Floats:
    """`near_from_far` of two cameras, from every instant that both saw the board."""
    candidates = np.concatenate(
        [
            np.einsum("aij,bjk->abik", near[instant], inverse(far[instant])).reshape(-1, 4, 4)
            for instant in sorted(near.keys() & far.keys())
        ]
    )
    if len(candidates) > MOST_CANDIDATES:
        chosen = np.random.default_rng(0).choice(len(candidates), MOST_CANDIDATES, replace=False)
        candidates = candidates[chosen]
    return consensus(candidates)


def board_pose(
    seen: Sequence[Placed], cameras: Mapping[str, Floats], lenses: Mapping[str, Intrinsics]
) -> Floats | None:
    """`world_from_board` at one instant: the candidate that all cameras that saw it agree on best."""
    candidates: list[Floats] = [cameras[p.sighting.camera_id] @ pose for p in seen for pose in p.poses]
    if not candidates:
        return None
    costs = [_disagreement(pose, seen, cameras, lenses) for pose in candidates]
    return candidates[int(np.argmin(costs))]


def _disagreement(
    pose: Floats, seen: Sequence[Placed], cameras: Mapping[str, Floats], lenses: Mapping[str, Intrinsics]
) -> float:
    """The sum over cameras of the mean distance in px from where points fall to where they were seen."""
    total = 0.0
    for one in seen:
        camera_id = one.sighting.camera_id
        in_camera = moved(inverse(cameras[camera_id]) @ pose, one.on_board_mm)
        if in_camera[:, 2].min() <= 1.0:
            return np.inf
        apart = project(in_camera, lenses[camera_id]) - one.sighting.corners_px
        total += float(np.linalg.norm(apart, axis=1).mean())
    return total


def _most_joined(shared: Mapping[tuple[str, str], int], camera_ids: Sequence[str]) -> str:
    """The camera that shares the most with the others; the first of equals."""
    return max(camera_ids, key=lambda one: sum(count for pair, count in shared.items() if one in pair))


def _in_line(points: Floats) -> bool:
    """Whether points (n, 3) lie so near to one line that they say nothing of a turn about it."""
    spread = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
    return bool(spread[1] < 0.05 * spread[0])


def _from_front(pose: Floats, on_board: Floats) -> bool:
    """Whether the camera sees the printed side: the board's z runs away from who looks at it."""
    return bool(pose[:3, 2] @ (pose[:3, :3] @ on_board.mean(axis=0) + pose[:3, 3]) > 0)


def _ippe(on_board: Floats, seen_px: Floats, lens: Intrinsics) -> list[tuple[float, Floats]]:
    matrix, distortion = lens.matrix(), np.array(lens.distortion, np.float64)
    try:
        _, turns, shifts, _ = cv2.solvePnPGeneric(
            on_board, seen_px, matrix, distortion, flags=cv2.SOLVEPNP_IPPE
        )
    except cv2.error:
        return []
    found = []
    for rough_turn, rough_shift in zip(turns, shifts, strict=True):
        turn, shift = cv2.solvePnPRefineLM(on_board, seen_px, matrix, distortion, rough_turn, rough_shift)
        pose = np.eye(4)
        pose[:3, :3], pose[:3, 3] = cv2.Rodrigues(turn)[0], shift.ravel()
        in_camera = moved(pose, on_board)
        if np.isfinite(in_camera).all() and in_camera[:, 2].min() > 1.0:
            apart = project(in_camera, lens) - seen_px
            found.append((float(np.sqrt(np.mean(np.sum(apart**2, axis=1)))), pose))
    return found
