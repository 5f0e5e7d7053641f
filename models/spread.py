"""How far good items lie from each other, place by place, as references tell of themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.nearest import worst

FloatArray = NDArray[np.float32]

LOCAL_SHARE = 0.2
"""How much a place's own spread counts beside that of the whole view: a few references tell little of it."""
LOCAL_CELLS = 5
PRIOR_SPREAD = 0.1
PRIOR_WEIGHT = 4.0
"""A few references say little of their spread: a nominal 10 % of the mean counts as much as four more."""
LIMIT_DEVIATIONS = 3.0
TURN_ALLOWANCE = 1.25
"""Small turns of a single reference differ less than two good items do."""
FLOOR = 1e-6
NOMINAL_SHARE = 0.5
"""With one picture and no turns: half the root mean square distance of two of its patches."""


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """What good items show, (rows, columns) float32 each: a distance over it is 1 at the limit."""

    forward: FloatArray
    backward: FloatArray

    def relative(self, forward: FloatArray, backward: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Distances of any grid over what good items show there."""
        shape = forward.shape
        return forward / _fitted(self.forward, shape), backward / _fitted(self.backward, shape)


def spread_of(pairs: Sequence[tuple[FloatArray, FloatArray]], *, turned: bool) -> Spread:
    """The spread from the distances, forward and backward, of good pictures from others.

    PatchCore weighs a patch's distance by how dense the bank is around its neighbour (Roth et al. 2022); here
    references left out tell it for each place, and each is measured without its own word.
    """
    forwards = np.stack([forward for forward, _ in pairs])
    backwards = np.stack([backward for _, backward in pairs])
    local = _local(forwards), _local(backwards)
    distances = []
    for index, (forward, backward) in enumerate(pairs):
        rest = [other for other in range(len(pairs)) if other != index] or [index]
        ahead, back = _local(forwards[rest]), _local(backwards[rest])
        distances.append((worst(forward / ahead) + worst(backward / back)) / 2)
    limit = _limit(np.asarray(distances)) * (TURN_ALLOWANCE if turned else 1.0)
    return Spread(local[0] * np.float32(limit), local[1] * np.float32(limit))


def nominal_spread(squared: FloatArray) -> Spread:
    """Where nothing tells it: the same everywhere, from the (rows, columns) squared lengths of a picture."""
    limit = max(NOMINAL_SHARE * float(np.sqrt(2.0 * squared.mean())), FLOOR)
    even = np.full(squared.shape, limit, np.float32)
    return Spread(even, even)


def _local(distances: FloatArray) -> FloatArray:
    """(N, rows, columns) as what is usual at each place, (rows, columns) float32."""
    usual = cv2.blur(distances.mean(axis=0), (LOCAL_CELLS, LOCAL_CELLS), borderType=cv2.BORDER_REPLICATE)
    blended = LOCAL_SHARE * usual + (1.0 - LOCAL_SHARE) * float(distances.mean())
    return np.asarray(np.maximum(blended, FLOOR), np.float32)


def _limit(distances: NDArray[np.floating]) -> float:
    mean = float(distances.mean())
    seen = float(np.square(distances - mean).sum())
    prior = PRIOR_WEIGHT * (PRIOR_SPREAD * mean) ** 2
    deviation = float(np.sqrt((seen + prior) / (len(distances) - 1 + PRIOR_WEIGHT)))
    return mean + LIMIT_DEVIATIONS * deviation


def _fitted(values: FloatArray, shape: tuple[int, ...]) -> FloatArray:
    if values.shape == shape:
        return values
    size = (shape[1], shape[0])
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_LINEAR), np.float32)
