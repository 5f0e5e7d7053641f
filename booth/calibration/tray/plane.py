"""The tray's plane, from a board that lies flat on it; the world's origin goes there.

Tray coordinates: z = 0 on the tray and up towards the cameras, the origin at the middle of the board where it
lay first, x along the board's rows, y towards the board's upper edge.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from booth.calibration.array import bundle
from booth.calibration.array.bundle import Layout, Points, triangulated
from booth.calibration.array.chaining import Placed, board_pose, place
from booth.calibration.array.extrinsics import placed_cameras
from booth.calibration.array.measures import rms
from booth.calibration.outcome import Outcome
from booth.calibration.poses import angle_deg, as_numbers, inverse, moved, transform
from booth.calibration.targets.board import Board, Sighting, points_mm
from booth.domain.calibrating import Step
from booth.domain.picture import Calibration, Intrinsics
from booth.errors import InputError

Floats = NDArray[np.float64]

MAX_FLATNESS_MM = 1.0
MAX_RMS_PX = 2.0
MISFIT_SHARE = 0.2
MAX_APART_MM = 2.0
MAX_TILT_DEG = 0.7
"""Between placements of a rigid board; 2.5 mm over the length of an A4 board."""
LEVEL: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 0.0)
THICKEST_MM = 100.0


@dataclass(frozen=True, slots=True, eq=False)
class Lying:
    """The board as it lay on the tray, in the frame of the calibration in force.

    Attributes:
        boards: (b, 4, 4) `world_from_board`, one a placement.
        triangulated: (n, 3) points that two cameras or more saw, and to which placement each belongs, (n,).
        residuals_px: (m, 2) of every point that was used.
        camera: (m,) index into `camera_ids`.
        misfit: the share of its points that each camera saw elsewhere than the others say.
    """

    camera_ids: tuple[str, ...]
    boards: Floats
    triangulated: Floats
    placement: NDArray[np.int64]
    seen_px: Floats
    residuals_px: Floats
    camera: NDArray[np.int64]
    misfit: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Flatness:
    """How flat the board lay: deviations of triangulated points, and each placement's own height and tilt."""

    rms_px: float
    rms_mm: float | None
    worst_mm: float | None
    heights_mm: tuple[float, ...]
    tilts_deg: tuple[float, ...]


def measure(
    board: Board, sightings: Sequence[Sighting], calibration: Calibration, thickness_mm: float = 0.0
) -> Outcome:
    """Find the tray under the board, and place every camera by it.

    Args:
        sightings: one instant for each placement of the board; several placements tell a bent tray.
        thickness_mm: of the board; its print lies so high over the tray.

    Raises:
        InputError: a camera has no place yet, the board was not seen, or it is the wrong one.
    """
    if not 0 <= thickness_mm <= THICKEST_MM:
        raise InputError(f"a board is between 0 and {THICKEST_MM:.0f} mm thick, not {thickness_mm:g} mm")
    cameras = placed_cameras(calibration) or _only(calibration)
    lying = lie(board, sightings, calibration, cameras)
    world_from_tray = tray_frame(board, lying.boards, np.stack(list(cameras.values())), thickness_mm)
    tray_from_world = inverse(world_from_tray)
    poses = {camera_id: tray_from_world @ pose for camera_id, pose in cameras.items()}
    flat = _flatness(board, lying, tray_from_world, thickness_mm)
    advice = (*_strangers(lying), *_advice(flat))
    return Outcome(
        Step.TRAY,
        _results(lying, flat, poses, tray_from_world),
        passed=not advice,
        advice=advice,
        poses={camera_id: as_numbers(pose) for camera_id, pose in poses.items()},
        tray_plane=LEVEL,
        markers={
            name: tuple(moved(tray_from_world, np.reshape(corners, (4, 3))).ravel().tolist())
            for name, corners in calibration.markers.items()
        },
        details={
            f"{camera_id}/residuals": np.hstack([lying.seen_px, lying.residuals_px])[lying.camera == index]
            for index, camera_id in enumerate(lying.camera_ids)
        },
    )


def lie(
    board: Board, sightings: Sequence[Sighting], calibration: Calibration, cameras: Mapping[str, Floats]
) -> Lying:
    """Where the board lay, with the cameras held where they are. Raises: InputError: see `measure`."""
    for sighting in sightings:
        if sighting.camera_id not in cameras:
            raise InputError(f"camera '{sighting.camera_id}' has no place yet: calibrate the array first")
    lenses = {camera_id: calibration.cameras[camera_id].intrinsics for camera_id in cameras}
    shape = points_mm(board)
    placed = [place(sighting, shape, lenses[sighting.camera_id]) for sighting in sightings]
    by_instant = {
        instant: [one for one in placed if one.sighting.instant == instant]
        for instant in sorted({one.sighting.instant for one in placed})
    }
    found = {instant: board_pose(seen, cameras, lenses) for instant, seen in by_instant.items()}
    starts = {instant: pose for instant, pose in found.items() if pose is not None}
    if not starts:
        raise InputError("the board was not seen on the tray: lay it flat, printed side up, in full view")
    used = [one for instant in starts for one in by_instant[instant]]
    return _adjusted(used, starts, cameras, lenses)


