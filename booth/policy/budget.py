"""A threshold from a false-alarm budget: an order statistic of the scores of good items, with its bounds.

What a budget means is for the site to say. `Basis.EXPECTED`, the default, spends it: over all the sets of
good items that might have been fitted on, the mean share of later good items above the threshold is at most
the budget. It is the number that sidelined items are staffed for; what a bad week brings is the prediction
bound, which is always told beside it. `Basis.ASSURED` promises it: with 95 % confidence the true share is
at most the budget, for which it leaves about half the budget unspent at 2,000 items, and with it recall.
The two meet as items grow in number. docs/decisions/0012 has the argument.

All of it is distribution-free: the share of the population above the (r + 1)-th largest of n independent
scores is Beta(r + 1, n - r), whatever their distribution (Wilks, 1941, "Determination of sample sizes for
setting tolerance limits"); its mean is (r + 1) / (n + 1), and its 95 % quantile is Clopper and Pearson's
upper bound of r in n, which so stays true though the threshold was chosen on the same items. The number of
the next m items above it is beta-binomial (Gumbel and von Schelling, 1950, "The distribution of the number
of exceedances"). Ties only make it smaller: an item alarms when it scores *above* the threshold.

Items of one product resemble each other. The bounds are therefore taken on effective counts, all divided by
the design effect (Rao and Scott, 1992; see `booth.policy.shares`), which is measured where there are
exceedances enough to measure it, and taken where it is largest: near the threshold itself there are too
few.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from booth.errors import InputError
from booth.policy.shares import LEVEL, clusters, design_effect, few_clusters, upper_bound

FloatArray = NDArray[np.float64]

TAILS = (0.01, 0.02, 0.05, 0.1)
"""The shares of the highest good scores at which the design effect is measured, besides the budget itself."""
ENOUGH_EXCEEDANCES = 20
"""A design effect of fewer exceedances is mostly chance: with 20 its own standard error is about a third."""


class Basis(StrEnum):
    """What it means to keep a budget."""

    EXPECTED = "expected"
    """The expected share of good items above the threshold is at most the budget."""
    ASSURED = "assured"
    """With 95 % confidence, the share of good items above the threshold is at most the budget."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A threshold, and what is known of the false alarms that it will raise.

    Attributes:
        threshold: an item alarms when it scores above it.
        n: good items that it was fitted on.
        products: of how many products these are.
        allowed: how many of the n may lie above; the threshold is the next largest score.
        alarms: how many do, fewer than `allowed` where scores are tied.
        upper: the one-sided 95 % upper bound of the share of good items above the threshold.
        design_effect: how many times fewer independent items would tell as much.
    """

    threshold: float
    budget: float
    basis: Basis
    n: int
    products: int
    allowed: int
    alarms: int
    upper: float
    design_effect: float

    @property
    def rate(self) -> float:
        """The share of the n good items above the threshold, 0..1."""
        return self.alarms / self.n

    def prediction(self, m: int, level: float = LEVEL) -> int:
        """How many of the next `m` good items alarm at most, with this confidence.

        Exact for independent items. The next items are taken to be of other products, about as many of each
        product as there were in fitting.
        """
        if m < 1:
            return 0
        effect = self.design_effect
        alpha, beta = self.allowed / effect + 1.0, (self.n - self.allowed) / effect
        lumps = _beta_binomial(math.ceil(m / effect), alpha, beta, level)
        return min(m, math.ceil(effect * lumps - 1e-9))


def fit_threshold(
    good: Sequence[float],
    products: Sequence[str],
    budget: float,
    *,
    basis: Basis = Basis.EXPECTED,
    level: float = LEVEL,
) -> Fitted:
    """The lowest threshold that keeps the budget, from the scores of good items alone.

    Args:
        good: the scores of good items, finite.
        products: the product of each; items without one (an empty name) are taken to be independent.
        budget: the share of good items that may lie above the threshold, above 0 and below 0.5.

    Raises:
        InputError: a score or the budget is impossible, the items are too few (the message says how many more
            are needed) or all of one product, or their scores are all the same.
    """
    scores = _checked(good, products, budget)
    ranked = np.sort(scores)[::-1]
    cluster = clusters(products)
    effect = few_clusters(products) * _worst_effect(scores, ranked, cluster, budget)
    allowed = _allowed(len(scores), budget, basis, effect, level)
    threshold = float(ranked[allowed])
    return Fitted(
        threshold=threshold,
        budget=budget,
        basis=basis,
        n=len(scores),
        products=int(cluster.max()) + 1,
        allowed=allowed,
        alarms=int((scores > threshold).sum()),
        upper=upper_bound(allowed / effect, len(scores) / effect, level),
        design_effect=effect,
    )


def needed(budget: float, level: float = LEVEL) -> int:
    """The fewest independent good items of which a spotless record vouches for the budget.

    With n items and none above the threshold, Clopper and Pearson's upper bound is 1 - (1 - level)^(1 / n).
    """
    return math.ceil(math.log(1.0 - level) / math.log1p(-budget) - 1e-9)


def _checked(good: Sequence[float], products: Sequence[str], budget: float) -> FloatArray:
    if not 0.0 < budget < 0.5:
        raise InputError(f"a false-alarm budget of {budget:g} is impossible: give a share such as 0.005")
    if len(good) != len(products):
        raise InputError(f"{len(good)} scores of good items do not go with {len(products)} products")
    scores = np.asarray(good, np.float64)
    if not np.isfinite(scores).all():
        wrong = int((~np.isfinite(scores)).sum())
        raise InputError(f"{wrong} of {len(scores)} scores of good items are no finite number")
    if len(scores) < needed(budget):
        raise InputError(_too_few(len(scores), needed(budget), budget))
    if scores.min() == scores.max():
        raise InputError(f"all {len(scores)} good items score {scores[0]:g}: that tells no threshold")
    if len(set(products)) == 1 and products[0]:
        raise InputError(
            f"all {len(scores)} good items are of product {products[0]}: fit on several products"
        )
    return scores


def _worst_effect(scores: FloatArray, ranked: FloatArray, cluster: NDArray[np.intp], budget: float) -> float:
    """The largest design effect among the tails that have exceedances enough; 1 at least."""
    ranks = [int(len(scores) * share) for share in (budget, *TAILS)]
    cuts = {float(ranked[rank]) for rank in ranks if rank >= ENOUGH_EXCEEDANCES}
    return max((design_effect(scores > cut, cluster) for cut in cuts), default=1.0)


def _allowed(n: int, budget: float, basis: Basis, effect: float, level: float) -> int:
    """How many of the n may lie above the threshold, in effective counts. Raises: InputError."""
    if basis is Basis.EXPECTED:
        least = (1.0 / budget - 1.0) * effect  # (r / d + 1) / (n / d + 1) <= budget
        allowed = math.floor(budget * (n + effect) - effect + 1e-9)
    else:
        least = needed(budget, level) * effect
        allowed = -1
        while upper_bound((allowed + 1) / effect, n / effect, level) <= budget:
            allowed += 1
    if allowed < 0:
        alike = f", of other products: {n:,} items so much alike count as {n / effect:,.0f}"
        raise InputError(_too_few(n, math.ceil(least), budget) + (alike if effect > 1.0 else ""))
    return allowed


def _beta_binomial(m: int, alpha: float, beta: float, level: float) -> int:
    """The least number that a beta-binomial of m draws does not exceed with this probability."""
    from scipy.special import betaln

    below, start, chunk = 0.0, 0, 1_024
    while start <= m:
        k = np.arange(start, min(m + 1, start + chunk), dtype=np.float64)
        log_ways = -math.log(m + 1.0) - betaln(m - k + 1.0, k + 1.0)
        chances = np.exp(log_ways + betaln(k + alpha, m - k + beta) - betaln(alpha, beta))
        reached = np.nonzero(below + np.cumsum(chances) >= level)[0]
        if len(reached):
            return start + int(reached[0])
        below, start, chunk = below + float(chances.sum()), start + chunk, 4 * chunk
    return m


def _too_few(n: int, least: int, budget: float) -> str:
    more = f"{least - n:,} more good items are needed"
    return f"{n:,} good items cannot vouch for a budget of {100 * budget:g} %: {more} ({least:,} in all)"
