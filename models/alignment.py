"""How far an item lies from where a reference lay, from one coarse correlation of their patches.

Phase correlation's relative without whitening: the peak of the cross-correlation, found through the Fourier
transform (Lewis 1995, Fast Normalized Cross-Correlation), with a parabola through its neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
ComplexArray = NDArray[np.complex64]

COARSE = 20
"""Rows and columns of the maps that are correlated."""
CHANNELS = 32
"""The leading axes alone say where things are."""
MAX_SHIFT = 4
"""Coarse cells: a fifth of the picture, more than a located item can be off."""
TINY = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """A picture as alignment sees it.

    Attributes:
        spectrum: (CHANNELS, 2 COARSE, COARSE + 1) complex64, of the centred coarse map, padded to twice its
            side so that nothing wraps around.
        energy: the sum of that map's squares.
    """

    spectrum: ComplexArray
    energy: float


@dataclass(frozen=True, slots=True)
class Alignment:
    """Where a reference has what an item shows.

    Attributes:
        down: a cell of the item is found so many of its cells further down in the reference.
        right: the same to the right.
        agreement: -1..1, the correlation there.
        variant: which turn of the reference fits, 0 as it was taken.
    """

    down: int
    right: int
    agreement: float
    variant: int = 0


def outline_of(along: FloatArray) -> Outline:
    """The outline of projected patches, (rows, columns, D) float32."""
    rows, columns, _ = along.shape
    flat = _shares(rows) @ along[..., :CHANNELS].reshape(rows, -1)
    coarse = np.matmul(_shares(columns), flat.reshape(COARSE, columns, -1))
    coarse = coarse - coarse.mean(axis=(0, 1))
    spectrum = np.fft.rfft2(coarse.transpose(2, 0, 1), s=(2 * COARSE, 2 * COARSE))
    return Outline(spectrum.astype(np.complex64), float(np.square(coarse).sum()))


def alignments(item: Outline, others: Sequence[Outline], shape: tuple[int, int]) -> list[Alignment]:
    """Of each other picture, where it has what the item shows, in cells of the item's (rows, columns)."""
    turned = np.conj(item.spectrum)
    crossed = np.stack([np.einsum("cyx,cyx->yx", turned, other.spectrum) for other in others])
    surfaces = np.fft.irfft2(crossed, s=(2 * COARSE, 2 * COARSE))
    near = np.arange(-MAX_SHIFT, MAX_SHIFT + 1) % (2 * COARSE)
    rows, columns = shape
    found = []
    for other, surface in zip(others, surfaces[:, near][:, :, near], strict=True):
        down, right = _peak(surface)
        scale = float(np.sqrt(item.energy * other.energy)) + TINY
        found.append(
            Alignment(
                round(down * rows / COARSE), round(right * columns / COARSE), float(surface.max()) / scale
            )
        )
    return found


@lru_cache(maxsize=8)
def _shares(cells: int) -> FloatArray:
    """(COARSE, cells) float32: what share of each coarse cell is each of so many cells in its place."""
    edges = np.arange(COARSE + 1) * (cells / COARSE)
    fine = np.arange(cells)
    overlap = np.minimum(edges[1:, None], fine + 1) - np.maximum(edges[:-1, None], fine)
    shares = np.maximum(overlap, 0.0)
    return np.asarray(shares / shares.sum(axis=1, keepdims=True), np.float32)


def _peak(surface: NDArray[np.floating]) -> tuple[float, float]:
    """Where the surface is highest, from its middle, between its cells."""
    row, column = (int(at) for at in np.unravel_index(int(surface.argmax()), surface.shape))
    down = row + _between(surface[:, column], row) - MAX_SHIFT
    return down, column + _between(surface[row], column) - MAX_SHIFT


def _between(line: NDArray[np.floating], at: int) -> float:
    """The vertex of the parabola through the highest place and its neighbours, from that place."""
    if not 0 < at < len(line) - 1:
        return 0.0
    before, here, after = (float(value) for value in line[at - 1 : at + 2])
    bend = before - 2 * here + after
    return 0.0 if bend >= 0 else 0.5 * (before - after) / bend
