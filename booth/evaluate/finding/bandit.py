"""How well the bandit does in simulated booths, beside an oracle, and how true its log's estimates are."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from booth.evaluate.finding.bandit_booths import Booth
from booth.evaluate.finding.bandit_runs import (
    NOT_AT_RANDOM,
    Run,
    best_fixed,
    chance,
    everything,
    log_of,
    oracle,
    run,
)
from booth.evaluate.finding.bandit_world import Array, World
from booth.evaluate.metrics import figure
from booth.identify.bandit.counterfactual import Estimates, estimate
from booth.identify.bandit.policy import Bandit
from booth.identify.corruption import STATES

TRUTH_RUNS = 4
"""So often a candidate is run on the same items; the mean is what it truly earns there."""
CURVE_POINTS = 60
TIMED = 500
Told = Callable[[str, int, int], None]
Json = dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """A candidate on one seed's items: what it truly earns there, and what the log said that it would."""

    truth: float
    said: Estimates

    @property
    def errors(self) -> dict[str, float]:
        """Signed, by estimator."""
        told = {"dm": self.said.dm, "snips": self.said.snips, "dr": self.said.dr}
        return {name: each.value - self.truth for name, each in told.items()}


@dataclass(frozen=True, slots=True, eq=False)
class SeedResult:
    """One simulated booth.

    Attributes:
        earned: (n,) what each item earned, by policy; `bandit` and `oracle` among them.
        learnt: the run of the bandit.
        judged: candidates judged by the bandit's log; `not_at_random` is `next` where answers miss more often
            when nothing was found.
        deciding_ms: of single decisions.
    """

    world: World
    earned: dict[str, Array]
    learnt: Run
    judged: dict[str, Judged]
    deciding_ms: Array


def evaluate(booths: Sequence[Booth], told: Told = lambda task, done, total: None) -> list[SeedResult]:
    """Serve every booth's items by its bandit, by the oracle and by simple policies, and judge candidates.

    The candidate `next` is what another booth had learnt at its end, so that it knows nothing of these items.
    """
    runs = []
    for done, booth in enumerate(booths, start=1):
        runs.append(run(booth.cold, booth.world, booth.seed))
        told("Serving items", done, len(booths))
    results = []
    for place, (booth, learnt) in enumerate(zip(booths, runs, strict=True)):
        others = runs[place - 1].policy if len(runs) > 1 else booth.cold
        results.append(_result(booth, learnt, others))
        told("Judging candidates", place + 1, len(booths))
    return results


def _result(booth: Booth, learnt: Run, following: Bandit) -> SeedResult:
    world, seed = booth.world, booth.seed
    uneven = run(booth.cold, world, seed, NOT_AT_RANDOM)
    earned = {
        "bandit": learnt.rewards,
        "oracle": oracle(world),
        "best_fixed": best_fixed(world)[1],
        "everything": everything(world),
        "random": chance(world, seed),
        "cold_start": run(booth.cold, world, seed, None).rewards,
        "not_at_random": uneven.rewards,
    }
    myopic = replace(following, settings=replace(following.settings, look_ahead=0.0))
    judged = {
        "next": _judged(world, learnt, following, seed),
        "cold_start": _judged(world, learnt, booth.cold, seed),
        "myopic": _judged(world, learnt, myopic, seed),
        "not_at_random": _judged(world, uneven, following, seed),
    }
    return SeedResult(world, earned, learnt, judged, _deciding_ms(learnt.policy, world))


def _judged(world: World, logged: Run, candidate: Bandit, seed: int) -> Judged:
    truths = [
        run(candidate, world, 1_000 * (seed + 1) + each, None).rewards.mean() for each in range(TRUTH_RUNS)
    ]
    said = estimate(log_of(world, logged), candidate, np.random.default_rng([seed, 4]))
    return Judged(float(np.mean(truths)), said)


def _deciding_ms(policy: Bandit, world: World) -> Array:
    rng, taken = np.random.default_rng(0), []
    for item in range(min(TIMED, len(world))):
        began = time.perf_counter()
        policy.choose(world.contexts[item], rng)
        taken.append(1e3 * (time.perf_counter() - began))
    return np.array(taken)


def regret(result: SeedResult, policy: str) -> Array:
    """(n,): what a policy had lost against the oracle by each item."""
    return np.asarray(np.cumsum(result.earned["oracle"] - result.earned[policy]))


def report(results: Sequence[SeedResult]) -> Json:
    """The figures, over seeds."""
    policies = [name for name in results[0].earned if name != "oracle"]
    curve = np.linspace(0, len(results[0].world) - 1, min(CURVE_POINTS, len(results[0].world))).astype(int)
    return {
        "n": sum(len(result.world) for result in results),
        "seeds": len(results),
        "oracle": _over([result.earned["oracle"].mean() for result in results]),
        "reward": {name: _over([result.earned[name].mean() for result in results]) for name in policies},
        "share_of_oracle": {name: _over([_share(result, name) for result in results]) for name in policies},
        "by_barcode": {state: _of_state(results, state) for state in STATES},
        "counterfactual": {name: _judgements(results, name) for name in results[0].judged},
        "regret": {
            "item": curve.tolist(),
            **{
                name: np.mean([regret(each, name)[curve] for each in results], axis=0).tolist()
                for name in policies
            },
        },
        "deciding": _milliseconds(np.concatenate([result.deciding_ms for result in results])),
    }


def _share(result: SeedResult, policy: str, state: str = "") -> float | None:
    use = np.array([state in ("", each) for each in result.world.states])
    best = result.earned["oracle"][use]
    return float(result.earned[policy][use].sum() / best.sum()) if best.sum() > 0 else None


def _of_state(results: Sequence[SeedResult], state: str) -> Json:
    return {
        "n": sum(result.world.states.count(state) for result in results),
        "share_of_oracle": _over([_share(result, "bandit", state) for result in results]),
        "everything": _over([_share(result, "everything", state) for result in results]),
    }


def _judgements(results: Sequence[SeedResult], name: str) -> Json:
    judged = [result.judged[name] for result in results]
    return {
        "answered": sum(each.said.answered for each in judged),
        "truth": _over([each.truth for each in judged]),
        **{f"{kind}_error": _over([each.errors[kind] for each in judged]) for kind in ("dm", "snips", "dr")},
        "dr_held": sum(bool(each.said.dr.low <= each.truth <= each.said.dr.high) for each in judged),
        "effective": _over([each.said.effective for each in judged]),
        "largest_weight": max(each.said.largest for each in judged),
    }


def _over(values: Sequence[float | None]) -> Json:
    return figure(values).as_json()


def _milliseconds(taken: Array) -> Json:
    return {"p50_ms": float(np.percentile(taken, 50)), "p95_ms": float(np.percentile(taken, 95))}
