"""Surfaces as grids of points: every part of an item is a rectangular sheet, bent into shape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Texture = NDArray[np.uint8]
Colour = tuple[int, int, int]

STEP_MM = 3.0
"""Distance between neighbouring grid points; it limits how sharp a dent or a shadow on an item can be."""


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """One textured part, seen from its front (columns run right, rows run down).

    Attributes:
        points: (R, C, 3) mm, z up.
        texture: (h, w, 4) uint8 RGBA over the whole grid; alpha under 128 is a hole that rays pass.
        inner: sRGB colour of the back.
        gloss: 0 (cardboard) to 1 (film).
        under: sRGB colour of what a torn label bares, or None where a tear opens the inside.
        worn: (R, C) 0..1, where a crease has broken the print and shows the board.
        hurt: (R, C) 0..1, where the geometry is damaged.
        scar: (h, w) bool, where the texture is damaged, or None.
    """

    name: str
    points: Points
    texture: Texture
    inner: Colour = (150, 125, 95)
    gloss: float = 0.1
    under: Colour | None = None
    worn: NDArray[np.float64] | None = None
    hurt: NDArray[np.float64] | None = None
    scar: NDArray[np.bool_] | None = None

    def size_mm(self) -> tuple[float, float]:
        """Width and height along the surface, through its middle."""
        rows, columns = self.points.shape[:2]
        across = np.diff(self.points[rows // 2], axis=0)
        down = np.diff(self.points[:, columns // 2], axis=0)
        return float(np.linalg.norm(across, axis=1).sum()), float(np.linalg.norm(down, axis=1).sum())

    def at(self, u: NDArray[np.float64], v: NDArray[np.float64]) -> Points:
        """Points of the surface at u, v in 0..1, (N, 3) mm."""
        return _bilinear(self.points, u, v)

    def solid(self) -> NDArray[np.bool_]:
        """Which grid points its texture does not cut out, (R, C)."""
        rows, columns = self.points.shape[:2]
        alpha = self.texture[..., 3]
        row = np.minimum((np.arange(rows) + 0.5) / rows * alpha.shape[0], alpha.shape[0] - 1).astype(int)
        column = np.minimum((np.arange(columns) + 0.5) / columns * alpha.shape[1], alpha.shape[1] - 1)
        return np.asarray(alpha[row[:, None], column.astype(int)[None]] >= 128)

    def normals(self) -> Points:
        """Unit normals towards the front, (R, C, 3)."""
        down, across = np.gradient(self.points, axis=0), np.gradient(self.points, axis=1)
        normal = np.cross(down, across)
        length = np.linalg.norm(normal, axis=-1, keepdims=True)
        return np.asarray(normal / np.maximum(length, 1e-9))

    def moved(self, points: Points) -> Sheet:
        """The same sheet at other points, (R, C, 3)."""
        return replace(self, points=points)


@dataclass(frozen=True, slots=True)
class Puddle:
    """Liquid: round blobs of (x, y, z, radius) mm that melt into one; `tint` is what it lets through."""

    blobs: tuple[tuple[float, float, float, float], ...]
    tint: tuple[float, float, float]

    def turned(self, yaw_rad: float, x_mm: float, y_mm: float) -> Puddle:
        """The same liquid, turned about the vertical and shifted."""
        cos, sin = float(np.cos(yaw_rad)), float(np.sin(yaw_rad))
        blobs = tuple((x * cos - y * sin + x_mm, x * sin + y * cos + y_mm, z, r) for x, y, z, r in self.blobs)
        return Puddle(blobs, self.tint)


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """Everything on the tray, in tray coordinates once it is placed.

    Attributes:
        faces: names of the sheets that damage, print decoys and stickers may lie on.
        units: names of the sheets of each part that may be missing: a unit, a cap, a sachet.
        trifles: the same of parts that are small beside the item: a tablet, a token.
        missing: what ought to be there and is not; seen by the truth mask alone.
    """

    sheets: tuple[Sheet, ...]
    puddle: Puddle | None = None
    faces: tuple[str, ...] = ()
    units: tuple[tuple[str, ...], ...] = ()
    trifles: tuple[tuple[str, ...], ...] = ()
    missing: tuple[Sheet, ...] = ()

    def bounds(self) -> tuple[Points, Points]:
        """Lowest and highest corner, each (3,) mm."""
        low = np.min([sheet.points.min(axis=(0, 1)) for sheet in self.sheets], axis=0)
        high = np.max([sheet.points.max(axis=(0, 1)) for sheet in self.sheets], axis=0)
        return low, high

    def placed(self, x_mm: float, y_mm: float, yaw_rad: float) -> Item:
        """The same item, turned about the vertical and shifted."""
        shift = (x_mm, y_mm, 0.0)
        return replace(
            self,
            sheets=turned(self.sheets, yaw_rad, shift),
            missing=turned(self.missing, yaw_rad, shift),
            puddle=None if self.puddle is None else self.puddle.turned(yaw_rad, x_mm, y_mm),
        )


def named(sheets: Sequence[Sheet], suffix: str) -> tuple[Sheet, ...]:
    """The same sheets under names of their own."""
    return tuple(replace(sheet, name=f"{sheet.name} {suffix}") for sheet in sheets)


def turned(
    sheets: Sequence[Sheet], yaw_rad: float, shift_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
) -> tuple[Sheet, ...]:
    """Sheets turned about z, then shifted."""
    cos, sin = np.cos(yaw_rad), np.sin(yaw_rad)
    return transformed(sheets, np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1.0]]), shift_mm)


def transformed(
    sheets: Sequence[Sheet], rotation: Points, shift_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
) -> tuple[Sheet, ...]:
    """Sheets under a rotation (3, 3), then shifted."""
    return tuple(sheet.moved(sheet.points @ rotation.T + np.array(shift_mm)) for sheet in sheets)


def loose(sheets: Sequence[Sheet]) -> tuple[Sheet, ...]:
    """The same parts, marked as damage: they have come off the item."""
    return tuple(replace(sheet, hurt=np.ones(sheet.points.shape[:2])) for sheet in sheets)


def steps(length_mm: float, step_mm: float = STEP_MM) -> int:
    """How many grid points a length needs."""
    return max(2, round(length_mm / step_mm) + 1)


def plain(colour: Colour) -> Texture:
    """A texture of one colour, (2, 2, 4)."""
    return np.full((2, 2, 4), (*colour, 255), np.uint8)


def panel(
    origin: tuple[float, float, float],
    right: tuple[float, float, float],
    down: tuple[float, float, float],
    step_mm: float = STEP_MM,
) -> Points:
    """A flat rectangle from its top left corner along two edges, (R, C, 3)."""
    edge_right, edge_down = np.array(right), np.array(down)
    across = np.linspace(0, 1, steps(float(np.linalg.norm(edge_right)), step_mm))
    along = np.linspace(0, 1, steps(float(np.linalg.norm(edge_down)), step_mm))
    grid: Points = (
        np.array(origin) + across[None, :, None] * edge_right + along[:, None, None] * edge_down
    ).astype(np.float64)
    return grid


def box_panels(
    length_mm: float, width_mm: float, height_mm: float, step_mm: float = STEP_MM
) -> dict[str, Points]:
    """The six faces of a box that stands on z = 0; each one's texture reads upright from outside."""
    x, y, z = length_mm / 2, width_mm / 2, height_mm
    dx, dy, dz = 2 * x, 2 * y, -z
    return {
        "top": panel((-x, y, z), (dx, 0, 0), (0, -dy, 0), step_mm),
        "front": panel((-x, -y, z), (dx, 0, 0), (0, 0, dz), step_mm),
        "right": panel((x, -y, z), (0, dy, 0), (0, 0, dz), step_mm),
        "back": panel((x, y, z), (-dx, 0, 0), (0, 0, dz), step_mm),
        "left": panel((-x, y, z), (0, -dy, 0), (0, 0, dz), step_mm),
        "bottom": panel((-x, -y, 0), (dx, 0, 0), (0, dy, 0), step_mm),
    }


