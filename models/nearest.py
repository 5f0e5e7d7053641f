"""Nearest neighbours between the patches of an item and of its references, both ways, near their place.

Each cell is compared with the cells of a window around its aligned place only: what a reference shows
elsewhere excuses nothing, and it costs an eighth of a search over the whole picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

LEAST_SPREAD = 1e-3
"""A channel that hardly varies among the references must not drown the others."""
TILE = 8
"""Cells of a tile's side: its cells share one window, so that one matrix product serves them all."""
REACH = 3
"""Cells around a tile that belong to its window: what alignment to whole cells and small turns leave open."""
FAR = 1e6
"""A squared distance beyond any between two patches."""
WORST_SHARE = 0.01
"""The share of a picture's patches whose mean distance counts: one noisy patch must not decide."""


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Patches as points.

    Attributes:
        along: (…, D) float32, along the leading axes.
        squared: (…) float32, the squared length, with what lies off those axes.
    """

    along: FloatArray
    squared: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Space:
    """A frame of reference for patches: centred, scaled and turned as the references spread.

    Attributes:
        mean: (C,) float32.
        scale: (C,) float32.
        axes: (C, D) float32, orthonormal: the directions that carry most of the references' spread.
    """

    mean: FloatArray
    scale: FloatArray
    axes: FloatArray

    def place(self, patches: FloatArray) -> Points:
        """Patches of (…, C) as points."""
        centred = np.asarray(patches - self.mean, np.float32)
        along = centred @ (self.axes * self.scale[:, None])
        return Points(np.asarray(along, np.float32), np.square(centred, out=centred) @ np.square(self.scale))


def space_of(patches: FloatArray, stages: Sequence[int], dimensions: int) -> Space:
    """The frame in which (N, C) reference patches have the same spread in every stage and channel.

    Each channel is scaled to unit spread, then each stage by its number of channels, so that a stage of
    many channels does not outvote one of few.

    Args:
        stages: the channels of each stage, in order; where they do not add up to C, all are one stage.
        dimensions: how many leading principal axes are kept.
    """
    mean = patches.mean(axis=0)
    widths = list(stages) if sum(stages) == patches.shape[1] else [patches.shape[1]]
    weight = np.concatenate([np.full(width, 1.0 / np.sqrt(width)) for width in widths])
    centred = patches - mean
    covariance = centred.T @ centred / len(centred)
    scale = (weight / np.maximum(np.sqrt(np.diag(covariance)), LEAST_SPREAD)).astype(np.float32)
    _, axes = np.linalg.eigh(covariance * scale * scale[:, None])
    leading = np.ascontiguousarray(axes[:, ::-1][:, :dimensions])
    return Space(mean.astype(np.float32), scale, leading.astype(np.float32))


@dataclass(frozen=True, slots=True, eq=False)
class Tiles:
    """A picture cut into tiles of TILE x TILE cells, ready to be searched for.

    Attributes:
        rows: (tiles, TILE * TILE, D + 2) float32: each cell's factors of a squared distance.
        down: tiles from top to bottom; `across` from left to right.
        shape: rows and columns of the picture.
    """

    rows: FloatArray
    down: int
    across: int
    shape: tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """For each tile of an item the cells of a reference that it is compared with.

    Attributes:
        columns: (tiles, cells, D + 2) float32: each cell's factors of a squared distance.
        cells: (tiles, cells) int: which cell of the reference each is, flat.
        reached: (rows, columns) bool, where the reference's picture lies on the item's.
    """

    columns: FloatArray
    cells: NDArray[np.intp]
    reached: NDArray[np.bool_]


def tiles_of(points: Points) -> Tiles:
    """The tiles of a picture of (rows, columns); beyond its edge they hold cells far from everything."""
    rows, columns = points.squared.shape
    down, across = -(-rows // TILE), -(-columns // TILE)
    beyond = ((0, down * TILE - rows), (0, across * TILE - columns))
    along = np.pad(points.along, (*beyond, (0, 0)))
    squared = np.pad(points.squared, beyond, constant_values=FAR)
    factors = np.concatenate([-2.0 * along, squared[..., None], np.ones_like(squared)[..., None]], axis=2)
    tiled = factors.reshape(down, TILE, across, TILE, -1).transpose(0, 2, 1, 3, 4)
    return Tiles(tiled.reshape(down * across, TILE * TILE, -1), down, across, (rows, columns))


def factors_of(points: Points) -> FloatArray:
    """A reference's cells, (rows, columns, D + 2) float32: their factors of a squared distance."""
    one = np.ones_like(points.squared)
    return np.concatenate([points.along, one[..., None], points.squared[..., None]], axis=2)


