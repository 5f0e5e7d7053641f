"""Bakes soft light into points: area lights and the booth's white walls, with what stands in their way.

The light on a matte surface does not depend on who looks, so it is computed once an item and shared by all views.
The directions are a Fibonacci sphere (Gonzalez 2010, doi:10.1007/s11004-009-9257-x).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.synthetic.rig import AMBIENT, SOFTBOXES, Softbox

FloatArray = NDArray[np.float32]

SKY_DIRECTIONS = 72
LIGHT_SIDE = 5
OFFSET_MM = 0.08
BOUNCE = 0.30
"""What the tray throws back upwards, as a share of the walls' light."""


@dataclass(frozen=True, slots=True, eq=False)
class Light:
    """What reaches N points: colour on their front and on their back, (N, 3), and share of each lamp seen, (N, L)."""

    front: FloatArray
    back: FloatArray
    lamps: FloatArray


def darkness(count: int) -> Light:
    """No light on `count` points."""
    nothing = np.zeros((count, 3), np.float32)
    return Light(nothing, nothing, np.zeros((count, len(SOFTBOXES)), np.float32))


def bake(points: FloatArray, normals: FloatArray, occluder: Any | None) -> Light:
    """Light on `points` (N, 3) mm with unit `normals`; `occluder` is an embree scene, or None for nothing."""
    sides = np.zeros((2, len(points), 3), np.float32)
    lamps = np.zeros((len(points), len(SOFTBOXES)), np.float32)
    for index, lamp in enumerate(SOFTBOXES):
        lamps[:, index] = _add_lamp(sides, points, normals, lamp, occluder)
    _add_walls(sides, points, normals, occluder)
    return Light(sides[0], sides[1], lamps)


def _add_lamp(
    sides: FloatArray, points: FloatArray, normals: FloatArray, lamp: Softbox, occluder: Any | None
) -> FloatArray:
    spots = lamp.samples(LIGHT_SIDE)
    colour = np.array(lamp.colour, np.float32) / len(spots)
    centre = np.array(lamp.centre)
    reference = np.float32(centre[2] / np.linalg.norm(centre) ** 3)
    seen = np.zeros(len(points), np.float32)
    for spot in spots:
        towards = spot - points
        distance = np.linalg.norm(towards, axis=1)
        towards /= distance[:, None]
        facing = np.einsum("ij,ij->i", normals, towards)
        free = _free(points, normals, towards, facing, occluder)
        seen += free / len(spots)
        level = free * np.abs(facing) / distance**2 / reference
        _add(sides, facing, level[:, None] * colour)
    return seen


def _add_walls(sides: FloatArray, points: FloatArray, normals: FloatArray, occluder: Any | None) -> None:
    sky = _sphere(SKY_DIRECTIONS * 2)
    colour = np.array(AMBIENT, np.float32) * (2.0 / len(sky) * 2.0)
    for direction in sky:
        towards = np.broadcast_to(direction, points.shape)
        facing = normals @ direction
        free = _free(points, normals, towards, facing, occluder)
        level = 1.0 if direction[2] > 0 else BOUNCE
        _add(sides, facing, (free * np.abs(facing) * level)[:, None] * colour)


def _free(
    points: FloatArray, normals: FloatArray, towards: FloatArray, facing: FloatArray, occluder: Any | None
) -> FloatArray:
    """1 where nothing stands between a point and where it looks, else 0."""
    if occluder is None:
        return np.ones(len(points), np.float32)
    start = points + normals * (np.sign(facing) * OFFSET_MM)[:, None]
    hit = occluder.run(start, np.ascontiguousarray(towards, np.float32), query="OCCLUDED")
    return np.asarray(hit < 0, np.float32)


def _add(sides: FloatArray, facing: FloatArray, light: FloatArray) -> None:
    sides[0] += np.where(facing[:, None] > 0, light, 0)
    sides[1] += np.where(facing[:, None] < 0, light, 0)


def _sphere(count: int) -> FloatArray:
    index = np.arange(count) + 0.5
    z = 1 - 2 * index / count
    angle = index * np.pi * (3 - np.sqrt(5))
    radius = np.sqrt(1 - z * z)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle), z], axis=1).astype(np.float32)
