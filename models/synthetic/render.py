"""Casts rays and shades them: colour with four samples a pixel, depth and truth through its centre."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.domain.picture import CameraCalibration, Picture
from models.synthetic import rig
from models.synthetic.light import bake
from models.synthetic.shading import Hits, cast_rays, hurt_at, shade
from models.synthetic.stage import MAP_HALF_MM, MAP_STEP_MM, WET_STEP_MM, Stage

FloatArray = NDArray[np.float32]
BoolArray = NDArray[np.bool_]

SUBPIXELS = ((-0.25, -0.25), (0.25, -0.25), (-0.25, 0.25), (0.25, 0.25))


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A picture and the truth behind it: `damaged` (H, W) bool, `item` (H, W) bool."""

    picture: Picture
    damaged: BoolArray
    item: BoolArray


class Viewpoint:
    """One camera before the empty tray; what no item changes is computed once. One thread at a time."""

    def __init__(self, camera: CameraCalibration, ground: FloatArray) -> None:
        self._camera = camera
        self._pose = camera.pose()
        inner = camera.intrinsics
        x, y = np.meshgrid(
            np.arange(inner.width, dtype=np.float32), np.arange(inner.height, dtype=np.float32)
        )
        rays = rig.directions(inner, x, y, self._pose)
        self._depth = (-self._pose[2, 3] / rays[..., 2]).astype(np.float32)
        at = self._pose[:3, 3] + rays * self._depth[..., None]
        self._ground_x, self._ground_y = at[..., 0].astype(np.float32), at[..., 1].astype(np.float32)
        self._bare = _bare_tray(self._ground_x, self._ground_y, ground)

    def empty(self) -> Look:
        """The empty tray."""
        nothing = np.zeros(self._depth.shape, np.bool_)
        return Look(self._picture(self._bare, self._depth), nothing, nothing)

    def look(self, stage: Stage) -> Look:
        """The item on the tray."""
        colour, damaged = self._tray(stage)
        depth = self._depth.copy()
        on_item = np.zeros(depth.shape, np.bool_)
        left, top, right, bottom = self._frame(stage)
        if right > left and bottom > top:
            window = (slice(top, bottom), slice(left, right))
            hits, where = self._cast(stage, window, (0.0, 0.0))
            rows, columns = where[0] + top, where[1] + left
            depth[rows, columns] = hits.distance
            on_item[rows, columns] = True
            damaged[rows, columns] = hurt_at(stage, hits)
            self._paint(stage, window, colour)
        if stage.missing is not None:
            damaged |= self._gap(stage.missing, depth)
        return Look(self._picture(colour, depth), damaged, on_item)

    def _gap(self, missing: Stage, depth: FloatArray) -> BoolArray:
        """Where something that is not there would stand in front."""
        gap = np.zeros(depth.shape, np.bool_)
        left, top, right, bottom = self._frame(missing)
        if right > left and bottom > top:
            hits, where = self._cast(missing, (slice(top, bottom), slice(left, right)), (0.0, 0.0))
            rows, columns = where[0] + top, where[1] + left
            gap[rows, columns] = hits.distance < depth[rows, columns] - 0.5
        return gap

    def _paint(self, stage: Stage, window: tuple[slice, slice], colour: FloatArray) -> None:
        """Blends four shaded samples a pixel over the tray."""
        tray = colour[window]
        total = np.zeros_like(tray)
        for offset in SUBPIXELS:
            sample = tray.copy()
            hits, where = self._cast(stage, window, offset)
            sample[where] = np.minimum(shade(stage, hits), 1.0)
            total += sample
        colour[window] = total / len(SUBPIXELS)

    def _cast(
        self, stage: Stage, window: tuple[slice, slice], offset: tuple[float, float]
    ) -> tuple[Hits, tuple[NDArray[np.intp], NDArray[np.intp]]]:
        """Item hits within a window of the picture, and their rows and columns in it."""
        rows, columns = (np.arange(part.start, part.stop, dtype=np.float32) for part in window)
        x, y = np.meshgrid(columns + np.float32(offset[0]), rows + np.float32(offset[1]))
        rays = rig.directions(self._camera.intrinsics, x, y, self._pose)
        hits = cast_rays(stage, self._pose[:3, 3].astype(np.float32), rays.reshape(-1, 3))
        row, column = np.divmod(hits.ray, len(columns))
        return hits, (row, column)

    def _tray(self, stage: Stage) -> tuple[FloatArray, BoolArray]:
        """The tray under the item's shadow and puddle, linear, and where it is wet."""
        left = _on_map(stage.shade, self._ground_x, self._ground_y, MAP_STEP_MM)
        colour = self._bare * left
        if stage.wet is None or stage.item.puddle is None:
            return colour, np.zeros(self._depth.shape, np.bool_)
        wet = _on_map(stage.wet, self._ground_x, self._ground_y, WET_STEP_MM, outside=0.0)
        depth = wet[..., :1]
        tint = np.array(stage.item.puddle.tint, np.float32)
        colour = colour * (1 - depth * (1 - tint)) + self._glint(wet) * left.mean(axis=-1, keepdims=True)
        return colour, wet[..., 0] > 0.5

    def _glint(self, wet: FloatArray) -> FloatArray:
        """The lamps mirrored in the liquid's rounded rim."""
        normal = np.dstack([-wet[..., 1] * 0.55, -wet[..., 2] * 0.55, np.ones_like(wet[..., 0])])
        normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
        at = np.dstack([self._ground_x, self._ground_y, np.zeros_like(self._ground_x)])
        view = at - self._pose[:3, 3].astype(np.float32)
        view /= np.linalg.norm(view, axis=-1, keepdims=True)
        mirrored = view - 2 * np.sum(view * normal, axis=-1, keepdims=True) * normal
        light = np.zeros_like(at)
        for lamp in rig.SOFTBOXES:
            towards = np.array(lamp.centre, np.float32) - at
            towards /= np.linalg.norm(towards, axis=-1, keepdims=True)
            shine = np.exp((np.sum(mirrored * towards, axis=-1, keepdims=True) - 1) / 0.03)
            light += shine * np.array(lamp.colour, np.float32) * 1.3
        return np.asarray((light + 0.025) * wet[..., :1], np.float32)

    def _frame(self, stage: Stage) -> tuple[int, int, int, int]:
        """Left, top, right, bottom of the pixels that the item may touch."""
        inner = self._camera.intrinsics
        seen = (stage.points - self._pose[:3, 3]) @ self._pose[:3, :3]
        x = seen[:, 0] / seen[:, 2] * inner.fx + inner.cx
        y = seen[:, 1] / seen[:, 2] * inner.fy + inner.cy
        left, right = (int(np.clip(value, 0, inner.width)) for value in (x.min() - 1, x.max() + 3))
        top, bottom = (int(np.clip(value, 0, inner.height)) for value in (y.min() - 1, y.max() + 3))
        return left, top, right, bottom

    def _picture(self, colour: FloatArray, depth: FloatArray) -> Picture:
        rgb = SRGB[(np.clip(colour, 0, 1) * (len(SRGB) - 1) + 0.5).astype(np.uint16)]
        depth_mm = np.round(np.clip(depth, 0, 65535)).astype(np.uint16)
        rgb.flags.writeable = depth_mm.flags.writeable = False
        return Picture(rgb, depth_mm)


