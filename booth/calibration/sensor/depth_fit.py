"""Depth readings on one view of a target, and the straight line from readings to truth over many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from booth.calibration.pinhole import rays
from booth.calibration.targets.pose import BoardPose
from booth.domain.picture import Intrinsics

Floats = NDArray[np.float64]

FEWEST_READINGS = 200
MOST_READINGS = 20_000
"""A view's readings are thinned to so many: more say nothing new of one plane."""
OUTLIER_DEVIATIONS = 4.0
OUTLIER_FLOOR = 0.005
"""As a share of the distance: never stricter than half a percent. A hand before the target is beyond it."""
CORRELATED_PX = 25.0
"""Depth errors of neighbours are alike: matching windows are 5 x 5 pixels or more."""
STEP_SD_MM = 1 / np.sqrt(12)
"""Readings are whole millimetres; a target that leans over many of them evens that out."""
SPREAD_MIN = 0.25
"""Distances must differ by a quarter of their mean before scale and offset can be told apart."""
FEWEST_FOR_OFFSET = 3
COVERAGE = 2.0
"""Uncertainties are given for 95 % (k = 2; JCGM 100:2008, 6.3.3)."""


@dataclass(frozen=True, slots=True, eq=False)
class ViewDepth:
    """The readings on one view of a target.

    Attributes:
        true_mm, measured_mm: mean z-depth of the same pixels, by the target's pose and as read.
        sd_mm: standard deviation of `true_mm - measured_mm` that pose and noise account for.
        plane_rms_mm: RMS distance of the readings from their own best plane.
        pixels, errors_percent: (n, 2) column and row, (n,) measured against true, of the readings used.
    """

    true_mm: float
    measured_mm: float
    sd_mm: float
    plane_rms_mm: float
    fill_percent: float
    outlier_percent: float
    pose_error_px: float
    pixels: NDArray[np.int64]
    errors_percent: Floats

    @property
    def plane_rms_percent(self) -> float:
        """Of the distance."""
        return 100 * self.plane_rms_mm / self.true_mm

    @property
    def error_percent(self) -> float:
        """How far the readings lie too far away, signed, of the distance (Z-accuracy)."""
        return float(np.median(self.errors_percent))

    def row(self) -> dict[str, float]:
        """For the results."""
        return {
            "distance_mm": round(self.true_mm, 2),
            "measured_mm": round(self.measured_mm, 2),
            "z_accuracy_percent": round(self.error_percent, 4),
            "plane_fit_rms_mm": round(self.plane_rms_mm, 3),
            "fill_rate_percent": round(self.fill_percent, 2),
            "pose_rms_px": round(self.pose_error_px, 3),
        }


@dataclass(frozen=True, slots=True)
class DepthFit:
    """True depth = `scale` · measured + `offset_mm`.

    Attributes:
        offset_sd_mm: None where the distances do not tell offset from scale. An offset that is smaller than
            its own uncertainty is not used: `offset_mm` is 0, and the scale is fitted alone.
    """

    scale: float
    scale_sd: float
    offset_mm: float = 0.0
    offset_sd_mm: float | None = None

    @property
    def scale_error_percent(self) -> float:
        """Positive where the camera reads too far."""
        return 100 * (1 / self.scale - 1)

    @property
    def scale_uncertainty_percent(self) -> float:
        """Of `scale_error_percent`, for 95 %."""
        return 100 * COVERAGE * self.scale_sd / self.scale**2


