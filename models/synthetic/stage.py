"""An item made ready to be looked at: meshes in embree, a table of vertex values, light and wetness baked."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import trimesh
from embreex.mesh_construction import TriangleMesh
from embreex.rtcore_scene import EmbreeScene
from numpy.typing import NDArray

from models.synthetic.light import Light, bake, darkness
from models.synthetic.shapes import Item, Puddle, Sheet

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]

MAP_HALF_MM = 260.0
MAP_STEP_MM = 3.0
WET_STEP_MM = 1.0

NORMAL, UV, FRONT, BACK, LAMPS, WORN, HURT = (
    slice(0, 3), slice(3, 5), slice(5, 8), slice(8, 11), slice(11, 13), 13, 14,
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """What every view of one item shares.

    Attributes:
        scene: the embree scene; geometry g is sheet g.
        corners: (F, 3) rows of `values` for every triangle, sheet after sheet.
        first_face: (S,) where each sheet's triangles start in `corners`.
        values: (V, 15) float32: normal, uv, light on front and back, lamps seen, worn, hurt.
        points: (V, 3) float32 mm.
        shade: (M, M, 3) float32, the share of the empty tray's light that is left; rows from +y to -y.
        missing: the same, unlit, of the parts that are not there.
        wet: (W, W, 3) float32: depth of the puddle 0..1 and its slope in x and y, or None.
    """

    item: Item
    scene: EmbreeScene
    corners: IntArray
    first_face: IntArray
    values: FloatArray
    points: FloatArray
    shade: FloatArray
    wet: FloatArray | None
    missing: Stage | None = None


def set_stage(item: Item) -> Stage:
    """Builds the meshes and bakes the light; takes some tenths of a second."""
    stage = _built(item, lit=True)
    if not item.missing:
        return stage
    return replace(stage, missing=_built(Item(item.missing), lit=False))


def _built(item: Item, lit: bool) -> Stage:
    meshes = [_mesh(sheet) for sheet in item.sheets]
    scene = EmbreeScene()
    for mesh in meshes:
        TriangleMesh(scene, np.asarray(mesh.vertices, np.float32), np.asarray(mesh.faces, np.int32))
    counts = np.cumsum([0, *[len(mesh.vertices) for mesh in meshes]])
    corners = np.concatenate([mesh.faces + first for mesh, first in zip(meshes, counts[:-1], strict=True)])
    first_face = np.cumsum([0, *[len(mesh.faces) for mesh in meshes]])[:-1]
    points = np.concatenate([mesh.vertices for mesh in meshes]).astype(np.float32)
    normals = np.concatenate([sheet.normals().reshape(-1, 3) for sheet in item.sheets]).astype(np.float32)
    light = bake(points, normals, scene) if lit else darkness(len(points))
    shade = _tray_shade(scene) if lit else np.ones((2, 2, 3), np.float32)
    wet = None if item.puddle is None else _wet_map(item.puddle)
    return Stage(item, scene, corners, first_face, _values(item, normals, light), points, shade, wet)


def wetness(puddle: Puddle, points: FloatArray) -> FloatArray:
    """How wet points (N, 3) mm are: 1 and more is under liquid (metaballs, Blinn 1982, uneven rim)."""
    field = np.zeros(len(points), np.float32)
    uneven = 1 + 0.10 * np.sin(points[:, 0] * 0.21 + 1.3) * np.sin(points[:, 1] * 0.17 + points[:, 2] * 0.23)
    uneven += 0.025 * np.sin(points[:, 0] * 0.53 + points[:, 1] * 0.41 + points[:, 2] * 0.37)
    for x, y, z, radius in puddle.blobs:
        square = (points[:, 0] - x) ** 2 + (points[:, 1] - y) ** 2 + (points[:, 2] - z) ** 2
        field += (radius * uneven) ** 2 / np.maximum(square, 1.0)
    return np.clip(field, 0, 8)


def _mesh(sheet: Sheet) -> trimesh.Trimesh:
    """The sheet as triangles, without those that its texture cuts out altogether."""
    rows, columns = sheet.points.shape[:2]
    index = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]
    faces = np.stack([np.stack([a, b, c], -1), np.stack([a, c, d], -1)], axis=2).reshape(-1, 3)
    alpha = sheet.texture[..., 3]
    if alpha.min() < 128:
        small = cv2.resize(alpha, (columns - 1, rows - 1), interpolation=cv2.INTER_AREA)
        faces = faces[np.repeat(small.reshape(-1) > 2, 2)]
    return trimesh.Trimesh(sheet.points.reshape(-1, 3), faces, process=False, validate=False)


def _values(item: Item, normals: FloatArray, light: Light) -> FloatArray:
    uv: list[FloatArray] = []
    worn: list[FloatArray] = []
    hurt: list[FloatArray] = []
    for sheet in item.sheets:
        rows, columns = sheet.points.shape[:2]
        u, v = np.meshgrid(
            np.linspace(0, 1, columns, dtype=np.float32), np.linspace(0, 1, rows, dtype=np.float32)
        )
        uv.append(np.stack([u, v], axis=-1).reshape(-1, 2))
        nothing = np.zeros(rows * columns, np.float32)
        worn.append(nothing if sheet.worn is None else sheet.worn.reshape(-1).astype(np.float32))
        hurt.append(nothing if sheet.hurt is None else sheet.hurt.reshape(-1).astype(np.float32))
    parts = [normals, np.concatenate(uv), light.front, light.back, light.lamps]
    return np.column_stack([*parts, np.concatenate(worn), np.concatenate(hurt)]).astype(np.float32)


def _tray_shade(scene: EmbreeScene) -> FloatArray:
    """What is left of the light around the item, smoothed over a few mm."""
    axis = np.arange(-MAP_HALF_MM, MAP_HALF_MM + MAP_STEP_MM / 2, MAP_STEP_MM, dtype=np.float32)
    x, y = np.meshgrid(axis, axis[::-1])
    points = np.stack([x.ravel(), y.ravel(), np.zeros(x.size, np.float32)], axis=1)
    up = np.broadcast_to(np.array([0, 0, 1], np.float32), points.shape)
    left = bake(points, up, scene, False).front / bake(points, up, None, False).front
    return cv2.GaussianBlur(left.reshape(len(axis), len(axis), 3), (0, 0), 0.8).astype(np.float32)


def _wet_map(puddle: Puddle) -> FloatArray:
    axis = np.arange(-MAP_HALF_MM, MAP_HALF_MM + WET_STEP_MM / 2, WET_STEP_MM, dtype=np.float32)
    x, y = np.meshgrid(axis, axis[::-1])
    field = wetness(puddle, np.stack([x.ravel(), y.ravel(), np.zeros(x.size, np.float32)], axis=1))
    depth = np.clip((field.reshape(x.shape) - 1) * 5, 0, 1)
    smooth = cv2.GaussianBlur(depth, (0, 0), 1.6)
    return np.dstack([depth, cv2.Sobel(smooth, cv2.CV_32F, 1, 0), -cv2.Sobel(smooth, cv2.CV_32F, 0, 1)])
