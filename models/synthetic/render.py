"""Casts rays and shades them: colour from samples in each pixel, depth and truth through its centre."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.domain.picture import CameraCalibration, Picture
from models.synthetic import rig
from models.synthetic.light import FINE, Quality, on_open_tray
from models.synthetic.rig import BOOTH_LIGHT, Lighting
from models.synthetic.shading import DEPTH, Eye, Hits, cast_rays, hurt_at, shade, sight
from models.synthetic.shading import Sight as ItemSight
from models.synthetic.stage import Stage

FloatArray = NDArray[np.float32]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A picture and the truth behind it: `damaged` (H, W) bool, `item` (H, W) bool."""

    picture: Picture
    damaged: BoolArray
    item: BoolArray


@dataclass(frozen=True, slots=True)
class Lay:
    """How an item lies: moved by x and y mm from where its stage has it, turned by an angle in radians."""

    x_mm: float = 0.0
    y_mm: float = 0.0
    yaw: float = 0.0

    def tray_from_item(self) -> NDArray[np.float64]:
        """The transform, (4, 4)."""
        cosine, sine = np.cos(self.yaw), np.sin(self.yaw)
        moved = np.eye(4)
        moved[:2, :2] = [[cosine, -sine], [sine, cosine]]
        moved[:2, 3] = self.x_mm, self.y_mm
        return moved


AS_STAGED = Lay()
CENTRE_ALONE = ((0.0, 0.0),)


class Viewpoint:
    """One camera before the empty tray; what no item changes is computed once. One thread at a time."""

    def __init__(
        self,
        camera: CameraCalibration,
        ground: FloatArray,
        lighting: Lighting = BOOTH_LIGHT,
        quality: Quality = FINE,
    ) -> None:
        self._camera = camera
        self._lighting = lighting
        self._quality = quality
        self._pose = camera.pose()
        inner = camera.intrinsics
        x, y = np.meshgrid(
            np.arange(inner.width, dtype=np.float32), np.arange(inner.height, dtype=np.float32)
        )
        rays = rig.directions(inner, x, y, self._pose)
        self._depth = (-self._pose[2, 3] / rays[..., 2]).astype(np.float32)
        at = self._pose[:3, 3] + rays * self._depth[..., None]
        self._ground_x, self._ground_y = at[..., 0].astype(np.float32), at[..., 1].astype(np.float32)
        self._bare = _bare_tray(self._ground_x, self._ground_y, ground, lighting, quality)

    def empty(self) -> Look:
        """The empty tray."""
        nothing = np.zeros(self._depth.shape, np.bool_)
        return Look(self._picture(self._bare, self._depth), nothing, nothing)

    def look(self, stage: Stage, lay: Lay = AS_STAGED) -> Look:
        """The item on the tray.

        Args:
            lay: how it lies beyond how it was staged; its light is the one it was staged in, which a move of
                a few mm and a small turn hardly change.
        """
        seen = _Seen(stage, self._camera, np.linalg.inv(lay.tray_from_item()) @ self._pose)
        colour, damaged = self._tray(stage, lay)
        depth = self._depth.copy()
        on_item = np.zeros(depth.shape, np.bool_)
        window = seen.window()
        if window is not None:
            hits, rows, columns = seen.cast(window, (0.0, 0.0))
            depth[rows, columns] = hits.values[:, DEPTH]
            on_item[rows, columns] = True
            damaged[rows, columns] = hurt_at(seen.sight, hits)
            if self._quality.subpixels == CENTRE_ALONE:
                colour[rows, columns] = np.minimum(shade(seen.sight, hits), 1.0)
            else:
                self._paint(seen, window, colour)
        if stage.missing is not None:
            missing = _Seen(stage.missing, self._camera, np.linalg.inv(lay.tray_from_item()) @ self._pose)
            damaged |= _gap(missing, depth)
        return Look(self._picture(colour, depth), damaged, on_item)

    def _paint(self, seen: _Seen, window: tuple[slice, slice], colour: FloatArray) -> None:
        """Blends the shaded samples of each pixel over the tray."""
        tray = colour[window]
        total = np.zeros_like(tray)
        top, left = window[0].start, window[1].start
        for offset in self._quality.subpixels:
            sample = tray.copy()
            hits, rows, columns = seen.cast(window, offset)
            sample[rows - top, columns - left] = np.minimum(shade(seen.sight, hits), 1.0)
            total += sample
        colour[window] = total / len(self._quality.subpixels)

    def _tray(self, stage: Stage, lay: Lay) -> tuple[FloatArray, BoolArray]:
        """The tray under the item's shadow and puddle, linear, and where it is wet."""
        cosine, sine = np.float32(np.cos(lay.yaw)), np.float32(np.sin(lay.yaw))
        across, along = self._ground_x - np.float32(lay.x_mm), self._ground_y - np.float32(lay.y_mm)
        x, y = across * cosine + along * sine, along * cosine - across * sine
        colour = self._bare
        left = np.ones((*x.shape, 3), np.float32)
        if stage.shade is not None:
            left = stage.shade.at(x, y, 1.0)
            colour = colour * left
        if stage.wet is None or stage.item.puddle is None:
            return colour.copy(), np.zeros(self._depth.shape, np.bool_)
        wet = stage.wet.at(x, y, 0.0)
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
        for lamp in self._lighting.lamps:
            towards = np.array(lamp.centre, np.float32) - at
            towards /= np.linalg.norm(towards, axis=-1, keepdims=True)
            shine = np.exp((np.sum(mirrored * towards, axis=-1, keepdims=True) - 1) / 0.03)
            light += shine * np.array(lamp.colour, np.float32) * 1.3
        return np.asarray((light + 0.025) * wet[..., :1], np.float32)

    def _picture(self, colour: FloatArray, depth: FloatArray) -> Picture:
        rgb = SRGB[(np.clip(colour, 0, 1) * (len(SRGB) - 1) + 0.5).astype(np.uint16)]
        depth_mm = np.round(np.clip(depth, 0, 65535)).astype(np.uint16)
        rgb.flags.writeable = depth_mm.flags.writeable = False
        return Picture(rgb, depth_mm)