def revolved(profile: Sequence[tuple[float, float]], step_mm: float = STEP_MM) -> Points:
    """A profile of (radius, height), top first, turned about z; column 0 looks towards +y, (R, C, 3)."""
    corners = np.array(profile, dtype=np.float64)
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(corners, axis=0), axis=1))])
    at = np.linspace(0, along[-1], steps(float(along[-1]), step_mm))
    radius, height = np.interp(at, along, corners[:, 0]), np.interp(at, along, corners[:, 1])
    angle = np.linspace(0, 2 * np.pi, steps(float(2 * np.pi * corners[:, 0].max()), step_mm) + 6) + np.pi / 2
    ring = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    points = np.empty((len(at), len(angle), 3))
    points[..., :2] = radius[:, None, None] * ring[None]
    points[..., 2] = height[:, None]
    return points


def pillow(
    width_mm: float, height_mm: float, thickness_mm: float, seal_mm: float = 8.0
) -> tuple[Points, Points]:
    """Front and back of a filled pouch that lies on z = 0, its ends sealed flat; each (R, C, 3)."""
    u = np.linspace(-1, 1, steps(width_mm))[None, :]
    v = np.linspace(-1, 1, steps(height_mm))[:, None]
    inside = np.clip((1 - np.abs(v)) * height_mm / 2 - seal_mm, 0, None) / (height_mm / 2 - seal_mm)
    lift = (1 - np.abs(u) ** 3.5) * np.sin(np.minimum(inside * 1.25, 1) * np.pi / 2) ** 0.9
    waist = 1 - 0.05 * lift.max(axis=1, keepdims=True)
    x, y = u * width_mm / 2 * waist, -v * height_mm / 2 * np.ones_like(u)
    middle = thickness_mm * 0.3
    top = np.stack([x, y, middle + lift * thickness_mm * 0.7 + 0.8], axis=-1)
    low = np.stack([x, y, middle - lift * thickness_mm * 0.3], axis=-1)
    return top, low[:, ::-1]


def _bilinear(grid: Points, u: NDArray[np.float64], v: NDArray[np.float64]) -> Points:
    rows, columns = grid.shape[:2]
    x, y = np.clip(u, 0, 1) * (columns - 1), np.clip(v, 0, 1) * (rows - 1)
    left, top = np.minimum(x.astype(int), columns - 2), np.minimum(y.astype(int), rows - 2)
    fx, fy = (x - left)[..., None], (y - top)[..., None]
    upper = grid[top, left] * (1 - fx) + grid[top, left + 1] * fx
    lower = grid[top + 1, left] * (1 - fx) + grid[top + 1, left + 1] * fx
    return np.asarray(upper * (1 - fy) + lower * fy)
