"""The booth itself: where the cameras stand, how the softboxes light, what the bare tray looks like."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.domain.picture import CameraCalibration, Intrinsics

FloatArray = NDArray[np.float32]

CAMERAS: tuple[tuple[str, float, float, float], ...] = (
    ("top", -90.0, 89.9, 660.0),
    ("front", -90.0, 48.0, 660.0),
    ("right", 22.0, 50.0, 660.0),
    ("left", 158.0, 50.0, 660.0),
    ("back", 90.0, 46.0, 660.0),
    ("low", -48.0, 32.0, 680.0),
)
"""Name, azimuth and elevation in degrees, distance in mm, each looking at a point just above the tray."""

VIEW_WIDTH_MM = 350.0
"""What a camera's picture spans at the tray's centre."""

AIM_MM = (0.0, 0.0, 22.0)
TRAY_HALF_MM = 232.0
GROUND_HALF_MM = 450.0
GROUND_PX_PER_MM = 2
TRAY_GREY = 0.40
SURROUND_GREY = 0.07
"""Linear albedo."""


@dataclass(frozen=True, slots=True)
class Softbox:
    """A lit rectangle: centre, two half edges in mm, and linear colour of its light at the tray's centre."""

    centre: tuple[float, float, float]
    right: tuple[float, float, float]
    up: tuple[float, float, float]
    colour: tuple[float, float, float]

    def samples(self, side: int) -> FloatArray:
        """`side` x `side` points spread over it, (N, 3) mm."""
        steps = (np.arange(side) + 0.5) / side * 2 - 1
        a, b = np.meshgrid(steps, steps)
        spots = (
            np.array(self.centre)
            + a.reshape(-1, 1) * np.array(self.right)
            + b.reshape(-1, 1) * np.array(self.up)
        )
        return np.asarray(spots, np.float32)


SOFTBOXES = (
    Softbox((-420, 260, 640), (120, 60, 60), (-40, 130, 60), (0.56, 0.545, 0.52)),
    Softbox((470, -120, 560), (40, 150, -30), (-90, 20, 120), (0.185, 0.19, 0.20)),
)
AMBIENT = (0.30, 0.305, 0.315)
"""What the white walls of the booth add to an open, level surface, linear."""


@dataclass(frozen=True, slots=True)
class Lighting:
    """The lamps of a booth, and what its white walls add to an open, level surface, linear."""

    lamps: tuple[Softbox, ...]
    ambient: tuple[float, float, float]


BOOTH_LIGHT = Lighting(SOFTBOXES, AMBIENT)


def calibrations(count: int, width: int, height: int) -> dict[str, CameraCalibration]:
    """The true calibration of the first `count` cameras."""
    focal = {name: distance * width / VIEW_WIDTH_MM for name, _, _, distance in CAMERAS}
    return {
        name: CameraCalibration(
            Intrinsics(width, height, focal[name], focal[name], (width - 1) / 2, (height - 1) / 2),
            tuple(float(value) for value in camera_pose(azimuth, elevation, distance).reshape(-1)),
        )
        for name, azimuth, elevation, distance in CAMERAS[:count]
    }


def directions(intrinsics: Intrinsics, x: FloatArray, y: FloatArray, pose: NDArray[np.float64]) -> FloatArray:
    """Rays through pixels x, y in tray coordinates, (N, 3), scaled so that length along them is z-depth."""
    rays = np.stack(
        [(x - intrinsics.cx) / intrinsics.fx, (y - intrinsics.cy) / intrinsics.fy, np.ones_like(x)], axis=-1
    )
    return np.asarray(rays @ pose[:3, :3].T, np.float32)


def ground(seed: int, grey: float = TRAY_GREY, grain_share: float = 0.055) -> FloatArray:
    """Linear albedo of the ground plane, square, `GROUND_PX_PER_MM`, rows from +y to -y."""
    side = round(2 * GROUND_HALF_MM * GROUND_PX_PER_MM)
    axis = np.abs((np.arange(side) + 0.5) / GROUND_PX_PER_MM - GROUND_HALF_MM)
    corner = 26.0
    outside = np.hypot(
        np.clip(axis[:, None] - TRAY_HALF_MM + corner, 0, None),
        np.clip(axis[None] - TRAY_HALF_MM + corner, 0, None),
    )
    edge = outside - corner
    rng = np.random.default_rng(seed)
    grain = cv2.GaussianBlur(rng.normal(0, 1, (side, side)).astype(np.float32), (0, 0), 1.2)
    cloud = cv2.resize(
        rng.normal(0, 1, (40, 40)).astype(np.float32), (side, side), interpolation=cv2.INTER_CUBIC
    )
    mat = grey * (1 + grain_share * grain + 0.012 * cloud)
    albedo = np.where(edge < 0, mat, SURROUND_GREY * (1 + 0.1 * grain))
    groove = np.exp(-((edge + 7.0) ** 2) / 3.0) * 0.45 + np.exp(-(edge**2) / 4.0) * 0.5
    return np.asarray(np.clip(albedo * (1 - groove), 0.01, 1), np.float32)


def camera_pose(
    azimuth_deg: float, elevation_deg: float, distance_mm: float, aim_mm: tuple[float, float, float] = AIM_MM
) -> NDArray[np.float64]:
    """Camera to tray, (4, 4): OpenCV axes, the tray's up (or +y from above) upwards in the picture."""
    azimuth, elevation = np.radians(azimuth_deg), np.radians(elevation_deg)
    away = np.array(
        [np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), np.sin(elevation)]
    )
    forward = -away
    right = np.cross(forward, (0.0, 0.0, 1.0))
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, :3] = np.stack([right, np.cross(forward, right), forward], axis=1)
    pose[:3, 3] = np.array(aim_mm) + away * distance_mm
    return pose