def view_depth(
    pose: BoardPose,
    lens: Intrinsics,
    depth_mm: NDArray[np.uint16],
    on_target: NDArray[np.bool_],
    shift_px: tuple[float, float] = (0.0, 0.0),
) -> ViewDepth | None:
    """Compare the readings under a mask with the target's plane; None where there are hardly any.

    Args:
        shift_px: how far right and down of colour depth lies: a target that leans seems nearer or further.
    """
    inside = np.flatnonzero(on_target)
    if len(inside) < FEWEST_READINGS:
        return None
    read = depth_mm.ravel()[inside]
    fill = float(np.mean(read > 0))
    chosen = inside[read > 0]
    chosen = chosen[:: max(1, len(chosen) // MOST_READINGS)]
    if len(chosen) < FEWEST_READINGS:
        return None
    pixels = np.column_stack([chosen % lens.width, chosen // lens.width])
    directions = rays(pixels - np.array(shift_px), lens)
    true = _plane_depth(pose, directions)
    measured = depth_mm.ravel()[chosen].astype(np.float64)
    kept = _agreeing(measured / true)
    pixels, true, measured = pixels[kept], true[kept], measured[kept]
    rms_mm = _plane_rms_mm(directions[kept] * measured[:, None])
    noise_mm = _mean_sd_mm(rms_mm, fill * len(inside), float(np.ptp(true)))
    return ViewDepth(
        float(true.mean()),
        float(measured.mean()),
        float(np.hypot(pose.distance_sd_mm, noise_mm)),
        rms_mm,
        100 * fill,
        100 * float(np.mean(~kept)),
        pose.error_px,
        pixels,
        100 * (measured / true - 1),
    )


def fit(views: Sequence[ViewDepth]) -> DepthFit:
    """Scale, and the offset where the distances tell it, by weighted least squares over the views."""
    measured = np.array([view.measured_mm for view in views])
    true = np.array([view.true_mm for view in views])
    sd = np.array([view.sd_mm for view in views])
    alone, alone_sd = _solve(measured[:, None], true, sd)
    scale_alone = DepthFit(float(alone[0]), float(alone_sd[0]))
    if len(views) < FEWEST_FOR_OFFSET or np.ptp(true) < SPREAD_MIN * true.mean():
        return scale_alone
    both, both_sd = _solve(np.column_stack([measured, np.ones_like(measured)]), true, sd)
    if abs(both[1]) <= COVERAGE * both_sd[1]:
        return DepthFit(scale_alone.scale, scale_alone.scale_sd, 0.0, float(both_sd[1]))
    return DepthFit(float(both[0]), float(both_sd[0]), float(both[1]), float(both_sd[1]))


def _solve(design: Floats, true: Floats, sd: Floats) -> tuple[Floats, Floats]:
    """Weighted least squares and its standard deviations, widened where the views scatter more than `sd`."""
    weighted = design / sd[:, None]
    covariance = np.linalg.inv(weighted.T @ weighted)
    found = covariance @ weighted.T @ (true / sd)
    freedom = len(true) - design.shape[1]
    misfit = float(np.sum(((true - design @ found) / sd) ** 2))
    widening = max(1.0, misfit / freedom) if freedom > 0 else 1.0
    return found, np.sqrt(np.diag(covariance) * widening)


def _mean_sd_mm(rms_mm: float, readings: float, range_mm: float) -> float:
    """Standard deviation of the mean of readings that scatter by `rms_mm` about a plane.

    Noise evens the steps of whole millimetres out (Widrow and Kollár, "Quantization Noise", 2008, ch. 4).
    """
    noise_mm = rms_mm * np.sqrt(CORRELATED_PX / readings)
    dither = np.exp(-2 * np.pi**2 * max(rms_mm**2 - STEP_SD_MM**2, 0.0))
    return float(np.hypot(noise_mm, STEP_SD_MM * dither / np.sqrt(1 + range_mm)))


def _plane_depth(pose: BoardPose, directions: Floats) -> Floats:
    """z-depth where rays meet the target's plane, (n,) mm."""
    normal = pose.camera_from_board[:3, 2]
    return np.asarray((normal @ pose.camera_from_board[:3, 3]) / (directions @ normal))


def _agreeing(ratio: Floats) -> NDArray[np.bool_]:
    """Readings that are of the target, not of something before it or behind."""
    middle = np.median(ratio)
    spread = 1.4826 * float(np.median(np.abs(ratio - middle)))
    return np.asarray(np.abs(ratio - middle) <= max(OUTLIER_DEVIATIONS * spread, OUTLIER_FLOOR))


def _plane_rms_mm(points: Floats) -> float:
    """RMS distance of points (n, 3) from their best plane, by total least squares."""
    centred = points - points.mean(axis=0)
    least = np.linalg.eigvalsh(centred.T @ centred / len(points))[0]
    return float(np.sqrt(max(least, 0.0)))
