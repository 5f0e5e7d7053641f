"""Follows rays to the surface that stops them and gives its colour: print, wear, wet, light, gloss."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from models.synthetic.rig import SOFTBOXES
from models.synthetic.shapes import Sheet
from models.synthetic.stage import BACK, FRONT, HURT, LAMPS, NORMAL, UV, WORN, Stage, wetness

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]

LAYERS = 5
"""How many cut-outs a ray may pass, one behind another."""

BOARD = (0.62, 0.55, 0.45)
"""Linear colour of the board under broken print."""


@dataclass(frozen=True, slots=True, eq=False)
class Hits:
    """Rays that met the item: which ray, sheet and texel, how far along the ray, and the vertex values there.

    Attributes:
        distance: (N,) in lengths of the ray, which the camera scales so that this is z-depth in mm.
        values: (N, 15), as in Stage.
    """

    ray: IntArray
    sheet: IntArray
    distance: FloatArray
    direction: FloatArray
    point: FloatArray
    values: FloatArray


def cast_rays(stage: Stage, origin: FloatArray, rays: FloatArray) -> Hits:
    """The first opaque surface of the item along each ray (N, 3) from one origin; others are left out."""
    alive = np.arange(len(rays), dtype=np.int64)
    start = np.broadcast_to(origin, rays.shape)
    travelled = np.zeros(len(rays), np.float32)
    found: list[Hits] = []
    for _ in range(LAYERS):
        hits = _nearest(stage, alive, start, rays, travelled)
        solid = _opaque(stage, hits)
        found.append(_taken(hits, solid))
        passed = _taken(hits, ~solid)
        if len(passed.ray) == 0:
            break
        step = np.float32(0.02 / max(float(np.linalg.norm(passed.direction[0])), 1e-6))
        alive, rays = passed.ray, passed.direction
        start, travelled = passed.point + rays * step, passed.distance + step
    return _joined(found)


def shade(stage: Stage, hits: Hits) -> FloatArray:
    """Linear colour of each hit, (N, 3)."""
    values = hits.values
    view = hits.direction / np.linalg.norm(hits.direction, axis=1, keepdims=True)
    normal = values[:, NORMAL] / np.maximum(np.linalg.norm(values[:, NORMAL], axis=1, keepdims=True), 1e-6)
    from_front = np.einsum("ij,ij->i", normal, view) < 0
    albedo, gloss = _albedo(stage, hits, from_front)
    if stage.item.puddle is not None:
        wet = np.clip((wetness(stage.item.puddle, hits.point) - 1) * 3, 0, 1)[:, None]
        tint = 0.08 + 0.92 * np.array(stage.item.puddle.tint, np.float32)
        albedo = albedo * (1 - wet * (1 - tint))
        gloss = np.maximum(gloss, 0.8 * wet[:, 0])
    light = np.where(from_front[:, None], values[:, FRONT], values[:, BACK])
    normal = np.where(from_front[:, None], normal, -normal)
    return np.asarray(albedo * (light + 0.012) + _shine(hits, view, normal, gloss, from_front), np.float32)


def hurt_at(stage: Stage, hits: Hits) -> NDArray[np.bool_]:
    """Whether each hit lies on damage."""
    hurt: NDArray[np.bool_] = hits.values[:, HURT] > 0.4
    if stage.item.puddle is not None:
        hurt |= wetness(stage.item.puddle, hits.point) > 1.1
    for index, rows in _by_sheet(hits):
        scar = stage.item.sheets[index].scar
        if scar is not None:
            row, column = _texel(scar.shape[:2], hits.values[rows, UV])
            hurt[rows] |= scar[row, column]
    return hurt


def _nearest(
    stage: Stage, alive: IntArray, start: FloatArray, rays: FloatArray, travelled: FloatArray
) -> Hits:
    answer = stage.scene.run(np.ascontiguousarray(start, np.float32), np.ascontiguousarray(rays), output=1)
    met = np.flatnonzero(answer["primID"] >= 0)
    sheet = answer["geomID"][met].astype(np.int64)
    corners = stage.corners[answer["primID"][met] + stage.first_face[sheet]]
    u, v = answer["u"][met, None], answer["v"][met, None]
    values = stage.values[corners[:, 0]] * (1 - u - v)
    values += stage.values[corners[:, 1]] * u
    values += stage.values[corners[:, 2]] * v
    # embree counts in lengths of the unit ray where the wrapper normalised it, so the point itself is asked.
    point = stage.points[corners[:, 0]] * (1 - u - v)
    point += stage.points[corners[:, 1]] * u + stage.points[corners[:, 2]] * v
    direction = rays[met]
    length = np.einsum("ij,ij->i", point - start[met], direction) / np.einsum(
        "ij,ij->i", direction, direction
    )
    return Hits(alive[met], sheet, travelled[met] + length, direction, point, values)


def _opaque(stage: Stage, hits: Hits) -> NDArray[np.bool_]:
    solid = np.ones(len(hits.ray), np.bool_)
    for index, rows in _by_sheet(hits):
        texture = stage.item.sheets[index].texture
        if texture.shape[0] > 2 and stage.item.sheets[index].texture[..., 3].min() < 128:
            row, column = _texel(texture.shape[:2], hits.values[rows, UV])
            solid[rows] = texture[row, column, 3] >= 128
    return solid


def _albedo(stage: Stage, hits: Hits, from_front: NDArray[np.bool_]) -> tuple[FloatArray, FloatArray]:
    """Linear colour before light, (N, 3), and gloss, (N,)."""
    colour = np.empty((len(hits.ray), 3), np.float32)
    gloss = np.empty(len(hits.ray), np.float32)
    for index, rows in _by_sheet(hits):
        sheet = stage.item.sheets[index]
        colour[rows] = _print(sheet, hits.values[rows, UV])
        gloss[rows] = sheet.gloss
        behind = rows[~from_front[rows]]
        colour[behind] = _LINEAR[np.array(sheet.inner, np.uint8)]
        gloss[behind] = 0.05
    worn = np.clip(hits.values[:, WORN, None], 0, 1) * from_front[:, None]
    return colour * (1 - worn) + np.array(BOARD, np.float32) * worn, gloss


def _print(sheet: Sheet, uv: FloatArray) -> FloatArray:
    """The texture at uv, bilinear, linear light."""
    height, width = sheet.texture.shape[:2]
    columns = 1024
    rows = -(-len(uv) // columns)
    place = np.zeros((rows * columns, 2), np.float32)
    place[: len(uv)] = uv * (width, height) - 0.5
    x, y = (np.ascontiguousarray(place[:, k].reshape(rows, columns)) for k in (0, 1))
    found = cv2.remap(sheet.texture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(_LINEAR[found.reshape(-1, 4)[: len(uv), :3]], np.float32)


def _shine(
    hits: Hits, view: FloatArray, normal: FloatArray, gloss: FloatArray, from_front: NDArray[np.bool_]
) -> FloatArray:
    """Softboxes mirrored in the surface, wider and weaker the duller it is; Fresnel after Schlick (1994)."""
    facing = np.einsum("ij,ij->i", view, normal)[:, None]
    mirrored = view - 2 * facing * normal
    fresnel = 0.05 + 0.95 * (1 - np.clip(-facing, 0, 1)) ** 5
    width = (0.16 - 0.125 * gloss)[:, None]
    light = np.zeros_like(view)
    for index, lamp in enumerate(SOFTBOXES):
        towards = np.array(lamp.centre, np.float32) - hits.point
        towards /= np.linalg.norm(towards, axis=1, keepdims=True)
        near = np.einsum("ij,ij->i", mirrored, towards)[:, None]
        seen = hits.values[:, LAMPS][:, index, None] * from_front[:, None]
        light += np.exp((near - 1) / width) * seen * np.array(lamp.colour, np.float32)
    walls = 0.25 * np.clip(mirrored[:, 2:], 0, 1) * from_front[:, None]
    strength = gloss[:, None]
    return np.asarray(light * strength * (0.35 + 2 * fresnel) + walls * strength * fresnel, np.float32)


def _by_sheet(hits: Hits) -> list[tuple[int, IntArray]]:
    order = np.argsort(hits.sheet, kind="stable")
    names, starts = np.unique(hits.sheet[order], return_index=True)
    return (
        [(int(name), rows) for name, rows in zip(names, np.split(order, starts[1:]), strict=True)]
        if len(names)
        else []
    )


def _texel(shape: tuple[int, ...], uv: FloatArray) -> tuple[IntArray, IntArray]:
    row = np.clip((uv[:, 1] * shape[0]).astype(np.int64), 0, shape[0] - 1)
    return row, np.clip((uv[:, 0] * shape[1]).astype(np.int64), 0, shape[1] - 1)


def _taken(hits: Hits, which: NDArray[np.bool_]) -> Hits:
    if which.all():
        return hits
    return replace(
        hits,
        ray=hits.ray[which],
        sheet=hits.sheet[which],
        distance=hits.distance[which],
        direction=hits.direction[which],
        point=hits.point[which],
        values=hits.values[which],
    )


def _joined(found: list[Hits]) -> Hits:
    if len(found) == 1:
        return found[0]
    names = ("ray", "sheet", "distance", "direction", "point", "values")
    return Hits(*(np.concatenate([getattr(part, name) for part in found]) for name in names))


def _linear_table() -> FloatArray:
    """sRGB bytes to linear light (IEC 61966-2-1)."""
    encoded = np.arange(256) / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    return linear.astype(np.float32)


_LINEAR = _linear_table()
