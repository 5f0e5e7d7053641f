"""Bakes soft light into points: area lights and the booth's white walls, with what stands in their way.

The light on a matte surface does not depend on who looks: so it is baked once an item for all views. What
is in the way is traced on a coarser grid than the surface; the way the surface faces is not.
The directions are a Fibonacci sphere (Gonzalez 2010, doi:10.1007/s11004-009-9257-x).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.synthetic.rig import BOOTH_LIGHT, Lighting, Softbox

FloatArray = NDArray[np.float32]

OFFSET_MM = 0.08
BOUNCE = 0.30
"""What the tray throws back upwards, as a share of the walls' light."""
GRAZING = 0.02
"""Weight of a ray that only grazes a surface, so that what is seen of a lamp is known there too."""


@dataclass(frozen=True, slots=True)
class Quality:
    """How finely light is traced and prints are kept.

    Attributes:
        lamp_side: rays to a lamp, along each of its edges.
        directions: rays to the walls, over the whole sphere.
        every: what stands in the way is traced at every so many-th grid point of a sheet.
        tray_step_mm: between points of the tray at which shadows are traced.
        print_px_per_mm: prints are made coarser down to about this.
        subpixels: colour samples a pixel.
    """

    lamp_side: int = 4
    directions: int = 64
    every: int = 1
    tray_step_mm: float = 3.0
    print_px_per_mm: float = 100.0
    subpixels: tuple[tuple[float, float], ...] = ((-0.25, -0.25), (0.25, -0.25), (-0.25, 0.25), (0.25, 0.25))


FINE = Quality()
QUICK = Quality(2, 24, 2, 6.0, 2.5, ((0.0, 0.0),))
"""About a tenth of the work; for sets of thousands."""


@dataclass(frozen=True, slots=True, eq=False)
class Light:
    """What reaches N points: colour on front and back, each (N, 3), share of each lamp seen, (N, L)."""

    front: FloatArray
    back: FloatArray
    lamps: FloatArray


def darkness(count: int, lamps: int) -> Light:
    """No light on `count` points."""
    nothing = np.zeros((count, 3), np.float32)
    return Light(nothing, nothing, np.zeros((count, lamps), np.float32))


def seen(
    points: FloatArray, normals: FloatArray, occluder: Any, lighting: Lighting, quality: Quality
) -> FloatArray:
    """Shares of the lamps and of the walls that points see, (N, 3 · lamps + 2), each 0..1.

    The columns are, for each lamp: on the front, on the back, on both; then the walls, front and back.

    Args:
        points: (N, 3) mm, with unit `normals`.
        occluder: an embree scene.
    """
    columns: list[FloatArray] = []
    for lamp in lighting.lamps:
        tally = _Tally(points, normals, occluder)
        for spot in lamp.samples(quality.lamp_side):
            towards = spot - points
            tally.add(towards / np.linalg.norm(towards, axis=1, keepdims=True))
        columns += [*tally.shares(), tally.free]
    tally = _Tally(points, normals, occluder)
    for direction in sphere(quality.directions):
        tally.add(np.broadcast_to(direction, points.shape), 1.0 if direction[2] > 0 else BOUNCE)
    return np.stack([*columns, *tally.shares()], axis=1)


def lit(
    points: FloatArray, normals: FloatArray, shares: FloatArray | None, lighting: Lighting, quality: Quality
) -> Light:
    """Light on `points` (N, 3) mm with unit `normals`, of which `shares` as `seen` gives; None: all of it."""
    sides = np.zeros((2, len(points), 3), np.float32)
    lamps = np.ones((len(points), len(lighting.lamps)), np.float32)
    for index, lamp in enumerate(lighting.lamps):
        level = _lamp_level(points, normals, lamp)
        if shares is not None:
            level *= shares[:, 3 * index : 3 * index + 2].T
            lamps[:, index] = shares[:, 3 * index + 2]
        sides += level[..., None] * np.array(lamp.colour, np.float32)
    walls = _wall_level(normals, quality.directions)
    if shares is not None:
        walls *= shares[:, -2:].T
    sides += walls[..., None] * np.array(lighting.ambient, np.float32)
    return Light(sides[0], sides[1], lamps)


def sphere(count: int) -> FloatArray:
    """`count` directions spread over the sphere, (N, 3)."""
    index = np.arange(count) + 0.5
    z = 1 - 2 * index / count
    angle = index * np.pi * (3 - np.sqrt(5))
    radius = np.sqrt(1 - z * z)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle), z], axis=1).astype(np.float32)


class _Tally:
    """Adds up over rays what points see of one light, weighted by how they face it."""

    def __init__(self, points: FloatArray, normals: FloatArray, occluder: Any) -> None:
        self._points, self._normals, self._occluder = points, normals, occluder
        self._weight = np.zeros((2, len(points)), np.float32)
        self._open = np.zeros((2, len(points)), np.float32)
        self._rays = 0
        self._free = np.zeros(len(points), np.float32)

    def add(self, towards: FloatArray, weight: float = 1.0) -> None:
        facing = np.einsum("ij,ij->i", self._normals, towards)
        start = self._points + self._normals * np.copysign(np.float32(OFFSET_MM), facing)[:, None]
        hit = self._occluder.run(start, np.ascontiguousarray(towards, np.float32), query="OCCLUDED")
        free = (hit < 0).astype(np.float32)
        for side, sign in enumerate((1, -1)):
            share = (np.maximum(sign * facing, 0) + np.float32(GRAZING)) * np.float32(weight)
            self._weight[side] += share
            self._open[side] += share * free
        self._rays += 1
        self._free += free

    def shares(self) -> tuple[FloatArray, FloatArray]:
        front, back = self._open / self._weight
        return front, back

    @property
    def free(self) -> FloatArray:
        return np.asarray(self._free / self._rays, np.float32)


def _lamp_level(points: FloatArray, normals: FloatArray, lamp: Softbox) -> FloatArray:
    """Unhindered level on front and back, (2, N), 1 at the empty tray's centre."""
    spots = lamp.samples(2)
    centre = np.array(lamp.centre)
    reference = np.float32(centre[2] / np.linalg.norm(centre) ** 3) * len(spots)
    level = np.zeros((2, len(points)), np.float32)
    for spot in spots:
        towards = spot - points
        square = np.einsum("ij,ij->i", towards, towards)
        strength = np.einsum("ij,ij->i", normals, towards) / (square * np.sqrt(square) * reference)
        level[0] += np.maximum(strength, 0)
        level[1] += np.maximum(-strength, 0)
    return level


def _wall_level(normals: FloatArray, directions: int) -> FloatArray:
    """Unhindered level on front and back, (2, N), 1 on an open, level surface."""
    towards = sphere(directions)
    weight = np.where(towards[:, 2] > 0, 1.0, BOUNCE) * (4.0 / directions)
    facing = normals @ towards.T
    weights = weight.astype(np.float32)
    return np.stack([np.maximum(facing, 0) @ weights, np.maximum(-facing, 0) @ weights])


def on_open_tray(points: FloatArray, lighting: Lighting = BOOTH_LIGHT, quality: Quality = FINE) -> FloatArray:
    """The light on points (N, 3) mm of the empty tray, (N, 3)."""
    up = np.broadcast_to(np.array([0, 0, 1], np.float32), points.shape)
    return lit(points, up, None, lighting, quality).front
