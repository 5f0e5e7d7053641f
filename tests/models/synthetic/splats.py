"""A small stand-in for the renderer: points of every sheet in a depth buffer, seen from two sides."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.synthetic.damage_spots import VIEWS
from models.synthetic.shapes import Item, Sheet

STEP_MM = 1.2
CELL_MM = 1.8
HALF_CELLS = 170

Floats = NDArray[np.float64]


def share(item: Item) -> float:
    """The largest share of the item's cells that its damage covers, of both views."""
    points, hurt = _cloud(item.sheets)
    gone, _ = _cloud(item.missing)
    tray = _tray() if item.puddle is not None else np.zeros((0, 3))
    shares = []
    for view in VIEWS:
        depth = np.full((2 * HALF_CELLS) ** 2, -np.inf)
        cell, near = _seen(points, view)
        np.maximum.at(depth, cell, near)
        front = near > depth[cell] - CELL_MM
        bad = np.zeros(depth.shape, bool)
        wet = _wet(item, points)
        bad[cell[front & (hurt | wet)]] = True
        for others, wanted in ((gone, np.ones(len(gone), bool)), (tray, _wet(item, tray))):
            there, height = _seen(others, view)
            bad[there[wanted & (height > depth[there] + 0.4)]] = True
        shares.append(float(bad.sum() / np.isfinite(depth).sum()))
    return max(shares)


def _cloud(sheets: tuple[Sheet, ...]) -> tuple[Floats, NDArray[np.bool_]]:
    """Points all over the sheets where they are solid, (N, 3), and which of them are hurt."""
    points: list[Floats] = [np.zeros((0, 3))]
    hurt = [np.zeros(0, bool)]
    for sheet in sheets:
        width, height = sheet.size_mm()
        across = np.linspace(0, 1, max(4, round(width / STEP_MM)))
        grid = np.meshgrid(across, np.linspace(0, 1, max(4, round(height / STEP_MM))))
        u, v = (part.ravel() for part in grid)
        rows, columns = sheet.texture.shape[:2]
        row, column = (
            np.minimum((v * rows).astype(int), rows - 1),
            np.minimum((u * columns).astype(int), columns - 1),
        )
        solid = sheet.texture[row, column, 3] >= 128
        bad = np.zeros(len(u), bool)
        if sheet.hurt is not None:
            bad |= sheet.moved(np.dstack([sheet.hurt] * 3)).at(u, v)[:, 0] > 0.4
        if sheet.scar is not None:
            bad |= sheet.scar[row, column]
        points.append(sheet.at(u, v)[solid])
        hurt.append(bad[solid])
    return np.concatenate(points), np.concatenate(hurt)


def _seen(points: Floats, view: Floats) -> tuple[NDArray[np.intp], Floats]:
    """The cell of each point in a picture taken along a view, and how near it is."""
    across = np.cross(view, (0.0, 0.0, 1.0))
    across /= np.linalg.norm(across)
    flat = np.stack([points @ across, points @ np.cross(across, view)])
    x, y = np.clip(np.round(flat / CELL_MM).astype(int) + HALF_CELLS, 0, 2 * HALF_CELLS - 1)
    return y * 2 * HALF_CELLS + x, points @ view


def _wet(item: Item, points: Floats) -> NDArray[np.bool_]:
    """Which points are under liquid: the field of round blobs."""
    if item.puddle is None:
        return np.zeros(len(points), bool)
    field = np.zeros(len(points), np.float32)
    for x, y, z, radius in item.puddle.blobs:
        field += radius**2 / np.maximum(_square(points, (x, y, z)), 1.0)
    return np.asarray(field > 1.1)


def _square(points: Floats, at: tuple[float, float, float]) -> Floats:
    away = points - at
    return np.asarray(np.einsum("ij,ij->i", away, away))


def _tray() -> Floats:
    axis = np.arange(-180.0, 180.0, 2.4)
    x, y = np.meshgrid(axis, axis)
    return np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], axis=1)
