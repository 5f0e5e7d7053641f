"""Finds where damage, print and stickers may lie: on faces that both cameras of a captured set may see."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.synthetic.shapes import Item, Points, Sheet

Floats = NDArray[np.float64]


def _towards(azimuth_deg: float, elevation_deg: float) -> tuple[float, float, float]:
    azimuth, elevation = np.radians(azimuth_deg), np.radians(elevation_deg)
    flat = float(np.cos(elevation))
    return flat * float(np.cos(azimuth)), flat * float(np.sin(azimuth)), float(np.sin(elevation))


VIEWS: Floats = np.array([_towards(-90.0, 65.0), _towards(-45.0, 35.0)])
"""Unit vectors towards the cameras: from the front 25 degrees off vertical, from the front right 55."""

TRIES = 300
STRICT_TRIES = 70
"""After so many tries half the margin will do: a small face has no better place."""
FACING = 0.42
"""The least cosine between a face and its best view on which damage still reads."""


@dataclass(frozen=True, slots=True, eq=False)
class Spot:
    """A place on a sheet: u and v in 0..1, where that is in mm, and the surface's frame there.

    Attributes:
        right, down: (3,) unit vectors along growing u and v.
        share_per_mm2: what one mm2 of the surface here adds to the share of the item's pixels, best view.
    """

    sheet: Sheet
    u: float
    v: float
    at: Floats
    normal: Floats
    right: Floats
    down: Floats
    share_per_mm2: float


def outlines_mm2(item: Item) -> Floats:
    """About what area the item covers in each view, (2,) mm2: the convex hull of its points."""
    points = np.concatenate([sheet.points[::2, ::2].reshape(-1, 3) for sheet in item.sheets])
    areas = []
    for view in VIEWS:
        across = np.cross(view, (0.0, 0.0, 1.0))
        across /= np.linalg.norm(across)
        flat = np.stack([points @ across, points @ np.cross(across, view)], axis=-1)
        areas.append(cv2.contourArea(cv2.convexHull(flat.astype(np.float32))))
    return np.asarray(np.maximum(np.array(areas), 1.0), np.float64)


def share_per_mm2(item: Item, normal: Floats) -> float:
    """What one mm2 of a surface adds to the share of the item's pixels in the view that sees it best."""
    return float(np.max(np.maximum(VIEWS @ normal, 0.05) / outlines_mm2(item)))


def radius_mm(share: float, per_mm2: float) -> float:
    """The radius of a disc that covers a share of the item's pixels."""
    return float(np.sqrt(share / per_mm2 / np.pi))


def spot(item: Item, rng: np.random.Generator, margin_mm: float) -> Spot:
    """A place drawn from the faces, seen well, unhidden, and `margin_mm` clear of edges and openings."""
    others = [sheet.points[::2, ::2].reshape(-1, 3) for sheet in item.sheets]
    faces = [sheet for sheet in item.sheets if sheet.name in item.faces]
    sizes = [sheet.size_mm() for sheet in faces]
    areas = np.cumsum([width * height for width, height in sizes])
    best: tuple[float, Spot] | None = None
    for attempt in range(TRIES):
        index = int(np.searchsorted(areas, rng.uniform(0, areas[-1])))
        found = _drawn(faces[index], rng)
        margin = margin_mm if attempt < STRICT_TRIES else margin_mm / 2
        doubt = _doubt(item, found, margin, sizes[index], others)
        if best is None or doubt < best[0]:
            best = doubt, found
        if doubt == 0 and rng.random() < found.share_per_mm2 * 1.2:
            break
    assert best is not None
    chosen = best[1]
    per_mm2 = share_per_mm2(item, chosen.normal)
    return Spot(
        chosen.sheet, chosen.u, chosen.v, chosen.at, chosen.normal, chosen.right, chosen.down, per_mm2
    )


def frame(sheet: Sheet, u: float, v: float) -> tuple[Floats, Floats, Floats, Floats]:
    """Where u, v is, the unit normal there, and the unit vectors along growing u and v, each (3,)."""
    step = 0.02
    us = np.clip(np.array([u, u - step, u + step, u, u]), 0, 1)
    vs = np.clip(np.array([v, v, v, v - step, v + step]), 0, 1)
    points = sheet.at(us, vs)
    right, down = points[2] - points[1], points[4] - points[3]
    right = right / max(float(np.linalg.norm(right)), 1e-9)
    down = down / max(float(np.linalg.norm(down)), 1e-9)
    normal = np.cross(down, right)
    return points[0], normal / max(float(np.linalg.norm(normal)), 1e-9), right, down


