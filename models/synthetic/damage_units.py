"""Takes away what belongs to an item: a unit, a cap, a token, or what a unit holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from models.synthetic.damage_spots import outlines_mm2
from models.synthetic.shapes import Item, Sheet

LEAST_MAJOR = 0.02


def unit_absent(item: Item, share: float, rng: np.random.Generator) -> Item:
    """A unit, the cap or the sample is not there; now and then two of several."""
    order = [item.units[int(index)] for index in rng.permutation(len(item.units))]
    count = 2 if len(order) > 3 and share > 0.07 and rng.random() < 0.5 else 1
    return without(item, [name for unit in order[:count] for name in unit])


def trifle_absent(item: Item, share: float, rng: np.random.Generator) -> Item:
    """Something small is not there: a token, or as many tablets as make up the share."""
    order = [item.trifles[int(index)] for index in rng.permutation(len(item.trifles))]
    gone: list[str] = []
    covered = 0.0
    for trifle in order:
        gone += trifle
        covered += share_of(item, trifle)
        if covered >= share * 0.7:
            break
    return without(item, gone)


def emptied(item: Item, share: float, rng: np.random.Generator) -> Item:
    """A unit is there, opened, and what it held is gone."""
    tablets = [trifle for trifle in item.trifles if trifle != ("token",)]
    units = [*item.units] if item.units and (share > LEAST_MAJOR or not tablets) else tablets
    count = 1 if item.units and units[0] in item.units else max(1, round(share / share_of(item, units[0])))
    order = [units[int(index)] for index in rng.permutation(len(units))][:count]
    names = [name for unit in order for name in unit]
    lids = [name for name in names if name.startswith(("foil", "filling"))]
    if lids:
        return _opened(item, lids, names)
    sheets = [_hollow(sheet) if sheet.name in names else sheet for sheet in item.sheets]
    return replace(item, sheets=tuple(sheets))


def _opened(item: Item, lids: Sequence[str], names: Sequence[str]) -> Item:
    """A cup without its lid and its content: the empty cup is seen from above."""
    left = without(item, lids)
    sheets = [
        replace(sheet, hurt=np.ones(sheet.points.shape[:2])) if sheet.name in names else sheet
        for sheet in left.sheets
    ]
    return replace(left, sheets=tuple(sheets))


def without(item: Item, names: Sequence[str]) -> Item:
    """The item without some sheets, which the truth mask shows as missing."""
    gone = tuple(sheet for sheet in item.sheets if sheet.name in names)
    left = tuple(sheet for sheet in item.sheets if sheet.name not in names)
    faces = tuple(name for name in item.faces if name not in names)
    return replace(item, sheets=left, missing=(*item.missing, *gone), faces=faces)


def share_of(item: Item, names: Sequence[str]) -> float:
    """About which share of the item's pixels some sheets take in the view that sees them best."""
    parts = tuple(sheet for sheet in item.sheets if sheet.name in names)
    return float(np.max(outlines_mm2(Item(parts)) / outlines_mm2(item)))


def _hollow(sheet: Sheet) -> Sheet:
    """A unit's sheet after its content was taken: slumped down onto its own lowest points."""
    low = float(sheet.points[..., 2].min())
    points = sheet.points.copy()
    rows, columns = points.shape[:2]
    u, v = np.meshgrid(np.linspace(0, 9, columns), np.linspace(0, 11, rows))
    crumple = 0.5 + 0.5 * np.sin(u + 0.7 * np.sin(v)) * np.sin(v * 1.3 + u * 0.6)
    height = points[..., 2] - low
    points[..., 2] = low + height * 0.25 + np.minimum(2.0, 0.3 * height) * crumple
    shade = sheet.texture.copy()
    shade[..., :3] = (shade[..., :3] * 0.55 + 40).astype(np.uint8)
    return replace(sheet, points=points, texture=shade, hurt=np.ones((rows, columns)))
