"""Takes an item apart: a flap or a lid comes open, a part of it lies beside."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from models.synthetic.cuts import exchanged
from models.synthetic.damage_spots import VIEWS, frame, printed_at, share_per_mm2
from models.synthetic.damage_units import without
from models.synthetic.shapes import Item, Points, Sheet, loose, turned

CAPS = ("cap", "cap top")
LEAST_MAJOR = 0.02
SKIRT = 0.15
"""The share of a cap's height whose lifted side is called open where it stands barely ajar."""
Floats = NDArray[np.float64]
Texture = NDArray[np.uint8]


def popped(item: Item, share: float, rng: np.random.Generator) -> Item:
    """Closed no longer: a lid stands ajar, a tuck flap or a corner of the film has sprung up."""
    if set(CAPS) <= {sheet.name for sheet in item.sheets}:
        return _ajar(item, share, rng)
    return _sprung(item, share, rng)


def came_off(item: Item, share: float, rng: np.random.Generator) -> Item:
    """A part has come off and lies on the tray beside the item; of tablets, three."""
    bounds = item.bounds()
    small = [("token",)] if ("token",) in item.trifles else list(item.trifles)
    if share > LEAST_MAJOR and not item.units:
        small = [trifle for trifle in item.trifles if trifle != ("token",)]
        for index in rng.permutation(len(small))[:3]:
            item = _fallen(item, small[int(index)], bounds, rng)
        return item
    parts = small if share < LEAST_MAJOR and small else list(item.units) or small
    return _fallen(item, parts[int(rng.integers(len(parts)))], bounds, rng)


def _fallen(
    item: Item, part: tuple[str, ...], bounds: tuple[Points, Points], rng: np.random.Generator
) -> Item:
    """The item with a part of it on the tray in front of its bounds or to their right."""
    fallen = [sheet for sheet in item.sheets if sheet.name in part]
    left = without(item, part)
    low, high = bounds
    own = np.concatenate([sheet.points.reshape(-1, 3) for sheet in fallen])
    middle, lowest = (own.max(axis=0) + own.min(axis=0)) / 2, float(own[:, 2].min())
    half = float(np.linalg.norm(own.max(axis=0)[:2] - own.min(axis=0)[:2])) / 2
    gap = half + float(rng.uniform(4, 16))
    along = float(rng.uniform(0.25, 0.85))
    if rng.random() < 0.5:
        x, y = low[0] + along * (high[0] - low[0]), low[1] - gap
    else:
        x, y = high[0] + gap, low[1] + along * (high[1] - low[1]) * 0.6
    centred = [sheet.moved(sheet.points - (middle[0], middle[1], lowest - 0.4)) for sheet in fallen]
    laid = turned(loose(_level(centred)), float(rng.uniform(0, 2 * np.pi)), (float(x), float(y), 0.0))
    return replace(left, sheets=(*left.sheets, *laid))


def _level(sheets: list[Sheet]) -> list[Sheet]:
    """Parts that stood on edge, such as bars in a front window, laid flat."""
    points = np.concatenate([sheet.points.reshape(-1, 3) for sheet in sheets])
    size = points.max(axis=0) - points.min(axis=0)
    if size[2] < 1.5 * min(size[0], size[1]):
        return sheets
    tilt = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
    laid = [sheet.moved(sheet.points @ tilt.T) for sheet in sheets]
    low = min(float(sheet.points[..., 2].min()) for sheet in laid)
    middle = np.mean([sheet.points.reshape(-1, 3).mean(axis=0) for sheet in laid], axis=0)
    return [sheet.moved(sheet.points - (middle[0], middle[1], low - 0.4)) for sheet in laid]


def _ajar(item: Item, share: float, rng: np.random.Generator) -> Item:
    """The cap tilted on its neck and drawn off a little."""
    caps = [sheet for sheet in item.sheets if sheet.name in CAPS]
    wall = next(sheet for sheet in caps if sheet.name == "cap")
    base, top = wall.points[-1].mean(axis=0), wall.points[0].mean(axis=0)
    axis = (top - base) / np.linalg.norm(top - base)
    radius = float(np.linalg.norm(wall.points[-1] - base, axis=1).max())
    angle = float(rng.uniform(0.10, 0.20) if share < 0.02 else rng.uniform(0.28, 0.5))
    side = np.cross(axis, (1.0, 0.0, 0.0) if abs(axis[0]) < 0.7 else (0.0, 0.0, 1.0))
    side /= np.linalg.norm(side)
    side *= float(rng.choice([-1.0, 1.0]))
    pivot = base - np.cross(side, axis) * radius * 0.8
    turn = _about(side, -angle)
    lift = axis * (1.0 + radius * 0.05)
    moved = {sheet.name: (sheet.points - pivot) @ turn.T + pivot + lift for sheet in caps}
    sheets = [
        replace(
            sheet,
            points=moved[sheet.name],
            hurt=_raised(sheet.points, moved[sheet.name], _skirt(sheet, base, top), share),
        )
        if sheet.name in CAPS
        else sheet
        for sheet in item.sheets
    ]
    return replace(item, sheets=tuple(sheets))


def _skirt(sheet: Sheet, base: Floats, top: Floats) -> Floats:
    """How high along the cap each point lies, 0 at its lower rim, 1 at its crown."""
    axis = top - base
    return np.asarray((sheet.points - base) @ axis / float(axis @ axis))