def tray_frame(board: Board, boards: Floats, cameras: Floats, thickness_mm: float) -> Floats:
    """`world_from_tray`, (4, 4), of boards (b, 4, 4) that lie on the tray, under cameras (c, 4, 4)."""
    shape = points_mm(board)
    middle = shape.mean(axis=0)
    points = np.concatenate([moved(pose, shape) for pose in boards])
    centre = points.mean(axis=0)
    up = np.linalg.svd(points - centre)[2][2]
    up = up if up @ (cameras[:, :3, 3].mean(axis=0) - centre) > 0 else -up
    along = boards[0][:3, 0] - up * (boards[0][:3, 0] @ up)
    along /= np.linalg.norm(along)
    lay = moved(boards[0], middle[None])[0]
    origin = lay - up * ((lay - centre) @ up + thickness_mm)
    return transform(np.column_stack([along, np.cross(up, along), up]), origin)


def _adjusted(
    used: Sequence[Placed],
    starts: Mapping[int, Floats],
    cameras: Mapping[str, Floats],
    lenses: Mapping[str, Intrinsics],
) -> Lying:
    camera_ids, instants = tuple(cameras), tuple(starts)
    counts = [len(one.on_board_mm) for one in used]
    points = Points(
        np.concatenate([one.on_board_mm for one in used]),
        np.concatenate([one.sighting.corners_px for one in used]),
        np.repeat([camera_ids.index(one.sighting.camera_id) for one in used], counts),
        np.repeat([instants.index(one.sighting.instant) for one in used], counts),
    )
    start = Layout(np.stack(list(cameras.values())), np.stack(list(starts.values())))
    chosen = tuple(lenses[camera_id] for camera_id in camera_ids)
    solved = bundle.solve(points, chosen, start, frozenset(range(len(camera_ids))))
    ids = np.concatenate([one.sighting.ids for one in used])[solved.used]
    kept = points.only(solved.used)
    places, keys = triangulated(kept, np.column_stack([kept.board, ids]), chosen, start.cameras)
    return Lying(
        camera_ids,
        solved.layout.boards,
        places,
        keys[:, 0],
        kept.seen_px,
        solved.residuals_px[solved.used],
        kept.camera,
        {
            camera_id: float(np.mean(~solved.used[points.camera == index]))
            for index, camera_id in enumerate(camera_ids)
            if np.any(points.camera == index)
        },
    )


def _only(calibration: Calibration) -> dict[str, Floats]:
    """The camera of a booth that has no other: its place follows from the tray."""
    if len(calibration.cameras) != 1:
        raise InputError("no camera has a place yet: calibrate the array first")
    return {camera_id: camera.pose() for camera_id, camera in calibration.cameras.items()}


def _results(
    lying: Lying, flat: Flatness, poses: Mapping[str, Floats], tray_from_world: Floats
) -> dict[str, object]:
    return {
        "rms_px": flat.rms_px,
        "points": len(lying.residuals_px),
        "flatness_rms_mm": flat.rms_mm,
        "flatness_worst_mm": flat.worst_mm,
        "placements": [
            {"height_mm": height_mm, "tilt_deg": tilt_deg}
            for height_mm, tilt_deg in zip(flat.heights_mm, flat.tilts_deg, strict=True)
        ],
        "camera_height_mm": {camera_id: float(pose[2, 3]) for camera_id, pose in poses.items()},
        "origin_moved_mm": float(np.linalg.norm(tray_from_world[:3, 3])),
        "turned_deg": angle_deg(np.eye(4), tray_from_world),
    }


def _flatness(board: Board, lying: Lying, tray_from_world: Floats, thickness_mm: float) -> Flatness:
    boards = tray_from_world @ lying.boards
    heights_mm = [float(moved(pose, points_mm(board)).mean(axis=0)[2]) - thickness_mm for pose in boards]
    tilts_deg = [float(np.degrees(np.arccos(np.clip(-pose[2, 2], -1, 1)))) for pose in boards]
    over_mm = moved(tray_from_world, lying.triangulated)[:, 2] - thickness_mm
    return Flatness(
        rms(lying.residuals_px),
        float(np.sqrt(np.mean(over_mm**2))) if len(over_mm) else None,
        float(np.abs(over_mm).max()) if len(over_mm) else None,
        tuple(heights_mm),
        tuple(tilts_deg),
    )


def _strangers(lying: Lying) -> list[str]:
    return [
        f"camera '{camera_id}' sees the board elsewhere than the others: it was moved, or they were; "
        "calibrate the array again"
        for camera_id, share in lying.misfit.items()
        if share > MISFIT_SHARE
    ]


def _advice(flat: Flatness) -> tuple[str, ...]:
    advice = []
    if flat.rms_px > MAX_RMS_PX:
        advice.append(
            f"the cameras do not agree where the board lies ({flat.rms_px:.1f} px): calibrate the array again"
        )
    if flat.rms_mm is not None and flat.rms_mm > MAX_FLATNESS_MM:
        advice.append(f"board or tray is bent by {flat.rms_mm:.1f} mm: press the board flat")
    for number, (height_mm, tilt_deg) in enumerate(
        zip(flat.heights_mm, flat.tilts_deg, strict=True), start=1
    ):
        if abs(height_mm) > MAX_APART_MM or tilt_deg > MAX_TILT_DEG:
            advice.append(
                f"placement {number} lies {height_mm:+.1f} mm and {tilt_deg:.1f} degrees off the others' "
                "plane: lay the board flat on the tray"
            )
    return tuple(advice)
