"""An item made ready to be looked at: one mesh in embree, vertex values, light and wetness baked."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from embreex.mesh_construction import TriangleMesh
from embreex.rtcore_scene import EmbreeScene
from numpy.typing import NDArray

from models.synthetic.atlas import Atlas, pack
from models.synthetic.light import FINE, Light, Quality, darkness, lit, on_open_tray, seen
from models.synthetic.rig import BOOTH_LIGHT, Lighting
from models.synthetic.shapes import Item, Puddle, Sheet

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]

SHADE_MARGIN_MM = 120.0
"""How far from the item its shadow on the tray is traced."""
WET_STEP_MM = 1.0
WET_MARGIN_MM = 12.0


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """Values (R, C, n) over a rectangle of the tray, rows from +y to -y; outside they end."""

    values: FloatArray
    left_mm: float
    top_mm: float
    step_mm: float

    def at(self, x: FloatArray, y: FloatArray, outside: float) -> FloatArray:
        """Values at x, y mm, each (H, W); bilinear."""
        column = (x - np.float32(self.left_mm)) / np.float32(self.step_mm)
        row = (np.float32(self.top_mm) - y) / np.float32(self.step_mm)
        found = cv2.remap(
            self.values,
            column,
            row,
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=(outside,) * 4,
        )
        return np.asarray(found, np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """What every view of one item shares.

    Attributes:
        scene: the embree scene, one mesh of all sheets.
        corners: (F, 3) vertices of every triangle, sheet after sheet.
        sheet: (V,) the sheet that each vertex is of.
        points, normals: (V, 3) float32 mm, unit.
        print_at: (V, 2) float32, where each vertex lies in the atlas, in px.
        light: what reaches each vertex.
        worn, hurt: (V,) float32, 0..1.
        gloss: (V,) float32, 0..1.
        cut: (F,) bool, triangles whose print has holes.
        shade: the share of the empty tray's light that is left, 3 values, or None where it was not asked.
        wet: depth of the puddle 0..1 and its slope in x and y, or None.
        missing: the same, unlit, of the parts that are not there.
    """

    item: Item
    lighting: Lighting
    quality: Quality
    scene: EmbreeScene
    atlas: Atlas
    corners: IntArray
    sheet: IntArray
    points: FloatArray
    normals: FloatArray
    print_at: FloatArray
    light: Light
    worn: FloatArray
    hurt: FloatArray
    gloss: FloatArray
    cut: NDArray[np.bool_]
    shade: Patch | None = None
    wet: Patch | None = None
    missing: Stage | None = None


def set_stage(
    item: Item,
    lighting: Lighting = BOOTH_LIGHT,
    quality: Quality = FINE,
    shading: tuple[Sheet, ...] = (),
) -> Stage:
    """Builds the meshes and bakes the light; takes some tenths of a second when it is fine.

    Args:
        shading: what stands between the lamps and the item, out of every camera's sight.
    """
    return light_up(build(item, lighting, quality), shading)


def build(item: Item, lighting: Lighting = BOOTH_LIGHT, quality: Quality = FINE) -> Stage:
    """The meshes alone, in the dark: enough to know what is seen where."""
    stage = _built(item, lighting, quality)
    if not item.missing:
        return stage
    return replace(stage, missing=_built(Item(item.missing), lighting, quality))


def light_up(stage: Stage, shading: tuple[Sheet, ...] = ()) -> Stage:
    """The same stage with its light baked."""
    occluder = stage.scene
    if shading:
        occluder = EmbreeScene()
        for points, faces in (_joined(stage.item.sheets), _joined(shading)):
            TriangleMesh(occluder, points, faces.astype(np.int32))
    light = _baked(stage, occluder)
    reach = max(float(np.abs(stage.points[:, :2]).max()) + SHADE_MARGIN_MM, 60.0)
    return replace(stage, light=light, shade=_tray_shade(stage, occluder, min(reach, 260.0)))


def wetness(puddle: Puddle, points: FloatArray) -> FloatArray:
    """How wet points (N, 3) mm are: 1 and more is under liquid (metaballs, Blinn 1982, uneven rim)."""
    field = np.zeros(len(points), np.float32)
    uneven = 1 + 0.10 * np.sin(points[:, 0] * 0.21 + 1.3) * np.sin(points[:, 1] * 0.17 + points[:, 2] * 0.23)
    uneven += 0.025 * np.sin(points[:, 0] * 0.53 + points[:, 1] * 0.41 + points[:, 2] * 0.37)
    for x, y, z, radius in puddle.blobs:
        square = (points[:, 0] - x) ** 2 + (points[:, 1] - y) ** 2 + (points[:, 2] - z) ** 2
        field += (radius * uneven) ** 2 / np.maximum(square, 1.0)
    return np.clip(field, 0, 8)


def _built(item: Item, lighting: Lighting, quality: Quality) -> Stage:
    sheets = item.sheets
    points, corners = _joined(sheets)
    scene = EmbreeScene()
    TriangleMesh(scene, points, corners.astype(np.int32))
    counts = [sheet.points.shape[0] * sheet.points.shape[1] for sheet in sheets]
    sheet_of = np.repeat(np.arange(len(sheets)), counts)
    atlas = pack(sheets, quality.print_px_per_mm)
    uv = np.concatenate([_uv(sheet) for sheet in sheets])
    front = atlas.front[sheet_of]
    cut = np.array([bool(sheet.texture[..., 3].min() < 128) for sheet in sheets])
    return Stage(
        item=item,
        lighting=lighting,
        quality=quality,
        scene=scene,
        atlas=atlas,
        corners=corners,
        sheet=sheet_of,
        points=points,
        normals=np.concatenate([sheet.normals().reshape(-1, 3) for sheet in sheets]).astype(np.float32),
        print_at=np.asarray(front[:, :2] + uv * front[:, 2:], np.float32),
        light=darkness(len(points), len(lighting.lamps)),
        worn=_levels([sheet.worn for sheet in sheets], counts),
        hurt=_levels([sheet.hurt for sheet in sheets], counts),
        gloss=np.array([sheet.gloss for sheet in sheets], np.float32)[sheet_of],
        cut=cut[sheet_of[corners[:, 0]]],
        wet=None if item.puddle is None else _wet_map(item.puddle),
    )


def _joined(sheets: tuple[Sheet, ...]) -> tuple[FloatArray, IntArray]:
    """Vertices (V, 3) float32 and triangles (F, 3) of all sheets, without those wholly cut out."""
    counts = np.cumsum([0, *[sheet.points.shape[0] * sheet.points.shape[1] for sheet in sheets]])
    faces = [_faces(sheet) + first for sheet, first in zip(sheets, counts[:-1], strict=True)]
    points = np.concatenate([sheet.points.reshape(-1, 3) for sheet in sheets]).astype(np.float32)
    return points, np.concatenate(faces)


def _faces(sheet: Sheet) -> IntArray:
    rows, columns = sheet.points.shape[:2]
    index = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]
    faces = np.stack([np.stack([a, b, c], -1), np.stack([a, c, d], -1)], axis=2).reshape(-1, 3)
    alpha = sheet.texture[..., 3]
    if alpha.min() < 128:
        small = cv2.resize(alpha, (columns - 1, rows - 1), interpolation=cv2.INTER_AREA)
        faces = faces[np.repeat(small.reshape(-1) > 2, 2)]
    return np.asarray(faces)


def _uv(sheet: Sheet) -> FloatArray:
    rows, columns = sheet.points.shape[:2]
    u, v = np.linspace(0, 1, columns, dtype=np.float32), np.linspace(0, 1, rows, dtype=np.float32)
    return np.stack(np.meshgrid(u, v), axis=-1).reshape(-1, 2)


def _levels(parts: list[NDArray[np.float64] | None], counts: list[int]) -> FloatArray:
    return np.concatenate(
        [
            np.zeros(count, np.float32) if part is None else part.reshape(-1).astype(np.float32)
            for part, count in zip(parts, counts, strict=True)
        ]
    )


def _baked(stage: Stage, occluder: EmbreeScene) -> Light:
    """Light on every vertex; what stands in the way is traced at every so many-th one."""
    every = stage.quality.every
    shapes = [sheet.points.shape[:2] for sheet in stage.item.sheets]
    first = np.cumsum([0, *[rows * columns for rows, columns in shapes]])
    grids = [(_chosen(rows, every), _chosen(columns, every)) for rows, columns in shapes]
    sample = np.concatenate(
        [
            (start + rows[:, None] * shape[1] + columns).reshape(-1)
            for start, shape, (rows, columns) in zip(first[:-1], shapes, grids, strict=True)
        ]
    )
    shares = seen(stage.points[sample], stage.normals[sample], occluder, stage.lighting, stage.quality)
    if every > 1:
        parts = np.split(shares, np.cumsum([len(rows) * len(columns) for rows, columns in grids])[:-1])
        shares = np.concatenate(
            [_spread(part, *grid, shape) for part, grid, shape in zip(parts, grids, shapes, strict=True)]
        )
    return lit(stage.points, stage.normals, shares, stage.lighting, stage.quality)


def _chosen(count: int, every: int) -> IntArray:
    """Indices 0 .. count - 1 in steps of about `every`, both ends among them."""
    return np.unique(np.linspace(0, count - 1, max(2, -(-count // every))).round().astype(np.int64))


def _spread(values: FloatArray, rows: IntArray, columns: IntArray, shape: tuple[int, int]) -> FloatArray:
    """Values at chosen rows and columns of a grid, bilinear at all of them, (R · C, n)."""
    grid = values.reshape(len(rows), len(columns), -1)
    grid = _along(grid, rows, shape[0])
    across = _along(grid.swapaxes(0, 1), columns, shape[1])
    return across.swapaxes(0, 1).reshape(-1, values.shape[1])


def _along(grid: FloatArray, known: IntArray, count: int) -> FloatArray:
    at = np.interp(np.arange(count), known, np.arange(len(known)))
    low = np.minimum(at.astype(np.int64), len(known) - 2)
    share = (at - low).astype(np.float32)[:, None, None]
    return np.asarray(grid[low] * (1 - share) + grid[low + 1] * share, np.float32)


def _tray_shade(stage: Stage, occluder: EmbreeScene, half_mm: float) -> Patch:
    """What is left of the light around the item, smoothed over a few mm."""
    step = stage.quality.tray_step_mm
    axis = np.arange(-half_mm, half_mm + step / 2, step, dtype=np.float32)
    x, y = np.meshgrid(axis, axis[::-1])
    points = np.stack([x.ravel(), y.ravel(), np.zeros(x.size, np.float32)], axis=1)
    up = np.broadcast_to(np.array([0, 0, 1], np.float32), points.shape)
    shares = seen(points, up, occluder, stage.lighting, stage.quality)
    light = lit(points, up, shares, stage.lighting, stage.quality).front
    left = light / on_open_tray(points, stage.lighting, stage.quality)
    smooth = cv2.GaussianBlur(left.reshape(len(axis), len(axis), 3), (0, 0), 0.8)
    return Patch(np.asarray(smooth, np.float32), float(axis[0]), float(axis[-1]), step)


def _wet_map(puddle: Puddle) -> Patch:
    blobs = np.array(puddle.blobs)
    reach = blobs[:, 3].max() * 2 + WET_MARGIN_MM
    low, high = blobs[:, :2].min(axis=0) - reach, blobs[:, :2].max(axis=0) + reach
    across = np.arange(low[0], high[0], WET_STEP_MM, dtype=np.float32)
    down = np.arange(high[1], low[1], -WET_STEP_MM, dtype=np.float32)
    x, y = np.meshgrid(across, down)
    field = wetness(puddle, np.stack([x.ravel(), y.ravel(), np.zeros(x.size, np.float32)], axis=1))
    depth = np.clip((field.reshape(x.shape) - 1) * 5, 0, 1).astype(np.float32)
    smooth = cv2.GaussianBlur(depth, (0, 0), 1.6)
    slopes = cv2.Sobel(smooth, cv2.CV_32F, 1, 0), -cv2.Sobel(smooth, cv2.CV_32F, 0, 1)
    return Patch(np.dstack([depth, *slopes]), float(across[0]), float(down[0]), WET_STEP_MM)
