"""The figures of an evaluation, and their mean and spread over seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure over several seeds.

    Attributes:
        mean: None where the figure cannot be told for any seed.
        spread: the sample standard deviation; None where fewer than two seeds could tell it.
        low: of its 95 % interval over items, for the first seed, where one was asked for; likewise `high`.
    """

    mean: float | None
    spread: float | None
    low: float | None = None
    high: float | None = None

    def as_json(self) -> dict[str, float | None]:
        """As it is printed."""
        told = {"mean": self.mean, "spread": self.spread}
        return told if self.low is None else {**told, "low": self.low, "high": self.high}


def figure(values: Sequence[float | None]) -> Figure:
    """Mean and sample standard deviation of one figure; None where a seed cannot tell it."""
    told = [value for value in values if value is not None and not math.isnan(value)]
    if not told or len(told) < len(values):
        return Figure(None, None)
    spread = float(np.std(told, ddof=1)) if len(told) > 1 else None
    return Figure(float(np.mean(told)), spread)


def auroc(good: Sequence[float], bad: Sequence[float]) -> float:
    """The chance that a bad item scores above a good one, ties counting half; neither may be empty.

    By ranks (Mann and Whitney, 1947).
    """
    ranks = rankdata([*good, *bad])
    above = float(ranks[len(good) :].sum()) - len(bad) * (len(bad) + 1) / 2
    return above / (len(good) * len(bad))


def auroc_interval(good: Sequence[float], bad: Sequence[float], draws: int = 500) -> tuple[float, float]:
    """The 95 % interval of `auroc` when the items are drawn again (Efron's percentiles)."""
    rng = np.random.default_rng(0)
    good_scores, bad_scores = np.asarray(good), np.asarray(bad)
    drawn = [
        auroc(rng.choice(good_scores, len(good)).tolist(), rng.choice(bad_scores, len(bad)).tolist())
        for _ in range(draws)
    ]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return float(low), float(high)


def average_precision(good: Sequence[float], bad: Sequence[float]) -> float:
    """The precision averaged over the recall, bad items being what is sought."""
    scores = np.array([*good, *bad], np.float64)
    order = np.argsort(-scores, kind="stable")
    last_of_ties = np.append(np.diff(scores[order]) != 0, True)
    found = np.cumsum(order >= len(good))[last_of_ties]
    precision = found / (np.flatnonzero(last_of_ties) + 1)
    return float(np.diff(found, prepend=0) @ precision / len(bad))


def recall_at(good: Sequence[float], bad: Sequence[float], false_alarms: float) -> float | None:
    """The highest share of bad items caught by any threshold that alarms on so few good ones.

    An item is caught when it scores at or above the threshold.

    Args:
        false_alarms: the highest share of good items that may be caught, 0..1.

    Returns:
        None where there are fewer than 1 / `false_alarms` good items: such a share cannot be told then.
    """
    if len(good) * false_alarms < 1.0 - 1e-9:
        return None
    allowed = math.floor(len(good) * false_alarms + 1e-9)
    ranked = sorted(good, reverse=True)
    if allowed >= len(ranked):
        return 1.0
    return sum(score > ranked[allowed] for score in bad) / len(bad)
