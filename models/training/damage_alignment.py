"""Soft alignment: where each cell of a view lies in a reference, as one affine map fitted to soft matches."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.supervised import GRID, KEYS

HALF = GRID // 2
DESCRIPTION = 24
SPARSE = GRID // 4
"""Matches are sought for so many of the view's cells a side: plenty for six numbers."""
RIDGE = 2e-3
"""Pulls the map towards the identity where hardly anything matches."""
FAR = 1e4
OUTLIER = 0.1
"""A match that lies so far from the map, in half widths of the region, counts half in the second fit."""


class Alignment(nn.Module):
    """Brings references onto a view.

    Each cell of the view, at half the grid's size, attends to the reference's cells (scaled dot product with
    a bias for its own place); where it expects itself to be gives a weighted least-squares affine map, fitted
    again with outliers weighed down (iteratively reweighted least squares). One smooth map, rather than the
    matches themselves, keeps a missing unit from being found in its neighbour's place.
    """

    def __init__(self) -> None:
        super().__init__()
        self.describe = nn.Linear(KEYS, DESCRIPTION)
        self.sharpness = nn.Parameter(torch.tensor(2.5))
        self.reach = nn.Parameter(torch.tensor(-1.0))
        places, starts, fine = _places(HALF), _places(SPARSE), _places(GRID)
        self.register_buffer("places", places)
        self.register_buffer("starts", starts)
        self.register_buffer("away", torch.cdist(starts, places).square())
        self.register_buffer("terms", _terms(starts))
        self.register_buffer("fine", fine.T.contiguous())
        self.register_buffer("fine_terms", _terms(fine).T.contiguous())
        first, second = [0, 0, 0, 1, 1, 2], [0, 1, 2, 1, 2, 2]
        self.register_buffer("squares", _terms(starts)[:, first] * _terms(starts)[:, second])

    def forward(self, keys: Tensor, maps: Tensor, theirs: Tensor) -> Tensor:
        """References (N, K, 40, 40, channels), the keys first, brought onto N views.

        Args:
            keys: (N, 40, 40, KEYS), of the views.
            maps: (N, MAPS, 40, 40), of the views; the third and fourth tell where the item is.
        """
        count, channels = keys.shape[0], theirs.shape[4]
        item = maps[:, 2:3] * maps[:, 3:4] + 1 - maps[:, 3:4]
        flow = self.flow(keys, item, theirs[..., :KEYS])
        found = sampled(theirs.reshape(-1, GRID * GRID, channels), flow)
        return found.reshape(count, -1, GRID, GRID, channels)

    def flow(self, keys: Tensor, item: Tensor, others: Tensor) -> Tensor:
        """Where each cell of a view lies in its references: (N·K, 2, 1600) x and y in -1..1.

        Args:
            item: (N, 1, 40, 40), the share of each cell that is the item.
            others: (N, K, 40, 40, KEYS).
        """
        count = keys.shape[0]
        query = self._described(keys, SPARSE)
        reference = self._described(others.reshape(-1, GRID, GRID, KEYS), HALF)
        reference = reference.reshape(count, -1, HALF * HALF, DESCRIPTION).transpose(2, 3)
        alike = torch.matmul(query[:, None] * self.sharpness.exp(), reference)
        attention = torch.softmax(alike - self.away * (-2 * self.reach).exp() / 2, dim=3)
        expected = torch.matmul(attention, self.places)
        surely = attention.square().sum(dim=3)
        weight = surely * (functional.avg_pool2d(item, 4).flatten(2) + 0.01)
        moved = (expected - self.starts).flatten(0, 1)
        weight = weight.flatten(0, 1)
        first = self._fitted(moved, weight)
        missed = (moved - torch.matmul(self.terms, first)).square().sum(dim=2)
        second = self._fitted(moved, weight * OUTLIER**2 / (OUTLIER**2 + missed))
        return torch.matmul(second.transpose(1, 2), self.fine_terms) + self.fine

    def _described(self, keys: Tensor, side: int) -> Tensor:
        """(M, 40, 40, KEYS) to descriptions of unit length on a coarser grid, (M, side², DESCRIPTION)."""
        every, first = GRID // side, (GRID // side - 2) // 2
        near = self.describe(keys)
        near = near[:, first::every] + near[:, first + 1 :: every]
        rows = near[:, :, first::every] + near[:, :, first + 1 :: every]
        rows = rows.reshape(-1, side * side, DESCRIPTION)
        return rows / rows.square().sum(dim=2, keepdim=True).add(1e-6).sqrt()

    def _fitted(self, moved: Tensor, weight: Tensor) -> Tensor:
        """The affine map of displacements (M, 100, 2) with weights (M, 100): (M, 3, 2)."""
        share = weight / weight.sum(dim=1, keepdim=True).clamp(min=1e-9)
        a, b, c, d, e, f = torch.matmul(share, self.squares).unbind(dim=1)
        a, d, f = a + RIDGE, d + RIDGE, f + RIDGE
        cofactors = (d * f - e * e, c * e - b * f, b * e - c * d, a * f - c * c, b * c - a * e, a * d - b * b)
        size = a * cofactors[0] + b * cofactors[1] + c * cofactors[2]
        inverse = torch.stack([cofactors[index] for index in (0, 1, 2, 1, 3, 4, 2, 4, 5)], dim=1)
        inverse = (inverse / size[:, None]).reshape(-1, 3, 3)
        return torch.matmul(inverse, torch.matmul(self.terms.T, moved * share[:, :, None]))