def _bare_tray(x: FloatArray, y: FloatArray, ground: FloatArray) -> FloatArray:
    """The lit empty tray, linear (H, W, 3)."""
    axis = np.arange(-rig.GROUND_HALF_MM, rig.GROUND_HALF_MM + 1, 10, dtype=np.float32)
    grid_x, grid_y = np.meshgrid(axis, axis[::-1])
    points = np.stack([grid_x.ravel(), grid_y.ravel(), np.zeros(grid_x.size, np.float32)], axis=1)
    up = np.broadcast_to(np.array([0, 0, 1], np.float32), points.shape)
    light = bake(points, up, None, two_sided=False).front.reshape(len(axis), len(axis), 3)
    lit = _on_map(light, x, y, 10.0, half_mm=rig.GROUND_HALF_MM, outside=None)
    column = (x + rig.GROUND_HALF_MM) * rig.GROUND_PX_PER_MM - 0.5
    row = (rig.GROUND_HALF_MM - y) * rig.GROUND_PX_PER_MM - 0.5
    albedo = cv2.remap(ground, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(lit * albedo[..., None], np.float32)


def _on_map(
    values: FloatArray,
    x: FloatArray,
    y: FloatArray,
    step_mm: float,
    half_mm: float = MAP_HALF_MM,
    outside: float | None = 1.0,
) -> FloatArray:
    """Values of a map of the ground at x, y mm; beyond it `outside`, or its rim where that is None."""
    border = cv2.BORDER_REPLICATE if outside is None else cv2.BORDER_CONSTANT
    fill = (0.0 if outside is None else outside,) * 4
    column, row = (x + half_mm) / step_mm, (half_mm - y) / step_mm
    found = cv2.remap(values, column, row, cv2.INTER_LINEAR, borderMode=border, borderValue=fill)
    return np.asarray(found, np.float32)


def _srgb_table() -> NDArray[np.uint8]:
    """Linear 0..1 in 16 bits to sRGB bytes (IEC 61966-2-1)."""
    linear = np.arange(65536) / 65535
    encoded = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.round(encoded * 255).astype(np.uint8)


SRGB = _srgb_table()
"""(65536,) uint8: the byte of each linear level."""
