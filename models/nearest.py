"""Nearest neighbours between the patches of an item and of its references, both ways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

LEAST_SPREAD = 1e-3
"""A channel that hardly varies among the references must not drown the others."""
WORST_SHARE = 0.01
"""The share of a picture's patches whose mean distance counts: one noisy patch must not decide."""


@dataclass(frozen=True, slots=True, eq=False)
class Space:
    """A frame of reference for patches: centred, scaled and turned as the references spread.

    Attributes:
        mean: (C,) float32.
        projection: (C, D) float32, from centred channels to the axes that carry most of the spread.
    """

    mean: FloatArray
    projection: FloatArray

    def place(self, patches: FloatArray) -> FloatArray:
        """Patches of (…, C) as points, (N, D) float32."""
        flat = patches.reshape(-1, patches.shape[-1])
        return np.asarray((flat - self.mean) @ self.projection, np.float32)


def space_of(patches: FloatArray, stages: Sequence[int], dimensions: int) -> Space:
    """The frame in which (N, C) reference patches have the same spread in every stage and channel.

    Each channel is scaled to unit spread, then each stage by its number of channels, so that a stage of
    many channels does not outvote one of few. The leading principal axes keep distances nearly as they
    were, at a fraction of the work.

    Args:
        stages: the channels of each stage, in order; where they do not add up to C, all are one stage.
    """
    mean = patches.mean(axis=0)
    widths = list(stages) if sum(stages) == patches.shape[1] else [patches.shape[1]]
    weight = np.concatenate([np.full(width, 1.0 / np.sqrt(width)) for width in widths])
    scale = weight / np.maximum(patches.std(axis=0), LEAST_SPREAD)
    scaled = (patches - mean) * scale
    _, axes = np.linalg.eigh(scaled.T @ scaled / len(scaled))
    leading = axes[:, ::-1][:, :dimensions]
    return Space(mean.astype(np.float32), (scale[:, None] * leading).astype(np.float32))


def nearest_both_ways(points: FloatArray, others: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Euclidean distance to the nearest neighbour, for each of (N, D) and for each of (M, D).

    Returns:
        (N,) from `points` to `others`, and (M,) from `others` to `points`.
    """
    own = np.einsum("nd,nd->n", points, points)
    theirs = np.einsum("md,md->m", others, others)
    squared = points @ others.T
    squared *= -2.0
    squared += theirs[None, :]
    forward = squared.min(axis=1) + own
    squared += own[:, None]
    backward = squared.min(axis=0)
    return np.sqrt(np.maximum(forward, 0.0)), np.sqrt(np.maximum(backward, 0.0))


def worst(distances: FloatArray) -> float:
    """The mean of the worst 1 % of distances, of one at least."""
    count = max(1, round(WORST_SHARE * distances.size))
    return float(np.partition(distances.ravel(), -count)[-count:].mean())
