"""The simulated booth in small: the bandit against the oracle, and the log's estimates against the truth."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from booth.cli.main import run as booth
from booth.errors import InputError
from booth.evaluate.finding.bandit import SeedResult, evaluate, regret, report
from booth.evaluate.finding.bandit_booths import Booth, Size, booth_of, own_rates
from booth.evaluate.finding.bandit_plot import plot
from booth.evaluate.finding.bandit_runs import NOT_AT_RANDOM, best_fixed, oracle, run
from booth.evaluate.finding.bandit_world import ABSENT, NAMES, World, costs_of
from booth.identify.bandit.arms import ARMS, LEVELS, cost
from booth.identify.bandit.context import SIZE
from booth.identify.bandit.policy import ignorant
from booth.identify.bandit.reward import reward

SMALL = Size(items=250, products=500, simulated=200)


@pytest.fixture(scope="module")
def booths(tmp_path_factory: pytest.TempPathFactory) -> list[Booth]:
    return [booth_of(seed, tmp_path_factory.mktemp("booth"), SMALL, quick=True) for seed in (100, 101)]


@pytest.fixture(scope="module")
def results(booths: list[Booth]) -> list[SeedResult]:
    return evaluate(booths)


def world(rows: int, seed: int = 0) -> World:
    rng = np.random.default_rng(seed)
    ranks = rng.integers(-60, 100, (rows, len(NAMES))).clip(ABSENT, 99).astype(np.int16)
    return World(rng.uniform(-1, 1, (rows, SIZE)).astype(np.float32), ranks, ("none",) * rows)


def test_a_world_rewards_slates_as_the_bandit_does() -> None:
    simulated, rng = world(50), np.random.default_rng(1)
    places = rng.integers(0, len(LEVELS), (50, len(ARMS)))
    rewards = simulated.rewards(places)
    for item in range(50):
        levels = {name: LEVELS[places[item, arm]] for arm, name in enumerate(ARMS)}
        assert rewards[item] == pytest.approx(reward(simulated.ranks_of(item, places[item]), levels))


def test_the_oracle_is_beaten_by_no_slate_and_the_best_fixed_one_by_no_other() -> None:
    simulated, rng = world(80), np.random.default_rng(2)
    best, (slate, fixed) = oracle(simulated), best_fixed(simulated)
    for _ in range(200):
        places = np.tile(rng.integers(0, len(LEVELS), len(ARMS)), (80, 1))
        assert (simulated.rewards(places) <= best + 1e-12).all()
        assert simulated.rewards(places).mean() <= fixed.mean() + 1e-12
    assert fixed == pytest.approx(simulated.rewards(np.tile(slate, (80, 1))))


def test_the_oracle_pays_the_cheapest_slate_that_has_the_truth() -> None:
    ranks = np.full((3, len(NAMES)), ABSENT, np.int16)
    ranks[0, NAMES.index("image")] = 40
    ranks[0, NAMES.index("size_weight")] = 0
    ranks[1, NAMES.index("exact_gtin")] = 0
    simulated = World(np.zeros((3, SIZE), np.float32), ranks, ("none",) * 3)
    assert oracle(simulated) == pytest.approx([1.0 - cost("image", 100), 1.0, 0.0])


def test_the_bandit_comes_near_the_oracle_and_beats_simple_policies(results: list[SeedResult]) -> None:
    told = report(results)
    share = {name: each["mean"] for name, each in told["share_of_oracle"].items()}
    assert share["bandit"] > 0.93
    assert share["bandit"] > share["random"] + 0.1
    assert share["bandit"] > share["everything"] + 0.1
    assert sum(each["n"] for each in told["by_barcode"].values()) == told["n"] == 500
    assert json.loads(json.dumps(told))["counterfactual"]["next"]["dr_error"]["mean"] == pytest.approx(
        0, abs=0.06
    )


def test_regret_never_falls(results: list[SeedResult]) -> None:
    for result in results:
        assert (np.diff(regret(result, "bandit")) >= -1e-9).all()


def test_answers_come_late_or_never(booths: list[Booth]) -> None:
    served = run(ignorant(), booths[0].world, 7, NOT_AT_RANDOM)
    found = served.rewards + costs_of(served.places) > 0.5
    assert served.answered[found].mean() > 0.8
    assert served.answered[~found].mean() < 0.75
    assert served.policy.version != ignorant().version
    untaught = run(booths[0].cold, booths[0].world, 7, None)
    assert untaught.policy is booths[0].cold


def test_booths_have_rates_of_their_own() -> None:
    first, second = own_rates(1), own_rates(2)
    assert first == own_rates(1)
    assert first != second
    assert 0 < first.good + first.partial + first.wrong < 1


def test_the_regret_is_drawn(results: list[SeedResult], tmp_path: Path) -> None:
    plot(results, tmp_path / "regret.png")
    assert (tmp_path / "regret.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(InputError, match="cannot be written"):
        plot(results, tmp_path / "nowhere" / "regret.png")


def test_the_command_refuses_what_it_cannot_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert booth(["evaluate", "bandit", "--items", "3"]) == 2
    assert "items" in capsys.readouterr().err
