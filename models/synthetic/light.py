"""Bakes soft light into points: area lights and the booth's white walls, with what stands in their way.

The light on a matte surface does not depend on who looks: so it is baked once an item for all views.
The directions are a Fibonacci sphere (Gonzalez 2010, doi:10.1007/s11004-009-9257-x).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.synthetic.rig import AMBIENT, SOFTBOXES, Softbox

FloatArray = NDArray[np.float32]

WALL_DIRECTIONS = 64
LAMP_SIDE = 4
OFFSET_MM = 0.08
BOUNCE = 0.30
"""What the tray throws back upwards, as a share of the walls' light."""


@dataclass(frozen=True, slots=True, eq=False)
class Light:
    """What reaches N points: colour on front and back, each (N, 3), share of each lamp seen, (N, L)."""

    front: FloatArray
    back: FloatArray
    lamps: FloatArray


def darkness(count: int) -> Light:
    """No light on `count` points."""
    nothing = np.zeros((count, 3), np.float32)
    return Light(nothing, nothing, np.zeros((count, len(SOFTBOXES)), np.float32))


def bake(points: FloatArray, normals: FloatArray, occluder: Any | None, two_sided: bool = True) -> Light:
    """Light on `points` (N, 3) mm with unit `normals`; `occluder` is an embree scene, or None for nothing."""
    site = _Site(points, normals, occluder, two_sided)
    sides = np.zeros((2, len(points), 3), np.float32)
    lamps = np.zeros((len(points), len(SOFTBOXES)), np.float32)
    for index, lamp in enumerate(SOFTBOXES):
        level, lamps[:, index] = _lamp_level(site, lamp)
        sides += level[..., None] * np.array(lamp.colour, np.float32)
    sides += _wall_level(site)[..., None] * np.array(AMBIENT, np.float32)
    return Light(sides[0], sides[1], lamps)


@dataclass(frozen=True, slots=True, eq=False)
class _Site:
    points: FloatArray
    normals: FloatArray
    occluder: Any | None
    two_sided: bool

    def free(self, towards: FloatArray, facing: FloatArray) -> FloatArray:
        """1 where nothing stands between a point and where it looks, else 0."""
        if self.occluder is None:
            return np.ones(len(self.points), np.float32)
        start = self.points + self.normals * np.copysign(np.float32(OFFSET_MM), facing)[:, None]
        hit = self.occluder.run(start, np.ascontiguousarray(towards, np.float32), query="OCCLUDED")
        return np.asarray(hit < 0, np.float32)


def _lamp_level(site: _Site, lamp: Softbox) -> tuple[FloatArray, FloatArray]:
    """Level on front and back, (2, N), 1 at the empty tray's centre; and the share of it that is seen."""
    spots = lamp.samples(LAMP_SIDE)
    centre = np.array(lamp.centre)
    reference = np.float32(centre[2] / np.linalg.norm(centre) ** 3) * len(spots)
    level = np.zeros((2, len(site.points)), np.float32)
    seen = np.zeros(len(site.points), np.float32)
    for spot in spots:
        towards = spot - site.points
        square = np.einsum("ij,ij->i", towards, towards)
        towards /= np.sqrt(square)[:, None]
        facing = np.einsum("ij,ij->i", site.normals, towards)
        free = site.free(towards, facing)
        seen += free / len(spots)
        _add(level, facing, free / square / reference)
    return level, seen


def _wall_level(site: _Site) -> FloatArray:
    """Level on front and back, (2, N), 1 on an open, level surface."""
    level = np.zeros((2, len(site.points)), np.float32)
    for direction in _sphere(WALL_DIRECTIONS):
        if direction[2] < 0 and not site.two_sided:
            continue
        facing = site.normals @ direction
        free = site.free(np.broadcast_to(direction, site.points.shape), facing)
        _add(level, facing, free * (4.0 / WALL_DIRECTIONS * (1.0 if direction[2] > 0 else BOUNCE)))
    return level


def _add(level: FloatArray, facing: FloatArray, light: FloatArray) -> None:
    level[0] += np.maximum(facing, 0) * light
    level[1] += np.maximum(-facing, 0) * light


def _sphere(count: int) -> FloatArray:
    index = np.arange(count) + 0.5
    z = 1 - 2 * index / count
    angle = index * np.pi * (3 - np.sqrt(5))
    radius = np.sqrt(1 - z * z)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle), z], axis=1).astype(np.float32)
