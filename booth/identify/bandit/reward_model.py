"""What a slate would find, as far as a log can tell: ridges fitted to all of it at once, not item by item."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from booth.identify.bandit.arms import ARMS
from booth.identify.bandit.ridge import Array

Places = NDArray[np.int64]
Ranks = NDArray[np.int64]
PRIOR = 3.0
FOUND_WEIGHT = 0.3
"""What items that an earlier arm found count for an arm: see Settings.found_weight."""


@dataclass(frozen=True, slots=True, eq=False)
class RewardModel:
    """Chances of stage 0 and of each arm at each level, linear in the context.

    Attributes:
        at_once: (d,).
        arms: (arms, d, levels above 0): of items that nothing before the arm has found.
    """

    at_once: Array
    arms: Array

    def found_at_once(self, contexts: Array) -> Array:
        """(n,): probability that stage 0 has the truth."""
        return np.clip(contexts @ self.at_once, 0.0, 1.0)

    def found(self, contexts: Array, places: Places) -> Array:
        """(n,): probability that these slates have the truth where stage 0 has it not."""
        missed = np.ones(len(contexts))
        for arm in range(len(ARMS)):
            chances = np.clip(contexts @ self.arms[arm], 0.0, 1.0)
            padded = np.concatenate([np.zeros((len(contexts), 1)), chances], axis=1)
            missed *= 1.0 - padded[np.arange(len(contexts)), places[:, arm]]
        return 1.0 - missed


def fit(contexts: Array, at_once: NDArray[np.bool_], hits: Array, ran: NDArray[np.bool_]) -> RewardModel:
    """The model of confirmed items.

    Args:
        contexts: (n, d).
        at_once: (n,), whether stage 0 had the truth.
        hits: (n, arms, levels above 0), whether an arm that ran had it so early.
        ran: (n, arms).
    """
    seen = at_once.copy()
    arms = []
    for arm in range(len(ARMS)):
        weights = np.where(ran[:, arm], np.where(seen, FOUND_WEIGHT, 1.0), 0.0)
        arms.append(_ridge(contexts, hits[:, arm], weights))
        seen |= ran[:, arm] & (hits[:, arm, -1] > 0)
    return RewardModel(
        _ridge(contexts, at_once[:, None].astype(float), np.ones(len(contexts)))[:, 0], np.array(arms)
    )


def ridge_of(contexts: Array, labels: Array) -> Array:
    """(d,): coefficients of one label, (n,), on the contexts."""
    return _ridge(contexts, labels[:, None], np.ones(len(contexts)))[:, 0]


def _ridge(contexts: Array, labels: Array, weights: Array) -> Array:
    weighted = contexts * weights[:, None]
    precision = weighted.T @ contexts + PRIOR * np.eye(contexts.shape[1])
    return np.asarray(np.linalg.solve(precision, weighted.T @ labels))
