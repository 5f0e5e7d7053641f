"""How true a camera's depth is: a target's pose from colour against the depth readings on it.

Plane-fit RMS, Z-accuracy and fill rate are those of librealsense's depth quality tool
(github.com/IntelRealSense/librealsense, tools/depth-quality/readme.md), with the target as ground truth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from booth.calibration.outcome import Outcome
from booth.calibration.sensor.depth_edges import Alignment, alignment, edge_offsets
from booth.calibration.sensor.depth_fit import DepthFit, ViewDepth, fit, view_depth
from booth.calibration.targets.board import Board
from booth.calibration.targets.detect import find
from booth.calibration.targets.pose import BoardPose, board_pose, mask
from booth.domain.calibrating import Step
from booth.domain.picture import DepthCorrection, Intrinsics
from booth.errors import InputError

Floats = NDArray[np.float64]
ColourAndDepth = tuple[NDArray[np.uint8], NDArray[np.uint16]]

EDGE_PX = 4
"""Readings so near to the target's edge may be of what lies behind it."""
SCALE_ERROR_MAX_PERCENT = 2.0
"""Z-accuracy that the maker promises of the D400 series (Intel 337029-017, table 4-15: D43x, up to 2 m, the
middle 80 % of the picture). The table was not at hand: its figures are as others cite them."""
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
    """What one camera's views gave, and why some gave nothing; the fit is None without any."""

    views: list[ViewDepth]
    left_out: list[str]
    fitted: DepthFit | None
    shift: Alignment | None


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
    used = {camera_id: found for camera_id, found in seen.items() if found.fitted}
    if not used:
        reasons = "; ".join(sorted({reason for found in seen.values() for reason in found.left_out}))
        raise InputError(f"depth cannot be measured in any view: {reasons or 'there are no pictures'}")
    return Outcome(
        Step.DEPTH,
        {camera_id: _results(found, found.fitted) for camera_id, found in used.items() if found.fitted},
        passed=len(used) == len(views) and all(_good(found) for found in used.values()),
        advice=tuple(f"{camera_id}: {said}" for camera_id, found in seen.items() for said in _advice(found)),
        depth={
            camera_id: DepthCorrection(found.fitted.scale, found.fitted.offset_mm)
            for camera_id, found in used.items()
            if found.fitted
        },
        details={
            f"{camera_id}/heat": _heat(found.views, lenses[camera_id]) for camera_id, found in used.items()
        },
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
    """Where depth lies beside colour, its readings are compared where the target is in depth."""
    posed, left_out = _posed(board, pairs, lens)
    looks = [
        (pose, pair, view_depth(pose, lens, pair[1], mask(board, pose, lens, EDGE_PX)))
        for pose, pair in posed
    ]
    left_out += ["there is hardly any depth on the target"] * sum(view is None for _, _, view in looks)
    edges = [
        edge for pose, pair, view in looks if view for edge in edge_offsets(board, pose, lens, pair, view)
    ]
    shift = alignment(edges)
    views = [view for _, _, view in looks if view]
    if shift is not None and shift.length_px > shift.uncertainty_px:
        moved = (
            view_depth(pose, lens, pair[1], mask(board, pose, lens, EDGE_PX), (shift.x_px, shift.y_px))
            for pose, pair, view in looks
            if view
        )
        views = [view for view in moved if view]
    return _Seen(views, left_out, fit(views) if views else None, shift)


def _posed(
    board: Board, pairs: Sequence[ColourAndDepth], lens: Intrinsics
) -> tuple[list[tuple[BoardPose, ColourAndDepth]], list[str]]:
    """The views in which the target's pose is known, and why the others do not tell it."""
    posed, left_out = [], []
    for instant, pair in enumerate(pairs):
        sighting = find(board, pair[0], "", instant)
        pose = board_pose(board, sighting, lens) if sighting else None
        if pose is None:
            left_out.append("the target is not seen")
        elif pose.error_px > POSE_ERROR_MAX_PX:
            left_out.append(f"the target's corners miss their places by {pose.error_px:.1f} px")
        else:
            posed.append((pose, pair))
    return posed, left_out


def _results(found: _Seen, fitted: DepthFit) -> dict[str, object]:
    views, shift = found.views, found.shift
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
        "z_accuracy_percent": round(_error_percent(found), 4),
        "plane_fit_rms_mm": round(_rms([view.plane_rms_mm for view in views]), 3),
        "plane_fit_rms_percent": round(_rms([view.plane_rms_percent for view in views]), 4),
        "fill_rate_percent": round(_fill_percent(found), 2),
        "outliers_percent": round(float(np.mean([view.outlier_percent for view in views])), 2),
        "alignment_x_px": None if shift is None else round(shift.x_px, 2),
        "alignment_y_px": None if shift is None else round(shift.y_px, 2),
        "alignment_uncertainty_px": None if shift is None else round(shift.uncertainty_px, 2),
        "edge_widening_px": None if shift is None else round(shift.widening_px, 2),
        "per_view": [view.row() for view in views],
    }


def _rms(values: Sequence[float]) -> float:
    return float(np.sqrt(np.mean(np.square(values))))


def _error_percent(found: _Seen) -> float:
    return float(np.median([view.error_percent for view in found.views]))


def _fill_percent(found: _Seen) -> float:
    return float(np.mean([view.fill_percent for view in found.views]))


def _noisy(found: _Seen) -> bool:
    """Whether most views scatter more than their distance allows."""
    over = [view.plane_rms_percent > RMS_MAX_PERCENT_PER_M * view.true_mm / 1000 for view in found.views]
    return sum(over) > len(over) / 2


def _shifted(shift: Alignment | None) -> bool:
    return shift is not None and shift.length_px - shift.uncertainty_px > ALIGNMENT_MAX_PX


def _good(found: _Seen) -> bool:
    wrong = abs(_error_percent(found)) > SCALE_ERROR_MAX_PERCENT
    return not (wrong or _noisy(found) or _fill_percent(found) < FILL_MIN_PERCENT or _shifted(found.shift))


def _advice(found: _Seen) -> list[str]:
    said = []
    if found.left_out:
        reasons = "; ".join(sorted(set(found.left_out)))
        said.append(f"{len(found.left_out)} views were left out: {reasons}.")
    if found.fitted is None:
        return [*said, "no view could be used; hold the target where colour and depth see it."]
    if abs(_error_percent(found)) > SCALE_ERROR_MAX_PERCENT:
        said.append(
            f"depth is {_error_percent(found):+.1f} % wrong, beyond the {SCALE_ERROR_MAX_PERCENT:.0f} % that "
            "its maker promises: check the size of the print, then run the camera's own calibration."
        )
    if _noisy(found):
        said.append("depth is noisy: raise the laser's power, or clean the window and the lenses.")
    if _fill_percent(found) < FILL_MIN_PERCENT:
        said.append("depth has holes on the target: avoid glare, and check the laser and the exposure.")
    if found.fitted.offset_sd_mm is None:
        said.append(
            "only the scale was measured: hold the target at three distances or more that differ by a "
            "quarter, for the offset too."
        )
    return said + _advice_on_edges(found.shift)


def _advice_on_edges(shift: Alignment | None) -> list[str]:
    if shift is None:
        return [
            "how depth lies on colour was not measured: hold the whole sheet free in the air, 50 mm or more "
            "before what lies behind it."
        ]
    if not _shifted(shift):
        return []
    return [
        f"depth lies {shift.x_px:+.1f} px right and {shift.y_px:+.1f} px down of colour: switch on the "
        "alignment of depth to colour, or restore the camera's factory calibration."
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
