"""How far counterfactual estimates are from the truth, on items whose every arm was run in the end."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from booth.identify.bandit.arms import LEVELS
from booth.identify.bandit.counterfactual import (
    NOT_RUN,
    Estimates,
    Log,
    costs_of,
    estimate,
    existing,
    found_by,
)
from booth.identify.bandit.policy import Bandit

RUNS = 16
"""So often the candidate is drawn on each item; the mean is the truth."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a candidate truly earns on replayed items, and what was estimated from what had run."""

    truth: float
    said: Estimates

    @property
    def errors(self) -> dict[str, float]:
        """Signed, by estimator."""
        told = {"dm": self.said.dm, "snips": self.said.snips, "dr": self.said.dr}
        return {name: each.value - self.truth for name, each in told.items()}


def check(whole: Log, candidate: Bandit, rng: np.random.Generator) -> Checked:
    """Compare on items whose ranks are all known; the estimates see only what had run."""
    seen = replace(whole, ranks=np.where(whole.places > 0, whole.ranks, NOT_RUN))
    return Checked(truth_of(whole, candidate, rng), estimate(seen, candidate, rng))


def truth_of(whole: Log, candidate: Bandit, rng: np.random.Generator, runs: int = RUNS) -> float:
    """What a candidate earns per item, its own choices drawn so many times."""
    total = 0.0
    for _ in range(runs):
        places = np.zeros_like(whole.places)
        for item in range(len(whole)):
            slate = candidate.choose(whole.contexts[item], rng, existing(whole, item))
            places[item] = [LEVELS.index(choice.level) for choice in slate]
        total += float(((whole.at_once | found_by(whole, places)) - costs_of(places)).mean())
    return total / runs
