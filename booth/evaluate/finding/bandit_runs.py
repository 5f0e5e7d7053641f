"""Runs policies over a simulated booth, with answers that come late or never."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from booth.evaluate.finding.bandit_world import LOST, Array, World, costs_of
from booth.identify.bandit.arms import ARMS, COSTS, LEVELS, STAGE_0
from booth.identify.bandit.counterfactual import NOT_RUN, Log
from booth.identify.bandit.policy import Bandit

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Feedback:
    """How answers come.

    Attributes:
        delay: items that pass on average before an answer comes; geometric.
        answered_found: share of items that are confirmed where the product was among what was taken, …
        answered_missed: … and where it was not: equal shares are missing at random.
    """

    delay: float = 30.0
    answered_found: float = 0.8
    answered_missed: float = 0.8


AT_RANDOM = Feedback()
NOT_AT_RANDOM = Feedback(answered_found=0.9, answered_missed=0.5)
"""Who finds the product on the screen taps it; who does not often gives up."""


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """What a policy did.

    Attributes:
        places: (n, arms), place in LEVELS of what was chosen.
        propensities: (n, arms), of each choice given those before it.
        rewards: (n,).
        answered: (n,), whether a confirmation came.
        policy: as it was at the end.
    """

    places: Places
    propensities: Array
    rewards: Array
    answered: NDArray[np.bool_]
    policy: Bandit


class _Mail:
    """Answers on their way."""

    def __init__(self, feedback: Feedback, count: int, rng: np.random.Generator) -> None:
        self._feedback = feedback
        self._delays = rng.geometric(1.0 / max(1.0, feedback.delay), count)
        self._draws = rng.random(count)
        self._waiting: list[tuple[int, int]] = []

    def send(self, item: int, found: bool) -> bool:
        """Whether an answer to this item will come."""
        share = self._feedback.answered_found if found else self._feedback.answered_missed
        if self._draws[item] >= share:
            return False
        heapq.heappush(self._waiting, (item + int(self._delays[item]), item))
        return True

    def arrived(self, now: int) -> list[int]:
        """Items whose answers have come by now."""
        due = []
        while self._waiting and self._waiting[0][0] <= now:
            due.append(heapq.heappop(self._waiting)[1])
        return due


def run(policy: Bandit, world: World, seed: int, feedback: Feedback | None = AT_RANDOM) -> Run:
    """Serve every item in order, learning from answers as they come; without feedback from none."""
    rng, count = np.random.default_rng([seed, 1]), len(world)
    places, shares = np.zeros((count, len(ARMS)), np.int64), np.ones((count, len(ARMS)))
    answered = np.zeros(count, bool)
    mail = _Mail(feedback or AT_RANDOM, count, np.random.default_rng([seed, 2]))
    for item in range(count):
        if feedback is not None:
            for known in mail.arrived(item):
                policy = policy.learn(world.contexts[known], world.ranks_of(known, places[known]))
        slate = policy.choose(world.contexts[item], rng)
        places[item] = [LEVELS.index(choice.level) for choice in slate]
        shares[item] = [choice.propensity for choice in slate]
        found = world.found_at_once[item] or bool((places[item] >= world.lowest[item]).any())
        answered[item] = mail.send(item, found)
    return Run(places, shares, world.rewards(places), answered, policy)


def oracle(world: World) -> Array:
    """(n,): what the cheapest slate that contains the truth earns, nothing where none does and none runs."""
    table = np.array([[*row, np.inf] for row in COSTS])
    cheapest = table[np.arange(len(ARMS)), world.lowest].min(axis=1)
    searched = np.maximum(0.0, 1.0 - cheapest)
    return np.where(world.found_at_once, 1.0, searched)


def everything(world: World) -> Array:
    """(n,): what all arms at their highest level earn, run on every item."""
    return world.rewards(np.full((len(world), len(ARMS)), len(LEVELS) - 1))


def chance(world: World, seed: int) -> Array:
    """(n,): what levels drawn at random earn."""
    return world.rewards(np.random.default_rng([seed, 3]).integers(0, len(LEVELS), (len(world), len(ARMS))))


def best_fixed(world: World) -> tuple[Places, Array]:
    """The one slate that, run on every item, earns most; known only afterwards. And what it earns, (n,)."""
    slates = np.stack(np.meshgrid(*[range(len(LEVELS))] * len(ARMS), indexing="ij"), axis=-1)
    missed = np.zeros((LOST + 1,) * len(ARMS))
    np.add.at(missed, tuple(world.lowest[~world.found_at_once].T), 1.0)
    beyond = missed
    for axis in range(len(ARMS)):  # an arm misses those items whose lowest level is higher
        tail = np.flip(np.cumsum(np.flip(beyond, axis), axis), axis)
        beyond = np.take(tail, range(1, LOST + 1), axis)
    worth = -beyond / len(world) - costs_of(slates)
    slate = slates.reshape(-1, len(ARMS))[int(np.argmax(worth))]
    return slate, world.rewards(np.tile(slate, (len(world), 1)))


def log_of(world: World, done: Run) -> Log:
    """What the query log would hold of a run."""
    ran = done.places > 0
    ranks = np.where(ran, world.ranks[:, len(STAGE_0) :], NOT_RUN)
    return Log(
        contexts=world.contexts,
        places=done.places,
        exists=np.ones(done.places.shape, bool),
        propensities=done.propensities.prod(axis=1),
        answered=done.answered,
        at_once=world.found_at_once & done.answered,
        ranks=np.where(done.answered[:, None], ranks, NOT_RUN),
    )
