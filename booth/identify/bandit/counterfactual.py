"""What another policy would have earned on the logged items: by a model, by weights, and by both.

DM is the direct method, SNIPS the self-normalised inverse propensity score (Swaminathan and Joachims, NIPS
2015), DR doubly robust (Dudík, Langford and Li, ICML 2011) with the model fitted on other items than it is
used on (Chernozhukov et al., 2018). What a slate costs is known exactly, and stage 0 runs whatever the
slate, so only what the arms find where stage 0 has missed is estimated. An arm that ran tells what each of
its levels would have given, so weights are of which arms ran, and the candidate takes its own levels of
them. Items without an answer are missing: the answered ones count 1 / P(answered | context) each, which is
right as long as that depends on the context alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from booth.domain.percept import FloatArray
from booth.identify.bandit.arms import ARMS, COSTS, LEVELS
from booth.identify.bandit.policy import Bandit
from booth.identify.bandit.reward_model import Places, RewardModel, fit, ridge_of
from booth.identify.bandit.ridge import Array

FOLDS = 5
DRAWS = 4
"""Slates drawn from the candidate for each item, where its expectation is needed."""
SELDOM = 0.05
"""P(answered) is taken to be at least this."""
NORMAL_95 = 1.959964
"""Two-sided 95 % of the normal distribution."""
NOT_RUN, ABSENT = -2, -1


@dataclass(frozen=True, slots=True, eq=False)
class Log:
    """Logged items, as arrays.

    Attributes:
        contexts: (n, SIZE) float32.
        places: (n, arms), places in LEVELS; 0 for an arm that does not exist there.
        exists: (n, arms), whether the arm could have been chosen at all.
        propensities: (n,), of the whole slate.
        answered: (n,), whether the product was confirmed.
        at_once: (n,), whether stage 0 had it; False where not answered.
        ranks: (n, arms), of the truth in what each arm gave; NOT_RUN or ABSENT.
    """

    contexts: FloatArray
    places: Places
    exists: NDArray[np.bool_]
    propensities: Array
    answered: NDArray[np.bool_]
    at_once: NDArray[np.bool_]
    ranks: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.places)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A reward per item, with an interval that holds it with 95 %."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Estimates:
    """What a policy would have earned.

    Attributes:
        logged: what the policy that ran earned on the answered items.
        effective: how many answered items as good as the candidate's own they are: (Σw)² / Σw².
        largest: the largest weight.
    """

    n: int
    answered: int
    effective: float
    largest: float
    logged: Estimate
    dm: Estimate
    snips: Estimate
    dr: Estimate


@dataclass(frozen=True, slots=True, eq=False)
class _Parts:
    """Per item, by the model: the logged slate's chance, the candidate's, stage 0's; costs; answers."""

    said: Array
    expected: Array
    at_once: Array
    spent: Array
    answering: Array


def estimate(log: Log, candidate: Bandit, rng: np.random.Generator, clip: float = np.inf) -> Estimates:
    """What `candidate` would have earned on the items of a log.

    Args:
        clip: weights above this count as this: less noise for some bias. Off by default.
    """
    weights, places = _weighed(log, candidate)
    weights = np.minimum(weights, clip) * log.answered
    parts = _parts(log, places, _drawn(log, candidate, rng), rng)
    found = found_by(log, places)
    earned = np.where(log.at_once | found, 1.0, 0.0) - costs_of(places)
    logged = np.where(log.at_once | found_by(log, log.places), 1.0, 0.0) - costs_of(log.places)
    modelled = parts.at_once + (1.0 - parts.at_once) * parts.expected - parts.spent
    corrected = parts.expected + weights * (found - parts.said)
    answered = log.at_once + ~log.at_once * corrected - parts.spent
    robust = modelled + log.answered / parts.answering * (answered - modelled)
    total = float(weights.sum())
    return Estimates(
        n=len(log),
        answered=int(log.answered.sum()),
        effective=total**2 / max(float((weights**2).sum()), 1e-12),
        largest=float(weights.max(initial=0.0)),
        logged=_mean(logged[log.answered]),
        dm=_mean(modelled),
        snips=_ratio(weights, earned),
        dr=_mean(robust),
    )


