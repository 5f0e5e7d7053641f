"""Follows rays to the surface that stops them and gives its colour: print, wear, wet, light, gloss.

What varies slowly (light, gloss) is worked out at the vertices, once a view; what varies quickly (print, the
rim of a puddle) at every hit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.synthetic.stage import Stage, wetness

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]

LAYERS = 5
"""How many cut-outs a ray may pass, one behind another."""
STEP_MM = 0.02
BOARD = np.array((0.62, 0.55, 0.45), np.float32)
"""Linear colour of the board under broken print."""

PRINT, DEPTH, WORN, HURT, LIGHT, SHINE, POINT = (
    slice(0, 2), 2, 3, 4, slice(5, 8), slice(8, 11), slice(11, 14),
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Eye:
    """Where one camera stands, in the stage's coordinates: (3,) mm, and (3,) the unit axis it looks along."""

    origin: FloatArray
    forward: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """A stage as one camera sees it: a table of vertex values, fronts first, then the same vertices' backs.

    Attributes:
        rows: (2 V, 11 or 14) float32: place in the atlas, depth, worn, hurt, light, shine; the point itself
            only where there is liquid.
        corners: (F, 3) rows of every triangle as this camera sees it, from its front or its back.
    """

    stage: Stage
    eye: Eye
    rows: FloatArray
    corners: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Hits:
    """Rays that met the item: (N,) which ray, and (N, n) the values there, in the columns of `Sight.rows`."""

    ray: IntArray
    values: FloatArray


def sight(stage: Stage, eye: Eye) -> Sight:
    """What one camera needs to know of every vertex."""
    points = stage.points
    towards = points - eye.origin
    depth = towards @ eye.forward
    edges = points[stage.corners]
    across = np.cross(edges[:, 1] - edges[:, 0], edges[:, 2] - edges[:, 0])
    behind = np.einsum("ij,ij->i", across, edges[:, 0] - eye.origin) > 0
    view = towards / np.linalg.norm(towards, axis=1, keepdims=True)
    common = [depth[:, None], stage.worn[:, None], stage.hurt[:, None]]
    tail = [points] if stage.item.puddle is not None else []
    shine = _shine(stage, view)
    front = np.concatenate([stage.print_at, *common, stage.light.front + 0.012, shine, *tail], axis=1)
    back_at = stage.atlas.back[stage.sheet]
    common[1] = np.zeros_like(common[1])
    back = np.concatenate([back_at, *common, stage.light.back + 0.012, np.zeros_like(shine), *tail], axis=1)
    rows = np.concatenate([front, back]).astype(np.float32)
    return Sight(stage, eye, rows, stage.corners + np.where(behind, len(points), 0)[:, None])


def cast_rays(seen: Sight, rays: FloatArray) -> Hits:
    """The first opaque surface of the item along each ray (N, 3); rays that meet none are left out."""
    stage = seen.stage
    alive = np.arange(len(rays), dtype=np.int64)
    start = np.broadcast_to(seen.eye.origin, rays.shape)
    found: list[Hits] = []
    for _ in range(LAYERS):
        answer = stage.scene.run(np.ascontiguousarray(start, np.float32), rays, output=1)
        met = np.flatnonzero(answer["primID"] >= 0)
        face = answer["primID"][met]
        values = _blend(seen, face, answer["u"][met], answer["v"][met])
        solid = ~stage.cut[face]
        asked = np.flatnonzero(~solid)
        solid[asked] = stage.atlas.solid(_front_place(seen, face[asked], answer, met[asked]))
        if solid.all():
            found.append(Hits(alive[met], values))
            break
        found.append(Hits(alive[met[solid]], values[solid]))
        passed = met[~solid]
        alive, rays = alive[passed], np.ascontiguousarray(rays[passed])
        # embree counts in lengths of the unit ray where the wrapper normalised it, so depth leads on.
        further = values[~solid, DEPTH] + np.float32(STEP_MM)
        start = seen.eye.origin + rays * (further / (rays @ seen.eye.forward))[:, None]
    if len(found) == 1:
        return found[0]
    return Hits(np.concatenate([hit.ray for hit in found]), np.concatenate([hit.values for hit in found]))


