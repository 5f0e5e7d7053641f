"""Takes away what belongs to an item: a unit, a cap, a token, or what a unit holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from models.synthetic.damage_spots import VIEWS, outlines_mm2
from models.synthetic.pouches import ripped
from models.synthetic.shapes import Item, Sheet


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
    units = list(item.units) or tablets
    count = max(1, min(round(1.4 * share / share_of(item, units[0])), len(units) - 1))
    order = [units[int(index)] for index in rng.permutation(len(units))][:count]
    names = [name for unit in order for name in unit]
    lids = [name for name in names if name.startswith(("foil", "filling"))]
    if lids:
        return _opened(item, lids, names)
    parts = tuple(sheet for sheet in item.sheets if sheet.name in names)
    slack = dict(zip(names, _slumped(item, order), strict=True)) if parts else {}
    return replace(item, sheets=tuple(slack.get(sheet.name, sheet) for sheet in item.sheets))


def _slumped(item: Item, units: Sequence[Sequence[str]]) -> list[Sheet]:
    """The sheets of units, in their order, after each unit's content was taken."""
    slumped: list[Sheet] = []
    for unit in units:
        sheets = [next(sheet for sheet in item.sheets if sheet.name == name) for name in unit]
        if unit == ("sachet",):
            torn = ripped(sheets[0], 0.5, 3)
            slumped.append(replace(torn, hurt=np.ones(torn.points.shape[:2])))
        else:
            slumped += _hollow(sheets)
    return slumped


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


def _hollow(sheets: Sequence[Sheet]) -> list[Sheet]:
    """A unit pressed flat and crumpled along its thinnest direction, away from where it is seen."""
    cloud = np.concatenate([sheet.points.reshape(-1, 3) for sheet in sheets])
    axis = np.linalg.svd(cloud - cloud.mean(axis=0), full_matrices=False)[2][2]
    axis = axis if float((VIEWS @ axis).sum()) > 0 else -axis
    low = float((cloud @ axis).min())
    return [_pressed(sheet, axis, low) for sheet in sheets]


def _pressed(sheet: Sheet, axis: NDArray[np.float64], low: float) -> Sheet:
    rows, columns = sheet.points.shape[:2]
    u, v = np.meshgrid(np.linspace(0, 9, columns), np.linspace(0, 11, rows))
    crumple = 0.5 + 0.5 * np.sin(u + 0.7 * np.sin(v)) * np.sin(v * 1.3 + u * 0.6)
    height = sheet.points @ axis - low
    target = height * 0.25 + np.minimum(2.0, 0.3 * height) * crumple
    dull = sheet.texture.copy()
    dull[..., :3] = (dull[..., :3] * 0.55 + 40).astype(np.uint8)
    points = sheet.points + (target - height)[..., None] * axis
    return replace(sheet, points=points, texture=dull, hurt=np.ones((rows, columns)))
