"""Crushes an item: a blown-in corner, a flank pressed flat, an edge creased along a line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.synthetic.damage_spots import Spot, radius_mm, share_per_mm2, spot
from models.synthetic.shapes import Item, Points, Sheet

Floats = NDArray[np.float64]

THIN_MM = 8.0
MOVED_MM = 2.5
"""A point that has moved so far is wholly hurt."""


@dataclass(frozen=True, slots=True, eq=False)
class Blow:
    """A dent: where it struck, which way it pushed, how far it reaches and how deep, in mm, and its folds."""

    anchor: Floats
    inward: Floats
    reach_mm: float
    depth_mm: float
    folds: Floats

    def shift(self, points: Points) -> Points:
        """Where points go, (..., 3): one field for all sheets, so that edges stay closed."""
        away = np.linalg.norm(points - self.anchor, axis=-1)
        fall = np.clip(1 - away / self.reach_mm, 0, 1)
        folded = _folded(points, self.folds, fall)
        push = self.depth_mm * (np.minimum(fall * 1.35, 1.0) * 0.9 + 0.26 * np.sqrt(fall) * folded)
        moved = points + push[..., None] * self.inward
        outward = (points - self.anchor) / np.maximum(away, 1.0)[..., None]
        moved += outward * (self.depth_mm * 0.9 * fall * (1 - fall))[..., None]
        return _above_tray(moved, points)


def corner_blow(item: Item, share: float, rng: np.random.Generator) -> Item:
    """A corner or a shoulder pushed in, with broken print along the folds."""
    side = float(rng.choice([-0.7, 0.7], p=[0.3, 0.7])) * rng.uniform(0.4, 1.0)
    aim = np.array([side, -0.62, 0.78])
    low, high = item.bounds()
    points = np.concatenate([sheet.points[sheet.solid()] for sheet in item.sheets])
    extreme = points[np.argmax(points @ aim)]
    shifted = extreme + ((low + high) / 2 - extreme) * (rng.uniform(0.0, 0.40), 0, 0)
    anchor = points[np.argmin(np.linalg.norm(points - shifted, axis=1))]
    inward = np.array([-aim[0] * 0.5, 0.55, 0.9 if high[2] < 28 else -0.75])
    per_mm2 = share_per_mm2(item, aim / np.linalg.norm(aim))
    reach = max(radius_mm(share, per_mm2) * 1.4, 7.5)
    folds = _folds(reach, rng)
    depth = min(reach * rng.uniform(0.36, 0.46), 30.0)
    blow = Blow(anchor, inward / np.linalg.norm(inward), reach, depth, folds)
    return _changed(item, blow.shift)


def flattened_flank(item: Item, share: float, rng: np.random.Generator) -> Item:
    """A face pressed flat or in over a wide patch, its rim buckled."""
    place = spot(item, rng, 6.0)
    reach = radius_mm(share, place.share_per_mm2) * 1.25
    depth = float(np.clip(reach * rng.uniform(0.34, 0.46), 3.2, 18.0))
    folds = _folds(reach, rng)
    stretch = float(rng.uniform(0.75, 1.3))
    thin = _lies_flat(place)

    def shift(points: Points) -> Points:
        away = points - place.at
        over = away @ place.normal
        along, across = away @ place.right, away @ place.down
        lateral = np.hypot(along / stretch, across * stretch)
        fall = np.clip((1 - lateral / reach) * 2.2, 0, 1)
        folded = _folded(points, folds, fall * (1 - fall) * 2)
        near = np.clip(1 - (np.abs(over) - depth) / 25, 0, 1)
        if thin:
            buckled = np.sqrt(fall) * depth * (0.55 + 0.4 * folded) * (np.abs(over) < 25)
            return points + np.maximum(buckled, 0.0)[..., None] * place.normal
        target = np.minimum(over, -depth + depth * 0.6 * folded)
        push = np.where(over > -depth, (target - over) * fall, 0.0) * near
        return _above_tray(points + push[..., None] * place.normal, points)

    return _changed(item, shift)


def creased_edge(item: Item, share: float, rng: np.random.Generator) -> Item:
    """A sharp crease across a face and over its edge, the print broken along it."""
    place = spot(item, rng, 4.0)
    length = float(np.sqrt(share / place.share_per_mm2 * rng.uniform(4.5, 7.0)))
    half = max(length / 11, 3.4)
    depth = float(np.clip(length * 0.14, 3.2, 14.0))
    turn = float(rng.uniform(0, np.pi))
    way = np.cos(turn) * place.right + np.sin(turn) * place.down
    aside = np.cross(place.normal, way)
    sign = 1.0 if _lies_flat(place) else -1.0

    def shift(points: Points) -> Points:
        away = points - place.at
        along, across, over = away @ way, away @ aside, away @ place.normal
        bent = across + 0.10 * length * np.sin(along / length * 2.4)
        groove = np.clip(1 - np.abs(bent) / half, 0, 1)
        groove *= np.clip((0.5 * length - np.abs(along)) / (0.18 * length), 0, 1)
        groove *= np.clip(1 - (np.abs(over) - 8) / 22, 0, 1)
        return _above_tray(points + (sign * groove * depth)[..., None] * place.normal, points)

    return _changed(item, shift, worn_from_mm=0.25)


def _lies_flat(place: Spot) -> bool:
    """Whether the tray lies so close under a place that it can only buckle upwards."""
    return bool(place.at[2] < THIN_MM and place.normal[2] > 0.7)


def _changed(item: Item, shift: Callable[[Points], Points], worn_from_mm: float = 0.40) -> Item:
    return replace(item, sheets=tuple(_struck(sheet, shift, worn_from_mm) for sheet in item.sheets))


def _struck(sheet: Sheet, shift: Callable[[Points], Points], worn_from_mm: float) -> Sheet:
    points = shift(sheet.points)
    moved = np.linalg.norm(points - sheet.points, axis=-1)
    if moved.max() < 0.2:
        return sheet
    bent = np.linalg.norm(_bend(points) - _bend(sheet.points), axis=-1)
    worn = np.clip((bent - worn_from_mm) / 1.3, 0, 1) * (0.75 if sheet.gloss < 0.3 else 0.4)
    return replace(sheet, points=points, worn=worn, hurt=np.clip(moved / MOVED_MM, 0, 1))


def _folds(reach: float, rng: np.random.Generator) -> Floats:
    """Three waves of random direction: each row wave vector in 1/mm and phase, (3, 4)."""
    directions = rng.normal(size=(3, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    waves = directions / (reach * rng.uniform(0.35, 0.7, (3, 1)))
    return np.column_stack([waves, rng.uniform(0, 1, 3)])


def _folded(points: Points, folds: Floats, where: Floats) -> Floats:
    """The height of the folds, -3..3; 0 where `where` is."""
    folded = np.zeros_like(where)
    for fold in folds:
        phase = (points @ fold[:3] + fold[3]) % 1.0
        folded += (1 - 4 * np.abs(phase - 0.5)) * (where > 0)
    return folded


def _above_tray(moved: Points, before: Points) -> Points:
    moved[..., 2] = np.maximum(moved[..., 2], np.minimum(0.2 + 0.25 * before[..., 2], before[..., 2]))
    return np.asarray(moved)


def _bend(points: Points) -> Points:
    """How far each point lies off the middle of its neighbours, (R, C, 3)."""
    padded = np.pad(points, ((1, 1), (1, 1), (0, 0)), mode="reflect", reflect_type="odd")
    around = padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:]
    return np.asarray(points - around / 4)
