"""Damages an item, geometry and appearance together, and leaves the truth of it in the sheets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from booth.domain.terms import DamageType, Severity
from models.synthetic.cuts import punctured, torn
from models.synthetic.products import Design, Form
from models.synthetic.shapes import Item, Points, Puddle, Sheet

TINTS = ((0.34, 0.20, 0.10), (0.80, 0.42, 0.10), (0.52, 0.10, 0.16), (0.30, 0.36, 0.20))
"""Coffee, juice, syrup, oil: what one depth of liquid lets through."""


def make(
    design: Design, damage: DamageType | None, severity: Severity, print_state: str, rng: np.random.Generator
) -> Item:
    """The item of a design with one damage, or whole where there is none or its severity is none."""
    if severity is Severity.NONE:
        damage = None
    item = design.build(_FORMS.get(damage, Form.WHOLE), print_state)
    change = _CHANGES.get(damage)
    return item if change is None else change(item, severity is Severity.MAJOR, rng)


@dataclass(frozen=True, slots=True, eq=False)
class Blow:
    """A dent: where it struck, which way it pushed, how far it reaches and how deep, in mm, and its folds."""

    anchor: NDArray[np.float64]
    inward: NDArray[np.float64]
    reach_mm: float
    depth_mm: float
    folds: NDArray[np.float64]

    def shift(self, points: Points) -> Points:
        """Where points go, (..., 3): one field for all sheets, so that edges stay closed."""
        away = np.linalg.norm(points - self.anchor, axis=-1)
        fall = np.clip(1 - away / self.reach_mm, 0, 1)
        folded = np.zeros_like(fall)
        for fold in self.folds:
            phase = (points @ fold[:3] + fold[3]) % 1.0
            folded += 1 - 4 * np.abs(phase - 0.5)
        push = self.depth_mm * (np.minimum(fall * 1.35, 1.0) * 0.9 + 0.26 * np.sqrt(fall) * folded)
        moved = points + push[..., None] * self.inward
        outward = (points - self.anchor) / np.maximum(away, 1.0)[..., None]
        moved += outward * (self.depth_mm * 0.9 * fall * (1 - fall))[..., None]
        moved[..., 2] = np.maximum(moved[..., 2], 0.2 + 0.25 * points[..., 2])
        return np.asarray(moved)


def crushed(item: Item, major: bool, rng: np.random.Generator) -> Item:
    """A corner or a flank pushed in, with broken print along the folds."""
    blow = _blow(item, major, rng)
    return replace(item, sheets=tuple(_struck(sheet, blow) for sheet in item.sheets))


def spilled(item: Item, major: bool, rng: np.random.Generator) -> Item:
    """A wet patch on the item that runs down into a puddle on the tray."""
    low, high = item.bounds()
    scale = 1.0 if major else 0.6
    side = float(rng.choice([-1.0, 1.0]))
    x = float((low[0] + high[0]) / 2 + side * rng.uniform(0.16, 0.30) * (high[0] - low[0]))
    front, top = float(low[1]), float(high[2])
    reach = 15.0 * scale
    blobs = [
        (x, front + 12, top, reach * 1.1),
        (x, front - 2, 0.0, reach * 0.8),
        (x + side * 14 * scale, front - 16 * scale, 0.0, reach * 1.1),
    ]
    run = max(1, round(top / (reach * 0.8)))
    blobs += [(x + 3 * side, front + 2, top * (k + 0.5) / run, reach * 0.42) for k in range(run)]
    for _ in range(6 if major else 2):
        angle, away = rng.uniform(-2.9, -0.2), rng.uniform(14, 46) * scale
        spot_x = x + side * 14 * scale + float(np.cos(angle)) * away
        spot_y = front - 8 + float(np.sin(angle)) * away * 0.6
        blobs.append((spot_x, spot_y, 0.0, float(rng.uniform(5, 11)) * scale))
    return replace(item, puddle=Puddle(tuple(blobs), TINTS[int(rng.integers(len(TINTS)))]))


def _blow(item: Item, major: bool, rng: np.random.Generator) -> Blow:
    low, high = item.bounds()
    flat = high[2] < 28
    aim = np.array([float(rng.choice([-0.7, 0.7])) * rng.uniform(0.4, 1.0), -0.62, 0.78])
    points = np.concatenate([sheet.points.reshape(-1, 3) for sheet in item.sheets])
    extreme = points[np.argmax(points @ aim)]
    shifted = extreme + ((low + high) / 2 - extreme) * (rng.uniform(0.10, 0.40), 0, 0)
    anchor = points[np.argmin(np.linalg.norm(points - shifted, axis=1))]
    inward = np.array([-aim[0] * 0.5, 0.55, 0.9 if flat else -0.75])
    size = float(np.clip(np.linalg.norm((high - low)[:2]) * 0.36, 44, 76))
    reach = size if major else size * 0.5
    depth = reach * (0.40 if major else 0.30)
    directions = rng.normal(size=(3, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    waves = directions / (reach * rng.uniform(0.35, 0.7, (3, 1)))
    folds = np.column_stack([waves, rng.uniform(0, 1, 3)])
    return Blow(anchor, inward / np.linalg.norm(inward), reach, depth, folds)


def _struck(sheet: Sheet, blow: Blow) -> Sheet:
    points = blow.shift(sheet.points)
    moved = np.linalg.norm(points - sheet.points, axis=-1)
    if moved.max() < 0.2:
        return sheet
    bent = np.linalg.norm(_bend(points) - _bend(sheet.points), axis=-1)
    worn = np.clip((bent - 0.40) / 1.3, 0, 1) * (0.75 if sheet.gloss < 0.3 else 0.25)
    return replace(sheet, points=points, worn=worn, hurt=np.clip(moved / 2.5, 0, 1))


def _bend(points: Points) -> Points:
    """How far each point lies off the middle of its neighbours, (R, C, 3)."""
    padded = np.pad(points, ((1, 1), (1, 1), (0, 0)), mode="reflect", reflect_type="odd")
    around = padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:]
    return np.asarray(points - around / 4)


_FORMS: dict[DamageType | None, Form] = {
    DamageType.DECONSTRUCTION: Form.BURST,
    DamageType.MISSING_UNIT: Form.SHORT,
}
_CHANGES: dict[DamageType | None, Callable[[Item, bool, np.random.Generator], Item]] = {
    DamageType.CRUSH: crushed,
    DamageType.TEAR: torn,
    DamageType.HOLE: punctured,
    DamageType.SPILLAGE: spilled,
}
