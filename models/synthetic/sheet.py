"""Shows a printed sheet held before simulated cameras: colour anti-aliased, depth through pixel centres."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.domain.picture import CameraCalibration, Picture
from booth.errors import InputError
from booth.ports.scene import Sheet
from models.synthetic.render import SRGB, Look

Floats = NDArray[np.float64]
FloatArray = NDArray[np.float32]

SAMPLES = 4
"""Samples along each side of a pixel: an edge lies right within 1/8 px before they are averaged."""
NEAR_MM = 10.0
"""What is nearer to a camera than this is not seen."""
RESTING_MM = 1.0
"""A sheet that lies in the tray's plane is seen, although both depths are rounded."""
BACK_GREY = 0.85
"""Linear; plain white paper."""
RIGID_TOLERANCE = 1e-4


class Held:
    """One sheet before every camera; each view is rendered at its first look. Any thread may look.

    Raises:
        InputError: the sheet has no print, no size, or its place is no rigid transform.
    """

    def __init__(
        self, sheet: Sheet, cameras: Mapping[str, CameraCalibration], empty: Mapping[str, Look]
    ) -> None:
        self._sheet = checked(sheet)
        self._cameras = cameras
        self._empty = empty
        self._looks: dict[str, Look] = {}
        self._lock = Lock()

    def look(self, camera_id: str) -> Look:
        """The sheet before the empty tray, as this camera sees it."""
        with self._lock:
            found = self._looks.get(camera_id)
            if found is None:
                behind = self._empty[camera_id]
                seen = show(self._sheet, self._cameras[camera_id], behind.picture)
                found = self._looks[camera_id] = Look(seen, behind.damaged, behind.item)
            return found


def checked(sheet: Sheet) -> Sheet:
    """The sheet itself. Raises: InputError: it has no print, no size, or its place is no rigid transform."""
    rgb = sheet.rgb
    if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8 or rgb.size == 0:
        raise InputError("a sheet needs a print of shape (H, W, 3) in uint8")
    if not (np.isfinite(sheet.mm_per_px) and sheet.mm_per_px > 0):
        raise InputError(f"a sheet cannot be printed at {sheet.mm_per_px} mm a pixel")
    place = np.asarray(sheet.tray_from_sheet, np.float64)
    if place.size != 16 or not np.isfinite(place).all():
        raise InputError("tray_from_sheet needs 16 numbers, row by row")
    turn = place.reshape(4, 4)[:3, :3]
    skewed = np.abs(turn @ turn.T - np.eye(3)).max() > RIGID_TOLERANCE or np.linalg.det(turn) < 0
    if skewed or np.abs(place.reshape(4, 4)[3] - (0, 0, 0, 1)).max() > RIGID_TOLERANCE:
        raise InputError("tray_from_sheet is no rigid transform")
    return sheet


def show(sheet: Sheet, camera: CameraCalibration, behind: Picture) -> Picture:
    """What the camera sees of the sheet before a picture of the empty tray."""
    aim = _Aim.of(sheet, camera)
    window = aim.window()
    if window is None or behind.depth_mm is None:
        return behind
    ground = behind.depth_mm[window].astype(np.float32)
    colour = _blend(sheet, aim, window, behind, ground)
    rgb, depth_mm = behind.rgb.copy(), behind.depth_mm.copy()
    rgb[window] = SRGB[colour]
    hit = aim.hit(window, (0.0, 0.0), ground)
    depth_mm[window][hit.inside] = np.round(hit.depth[hit.inside]).astype(np.uint16)
    rgb.flags.writeable = depth_mm.flags.writeable = False
    return Picture(rgb, depth_mm)