def printed_at(sheet: Sheet, u: Floats, v: Floats) -> NDArray[np.uint8]:
    """The texels at u, v, (..., 4)."""
    height, width = sheet.texture.shape[:2]
    row = np.clip((v * height).astype(int), 0, height - 1)
    return np.asarray(sheet.texture[row, np.clip((u * width).astype(int), 0, width - 1)])


def printed_under(place: Spot, size_mm: tuple[float, float]) -> NDArray[np.uint8]:
    """The print that a patch will cover, (h, w, 4)."""
    texture = place.sheet.texture
    width, height = place.sheet.size_mm()
    shape = texture.shape[1], texture.shape[0]
    half = size_mm[0] / width * shape[0] / 2, size_mm[1] / height * shape[1] / 2
    x = np.linspace(
        place.u * shape[0] - half[0], place.u * shape[0] + half[0], max(8, round(size_mm[0] * 2.5))
    )
    y = np.linspace(
        place.v * shape[1] - half[1], place.v * shape[1] + half[1], max(8, round(size_mm[1] * 2.5))
    )
    grid_x, grid_y = np.meshgrid(x.astype(np.float32), y.astype(np.float32))
    return np.asarray(
        cv2.remap(texture, grid_x, grid_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


def mean_colour(place: Spot) -> tuple[int, int, int]:
    """The mean sRGB colour of the print around a place."""
    red, green, blue = printed_under(place, (12.0, 6.0))[..., :3].reshape(-1, 3).mean(axis=0)
    return round(float(red)), round(float(green)), round(float(blue))


def _drawn(sheet: Sheet, rng: np.random.Generator) -> Spot:
    """Any place of a sheet; its `share_per_mm2` is how squarely it is seen."""
    u, v = (float(value) for value in rng.uniform(0.02, 0.98, 2))
    at, normal, right, down = frame(sheet, u, v)
    return Spot(sheet, u, v, at, normal, right, down, float((VIEWS @ normal).max()))


def _doubt(
    item: Item, found: Spot, margin_mm: float, size_mm: tuple[float, float], others: list[Points]
) -> float:
    """0 for a good place; the more, the worse."""
    doubt = max(0.0, FACING - found.share_per_mm2) * 10
    if doubt > 0:
        return 1 + doubt
    width, height = size_mm
    closed = float(np.linalg.norm(found.sheet.points[0, 0] - found.sheet.points[0, -1])) < 0.05 * width
    sides = [found.v * height, (1 - found.v) * height]
    sides += [] if closed else [found.u * width, (1 - found.u) * width]
    doubt += max(0.0, margin_mm - min(sides)) / max(margin_mm, 1.0)
    doubt += max(0.0, 5.0 - float(found.at[2])) * (abs(float(found.normal[2])) < 0.5)
    if doubt > 0:
        return doubt
    return _cut_away(found, margin_mm, size_mm) + _hidden(item, found, margin_mm, others)


def _cut_away(found: Spot, margin_mm: float, size_mm: tuple[float, float]) -> float:
    """Which share of the places around it is a hole by design."""
    alpha = found.sheet.texture[..., 3]
    if alpha.min() >= 128:
        return 0.0
    angles = np.linspace(0, 2 * np.pi, 8, endpoint=False)
    u = np.append(found.u + np.cos(angles) * margin_mm / size_mm[0], found.u)
    v = np.append(found.v + np.sin(angles) * margin_mm / size_mm[1], found.v)
    column = np.clip((u * alpha.shape[1]).astype(int), 0, alpha.shape[1] - 1)
    row = np.clip((v * alpha.shape[0]).astype(int), 0, alpha.shape[0] - 1)
    return float(np.mean(alpha[row, column] < 128))


def _hidden(item: Item, found: Spot, margin_mm: float, others: list[Points]) -> float:
    """1 where another part lies over it, else 0."""
    for sheet, points in zip(item.sheets, others, strict=True):
        if sheet is found.sheet:
            continue
        away = points - found.at
        over = away @ found.normal
        square = np.einsum("ij,ij->i", away, away) - over**2
        if bool(np.any((over > 0.4) & (over < 30) & (square < (margin_mm + 2) ** 2))):
            return 1.0
    return 0.0