class _Seen:
    """One item before one camera, whose pose is told in the item's coordinates."""

    def __init__(self, stage: Stage, camera: CameraCalibration, pose: NDArray[np.float64]) -> None:
        self._lens = camera.intrinsics
        self._pose = pose
        self.sight: ItemSight = sight(
            stage, Eye(pose[:3, 3].astype(np.float32), pose[:3, 2].astype(np.float32))
        )

    def window(self) -> tuple[slice, slice] | None:
        """Rows and columns of the pixels that the item may touch, or None."""
        lens = self._lens
        seen = (self.sight.stage.points - self._pose[:3, 3]) @ self._pose[:3, :3]
        x = seen[:, 0] / seen[:, 2] * lens.fx + lens.cx
        y = seen[:, 1] / seen[:, 2] * lens.fy + lens.cy
        left, right = (int(np.clip(value, 0, lens.width)) for value in (x.min() - 1, x.max() + 3))
        top, bottom = (int(np.clip(value, 0, lens.height)) for value in (y.min() - 1, y.max() + 3))
        return (slice(top, bottom), slice(left, right)) if right > left and bottom > top else None

    def cast(
        self, window: tuple[slice, slice], offset: tuple[float, float]
    ) -> tuple[Hits, NDArray[np.intp], NDArray[np.intp]]:
        """Hits within a window of the picture, and their rows and columns in the picture."""
        rows, columns = (np.arange(part.start, part.stop, dtype=np.float32) for part in window)
        x, y = np.meshgrid(columns + np.float32(offset[0]), rows + np.float32(offset[1]))
        rays = rig.directions(self._lens, x, y, self._pose).reshape(-1, 3)
        hits = cast_rays(self.sight, np.ascontiguousarray(rays))
        row, column = np.divmod(hits.ray, len(columns))
        return hits, row + window[0].start, column + window[1].start


def _gap(missing: _Seen, depth: FloatArray) -> BoolArray:
    """Where something that is not there would stand in front."""
    gap = np.zeros(depth.shape, np.bool_)
    window = missing.window()
    if window is not None:
        hits, rows, columns = missing.cast(window, (0.0, 0.0))
        gap[rows, columns] = hits.values[:, DEPTH] < depth[rows, columns] - 0.5
    return gap


def _bare_tray(
    x: FloatArray, y: FloatArray, ground: FloatArray, lighting: Lighting, quality: Quality
) -> FloatArray:
    """The lit empty tray, linear (H, W, 3)."""
    axis = np.arange(-rig.GROUND_HALF_MM, rig.GROUND_HALF_MM + 1, 10, dtype=np.float32)
    grid_x, grid_y = np.meshgrid(axis, axis[::-1])
    points = np.stack([grid_x.ravel(), grid_y.ravel(), np.zeros(grid_x.size, np.float32)], axis=1)
    light = on_open_tray(points, lighting, quality).reshape(len(axis), len(axis), 3)
    column, row = (x + rig.GROUND_HALF_MM) / 10, (rig.GROUND_HALF_MM - y) / 10
    lit = cv2.remap(light, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    fine_column = (x + rig.GROUND_HALF_MM) * rig.GROUND_PX_PER_MM - 0.5
    fine_row = (rig.GROUND_HALF_MM - y) * rig.GROUND_PX_PER_MM - 0.5
    albedo = cv2.remap(ground, fine_column, fine_row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(lit * albedo[..., None], np.float32)


def _srgb_table() -> NDArray[np.uint8]:
    """Linear 0..1 in 16 bits to sRGB bytes (IEC 61966-2-1)."""
    linear = np.arange(65536) / 65535
    encoded = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.round(encoded * 255).astype(np.uint8)


SRGB = _srgb_table()
"""(65536,) uint8: the byte of each linear level."""
