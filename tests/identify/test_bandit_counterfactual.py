"""Counterfactual estimates on toy problems whose truth is known."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from booth.domain.percept import FloatArray
from booth.identify.bandit.arms import ARMS, LEVELS
from booth.identify.bandit.context import FEATURES, PLACES, SIZE
from booth.identify.bandit.counterfactual import ABSENT, NORMAL_95, NOT_RUN, Log, costs_of, estimate
from booth.identify.bandit.policy import Bandit, ignorant
from booth.identify.bandit.replay import check, truth_of
from booth.identify.bandit.settings import SETTINGS

ITEMS = 500
IMAGE, PRINTED = ARMS.index("image"), ARMS.index("printed_text")
EXPLORING = dataclasses.replace(SETTINGS, epsilon=0.5)


def contexts(count: int, rng: np.random.Generator) -> FloatArray:
    """Pictures and words are there, nothing else; one feature tells which of them is the better."""
    made = np.zeros((count, SIZE), np.float32)
    for name in ("bias", "embedding_there", "words_there"):
        made[:, PLACES[name]] = 1.0
    made[:, PLACES["views_agree"]] = rng.uniform(-1, 1, count)
    return made


def toy(seed: int, policy: Bandit, answered: float = 1.0) -> Log:
    """Every rank of a toy booth, served by `policy`."""
    rng = np.random.default_rng(seed)
    seen = contexts(ITEMS, rng)
    agree = seen[:, PLACES["views_agree"]]
    ranks = np.full((ITEMS, len(ARMS)), ABSENT, np.int64)
    ranks[:, IMAGE] = np.where(rng.random(ITEMS) < 0.5 + 0.4 * agree, rng.integers(0, 40, ITEMS), ABSENT)
    ranks[:, PRINTED] = np.where(rng.random(ITEMS) < 0.5 - 0.4 * agree, rng.integers(0, 10, ITEMS), ABSENT)
    places, shares = np.zeros((ITEMS, len(ARMS)), np.int64), np.ones(ITEMS)
    for item in range(ITEMS):
        slate = policy.choose(seen[item], rng, ("image", "printed_text"))
        places[item] = [LEVELS.index(choice.level) for choice in slate]
        shares[item] = np.prod([choice.propensity for choice in slate])
    exists = np.zeros((ITEMS, len(ARMS)), bool)
    exists[:, [IMAGE, PRINTED]] = True
    told = rng.random(ITEMS) < answered
    return Log(seen, places, exists, shares, told, rng.random(ITEMS) < 0.2, ranks)


def seen_of(whole: Log) -> Log:
    """What was logged of it: the ranks in what ran, where somebody answered."""
    known = (whole.places > 0) & whole.answered[:, None]
    ranks = np.where(known, whole.ranks, NOT_RUN)
    return dataclasses.replace(whole, ranks=ranks, at_once=whole.at_once & whole.answered)


def candidate() -> Bandit:
    bandit, rng = ignorant(), np.random.default_rng(9)
    for row in contexts(150, rng):
        agree = row[PLACES["views_agree"]]
        bandit = bandit.learn(
            row,
            {
                "exact_gtin": None,
                "image": 2 if rng.random() < 0.5 + 0.4 * agree else None,
                "printed_text": 2 if rng.random() < 0.5 - 0.4 * agree else None,
            },
        )
    return bandit


LOGGER = dataclasses.replace(ignorant(), settings=EXPLORING)
CANDIDATE = candidate()


@pytest.mark.parametrize("answered", [1.0, 0.7])
def test_dr_is_unbiased_where_the_truth_is_known(answered: float) -> None:
    errors = []
    for seed in range(4):
        whole = toy(seed, LOGGER, answered)
        truth = truth_of(whole, CANDIDATE, np.random.default_rng(1), runs=4)
        said = estimate(seen_of(whole), CANDIDATE, np.random.default_rng(seed))
        scale = (said.dr.high - said.dr.low) / (2 * NORMAL_95)
        errors.append(((said.dr.value - truth) / scale, said.snips.value - truth))
    dr, snips = np.array(errors, float).T
    assert abs(dr.mean()) < 3.0 / np.sqrt(len(dr))
    assert np.abs(dr).max() < 3.5
    assert abs(snips.mean()) < 0.1


def test_a_policy_judged_by_its_own_log_earns_what_it_earned() -> None:
    whole = toy(3, LOGGER)
    said = estimate(seen_of(whole), LOGGER, np.random.default_rng(0))
    assert said.effective == pytest.approx(ITEMS)
    assert said.largest == pytest.approx(1.0)
    assert said.snips.value == pytest.approx(said.logged.value)
    assert said.dr.value == pytest.approx(said.logged.value, abs=0.03)


def test_clipping_bounds_the_weights() -> None:
    whole = toy(4, LOGGER)
    free = estimate(seen_of(whole), CANDIDATE, np.random.default_rng(0))
    clipped = estimate(seen_of(whole), CANDIDATE, np.random.default_rng(0), clip=1.5)
    assert free.largest > 1.5
    assert clipped.largest == 1.5
    assert clipped.effective > free.effective


def test_no_answers_at_all_give_no_estimate_by_weights() -> None:
    whole = toy(5, LOGGER, 0.0)
    said = estimate(seen_of(whole), CANDIDATE, np.random.default_rng(0))
    assert said.answered == 0
    assert np.isnan(said.snips.value)
    assert np.isnan(said.logged.value)


def test_replay_says_how_far_the_estimates_are_from_the_truth() -> None:
    checked = check(toy(6, LOGGER), CANDIDATE, np.random.default_rng(0))
    assert set(checked.errors) == {"dm", "snips", "dr"}
    assert abs(checked.errors["dr"]) < 0.08
    assert checked.errors["dr"] == pytest.approx(checked.said.dr.value - checked.truth)


def test_the_cost_of_slates_is_reckoned_alike_everywhere() -> None:
    places = np.zeros((2, len(ARMS)), np.int64)
    places[1, IMAGE] = 2
    bare, image = costs_of(places)
    assert bare == 0.0
    assert 0.03 < image < 0.05
    assert "embedding_there" in FEATURES