def windows_of(factors: FloatArray, tiles: Tiles, down: int, right: int) -> Windows:
    """The windows of a reference whose cells lie `down` and `right` of the item's like cells.

    A reference of another grid is brought to the item's; beyond its edge it repeats its last cells.
    """
    height, width = factors.shape[:2]
    rows = _reached(tiles.down * TILE, tiles.shape[0], height, down)
    columns = _reached(tiles.across * TILE, tiles.shape[1], width, right)
    laid = factors[rows[:, None], columns[None, :]]
    cells = (rows[:, None] * width + columns[None, :]).astype(np.intp)
    side = TILE + 2 * REACH
    count = tiles.down * tiles.across
    cut = np.moveaxis(sliding_window_view(laid, (side, side), axis=(0, 1))[::TILE, ::TILE], 2, -1)
    numbered = sliding_window_view(cells, (side, side))[::TILE, ::TILE]
    return Windows(
        np.ascontiguousarray(cut).reshape(count, side * side, factors.shape[2]),
        np.ascontiguousarray(numbered).reshape(count, side * side),
        _within(tiles.shape[0], height, down)[:, None] & _within(tiles.shape[1], width, right)[None, :],
    )


def _reached(padded: int, cells: int, others: int, shift: int) -> NDArray[np.intp]:
    """For each row of an item, and REACH more on either side, the row of the reference that lies there."""
    at = (np.arange(-REACH, padded + REACH) + 0.5 + shift) * (others / cells)
    return np.asarray(np.clip(np.floor(at), 0, others - 1), np.intp)


def _within(cells: int, others: int, shift: int) -> NDArray[np.bool_]:
    at = (np.arange(cells) + 0.5 + shift) * (others / cells)
    return np.asarray((at >= 0) & (at < others), np.bool_)


def squared_distances(tiles: Tiles, windows: Windows) -> FloatArray:
    """(tiles, TILE * TILE, cells) float32, of each cell of the item from each cell of its window.

    Off the leading axes two patches are taken to be at right angles: there references hardly reach, and what
    an item has there is foreign to them.
    """
    return np.asarray(np.matmul(tiles.rows, windows.columns.transpose(0, 2, 1)), np.float32)


def forward_of(squared: FloatArray, tiles: Tiles) -> FloatArray:
    """(rows, columns) float32: each cell's distance from the nearest one of its window."""
    return np.asarray(np.sqrt(np.maximum(_laid_out(squared.min(axis=2), tiles), 0.0)), np.float32)


def nearest_of(squared: FloatArray, windows: Windows, tiles: Tiles) -> NDArray[np.intp]:
    """(rows, columns) int: the reference's cell, flat, that is nearest to each cell of the item."""
    best = squared.argmin(axis=2)
    return np.asarray(_laid_out(np.take_along_axis(windows.cells, best, axis=1), tiles), np.intp)


def backward_of(squared: FloatArray, windows: Windows, tiles: Tiles) -> FloatArray:
    """(rows, columns) float32: for the reference's cell that lies on each of the item's, the same back.

    Where the reference's picture does not reach nothing can be missing: it is 0 there.
    """
    side = TILE + 2 * REACH
    least = squared.min(axis=1).reshape(tiles.down, tiles.across, side, side)
    grid = np.full((tiles.down * TILE + 2 * REACH, tiles.across * TILE + 2 * REACH), FAR, np.float32)
    for row in range(tiles.down):
        for column in range(tiles.across):
            place = grid[row * TILE : row * TILE + side, column * TILE : column * TILE + side]
            np.minimum(place, least[row, column], out=place)
    rows, columns = tiles.shape
    inner = grid[REACH : REACH + rows, REACH : REACH + columns]
    return np.asarray(np.where(windows.reached, np.sqrt(np.maximum(inner, 0.0)), 0.0), np.float32)


def _laid_out(values: NDArray[Any], tiles: Tiles) -> NDArray[Any]:
    """What holds for each cell of each tile, on the picture's grid."""
    grid = values.reshape(tiles.down, tiles.across, TILE, TILE).transpose(0, 2, 1, 3)
    rows, columns = tiles.shape
    return grid.reshape(tiles.down * TILE, tiles.across * TILE)[:rows, :columns]


def worst(distances: FloatArray, share: float = WORST_SHARE) -> float:
    """The mean of the worst share of distances, of one at least."""
    count = max(1, round(share * distances.size))
    return float(np.partition(distances.ravel(), -count)[-count:].mean())
