"""Whether a threshold that was fitted under a false-alarm budget keeps its promise on other products."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from booth.errors import InputError
from booth.evaluate.rows import Row
from booth.evaluate.scores import Fuse
from booth.policy.budget import fit_threshold

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Splits:
    """What came of many splits by product: a threshold is fitted on one half, and held to on the other.

    Attributes:
        good: good items of a half, in the mean.
        inside: the share of splits in which the other half's alarms stayed within the prediction bound.
        false_alarms: the mean share of the other half's good items that alarmed; `false_alarms_spread`.
        recall: the mean share of the other half's damaged items that alarmed; `recall_spread`.
    """

    budget: float
    splits: int
    good: float
    inside: float
    false_alarms: float
    false_alarms_spread: float
    recall: float
    recall_spread: float


def budget_splits(
    rows: Sequence[Row],
    fuse: Fuse,
    budget: float = 0.005,
    splits: int = 200,
    progress: Progress | None = None,
) -> Splits:
    """Split the products at random, so often; the rows are of one draw of references.

    Raises:
        InputError: there are too few good items for such a budget, or no damaged ones.
    """
    table = _Table(rows, fuse)
    found = []
    for number in range(splits):
        found.append(table.split(np.random.default_rng(number), budget))
        if progress:
            progress(number + 1, splits)
    good, inside, alarms, recall = np.array(found, np.float64).T
    return Splits(
        budget,
        splits,
        float(good.mean()),
        float(inside.mean()),
        float(alarms.mean()),
        float(alarms.std(ddof=1)) if splits > 1 else 0.0,
        float(recall.mean()),
        float(recall.std(ddof=1)) if splits > 1 else 0.0,
    )


class _Table:
    """Scores, products and truth of every item."""

    def __init__(self, rows: Sequence[Row], fuse: Fuse) -> None:
        self._scores = np.array([fuse(row.views) for row in rows], np.float64)
        self._damaged = np.array([row.damaged for row in rows], bool)
        self._names = [row.product for row in rows]
        if not self._damaged.any() or self._damaged.all():
            raise InputError("splits need good and damaged items")

    def split(self, rng: np.random.Generator, budget: float) -> tuple[float, float, float, float]:
        """Good items fitted on, whether the bound held, share of false alarms, share of damage found."""
        products = sorted(set(self._names))
        first = set(rng.permutation(products)[: len(products) // 2].tolist())
        fitting = np.array([name in first for name in self._names], bool)
        good = fitting & ~self._damaged
        held, bad = ~fitting & ~self._damaged, ~fitting & self._damaged
        names = [name for name, used in zip(self._names, good, strict=True) if used]
        fitted = fit_threshold(self._scores[good].tolist(), names, budget)
        alarms = int((self._scores[held] > fitted.threshold).sum())
        within = alarms <= fitted.prediction(int(held.sum()))
        recall = float((self._scores[bad] > fitted.threshold).mean())
        return float(good.sum()), float(within), alarms / max(1, int(held.sum())), recall
