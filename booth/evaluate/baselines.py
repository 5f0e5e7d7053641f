"""What needs no network: colours and edges beside the nearest reference; they must not solve a set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

BINS = 8
"""Bins of each colour channel."""
CELLS = 4
"""Rows and columns of cells in which edges are counted."""
SIDE_PX = 160
CANNY = (60, 160)
"""The gradients between which an edge must begin and may go on, in grey levels."""


@dataclass(frozen=True, slots=True, eq=False)
class Plain:
    """What the baselines see of one view.

    Attributes:
        colours: (BINS³,) float32, a histogram that sums to 1.
        edges: (CELLS²,) float32, the share of edge pixels of each cell.
    """

    colours: NDArray[np.float32]
    edges: NDArray[np.float32]


def plain_look(rgb: NDArray[np.uint8]) -> Plain:
    """What the baselines see of the cut-out item, (H, W, 3) uint8."""
    small = np.asarray(cv2.resize(rgb, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA), np.uint8)
    colours = cv2.calcHist([small], [0, 1, 2], None, [BINS] * 3, [0, 256] * 3).ravel()
    edges = cv2.Canny(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), *CANNY) > 0
    cells = edges.reshape(CELLS, SIDE_PX // CELLS, CELLS, SIDE_PX // CELLS).mean(axis=(1, 3))
    return Plain(np.asarray(colours / colours.sum(), np.float32), cells.ravel().astype(np.float32))


def colour_distance(seen: Plain, references: Sequence[Plain]) -> float:
    """The Hellinger distance, 0..1, from the nearest of at least one reference."""
    overlaps = [float(np.sqrt(seen.colours * one.colours).sum()) for one in references]
    return float(np.sqrt(max(0.0, 1.0 - max(overlaps))))


def edge_distance(seen: Plain, references: Sequence[Plain]) -> float:
    """The mean difference in edge density, 0..1, from the nearest of at least one reference."""
    return min(float(np.abs(seen.edges - one.edges).mean()) for one in references)
