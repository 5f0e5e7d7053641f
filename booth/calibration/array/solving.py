"""Solves an array from sightings of a board: chains the cameras, then adjusts everything at once."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from booth.calibration.array import bundle
from booth.calibration.array.bundle import Bundle, Layout, Points
from booth.calibration.array.chaining import Chain, Placed, board_pose, chain, place
from booth.calibration.poses import distance_mm, inverse
from booth.calibration.targets.board import Board, Sighting, points_mm
from booth.domain.picture import Intrinsics
from booth.errors import InputError

Floats = NDArray[np.float64]

MISFIT_PX = 8.0
"""No pose of the right board leaves so much in the median view, however poor the picture."""
NEAREST_MM = 2.0
"""No two lenses fit so near to each other."""


@dataclass(frozen=True, slots=True, eq=False)
class Solved:
    """An array as it was solved, in the frame of its first camera.

    Attributes:
        camera_ids: the cameras that are joined, in the order of `bundle.layout.cameras`.
        instants: those that the board poses belong to, in their order.
        ids: (n,) which point of the board each row of `points` is.
    """

    board: Board
    camera_ids: tuple[str, ...]
    instants: tuple[int, ...]
    ids: NDArray[np.int64]
    points: Points
    bundle: Bundle
    lenses: tuple[Intrinsics, ...]
    chain: Chain
    solve_s: float

    @property
    def used_residuals_px(self) -> Floats:
        """Projected minus seen, (n, 2), of the points that had a part in the fit."""
        return self.bundle.residuals_px[self.bundle.used]


def solve(board: Board, sightings: Sequence[Sighting], lenses: Mapping[str, Intrinsics]) -> Solved:
    """Chain the cameras, then adjust everything at once.

    Raises:
        InputError: a camera has no lens, no two cameras saw the board together, it is the wrong board, or
            two cameras are one.
    """
    began = time.perf_counter()
    _check(sightings, lenses)
    shape = points_mm(board)
    placed = [place(sighting, shape, lenses[sighting.camera_id]) for sighting in sightings]
    _check_fit(placed)
    joined = chain(placed, list(lenses))
    if not joined.links:
        raise InputError("no two cameras saw the board at the same time: show it where their views overlap")
    camera_ids = tuple(camera_id for camera_id in lenses if camera_id in joined.cameras)
    cameras = np.stack([joined.cameras[camera_id] for camera_id in camera_ids])
    start, instants, seen = _start(placed, dict(zip(camera_ids, cameras, strict=True)), lenses)
    points = _points(seen, camera_ids, instants)
    chosen = tuple(lenses[camera_id] for camera_id in camera_ids)
    layout = Layout(inverse(cameras[0]) @ cameras, inverse(cameras[0]) @ start)
    found = bundle.solve(points, chosen, layout, frozenset({0}))
    _check_apart(camera_ids, found.layout.cameras)
    ids = np.concatenate([one.sighting.ids for one in seen])
    took = time.perf_counter() - began
    return Solved(board, camera_ids, instants, ids, points, found, chosen, joined, took)


def _check(sightings: Sequence[Sighting], lenses: Mapping[str, Intrinsics]) -> None:
    for sighting in sightings:
        lens = lenses.get(sighting.camera_id)
        if lens is None:
            raise InputError(f"camera '{sighting.camera_id}' has no lens: calibrate its intrinsics first")
        if (lens.width, lens.height) != sighting.size_px:
            raise InputError(
                f"camera '{sighting.camera_id}': the picture has {'x'.join(map(str, sighting.size_px))} px, "
                f"its lens was calibrated at {lens.width}x{lens.height}: use pictures of that size"
            )
    if len({sighting.camera_id for sighting in sightings}) < 2:
        raise InputError("fewer than two cameras saw the board: is it the right one, sharp and well lit?")


def _check_fit(placed: Sequence[Placed]) -> None:
    errors = [one.error_px for one in placed if len(one.poses)]
    if 2 * sum(one.mirrored for one in placed) > len(placed):
        raise InputError("the board is mirrored: print it the right way round, and turn mirroring off")
    if not errors:
        raise InputError("the board was never seen well enough to say where it is: show more of it")
    if np.median(errors) > MISFIT_PX:
        raise InputError(
            f"the board does not fit what was seen ({np.median(errors):.0f} px off): it is another board, "
            "or the lenses are not those of these cameras"
        )


def _check_apart(camera_ids: tuple[str, ...], cameras: Floats) -> None:
    for (one, here), (other, there) in combinations(zip(camera_ids, cameras, strict=True), 2):
        if distance_mm(here, there) < NEAREST_MM:
            raise InputError(
                f"cameras '{one}' and '{other}' stand in the same place: are their pictures of one camera?"
            )


def _start(
    placed: Sequence[Placed], cameras: Mapping[str, Floats], lenses: Mapping[str, Intrinsics]
) -> tuple[Floats, tuple[int, ...], list[Placed]]:
    """The board's pose at each instant that two cameras or more saw, and those views in order."""
    by_instant: dict[int, list[Placed]] = {}
    for one in placed:
        if one.sighting.camera_id in cameras:
            by_instant.setdefault(one.sighting.instant, []).append(one)
    boards, instants, kept = [], [], []
    for instant, seen in sorted(by_instant.items()):
        pose = board_pose(seen, cameras, lenses) if len(seen) > 1 else None
        if pose is not None:
            boards.append(pose)
            instants.append(instant)
            kept += seen
    return np.stack(boards), tuple(instants), kept


def _points(seen: Sequence[Placed], camera_ids: tuple[str, ...], instants: tuple[int, ...]) -> Points:
    counts = [len(one.on_board_mm) for one in seen]
    return Points(
        np.concatenate([one.on_board_mm for one in seen]),
        np.concatenate([one.sighting.corners_px for one in seen]),
        np.repeat([camera_ids.index(one.sighting.camera_id) for one in seen], counts),
        np.repeat([instants.index(one.sighting.instant) for one in seen], counts),
    )