@dataclass(frozen=True, slots=True, eq=False)
class _Hit:
    """Where rays meet the sheet: x and y on it in mm, z-depth in mm, and whether they do, each (h, w)."""

    x: FloatArray
    y: FloatArray
    depth: FloatArray
    inside: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class _Aim:
    """A pinhole camera in the sheet's own coordinates.

    Attributes:
        eye: (3,) where it stands; behind the sheet when its z is positive.
        ray: (3, 3) what takes (column, row, 1) to a ray whose length along it is z-depth.
    """

    camera: CameraCalibration
    extent_mm: tuple[float, float]
    eye: Floats
    ray: Floats

    @classmethod
    def of(cls, sheet: Sheet, camera: CameraCalibration) -> _Aim:
        sheet_from_tray = np.linalg.inv(np.array(sheet.tray_from_sheet, np.float64).reshape(4, 4))
        pose = sheet_from_tray @ camera.pose()
        height, width = sheet.rgb.shape[:2]
        extent = (width * sheet.mm_per_px, height * sheet.mm_per_px)
        return cls(camera, extent, pose[:3, 3], pose[:3, :3] @ np.linalg.inv(camera.intrinsics.matrix()))

    def window(self) -> tuple[slice, slice] | None:
        """The part of the picture that the sheet may touch, or None when it is out of sight."""
        inner = self.camera.intrinsics
        whole = (slice(0, inner.height), slice(0, inner.width))
        width, height = self.extent_mm
        corners = np.array([[0, 0, 0], [width, 0, 0], [width, height, 0], [0, height, 0]], np.float64)
        seen = np.linalg.solve(self.ray, (corners - self.eye).T).T
        if (seen[:, 2] <= NEAR_MM).all() or abs(self.eye[2]) < 1e-6:
            return None
        if (seen[:, 2] <= NEAR_MM).any():
            return whole
        x, y = (seen[:, :2] / seen[:, 2:]).T
        left, right = (int(np.clip(value, 0, inner.width)) for value in (x.min() - 1, x.max() + 3))
        top, bottom = (int(np.clip(value, 0, inner.height)) for value in (y.min() - 1, y.max() + 3))
        return (slice(top, bottom), slice(left, right)) if right > left and bottom > top else None

    def hit(self, window: tuple[slice, slice], offset: tuple[float, float], ground: FloatArray) -> _Hit:
        """Where the rays through a window's pixels, moved by `offset` px, meet the sheet."""
        rows, columns = (np.arange(part.start, part.stop, dtype=np.float64) for part in window)
        columns, rows = columns + offset[0], (rows + offset[1])[:, None]
        x, y, z = ((axis[0] * columns + (axis[1] * rows + axis[2])).astype(np.float32) for axis in self.ray)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            depth = np.float32(-self.eye[2]) / z
            x, y = x * depth + np.float32(self.eye[0]), y * depth + np.float32(self.eye[1])
        inside = (depth > NEAR_MM) & (depth < ground + RESTING_MM)
        inside &= (x >= 0) & (x <= self.extent_mm[0]) & (y >= 0) & (y <= self.extent_mm[1])
        return _Hit(x, y, depth, inside)

    def texels(self, window: tuple[slice, slice], mm_per_px: float) -> float:
        """How many pixels of the print one sample covers, in the middle of the window."""
        middle = [(part.start + part.stop - 1) / 2 for part in window[::-1]]
        spots = np.array([middle, (middle[0] + 1, middle[1]), (middle[0], middle[1] + 1)])
        rays = np.column_stack([spots, np.ones(3)]) @ self.ray.T
        with np.errstate(divide="ignore", invalid="ignore"):
            at = rays[:, :2] * (-self.eye[2] / rays[:, 2:])
            area_mm2 = abs(float(np.linalg.det(at[1:] - at[0])))
        return float(np.nan_to_num(np.sqrt(area_mm2))) / mm_per_px / SAMPLES


def _blend(
    sheet: Sheet, aim: _Aim, window: tuple[slice, slice], behind: Picture, ground: FloatArray
) -> NDArray[np.uint16]:
    """The sheet over what lies behind it, linear: the mean of the samples of each pixel."""
    printed = _print(sheet, aim, window)
    scale_x, scale_y = printed.shape[1] / aim.extent_mm[0], printed.shape[0] / aim.extent_mm[1]
    tray = _LINEAR[behind.rgb[window]]
    total = np.zeros(tray.shape, np.uint32)
    steps = (np.arange(SAMPLES) + 0.5) / SAMPLES - 0.5
    for offset in ((float(x), float(y)) for y in steps for x in steps):
        hit = aim.hit(window, offset, ground)
        column, row = hit.x * np.float32(scale_x) - 0.5, hit.y * np.float32(scale_y) - 0.5
        sample = cv2.remap(printed, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        total += np.where(hit.inside[..., None], sample, tray)
    return ((total + SAMPLES**2 // 2) // SAMPLES**2).astype(np.uint16)


def _print(sheet: Sheet, aim: _Aim, window: tuple[slice, slice]) -> NDArray[np.uint16]:
    """The side that the camera sees, linear, made so coarse that one sample covers one of its pixels."""
    if aim.eye[2] > 0:
        return np.full((1, 1, 3), round(BACK_GREY * 65535), np.uint16)
    linear = _LINEAR[sheet.rgb]
    factor = int(np.clip(aim.texels(window, sheet.mm_per_px), 1, min(linear.shape[:2])))
    if factor == 1:
        return linear
    size = (-(-linear.shape[1] // factor), -(-linear.shape[0] // factor))
    return np.asarray(cv2.resize(linear, size, interpolation=cv2.INTER_AREA), np.uint16)


def _linear_table() -> NDArray[np.uint16]:
    """sRGB bytes to linear 0..1 in 16 bits (IEC 61966-2-1)."""
    encoded = np.arange(256) / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    return np.round(linear * 65535).astype(np.uint16)


_LINEAR = _linear_table()
