"""Fits the probability that two pictures show the same article, from what comparing their points found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from models.fitting.stock import Stocked, shop
from models.matching import MIN_INLIERS, SIGNS, Evidence, SiftFeatures, SiftMatcher, measures

STRANGERS = 6
"""Products of other families that each photo is compared with, beside all its siblings."""
RIDGE = 1e-3


@dataclass(frozen=True, slots=True)
class Fitted:
    """The intercept and a weight for each of `measures`, and how well they tell.

    Attributes:
        r1: share of the photos of shops left out in fitting whose own article fits best.
        r1_points: the same by the number of points alone.
    """

    weights: tuple[float, ...]
    n: int
    r1: float
    r1_points: float


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """Comparisons: `rows` (n, 4), whether the same article, of which photo, and how many points agreed."""

    rows: NDArray[np.float64]
    same: NDArray[np.bool_]
    photo: NDArray[np.intp]
    inliers: NDArray[np.intp]


def fit_matches(shops: int, progress: Callable[[int, int], None]) -> Fitted:
    """Compare the photos of so many made-up shops with their articles; fit on all, score on those left out.

    Raises:
        ModelError: a picture cannot be compared.
    """
    matcher = SiftMatcher()
    found: list[_Pairs] = []
    for seed in range(shops):
        found.append(_pairs(list(_compared(matcher, shop(seed), seed))))
        progress(seed + 1, shops)
    left_out = [_left_out(found, index) for index in range(shops)] if shops > 1 else []
    weights = _weights(found)
    n = sum(len(np.unique(one.photo)) for one in found)
    by_points = [_best(one, one.inliers.astype(np.float64)) for one in found]
    return Fitted(weights, n, _share(left_out), _share(by_points))


def _compared(
    matcher: SiftMatcher, sold: Sequence[Stocked], seed: int
) -> Iterator[tuple[int, bool, Evidence]]:
    rng = np.random.default_rng([seed, 1])
    pictures: list[SiftFeatures] = [matcher.describe(one.picture) for one in sold]
    for index, one in enumerate(sold):
        seen = matcher.describe(one.photo)
        others = [i for i, other in enumerate(sold) if other.family != one.family]
        siblings = [i for i, other in enumerate(sold) if other.family == one.family]
        strangers = rng.choice(others, min(STRANGERS, len(others)), replace=False).tolist() if others else []
        for which in (*siblings, *strangers):
            yield index, which == index, matcher.compare(seen, pictures[which])


def _pairs(found: Sequence[tuple[int, bool, Evidence]]) -> _Pairs:
    return _Pairs(
        np.array([measures(evidence) for _, _, evidence in found]),
        np.array([same for _, same, _ in found], np.bool_),
        np.array([photo for photo, _, _ in found], np.intp),
        np.array([evidence.inliers for _, _, evidence in found], np.intp),
    )


def _weights(found: Sequence[_Pairs]) -> tuple[float, ...]:
    """Logistic regression with a small ridge and the signs that the measures' meaning gives."""
    rows = np.concatenate([one.rows[one.inliers >= MIN_INLIERS] for one in found])
    same = np.concatenate([one.same[one.inliers >= MIN_INLIERS] for one in found])
    mean, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    scaled = np.column_stack([np.ones(len(rows)), (rows - mean) / spread])
    ridge = RIDGE * np.r_[0.0, np.ones(rows.shape[1])]

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        odds = scaled @ weights
        total = float((np.logaddexp(0, odds) - same * odds).mean() + ridge @ weights**2 / 2)
        return total, scaled.T @ (1 / (1 + np.exp(-odds)) - same) / len(odds) + ridge * weights

    bounds = [(None, None), *((0.0, None) if sign > 0 else (None, 0.0) for sign in SIGNS)]
    solved = minimize(loss, np.zeros(len(bounds)), jac=True, bounds=bounds).x
    slopes = solved[1:] / spread
    return (float(solved[0] - slopes @ mean), *(float(slope) for slope in slopes))


def _left_out(found: Sequence[_Pairs], index: int) -> list[bool]:
    weights = np.array(_weights([one for other, one in enumerate(found) if other != index]))
    one = found[index]
    score = np.where(one.inliers >= MIN_INLIERS, one.rows @ weights[1:] + weights[0], -np.inf)
    return _best(one, score)


def _best(pairs: _Pairs, score: NDArray[np.float64]) -> list[bool]:
    """For each photo, whether its own article scores above every other."""
    hits = []
    for photo in np.unique(pairs.photo):
        of_photo = pairs.photo == photo
        own, others = score[of_photo & pairs.same], score[of_photo & ~pairs.same]
        hits.append(bool(own[0] > -np.inf and np.all(own[0] > others)))
    return hits


def _share(hits: Sequence[Sequence[bool]]) -> float:
    flat = [hit for some in hits for hit in some]
    return float(np.mean(flat)) if flat else float("nan")
