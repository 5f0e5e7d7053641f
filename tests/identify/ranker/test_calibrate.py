"""Confidence is what it says, and a threshold keeps its budget by a bound."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from booth.identify.ranker.calibrate import (
    NO_RIVAL,
    acceptance,
    expected_error,
    isotonic,
    reliability,
    summary_of,
    threshold_for,
    upper_bound,
)
from booth.identify.ranker.features import FEATURES


def test_the_bound_is_clopper_and_pearsons() -> None:
    assert upper_bound(0, 59) == pytest.approx(1 - 0.05 ** (1 / 59))
    assert upper_bound(0, 59) == pytest.approx(0.0495, abs=1e-4)
    assert upper_bound(1, 100) == pytest.approx(0.0466, abs=1e-4)
    assert upper_bound(0, 0) == upper_bound(5, 5) == 1.0


def test_the_monotone_map_gives_back_known_probabilities() -> None:
    rng = np.random.default_rng(0)
    truth = rng.uniform(0, 1, 4_000)
    right = (rng.uniform(0, 1, 4_000) < truth).astype(float)
    calibration = isotonic(truth**3, right, np.ones(4_000))
    for probability in (0.1, 0.5, 0.9):
        assert calibration(probability**3) == pytest.approx(probability, abs=0.07)


def test_weights_make_rarities_rare() -> None:
    raw, right = np.full(100, 0.5), np.array([1.0] * 50 + [0.0] * 50)
    weights = np.array([1.0] * 50 + [0.1] * 50)
    assert isotonic(raw, right, weights)(0.5) == pytest.approx(50 / 55, abs=0.02)


@given(st.lists(st.tuples(st.floats(-3, 3), st.booleans()), min_size=1, max_size=60))
def test_the_map_never_falls_and_never_says_never(pairs: list[tuple[float, bool]]) -> None:
    raw = np.array([x for x, _ in pairs])
    calibration = isotonic(raw, np.array([float(y) for _, y in pairs]), np.ones(len(pairs)))
    said = [calibration(float(x)) for x in np.linspace(-4, 4, 50)]
    assert said == sorted(said)
    assert 0 < said[0] <= said[-1] < 1


def test_the_threshold_keeps_the_budget_by_its_bound() -> None:
    said = [0.99] * 400 + [0.8] * 100
    right = [True] * 400 + [True] * 80 + [False] * 20
    assert threshold_for(said, right, 0.01) == 0.99
    assert acceptance(said, right, 0.99).upper <= 0.01
    assert threshold_for(said, right, 0.10) == 0.8
    assert threshold_for(said, right, 0.001) == 2.0


def test_what_is_accepted_is_counted_with_its_bound() -> None:
    accepted = acceptance([0.9, 0.95, 0.99, 0.2], [True, False, True, False], 0.9)
    assert (accepted.n, accepted.accepted, accepted.wrong) == (4, 3, 1)
    assert accepted.rate == pytest.approx(1 / 3)
    assert accepted.upper > accepted.rate
    assert acceptance([], [], 0.5).figures()["false_accept_upper"] == 1.0


def test_reliability_sets_what_was_said_beside_what_was_seen() -> None:
    rows = reliability([0.1] * 50 + [0.9] * 50, [False] * 50 + [True] * 40 + [False] * 10, bins=2)
    assert [row["said"] for row in rows] == pytest.approx([0.1, 0.9])
    assert [(row["n"], row["seen"]) for row in rows] == [(50, 0.0), (50, 0.8)]
    assert expected_error(rows) == pytest.approx(0.1)


def test_a_lone_candidate_leads_by_as_much_as_none_can() -> None:
    values = np.ones((1, len(FEATURES)), np.float32)
    summary = summary_of(np.array([0.5], np.float32), values)
    assert summary[:3].tolist() == [NO_RIVAL, 0.5, NO_RIVAL]
    two = summary_of(np.array([0.5, 2.0], np.float32), np.concatenate([values, 3 * values]))
    assert two[:3].tolist() == [1.5, 2.0, 2.0 - (0.5 - NO_RIVAL + 1.5)]