def sampled(values: Tensor, flow: Tensor) -> Tensor:
    """Maps (M, 1600, channels) read between their cells at (M, 2, 1600); beyond the edge is the edge."""
    if torch.onnx.is_in_onnx_export():
        return gathered(values, flow)
    pictures = values.transpose(1, 2).reshape(len(values), -1, GRID, GRID)
    grid = flow.transpose(1, 2).reshape(-1, GRID, GRID, 2)
    found = functional.grid_sample(
        pictures, grid, mode="bilinear", padding_mode="border", align_corners=False
    )
    return found.flatten(2).transpose(1, 2)


def gathered(values: Tensor, flow: Tensor) -> Tensor:
    """What `sampled` gives, by gathering whole rows: ONNX Runtime does that four times as fast."""
    _, cells, channels = values.shape
    place = ((flow + 1) * (GRID / 2) - 0.5).clamp(0, GRID - 1)
    low = place.floor().clamp(max=GRID - 2)
    share = (place - low)[..., None]
    corner = (low[:, 1] * GRID + low[:, 0]).long() + _rows_before(values)
    rows = values.reshape(-1, channels)

    def at(step: int) -> Tensor:
        return torch.index_select(rows, 0, (corner + step).reshape(-1)).reshape(-1, cells, channels)

    left, right = at(0), at(1)
    upper = left + (right - left) * share[:, 0]
    left, right = at(GRID), at(GRID + 1)
    lower = left + (right - left) * share[:, 0]
    return upper + (lower - upper) * share[:, 1]


def _rows_before(values: Tensor) -> Tensor:
    """(M, 1): how many rows lie before each map's first when they are laid one after the other."""
    ones = torch.ones_like(values[:, :1, 0], dtype=torch.long)
    return (torch.cumsum(ones, dim=0) - 1) * values.shape[1]


def shifted(values: Tensor) -> Iterator[Tensor]:
    """A map (N, K, 40, 40, channels) moved by each step of 3 x 3, row by row; its edge is repeated."""
    wide = torch.cat([values[:, :, :, :1], values, values[:, :, :, -1:]], dim=3)
    padded = torch.cat([wide[:, :, :1], wide, wide[:, :, -1:]], dim=2)
    for row in range(3):
        for column in range(3):
            yield padded[:, :, row : row + GRID, column : column + GRID]


def moved_by(values: Tensor, step: int) -> Tensor:
    """A map (N, K, 40, 40, channels) moved by one step of 3 x 3, counted row by row; far beyond its edge."""
    padded = functional.pad(values, (0, 0, 1, 1, 1, 1), value=FAR)
    row, column = divmod(step, 3)
    return padded[:, :, row : row + GRID, column : column + GRID]


def _places(side: int) -> Tensor:
    """The middles of a grid's cells, (side², 2) x and y in -1..1."""
    steps = (torch.arange(side) + 0.5) / side * 2 - 1
    rows, columns = torch.meshgrid(steps, steps, indexing="ij")
    return torch.stack([columns.flatten(), rows.flatten()], dim=1)


def _terms(places: Tensor) -> Tensor:
    """(cells, 3): 1, x and y of each place."""
    return torch.cat([torch.ones(len(places), 1), places], dim=1)
