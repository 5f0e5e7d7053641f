"""What a solved array says of itself: how well it fits, how large it is, and how well it is held together."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from booth.calibration.array.bundle import triangulated
from booth.calibration.array.solving import Solved
from booth.calibration.poses import angle_deg, distance_mm, inverse
from booth.calibration.targets.board import points_mm
from booth.errors import InputError

Floats = NDArray[np.float64]

FEWEST_SHARED = 3
"""Fewer common views leave the two look-alike poses of a flat target undecided."""
WEAK_SHARED = 10
"""Below it one bad view still moves a camera."""
MAX_REJECTED_SHARE = 0.05


def measures_of(
    solved: Solved, isolated: tuple[str, ...], cameras: Mapping[str, Floats], old: Mapping[str, Floats]
) -> dict[str, object]:
    """The results of the step, JSON-ready; rotations and places in the frame of `cameras`."""
    used = solved.bundle.used
    return {
        "rms_px": rms(solved.used_residuals_px),
        "rms_with_rejected_px": rms(solved.bundle.residuals_px),
        "points": int(used.sum()),
        "rejected": int((~used).sum()),
        "instants": len(solved.instants),
        "solve_s": round(solved.solve_s, 3),
        "scale": scale_of(solved),
        "cameras": {camera_id: _camera(solved, camera_id, cameras, old) for camera_id in cameras},
        "baselines_mm": _between(cameras, distance_mm),
        "rotations_deg": _between(cameras, angle_deg),
        "shared_views": {f"{a}-{b}": count for (a, b), count in solved.chain.shared.items()},
        "isolated": list(isolated),
    }


def against(poses: Mapping[str, tuple[float, ...]], reference: Mapping[str, Floats]) -> dict[str, object]:
    """How far the array differs from another solution, whatever frames the two are in.

    Args:
        poses: as an outcome has them.
        reference: `world_from_camera`, (4, 4) in mm.

    Raises:
        InputError: they have no two cameras in common.
    """
    ours = {
        camera_id: np.array(poses[camera_id]).reshape(4, 4) for camera_id in poses if camera_id in reference
    }
    if len(ours) < 2:
        raise InputError("the solution to compare with has no two cameras in common with this one")
    percent, degrees = {}, {}
    for a, b in combinations(ours, 2):
        known_mm = distance_mm(reference[a], reference[b])
        percent[f"{a}-{b}"] = 100 * (distance_mm(ours[a], ours[b]) / max(known_mm, 1e-9) - 1)
        degrees[f"{a}-{b}"] = angle_deg(inverse(ours[a]) @ ours[b], inverse(reference[a]) @ reference[b])
    return {
        "baseline_percent": percent,
        "rotation_deg": degrees,
        "worst_baseline_percent": max(abs(value) for value in percent.values()),
        "worst_rotation_deg": max(degrees.values()),
    }


def rms(residuals_px: Floats) -> float:
    """The root of the mean squared distance, in px."""
    return float(np.sqrt(np.mean(np.sum(residuals_px**2, axis=1))))


def weakest_link(solved: Solved) -> tuple[tuple[str, str], int]:
    """The link of the chain with the fewest common views, and how many."""
    shared = solved.chain.shared
    counts = {(a, b): shared.get((a, b), shared.get((b, a), 0)) for a, b in solved.chain.links}
    return min(counts.items(), key=lambda item: item[1])


def advice_on(solved: Solved, isolated: tuple[str, ...]) -> tuple[str, ...]:
    """What the technician should do, one sentence each."""
    joined = ", ".join(solved.camera_ids)
    advice = [
        f"camera '{camera_id}' never saw the board together with any of {joined}: "
        "show the board where its view overlaps with one of theirs"
        for camera_id in isolated
    ]
    shared = solved.chain.shared
    for a, b in solved.chain.links:
        count = shared.get((a, b), shared.get((b, a), 0))
        if count < WEAK_SHARED:
            advice.append(
                f"weak link: '{a}' and '{b}' saw the board together {count} times only: "
                f"show it to both at once, {WEAK_SHARED} times at least"
            )
    rejected = 1 - float(solved.bundle.used.mean())
    if rejected > MAX_REJECTED_SHARE:
        advice.append(
            f"{rejected:.0%} of the points did not fit and were left out: "
            "hold the board still, and look whether the cameras' pictures belong to the same instants"
        )
    return tuple(advice)


def scale_of(solved: Solved) -> dict[str, float]:
    """How long the board's shortest distances come out, triangulated, against what is printed."""
    used = solved.bundle.used
    kept = solved.points.only(used)
    keys = np.column_stack([kept.board, solved.ids[used]])
    points, groups = triangulated(kept, keys, solved.lenses, solved.bundle.layout.cameras)
    shape = points_mm(solved.board)
    apart = np.linalg.norm(shape[:, None] - shape[None], axis=2)
    known_mm = float(apart[apart > 0].min())
    first, second = np.nonzero(np.triu(np.abs(apart - known_mm) < 1e-6 * known_mm))
    place = np.full((len(solved.instants), len(shape), 3), np.nan)
    place[groups[:, 0], groups[:, 1]] = points
    lengths = np.linalg.norm(place[:, first] - place[:, second], axis=2)
    errors = lengths[np.isfinite(lengths)] - known_mm
    if not len(errors):
        return {"known_mm": known_mm, "distances": 0}
    return {
        "known_mm": known_mm,
        "mean_error_mm": float(errors.mean()),
        "spread_mm": float(errors.std()),
        "error_percent": float(100 * errors.mean() / known_mm),
        "distances": len(errors),
    }


def details_of(solved: Solved) -> dict[str, NDArray[Any]]:
    """Residuals and coverage of each camera, as the report plots them."""
    details: dict[str, NDArray[Any]] = {}
    for index, camera_id in enumerate(solved.camera_ids):
        mine = solved.bundle.used & (solved.points.camera == index)
        seen_px, lens = solved.points.seen_px[mine], solved.lenses[index]
        details[f"{camera_id}/residuals"] = np.hstack([seen_px, solved.bundle.residuals_px[mine]])
        extent = ((0, lens.height), (0, lens.width))
        details[f"{camera_id}/coverage"] = np.histogram2d(seen_px[:, 1], seen_px[:, 0], 5, extent)[0]
    return details


def _camera(
    solved: Solved, camera_id: str, cameras: Mapping[str, Floats], old: Mapping[str, Floats]
) -> dict[str, object]:
    index = solved.camera_ids.index(camera_id)
    mine = solved.points.camera == index
    used = mine & solved.bundle.used
    turn, shift = solved.bundle.std[index, :3], solved.bundle.std[index, 3:]
    measures: dict[str, object] = {
        "rms_px": rms(solved.bundle.residuals_px[used]) if used.any() else None,
        "points": int(used.sum()),
        "rejected": int((mine & ~used).sum()),
        "views": len(np.unique(solved.points.board[mine])),
        "place_mm": [float(value) for value in cameras[camera_id][:3, 3]],
        "place_std_mm": float(np.linalg.norm(shift)),
        "rotation_std_deg": float(np.degrees(np.linalg.norm(turn))),
    }
    if camera_id in old:
        measures["moved_mm"] = distance_mm(cameras[camera_id], old[camera_id])
        measures["turned_deg"] = angle_deg(cameras[camera_id], old[camera_id])
    return measures


def _between(cameras: Mapping[str, Floats], measure: Any) -> dict[str, float]:
    return {f"{a}-{b}": float(measure(cameras[a], cameras[b])) for a, b in combinations(cameras, 2)}
