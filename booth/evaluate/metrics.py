"""The figures of an evaluation, and their mean and spread over seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure over several seeds.

    Attributes:
        mean: None where the figure cannot be told for any seed.
        spread: the sample standard deviation; None where fewer than two seeds could tell it.
    """

    mean: float | None
    spread: float | None

    def as_json(self) -> dict[str, float | None]:
        """As it is printed."""
        return {"mean": self.mean, "spread": self.spread}


def figure(values: Sequence[float | None]) -> Figure:
    """Mean and sample standard deviation of one figure; None where a seed cannot tell it."""
    told = [value for value in values if value is not None and not math.isnan(value)]
    if not told or len(told) < len(values):
        return Figure(None, None)
    spread = float(np.std(told, ddof=1)) if len(told) > 1 else None
    return Figure(float(np.mean(told)), spread)


def auroc(good: Sequence[float], bad: Sequence[float]) -> float:
    """The chance that a bad item scores above a good one, ties counting half; neither may be empty."""
    return float(roc_auc_score([0] * len(good) + [1] * len(bad), [*good, *bad]))


def average_precision(good: Sequence[float], bad: Sequence[float]) -> float:
    """The precision averaged over the recall, bad items being what is sought."""
    return float(average_precision_score([0] * len(good) + [1] * len(bad), [*good, *bad]))


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
