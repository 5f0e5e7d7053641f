"""How true a camera's depth is: a target's pose from colour against the depth readings on it.

Plane-fit RMS, Z-accuracy and fill rate are those of librealsense's depth quality tool
(github.com/IntelRealSense/librealsense, tools/depth-quality/readme.md), with the target as ground truth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from booth.calibration.board_pose import BoardPose, board_pose, mask
from booth.calibration.boards import Board
from booth.calibration.depth_edges import Alignment, EdgeOffset, alignment, edge_offsets
from booth.calibration.depth_fit import DepthFit, ViewDepth, fit, view_depth
from booth.calibration.detect import find
from booth.calibration.outcome import Outcome
from booth.domain.calibrating import Step
from booth.domain.picture import DepthCorrection, Intrinsics
from booth.errors import InputError

Floats = NDArray[np.float64]
ColourAndDepth = tuple[NDArray[np.uint8], NDArray[np.uint16]]

EDGE_PX = 4
"""Readings so near to the target's edge may be of what lies behind it."""
SCALE_ERROR_MAX_PERCENT = 2.0
"""Z-accuracy that the D400 series promises (datasheet 337029, depth quality specification)."""
RMS_MAX_PERCENT_PER_M = 1.0
"""The same table promises 2 % at 2 m; as a share of the distance, stereo noise grows with the distance."""
FILL_MIN_PERCENT = 95.0
"""The same table promises 99 % of a textured wall; the black squares of a print may cost some more."""
ALIGNMENT_MAX_PX = 2.0
"""Beyond it the rim of an item takes the tray's depth, wider than the margin that its crop leaves."""
POSE_ERROR_MAX_PX = 1.0
"""A target that fits worse is bent, or is another one than was named, or the lens is not calibrated."""
HEAT_SHAPE = (18, 24)


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """What one camera's views gave, and why some gave nothing."""

    views: list[ViewDepth]
    edges: list[EdgeOffset]
    left_out: list[str]


def measure(
    board: Board, views: Mapping[str, Sequence[ColourAndDepth]], lenses: Mapping[str, Intrinsics]
) -> Outcome:
    """Compare depth with the target's true distance, for every camera.

    The truth rests on the print's size and on the lens: 1 % of either is 1 % of depth.

    Args:
        views: rgb (H, W, 3) uint8 and depth (H, W) uint16 mm aligned to it, of each camera id.

    Raises:
        InputError: a camera has no lens, sizes differ, or no camera sees the target.
    """
    for camera_id, pairs in views.items():
        _check(camera_id, pairs, lenses)
    seen = {camera_id: _look(board, pairs, lenses[camera_id]) for camera_id, pairs in views.items()}
    fits = {camera_id: fit(found.views) for camera_id, found in seen.items() if found.views}
    if not fits:
        reasons = "; ".join(sorted({reason for found in seen.values() for reason in found.left_out}))
        raise InputError(f"depth cannot be measured in any view: {reasons or 'there are no pictures'}")
    shifts = {camera_id: alignment(seen[camera_id].edges) for camera_id in fits}
    results = {camera_id: _results(seen[camera_id], fits[camera_id], shifts[camera_id]) for camera_id in fits}
    advice = [
        sentence
        for camera_id, found in seen.items()
        for sentence in _advice(camera_id, found, fits.get(camera_id), shifts.get(camera_id))
    ]
    good = all(_good(seen[camera_id], fits[camera_id], shifts[camera_id]) for camera_id in fits)
    return Outcome(
        Step.DEPTH,
        results,
        passed=good and len(fits) == len(views),
        advice=tuple(advice),
        depth={name: DepthCorrection(one.scale, one.offset_mm) for name, one in fits.items()},
        details={f"{name}/heat": _heat(seen[name].views, lenses[name]) for name in fits},
    )


def _check(camera_id: str, pairs: Sequence[ColourAndDepth], lenses: Mapping[str, Intrinsics]) -> None:
    if camera_id not in lenses:
        raise InputError(f"the lens of {camera_id} is not known: calibrate its intrinsics first")
    size = (lenses[camera_id].height, lenses[camera_id].width)
    for rgb, depth_mm in pairs:
        if rgb.shape[:2] != depth_mm.shape or depth_mm.ndim != 2:
            raise InputError(
                f"{camera_id}: colour is {rgb.shape[:2]} and depth {depth_mm.shape}: align them first"
            )
        if rgb.shape[:2] != size:
            raise InputError(
                f"{camera_id}: pictures are {rgb.shape[:2]}, but its lens was calibrated at {size}"
            )


def _look(board: Board, pairs: Sequence[ColourAndDepth], lens: Intrinsics) -> _Seen:
    found = _Seen([], [], [])
    for instant, (rgb, depth_mm) in enumerate(pairs):
        sighting = find(board, rgb, "", instant)
        pose = board_pose(board, sighting, lens) if sighting else None
        if pose is None:
            found.left_out.append("the target is not seen")
        elif pose.error_px > POSE_ERROR_MAX_PX:
            found.left_out.append(f"the target's corners miss their places by {pose.error_px:.1f} px")
        else:
            _compare(board, pose, lens, (rgb, depth_mm), found)
    return found


