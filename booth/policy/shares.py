"""Exact bounds of a share that was counted, of plain items and of items that come in clusters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Share:
    """A share that was counted, with its two-sided 95 % interval.

    Attributes:
        design_effect: how many times fewer independent items would tell as much, 1 where items are
            independent.
    """

    count: int
    n: int
    low: float
    high: float
    design_effect: float = 1.0

    @property
    def share(self) -> float:
        """`count` of `n`, 0..1."""
        return self.count / self.n


def upper_bound(count: float, n: float, level: float = LEVEL) -> float:
    """The one-sided upper bound of Clopper and Pearson (1934), for whole or effective counts."""
    from scipy.special import betaincinv

    return 1.0 if count >= n else float(betaincinv(count + 1.0, n - count, level))


def lower_bound(count: float, n: float, level: float = LEVEL) -> float:
    """The one-sided lower bound of Clopper and Pearson (1934)."""
    from scipy.special import betaincinv

    return 0.0 if count <= 0 else float(betaincinv(count, n - count + 1.0, 1.0 - level))


def share_of(hits: Sequence[bool], products: Sequence[str], level: float = LEVEL) -> Share:
    """A share of items of several products: Clopper and Pearson's interval on effective counts.

    The counts are divided by the design effect before the bounds are taken (Korn and Graubard, 1998,
    "Confidence intervals for proportions with small expected number of positive counts estimated from
    survey data").

    Args:
        hits: whether each item is one of those counted; one at least.
        products: the product of each, as for `clusters`.
    """
    flags = np.asarray(hits, bool)
    count, n = int(flags.sum()), len(flags)
    effect = design_effect(flags, clusters(products)) * few_clusters(products)
    tail = 0.5 + level / 2
    low = lower_bound(count / effect, n / effect, tail)
    return Share(count, n, low, upper_bound(count / effect, n / effect, tail), effect)


def clusters(products: Sequence[str]) -> NDArray[np.intp]:
    """A number for each item, the same for items of one product; one without a product stands alone."""
    names = [(name, -1) if name else ("", place) for place, name in enumerate(products)]
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return np.array([numbers[name] for name in names], np.intp)


def design_effect(hits: NDArray[np.bool_], cluster: NDArray[np.intp]) -> float:
    """How many times the variance of the share of hits is that of independent items; 1 at least.

    The ratio estimator over clusters of any size, as in Rao and Scott (1992), "A simple method for the
    analysis of clustered binary data", Biometrics 48, 577.

    Args:
        hits: (N,) whether each item is counted.
        cluster: (N,) the cluster of each, numbered from 0.
    """
    share = float(hits.mean())
    sizes = np.bincount(cluster)
    if share in (0.0, 1.0) or len(sizes) in (1, len(hits)):
        return 1.0
    counted = np.bincount(cluster, weights=hits)
    between = float(((counted - share * sizes) ** 2).sum()) * len(sizes) / (len(sizes) - 1)
    return max(1.0, between / (len(hits) * share * (1.0 - share)))


def few_clusters(products: Sequence[str], level: float = LEVEL) -> float:
    """What a variance estimated from so few products is to be multiplied by, after Korn and Graubard (1998).

    The squared ratio of Student's quantiles with as many degrees of freedom as there are products, and items.
    """
    from scipy.special import stdtrit

    many, items = len(set(clusters(products).tolist())), len(products)
    if many < 2 or many == items:
        return 1.0
    return float((stdtrit(many - 1, level) / stdtrit(items - 1, level)) ** 2)
