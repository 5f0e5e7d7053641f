"""Chooses which strategies to run and how much of each to take: an autoregressive Thompson slate.

The arms are gone through in a fixed order. Running one at level K is worth miss · p_K − cost_K, where p_K is
the probability that the truth is among its first K and miss the probability that nothing taken before has
it; so what another arm would find anyway is worth nothing. Thompson sampling (Agrawal and Goyal, Thompson
Sampling for Contextual Bandits with Linear Payoffs, ICML 2013) then runs it with probability Φ(value /
spread), which is known exactly: the log can say later what another policy would have earned. An arm without
evidence to search with never runs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from booth.domain.percept import FloatArray
from booth.identify.bandit import documents
from booth.identify.bandit.arms import ARMS, COSTS, LEVELS
from booth.identify.bandit.context import NEEDS, PLACES, SIZE
from booth.identify.bandit.experience import Experience
from booth.identify.bandit.labels import GROUPS, labels_of
from booth.identify.bandit.reward import Ranks
from booth.identify.bandit.ridge import Array, Ridges, fresh
from booth.identify.bandit.settings import SETTINGS, Settings

_COSTS = np.array(COSTS)[:, 1:]
_NEEDS = tuple(tuple(PLACES[name] for name in NEEDS[arm]) for arm in ARMS)


class Choice(NamedTuple):
    """The level of one arm, and its probability given the context and the levels of the arms before it."""

    strategy: str
    level: int
    propensity: float


@dataclass(frozen=True, eq=False)
class Bandit:
    """A policy and what it has learnt; never changed, `learn` gives another. Any thread may ask.

    Attributes:
        ridges: of stage 0, then of each arm, at each level above 0.
    """

    ridges: Ridges
    settings: Settings = SETTINGS

    @cached_property
    def version(self) -> str:
        """Changes with everything that the policy depends on."""
        return documents.version_of(self.to_bytes())

    def choose(
        self, context: FloatArray, rng: np.random.Generator, among: Collection[str] = ARMS
    ) -> tuple[Choice, ...]:
        """A level for each arm; the slate's propensity is the product of theirs.

        Args:
            context: (SIZE,), see context.py.
            among: the arms that exist here; the others get level 0.
        """
        draws = rng.random(len(ARMS))
        return self._slate(context, among, lambda arm, run: bool(draws[arm] < run))

    def along(
        self, context: FloatArray, ran: Collection[str], among: Collection[str] = ARMS
    ) -> tuple[Choice, ...]:
        """The slate of this policy where exactly the arms in `ran` run, and how probable that is."""
        runs = [name in ran for name in ARMS]
        return self._slate(context, among, lambda arm, run: runs[arm])

    def propensity(self, context: FloatArray, levels: Mapping[str, int]) -> tuple[float, ...]:
        """Probability of each arm's level given those before it, in the order of ARMS; as `choose` logs it.

        Args:
            levels: the level of each arm that exists; other names are left aside.
        """
        slate = self.along(context, {arm for arm, level in levels.items() if level}, levels.keys())
        return tuple(
            choice.propensity if choice.level == levels.get(choice.strategy, 0) else 0.0 for choice in slate
        )

    def learn(self, context: FloatArray, ranks: Ranks, weight: float = 1.0) -> Bandit:
        """With one more confirmation; arms that did not run say nothing, and are absent from `ranks`.

        Args:
            ranks: rank of the truth, from 0, in what each strategy that ran gave; None where it was not.
        """
        labels, weights = labels_of(ranks, self.settings.found_weight)
        ridges = self.ridges.learn(_double(context), labels, weights * weight, self.settings.decay)
        return Bandit(ridges, self.settings)

    def learn_all(self, experiences: Iterable[Experience], weight: float = 1.0) -> Bandit:
        """With many items, oldest first."""
        bandit = self
        for each in experiences:
            bandit = bandit.learn(each.context, each.ranks, weight)
        return bandit

    def chances(self, context: FloatArray) -> Array:
        """(groups, levels above 0): probability that the truth is in stage 0, and in each arm's first K."""
        return np.clip(self.ridges.predict(_double(context))[0], 0.0, 1.0)

    def to_bytes(self) -> bytes:
        """As it is kept; `from_bytes` gives the same policy."""
        return documents.pack(self.ridges, self.settings)

    @classmethod
    def from_bytes(cls, document: bytes) -> Bandit:
        """A policy that was kept. Raises: InputError (the bytes are not of one that fits this booth)."""
        return cls(*documents.unpack(document))

    def _slate(
        self, context: FloatArray, among: Collection[str], pick: Callable[[int, float], bool]
    ) -> tuple[Choice, ...]:
        """Go through the arms in order; `pick` says whether one runs, given the probability of it."""
        means, spreads = self.ridges.predict(_double(context))
        chances = np.clip(means, 0.0, 1.0)
        miss = 1.0 - float(chances[0, 0])
        may = [
            name in among and any(context[place] > 0 for place in _NEEDS[arm])
            for arm, name in enumerate(ARMS)
        ]
        gains = self._gains(chances[1:], miss, may)
        slate = []
        for arm, name in enumerate(ARMS):
            best, run = self._best(gains[arm], arm, miss, float(spreads[arm + 1])) if may[arm] else (0, 0.0)
            if pick(arm, run):
                slate.append(Choice(name, LEVELS[best + 1], run))
                miss *= 1.0 - float(chances[arm + 1, best])
            else:
                slate.append(Choice(name, 0, 1.0 - run))
        return tuple(slate)

    def _gains(self, chances: Array, miss: float, runs: list[bool]) -> list[list[float]]:
        """What each level of each arm adds for each item missed so far, costs left aside.

        A later arm may find the same for less. `settings.look_ahead` of what the best of the later arms would
        earn by themselves is therefore taken off; with 0 of it the gain is p_K.
        """
        gains: list[list[float]] = [[] for _ in ARMS]
        later = 0.0
        for arm in range(len(ARMS) - 1, -1, -1):
            kept = 1.0 - self.settings.look_ahead * later
            gains[arm] = (chances[arm] * kept).tolist()
            if runs[arm]:
                best = float(np.max(chances[arm] * (1.0 - later) - _COSTS[arm] / max(miss, 1e-3)))
                later += max(0.0, best)
        return gains

    def _best(self, gains: list[float], arm: int, miss: float, spread: float) -> tuple[int, float]:
        """Which level above 0 is worth most, counted from 0, and the probability that the arm runs.

        All levels share one draw of the coefficients' error, so it is the best of them that runs, or none.
        """
        values = [miss * gain - cost for gain, cost in zip(gains, COSTS[arm][1:], strict=True)]
        best = max(range(len(values)), key=values.__getitem__)
        scale = max(self.settings.alpha * miss * spread, self.settings.slightest)
        run = 0.5 * math.erfc(-values[best] / (scale * math.sqrt(2.0)))
        return best, self.settings.epsilon / 2.0 + (1.0 - self.settings.epsilon) * run


def ignorant(settings: Settings = SETTINGS) -> Bandit:
    """A policy that has learnt nothing; `cold_start` gives a better one."""
    return Bandit(fresh(len(GROUPS), SIZE, len(LEVELS) - 1, settings.prior), settings)


def _double(context: FloatArray) -> Array:
    return np.asarray(context, dtype=np.float64)