def _compare(board: Board, pose: BoardPose, lens: Intrinsics, pair: ColourAndDepth, found: _Seen) -> None:
    view = view_depth(pose, lens, pair[1], mask(board, pose, lens, EDGE_PX))
    if view is None:
        found.left_out.append("there is hardly any depth on the target")
        return
    found.views.append(view)
    found.edges.extend(edge_offsets(board, pose, lens, pair, view))


def _results(found: _Seen, fitted: DepthFit, shift: Alignment | None) -> dict[str, object]:
    views = found.views
    distances = [view.true_mm for view in views]
    return {
        "views": len(views) + len(found.left_out),
        "views_used": len(views),
        "distance_min_mm": round(min(distances), 1),
        "distance_max_mm": round(max(distances), 1),
        "scale_error_percent": round(fitted.scale_error_percent, 4),
        "scale_error_uncertainty_percent": round(fitted.scale_uncertainty_percent, 4),
        "offset_mm": round(fitted.offset_mm, 3),
        "offset_uncertainty_mm": None if fitted.offset_sd_mm is None else round(2 * fitted.offset_sd_mm, 3),
        "offset_used": fitted.offset_mm != 0.0,
        "z_accuracy_percent": round(float(np.median([view.error_percent for view in views])), 4),
        "plane_fit_rms_mm": round(_rms([view.plane_rms_mm for view in views]), 3),
        "plane_fit_rms_percent": round(_rms([view.plane_rms_percent for view in views]), 4),
        "fill_rate_percent": round(float(np.mean([view.fill_percent for view in views])), 2),
        "outliers_percent": round(float(np.mean([view.outlier_percent for view in views])), 2),
        "alignment_x_px": None if shift is None else round(shift.x_px, 2),
        "alignment_y_px": None if shift is None else round(shift.y_px, 2),
        "alignment_uncertainty_px": None if shift is None else round(shift.uncertainty_px, 2),
        "edge_widening_px": None if shift is None else round(shift.widening_px, 2),
        "per_view": [view.row() for view in views],
    }


def _rms(values: Sequence[float]) -> float:
    return float(np.sqrt(np.mean(np.square(values))))


def _noisy(view: ViewDepth) -> bool:
    return view.plane_rms_percent > RMS_MAX_PERCENT_PER_M * view.true_mm / 1000


def _sparse(found: _Seen) -> bool:
    return float(np.mean([view.fill_percent for view in found.views])) < FILL_MIN_PERCENT


def _good(found: _Seen, fitted: DepthFit, shift: Alignment | None) -> bool:
    noisy = sum(_noisy(view) for view in found.views) > len(found.views) / 2
    shifted = shift is not None and shift.length_px - shift.uncertainty_px > ALIGNMENT_MAX_PX
    error = abs(float(np.median([view.error_percent for view in found.views])))
    return not (noisy or shifted or _sparse(found) or error > SCALE_ERROR_MAX_PERCENT)


def _advice(camera_id: str, found: _Seen, fitted: DepthFit | None, shift: Alignment | None) -> list[str]:
    said = [
        f"{camera_id}: {len(found.left_out)} views were left out: {'; '.join(sorted(set(found.left_out)))}."
    ]
    said = said if found.left_out else []
    if fitted is None:
        return [*said, f"{camera_id}: no view could be used; hold the target where colour and depth see it."]
    error = float(np.median([view.error_percent for view in found.views]))
    if abs(error) > SCALE_ERROR_MAX_PERCENT:
        said.append(
            f"{camera_id}: depth is {error:+.1f} % wrong, beyond the {SCALE_ERROR_MAX_PERCENT:.0f} % that "
            "its maker promises: check the size of the print, then run the camera's own calibration."
        )
    if sum(_noisy(view) for view in found.views) > len(found.views) / 2:
        said.append(
            f"{camera_id}: depth is noisy: raise the laser's power, or clean the window and the lenses."
        )
    if _sparse(found):
        said.append(
            f"{camera_id}: depth has holes on the target: avoid glare, and check the laser and exposure."
        )
    if fitted.offset_sd_mm is None:
        said.append(
            f"{camera_id}: only the scale was measured: hold the target at three distances or more that "
            "differ by a quarter, for the offset too."
        )
    return said + _advice_on_edges(camera_id, shift)


def _advice_on_edges(camera_id: str, shift: Alignment | None) -> list[str]:
    if shift is None:
        return [
            f"{camera_id}: how depth lies on colour was not measured: hold the whole sheet free in the air, "
            "50 mm or more before what lies behind it."
        ]
    if shift.length_px - shift.uncertainty_px <= ALIGNMENT_MAX_PX:
        return []
    return [
        f"{camera_id}: depth lies {shift.x_px:+.1f} px right and {shift.y_px:+.1f} px down of colour: switch "
        "on the alignment of depth to colour, or restore the camera's factory calibration."
    ]


def _heat(views: Sequence[ViewDepth], lens: Intrinsics) -> Floats:
    """How far measured depth lies from the truth, in %, over the picture; NaN where no target was."""
    rows, columns = HEAT_SHAPE
    pixels = np.concatenate([view.pixels for view in views])
    errors = np.concatenate([view.errors_percent for view in views])
    cell = (pixels[:, 1] * rows // lens.height) * columns + pixels[:, 0] * columns // lens.width
    count = np.bincount(cell, minlength=rows * columns)
    total = np.bincount(cell, weights=errors, minlength=rows * columns)
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1), np.nan).reshape(rows, columns))