def costs_of(places: Places) -> Array:
    """(…): what slates cost, given as (…, arms) places in LEVELS."""
    return np.asarray(np.array(COSTS)[np.arange(len(ARMS)), places].sum(axis=-1))


def _weighed(log: Log, candidate: Bandit) -> tuple[Array, Places]:
    """How much more probable what ran is under the candidate, (n,), and its levels of it, (n, arms)."""
    weights, places = np.zeros(len(log)), np.zeros_like(log.places)
    for item in np.flatnonzero(log.answered):
        ran = [name for arm, name in enumerate(ARMS) if log.places[item, arm]]
        slate = candidate.along(log.contexts[item], ran, existing(log, item))
        weights[item] = math.prod(choice.propensity for choice in slate) / log.propensities[item]
        places[item] = [LEVELS.index(choice.level) for choice in slate]
    return weights, places


def existing(log: Log, item: int | np.int64) -> list[str]:
    """The arms that could have run on an item."""
    return [name for arm, name in enumerate(ARMS) if log.exists[item, arm]]


def _drawn(log: Log, candidate: Bandit, rng: np.random.Generator) -> Places:
    """(n, DRAWS, arms): slates of the candidate."""
    drawn = np.zeros((len(log), DRAWS, len(ARMS)), np.int64)
    for item in range(len(log)):
        exists = existing(log, item)
        for draw in range(DRAWS):
            slate = candidate.choose(log.contexts[item], rng, exists)
            drawn[item, draw] = [LEVELS.index(choice.level) for choice in slate]
    return drawn


def _parts(log: Log, places: Places, drawn: Places, rng: np.random.Generator) -> _Parts:
    """Everything modelled, each item by a model that has not seen it."""
    count, contexts = len(log), log.contexts.astype(float)
    said, expected, at_once, answering = (np.zeros(count) for _ in range(4))
    fold_of = rng.permutation(count) % FOLDS
    for fold in range(FOLDS):
        here, rest = fold_of == fold, fold_of != fold
        model = _fitted(log, contexts, rest & log.answered)
        said[here] = model.found(contexts[here], places[here])
        at_once[here] = model.found_at_once(contexts[here])
        each = [model.found(contexts[here], drawn[here, draw]) for draw in range(DRAWS)]
        expected[here] = np.mean(each, axis=0)
        answers = ridge_of(contexts[rest], log.answered[rest].astype(float))
        answering[here] = np.clip(contexts[here] @ answers, SELDOM, 1.0)
    return _Parts(said, expected, at_once, costs_of(drawn).mean(axis=1), answering)


def _fitted(log: Log, contexts: Array, use: NDArray[np.bool_]) -> RewardModel:
    ranks = log.ranks[use]
    levels = np.array(LEVELS[1:])
    hits = ((ranks[:, :, None] >= 0) & (ranks[:, :, None] < levels)).astype(float)
    return fit(contexts[use], log.at_once[use], hits, ranks != NOT_RUN)


def found_by(log: Log, places: Places) -> NDArray[np.bool_]:
    """(n,): whether the arms that ran have the truth at these levels."""
    return np.asarray(((log.ranks >= 0) & (log.ranks < np.array(LEVELS)[places])).any(axis=1))


def _mean(terms: Array) -> Estimate:
    if not len(terms):
        return Estimate(np.nan, np.nan, np.nan)
    value = float(terms.mean())
    half = NORMAL_95 * float(terms.std(ddof=1)) / np.sqrt(len(terms)) if len(terms) > 1 else np.inf
    return Estimate(value, value - half, value + half)


def _ratio(weights: Array, rewards: Array) -> Estimate:
    """A weighted mean, its interval by the delta method (Owen, Monte Carlo theory, 2013, 9.2)."""
    total = float(weights.sum())
    if total <= 0:
        return Estimate(np.nan, np.nan, np.nan)
    value = float(weights @ rewards) / total
    half = NORMAL_95 * float(np.sqrt(((weights * (rewards - value)) ** 2).sum())) / total
    return Estimate(value, value - half, value + half)