def shade(seen: Sight, hits: Hits) -> FloatArray:
    """Linear colour of each hit, (N, 3)."""
    values = hits.values
    albedo = _LINEAR[seen.stage.atlas.colour(values[:, PRINT])]
    worn = np.clip(values[:, WORN, None], 0, 1)
    if worn.any():
        albedo = albedo * (1 - worn) + BOARD * worn
    shine = values[:, SHINE]
    puddle = seen.stage.item.puddle
    if puddle is not None:
        wet = np.clip((wetness(puddle, values[:, POINT]) - 1) * 3, 0, 1)[:, None]
        tint = 0.08 + 0.92 * np.array(puddle.tint, np.float32)
        albedo = albedo * (1 - wet * (1 - tint))
        shine = shine * (1 - wet) + 0.035 * wet
    return np.asarray(albedo * values[:, LIGHT] + shine, np.float32)


def hurt_at(seen: Sight, hits: Hits) -> NDArray[np.bool_]:
    """Whether each hit lies on damage."""
    hurt: NDArray[np.bool_] = hits.values[:, HURT] > 0.4
    if seen.stage.item.puddle is not None:
        hurt |= wetness(seen.stage.item.puddle, hits.values[:, POINT]) > 1.1
    return hurt | seen.stage.atlas.scarred(hits.values[:, PRINT])


def _blend(seen: Sight, face: IntArray, u: FloatArray, v: FloatArray) -> FloatArray:
    corners = seen.corners[face]
    values = seen.rows.take(corners[:, 0], axis=0) * (1 - u - v)[:, None]
    values += seen.rows.take(corners[:, 1], axis=0) * u[:, None]
    values += seen.rows.take(corners[:, 2], axis=0) * v[:, None]
    return np.asarray(values)


def _front_place(seen: Sight, face: IntArray, answer: dict[str, FloatArray], at: IntArray) -> FloatArray:
    """Where hits lie in their sheets' prints, whichever side is seen, (N, 2) px."""
    corners = seen.stage.corners[face]
    u, v = answer["u"][at, None], answer["v"][at, None]
    place = seen.stage.print_at[corners[:, 0]] * (1 - u - v)
    return np.asarray(place + seen.stage.print_at[corners[:, 1]] * u + seen.stage.print_at[corners[:, 2]] * v)


def _shine(stage: Stage, view: FloatArray) -> FloatArray:
    """Softboxes mirrored in the surface, wider and weaker the duller it is; Fresnel after Schlick (1994)."""
    gloss = stage.gloss[:, None]
    facing = np.einsum("ij,ij->i", view, stage.normals)[:, None]
    mirrored = view - 2 * facing * stage.normals
    fresnel = 0.05 + 0.95 * (1 - np.clip(-facing, 0, 1)) ** 5
    width = 0.16 - 0.125 * gloss
    light = np.zeros_like(view)
    for index, lamp in enumerate(stage.lighting.lamps):
        towards = np.array(lamp.centre, np.float32) - stage.points
        towards /= np.linalg.norm(towards, axis=1, keepdims=True)
        near = np.einsum("ij,ij->i", mirrored, towards)[:, None]
        seen = stage.light.lamps[:, index, None]
        light += np.exp((near - 1) / width) * seen * np.array(lamp.colour, np.float32)
    walls = 0.25 * np.clip(mirrored[:, 2:], 0, 1)
    return np.asarray(light * gloss * (0.35 + 2 * fresnel) + walls * gloss * fresnel, np.float32)


def _linear_table() -> FloatArray:
    """sRGB bytes to linear light (IEC 61966-2-1)."""
    encoded = np.arange(256) / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    return linear.astype(np.float32)


_LINEAR = _linear_table()
