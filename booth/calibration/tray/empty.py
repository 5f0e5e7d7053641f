"""The empty tray: its picture from several frames, and its plane as depth sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.calibration.outcome import Outcome
from booth.calibration.pinhole import rays
from booth.domain.calibrating import Step
from booth.domain.picture import Calibration, CameraCalibration, DepthCorrection, Picture
from booth.errors import InputError

Floats = NDArray[np.float64]
Plane = tuple[float, float, float, float]

THUMB_PX = (80, 60)
"""Pictures are compared this small: area averaging takes most of the sensor's noise away."""
MOVING_LEVELS, MOVING_SHARE = 14, 0.004
CHANGED_LEVELS, CHANGED_SHARE = 22, 0.006
"""Grey levels by which a pixel must differ, and the share of such pixels; as the lane watches its tray."""
HALF_MM = 150.0
"""The radius of the part of the tray that must be free and flat."""
OVER_MM, OVER_SHARE = 8.0, 0.01
"""Above the tray's own plane as depth sees it: several times what depth scatters at 0.7 m."""
FEWEST_READINGS = 500
MAX_OFFSET_MM, MAX_TILT_DEG = 5.0, 1.0
MIDDLE_PART = 3.0
"""Robust standard deviations within which a reading belongs to the plane."""


@dataclass(frozen=True, slots=True)
class DepthPlane:
    """The tray as one camera's depth sees it, against the tray's plane of the calibration.

    Attributes:
        offset_mm: how high it comes out over the plane at its middle; positive is towards the camera.
        tilt_deg: the angle between the two.
        rms_mm: distance of the readings from their own plane, the outliers left out.
        fill_percent: of the pixels that look at the tray, how many have a reading.
        over_share: of the readings, how many lie well above their own plane.
    """

    offset_mm: float
    tilt_deg: float
    rms_mm: float
    fill_percent: float
    over_share: float


def empty_tray(
    frames: Mapping[str, Sequence[Picture]], before: Calibration | None, compare: bool = True
) -> Outcome:
    """The picture of the empty tray for each camera: the median of its frames, depth where it has any.

    Args:
        frames: several of each camera, one after the other; a single one is taken as it is.
        before: whose empty-tray pictures and plane tell whether something lies there.
        compare: False when the tray or the light was changed, so that the old pictures mean nothing.

    Raises:
        InputError: there is no frame, something moves, or something lies on the tray.
    """
    if not frames or not all(frames.values()):
        raise InputError("there is no picture of the empty tray")
    pictures = {camera_id: median_of(camera_id, shots) for camera_id, shots in frames.items()}
    old = before.empty_tray if before and compare else {}
    for camera_id, picture in pictures.items():
        if camera_id in old and old[camera_id].rgb.shape == picture.rgb.shape:
            _check_like(camera_id, picture, old[camera_id])
    planes = {
        camera_id: plane
        for camera_id, picture in pictures.items()
        if (plane := _plane_of(camera_id, picture, before)) is not None
    }
    for camera_id, plane in planes.items():
        if plane.over_share > OVER_SHARE:
            raise InputError(f"camera '{camera_id}': something rises above the tray: clear it")
    advice = tuple(_advice(planes))
    rows = {camera_id: _row(len(shots), planes.get(camera_id)) for camera_id, shots in frames.items()}
    return Outcome(
        Step.TRAY,
        {"empty_tray": rows},
        passed=not advice,
        advice=advice,
        empty_tray=pictures,
    )


def median_of(camera_id: str, shots: Sequence[Picture]) -> Picture:
    """The median of several pictures of one camera; depth of the readings that there are.

    Raises:
        InputError: they differ in size, or something moves in them.
    """
    if len({shot.rgb.shape for shot in shots}) > 1:
        raise InputError(f"camera '{camera_id}': the pictures of the empty tray differ in size")
    rgb = np.median(np.stack([shot.rgb for shot in shots]), axis=0).astype(np.uint8)
    for shot in shots:
        if _changed(shot.rgb, rgb, MOVING_LEVELS) > MOVING_SHARE:
            raise InputError(f"camera '{camera_id}': something moves in the picture: keep hands away")
    depths = [shot.depth_mm for shot in shots if shot.depth_mm is not None]
    return Picture(rgb, _median_depth(depths) if depths else None)