def _raised(before: Points, after: Points, skirt: Floats, share: float) -> Floats:
    """Where a lid has moved enough to be called open; barely open, the lifted side of its skirt alone."""
    away = np.linalg.norm(after - before, axis=-1)
    if share > LEAST_MAJOR:
        return np.asarray(away > 0, np.float64)
    return np.asarray((away > 0.55 * float(away.max())) & (skirt < SKIRT), np.float64)


def _about(axis: Floats, angle: float) -> Floats:
    """Rotation by an angle about a unit axis (Rodrigues), (3, 3)."""
    x, y, z = axis
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.asarray(np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross)


def _sprung(item: Item, share: float, rng: np.random.Generator) -> Item:
    """A tongue along an edge of a face stands up; behind it gapes the dark inside."""
    sheets = [sheet for sheet in item.sheets if sheet.name in item.faces]
    edges = [(sheet, side) for sheet in sheets for side in range(4)]
    seen = np.array([_edge_seen(sheet, side) for sheet, side in edges])
    sheet, side = edges[int(rng.choice(len(edges), p=seen / seen.sum()))]
    width, height = sheet.size_mm()
    along_mm, across_mm = (width, height) if side < 2 else (height, width)
    normal = frame(sheet, 0.5, 0.5)[1]
    area = 0.62 * share / share_per_mm2(item, normal)
    long = min(float(np.sqrt(area * rng.uniform(1.5, 2.6))), along_mm * 0.9)
    deep = min(area / long, across_mm * 0.5)
    for _ in range(12):
        part = float(rng.uniform(0.0, 1 - long / along_mm)), long / along_mm, deep / across_mm
        if not _has_opening(sheet, side, part):
            break
    return _tongue(item, sheet, side, part, rng)


def _has_opening(sheet: Sheet, side: int, part: tuple[float, float, float]) -> bool:
    """Whether the piece of the sheet at an edge is cut out in some place by design."""
    u, v = _piece(side, part, 9, 9)
    return bool((printed_at(sheet, u, v)[..., 3] < 128).any())


def _piece(side: int, part: tuple[float, float, float], rows: int, columns: int) -> tuple[Floats, Floats]:
    """u and v of a piece along an edge, its free edge as the first row, (rows, columns)."""
    start, long, deep = part
    a, b = np.meshgrid(np.linspace(start, start + long, columns), np.linspace(0, deep, rows))
    return {0: (a, b), 1: (a, 1 - b), 2: (b, a), 3: (1 - b, a)}[side]


def _edge_seen(sheet: Sheet, side: int) -> float:
    u, v = ((0.5, 0.06), (0.5, 0.94), (0.06, 0.5), (0.94, 0.5))[side]
    at, normal, _, _ = frame(sheet, u, v)
    return (
        max(0.0, float((VIEWS @ normal).max()) - 0.35) * (1.0 if at[2] > 8 or normal[2] > 0.5 else 0.01)
        + 1e-6
    )


def _tongue(
    item: Item, sheet: Sheet, side: int, part: tuple[float, float, float], rng: np.random.Generator
) -> Item:
    """Cuts a piece along an edge free and turns it up about the line where it still holds."""
    rows, columns = 10, 14
    u, v = _piece(side, part, rows, columns)
    flat = sheet.at(u.ravel(), v.ravel()).reshape(rows, columns, 3)
    height, width = sheet.texture.shape[:2]
    row = np.clip((v * height).astype(int), 0, height - 1)
    column = np.clip((u * width).astype(int), 0, width - 1)
    hinge = flat[-1:]
    reach = np.linalg.norm(flat - hinge, axis=-1, keepdims=True)
    normal = frame(sheet, float(u.mean()), float(v.mean()))[1]
    way = (flat - hinge) / np.maximum(reach, 1e-6)
    angle = float(rng.uniform(0.7, 1.5)) * (0.5 + 0.5 * reach / max(float(reach.max()), 1e-6))
    points = hinge + reach * (np.cos(angle) * way + np.sin(angle) * normal) + 0.3 * normal
    texture = sheet.texture.copy()
    y0, y1, x0, x1 = row.min(), row.max() + 1, column.min(), column.max() + 1
    print_ = texture[y0:y1, x0:x1].copy()
    texture[y0:y1, x0:x1, 3] = 0
    scar = np.zeros((height, width), np.bool_)
    scar[y0:y1, x0:x1] = True
    flipped = _oriented(print_, side)
    tongue = Sheet(
        "tongue", points, flipped, inner=sheet.inner, gloss=sheet.gloss, hurt=np.ones((rows, columns))
    )
    if side in (1, 2):
        tongue = replace(tongue, points=points[:, ::-1], texture=flipped[:, ::-1].copy())
    opened = replace(sheet, texture=texture, scar=scar)
    left = exchanged(item, sheet, opened)
    return replace(left, sheets=(*left.sheets, tongue))


def _oriented(print_: Texture, side: int) -> Texture:
    """The cut piece with its free edge as the first row and `a` growing to the right."""
    match side:
        case 0:
            return print_
        case 1:
            return print_[::-1].copy()
        case 2:
            return np.ascontiguousarray(np.swapaxes(print_, 0, 1))
        case _:
            return np.ascontiguousarray(np.swapaxes(print_[:, ::-1], 0, 1))
