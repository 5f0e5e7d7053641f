"""Spills liquid: a patch that runs down the item, a puddle beside it, splashes over both."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from models.synthetic.damage_spots import VIEWS, Spot, mean_colour, outlines_mm2, radius_mm, spot
from models.synthetic.shapes import Item, Puddle

Floats = NDArray[np.float64]
Blob = tuple[float, float, float, float]

SPOTS = 3
TINTS = (
    (0.34, 0.20, 0.10), (0.80, 0.42, 0.10), (0.52, 0.10, 0.16), (0.30, 0.36, 0.20), (0.62, 0.16, 0.12),
    (0.22, 0.18, 0.16), (0.70, 0.62, 0.30), (0.20, 0.30, 0.48),
)  # fmt: skip
"""Coffee, juice, syrup, oil, ketchup, sauce, honey, detergent: what one depth of liquid lets through."""


def wet_patch(item: Item, share: float, rng: np.random.Generator) -> Item:
    """A wet patch on the item; where there is enough of it, it runs down onto the tray."""
    place = _light_spot(item, rng, 5.0)
    runs = share > 0.02
    radius = radius_mm(share * (0.36 if runs else 0.85), place.share_per_mm2)
    blobs = _cluster(place.at, place.right, place.down, radius, rng)
    if runs:
        blobs += _trail(item, place.at, radius, rng)
    return _wet(item, blobs, rng)


def puddle_beside(item: Item, share: float, rng: np.random.Generator) -> Item:
    """A puddle on the tray beside the item; the item itself stays dry."""
    low, high = item.bounds()
    seen = float(np.max(VIEWS[:, 2] / outlines_mm2(item)))
    radius = radius_mm(share, seen)
    gap = radius * 1.35 + float(rng.uniform(2, 14))
    along = float(rng.uniform(0.15, 0.85))
    if rng.random() < 0.55:
        centre = np.array([low[0] + along * (high[0] - low[0]), low[1] - gap, 0.0])
    else:
        centre = np.array([high[0] + gap, low[1] + along * (high[1] - low[1]), 0.0])
    across, away = np.array((1.0, 0, 0)), np.array((0, 1.0, 0))
    blobs = _cluster(centre, across, away, radius * 0.9, rng)
    for _ in range(int(rng.integers(1, 5))):
        angle, reach = rng.uniform(0, 2 * np.pi), radius * rng.uniform(1.3, 1.9)
        drop = centre + reach * (np.cos(angle) * across + np.sin(angle) * away)
        blobs.append((float(drop[0]), float(drop[1]), 0.0, max(1.3, radius * float(rng.uniform(0.06, 0.16)))))
    return _wet(item, blobs, rng)


def splashed(item: Item, share: float, rng: np.random.Generator) -> Item:
    """Many drops flung over the item and the tray before it."""
    place = _light_spot(item, rng, 3.0)
    count = int(rng.integers(9, 20))
    sizes = rng.lognormal(0, 0.5, count)
    scale = radius_mm(share * 0.62, place.share_per_mm2) / float(np.sqrt(np.sum(sizes**2)))
    spread = max(14.0, 1.9 * scale * float(np.sqrt(np.sum(sizes**2))))
    points = np.concatenate(
        [sheet.points.reshape(-1, 3) for sheet in item.sheets if sheet.name in item.faces]
    )
    blobs: list[Blob] = []
    for size in sizes:
        wanted = place.at + rng.normal(0, 0.6, 2) @ np.stack([place.right, place.down]) * spread
        away = np.linalg.norm(points - wanted, axis=1)
        at = points[np.argmin(away)] if away.min() < 6 else np.array([wanted[0], wanted[1], 0.0])
        blobs.append((float(at[0]), float(at[1]), float(at[2]), max(1.6, float(size) * scale)))
    return _wet(item, blobs, rng)


def _light_spot(item: Item, rng: np.random.Generator, margin_mm: float) -> Spot:
    """The lightest of a few places: clear liquid cannot be seen on dark print."""
    places = [spot(item, rng, margin_mm) for _ in range(SPOTS)]
    return max(places, key=lambda place: sum(mean_colour(place)))


def _wet(item: Item, blobs: list[Blob], rng: np.random.Generator) -> Item:
    return replace(item, puddle=Puddle(tuple(blobs), TINTS[int(rng.integers(len(TINTS)))]))


def _cluster(
    centre: Floats, right: Floats, down: Floats, radius: float, rng: np.random.Generator
) -> list[Blob]:
    """Some blobs that together cover about a disc of a radius, unevenly."""
    blobs: list[Blob] = []
    turn = float(rng.uniform(0, 2 * np.pi))
    for index in range(3):
        angle = turn + index * 2 * np.pi / 3 + float(rng.uniform(-0.5, 0.5))
        at = centre + radius * rng.uniform(0.35, 0.75) * (np.cos(angle) * right + np.sin(angle) * down)
        blobs.append((float(at[0]), float(at[1]), float(at[2]), radius * float(rng.uniform(0.36, 0.54))))
    return blobs


def _trail(item: Item, start: Floats, radius: float, rng: np.random.Generator) -> list[Blob]:
    """Blobs from a place forwards over the item's top, down its front, and a pool at its foot."""
    points = np.concatenate([sheet.points.reshape(-1, 3) for sheet in item.sheets])
    near = points[np.abs(points[:, 0] - start[0]) < max(6.0, radius * 0.5)]
    front = float(near[:, 1].min())
    width = max(2.2, radius * 0.22)
    x, y, top = (float(value) for value in start)
    blobs: list[Blob] = []
    for reach in np.arange(y, front, -width * 1.2):
        under = near[np.abs(near[:, 1] - reach) < 6]
        top = min(top, float(under[:, 2].max())) if len(under) else top
        blobs.append((x + float(rng.normal(0, 0.8)), float(reach), top, width))
    for z in np.arange(top, 0, -width * 1.3):
        blobs.append((x + float(rng.normal(0, 0.5)), front, float(z), width * 0.9))
    blobs.append((x, front - radius * 0.3, 0.0, radius * 0.6))
    blobs.append((x + float(rng.normal(0, radius * 0.5)), front - radius * 0.9, 0.0, radius * 0.4))
    return blobs