def plane_from_depth(
    depth_mm: NDArray[np.uint16],
    camera: CameraCalibration,
    plane: Plane = (0.0, 0.0, 1.0, 0.0),
    correction: DepthCorrection | None = None,
) -> DepthPlane | None:
    """Fit a plane to the depth readings on the tray; None where there are too few.

    Args:
        depth_mm: (H, W), 0 = no reading, of the size that the lens was calibrated at.
    """
    looking, points = _on_tray(depth_mm, camera, plane, correction or DepthCorrection())
    if len(points) < FEWEST_READINGS:
        return None
    normal, distance = np.array(plane[:3]), plane[3]
    kept = np.ones(len(points), np.bool_)
    for _ in range(5):
        middle = points[kept].mean(axis=0)
        own = np.linalg.svd(points[kept][:: max(1, kept.sum() // 20_000)] - middle, full_matrices=False)[2][2]
        own = own if own @ normal > 0 else -own
        apart = (points - middle) @ own
        kept = np.abs(apart - np.median(apart)) < MIDDLE_PART * max(1.4826 * float(_mad(apart)), 0.5)
    centre = -distance * normal
    return DepthPlane(
        float((middle - centre) @ own / (normal @ own)),
        float(np.degrees(np.arccos(np.clip(own @ normal, -1, 1)))),
        float(np.sqrt(np.mean(apart[kept] ** 2))),
        100 * len(points) / max(looking, 1),
        float(np.mean(apart > OVER_MM)),
    )


def _on_tray(
    depth_mm: NDArray[np.uint16], camera: CameraCalibration, plane: Plane, correction: DepthCorrection
) -> tuple[int, Floats]:
    """How many pixels look at the tray's middle part, and the places of their readings, (n, 3) mm."""
    lens, pose = camera.intrinsics, camera.pose()
    rows, columns = np.mgrid[0 : lens.height : 2, 0 : lens.width : 2]
    pixels = np.column_stack([columns.ravel(), rows.ravel()]).astype(np.float64)
    directions = rays(pixels, lens) @ pose[:3, :3].T
    normal = np.array(plane[:3])
    down = np.where(directions @ normal < -1e-6, directions @ normal, np.nan)
    ground = pose[:3, 3] - directions * ((pose[:3, 3] @ normal + plane[3]) / down)[:, None]
    inside = np.linalg.norm(ground + plane[3] * normal, axis=1) < HALF_MM
    reading = depth_mm[rows.ravel()[inside], columns.ravel()[inside]].astype(np.float64)
    there = reading > 0
    true = reading[there] * correction.scale + correction.offset_mm
    return int(inside.sum()), pose[:3, 3] + directions[inside][there] * true[:, None]


def _plane_of(camera_id: str, picture: Picture, before: Calibration | None) -> DepthPlane | None:
    if before is None or camera_id not in before.cameras or picture.depth_mm is None:
        return None
    camera = before.cameras[camera_id]
    if picture.depth_mm.shape != (camera.intrinsics.height, camera.intrinsics.width):
        return None
    return plane_from_depth(picture.depth_mm, camera, before.tray_plane, before.depth.get(camera_id))


def _row(frames: int, plane: DepthPlane | None) -> dict[str, object]:
    if plane is None:
        return {"frames": frames}
    return {
        "frames": frames,
        "depth_offset_mm": plane.offset_mm,
        "depth_tilt_deg": plane.tilt_deg,
        "depth_rms_mm": plane.rms_mm,
        "depth_fill_percent": plane.fill_percent,
    }


def _advice(planes: Mapping[str, DepthPlane]) -> list[str]:
    return [
        f"camera '{camera_id}': depth sees the tray {plane.offset_mm:+.1f} mm and "
        f"{plane.tilt_deg:.1f} degrees off its plane: calibrate depth, or measure the tray again"
        for camera_id, plane in planes.items()
        if abs(plane.offset_mm) > MAX_OFFSET_MM or plane.tilt_deg > MAX_TILT_DEG
    ]


def _check_like(camera_id: str, picture: Picture, old: Picture) -> None:
    share = _changed(picture.rgb, old.rgb, CHANGED_LEVELS)
    if share > CHANGED_SHARE:
        raise InputError(
            f"camera '{camera_id}': {share:.1%} of the picture differ from the empty tray as it was: clear "
            "the tray; or, when the tray, the light or the camera was changed, call the old picture void"
        )


def _changed(first: NDArray[np.uint8], second: NDArray[np.uint8], levels: int) -> float:
    """The share of pixels of the thumbnails that differ by more than `levels` in a channel."""
    apart = np.abs(_thumb(first) - _thumb(second)).max(axis=2)
    return float(np.mean(apart > levels))


def _thumb(rgb: NDArray[np.uint8]) -> NDArray[np.int16]:
    return np.asarray(cv2.resize(rgb, THUMB_PX, interpolation=cv2.INTER_AREA), np.int16)


def _median_depth(depths: Sequence[NDArray[np.uint16]]) -> NDArray[np.uint16]:
    """The median of the readings of each pixel; 0 where most frames have none."""
    stack = np.stack(depths).astype(np.int32)
    readings = (stack > 0).sum(axis=0)
    ordered = np.sort(np.where(stack > 0, stack, 2**17), axis=0)
    lower = np.take_along_axis(ordered, np.maximum(readings - 1, 0)[None] // 2, axis=0)[0]
    upper = np.take_along_axis(ordered, np.minimum(readings // 2, len(depths) - 1)[None], axis=0)[0]
    return np.where(2 * readings > len(depths), (lower + upper + 1) // 2, 0).astype(np.uint16)


def _mad(values: Floats) -> float:
    return float(np.median(np.abs(values - np.median(values))))
