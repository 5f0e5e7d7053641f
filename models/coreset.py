"""Coresets: a few points that leave none of many far from all of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def k_centre(points: NDArray[np.float32], count: int, first: int = 0) -> NDArray[np.intp]:
    """The places of `count` of (N, D) points, chosen greedily: each is the farthest from those before it.

    It is at most twice as far from the rest as the best choice is (Gonzalez 1985), and PatchCore's coreset
    (Roth et al. 2022, https://arxiv.org/abs/2106.08265). Points that are alike are chosen once.
    """
    chosen = [first]
    away = _away(points, first)
    while len(chosen) < min(count, len(points)):
        farthest = int(away.argmax())
        if away[farthest] <= 0.0:
            break
        chosen.append(farthest)
        np.minimum(away, _away(points, farthest), out=away)
    return np.asarray(chosen, np.intp)


def _away(points: NDArray[np.float32], centre: int) -> NDArray[np.float32]:
    difference = points - points[centre]
    return np.asarray(np.einsum("nd,nd->n", difference, difference), np.float32)
