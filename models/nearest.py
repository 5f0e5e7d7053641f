"""Nearest neighbours between the patches of an item and of its references, both ways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

LEAST_SPREAD = 1e-3
"""A channel that hardly varies among the references must not drown the others."""
ROWS_AT_ONCE = 200
"""Distances of so many points at a time stay in the processor's cache."""
WORST_SHARE = 0.02
"""The share of a picture's patches whose mean distance counts: one noisy patch must not decide."""


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Patches as points.

    Attributes:
        along: (N, D) float32, along the leading axes.
        squared: (N,) float32, the squared length, with what lies off those axes.
    """

    along: FloatArray
    squared: FloatArray


def joined(parts: Sequence[Points]) -> Points:
    """The points of all parts, in order."""
    return Points(
        np.concatenate([part.along for part in parts]), np.concatenate([part.squared for part in parts])
    )


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
        """Patches of (…, C) as N points."""
        scaled = (patches.reshape(-1, patches.shape[-1]) - self.mean) * self.scale
        squared = np.einsum("nc,nc->n", scaled, scaled)
        return Points(np.asarray(scaled @ self.axes, np.float32), np.asarray(squared, np.float32))


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


def nearest_both_ways(points: Points, others: Points) -> tuple[FloatArray, FloatArray]:
    """Euclidean distance to the nearest neighbour, for each of N points and for each of M others.

    Off the leading axes two points are taken to be at right angles: there references hardly reach, and what
    an item has there is foreign to them. It costs a product of D columns and loses no energy of the rest.

    Returns:
        (N,) from `points` to `others`, and (M,) from `others` to `points`.
    """
    left = np.column_stack([-2.0 * points.along, points.squared, np.ones_like(points.squared)])
    right = np.column_stack([others.along, np.ones_like(others.squared), others.squared]).T
    forward = np.empty(len(left), np.float32)
    backward = np.full(right.shape[1], np.inf, np.float32)
    for start in range(0, len(left), ROWS_AT_ONCE):
        block = slice(start, start + ROWS_AT_ONCE)
        squared = left[block] @ right
        forward[block] = squared.min(axis=1)
        np.minimum(backward, squared.min(axis=0), out=backward)
    return np.sqrt(np.maximum(forward, 0.0)), np.sqrt(np.maximum(backward, 0.0))


def worst(distances: FloatArray) -> float:
    """The mean of the worst 2 % of distances, of one at least."""
    count = max(1, round(WORST_SHARE * distances.size))
    return float(np.partition(distances.ravel(), -count)[-count:].mean())
