"""A threshold keeps its budget, its bounds cover what comes, and what cannot be told is refused."""

from __future__ import annotations

from collections.abc import Callable
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import betabinom

from booth.errors import InputError
from booth.policy.budget import Basis, Fitted, _beta_binomial, fit_threshold, needed

Generator = np.random.Generator
Scores = NDArray[np.float64]
BUDGET = 0.005
PER_PRODUCT = 4


def alone(n: int) -> list[str]:
    """As many items without a product: each counts by itself."""
    return [""] * n


def independent(rng: Generator, products: int) -> Scores:
    return rng.normal(size=products * PER_PRODUCT)


def alike(rng: Generator, products: int) -> Scores:
    """Half of the variance is the product's."""
    return np.repeat(rng.normal(size=products), PER_PRODUCT) + independent(rng, products)


def heavy(rng: Generator, products: int) -> Scores:
    """A few products of which every item scores high, such as those with printed cracks."""
    return np.repeat(rng.standard_t(3, products), PER_PRODUCT) + independent(rng, products)


def copies(rng: Generator, products: int) -> Scores:
    return np.repeat(rng.normal(size=products), PER_PRODUCT) + 1e-9 * independent(rng, products)


def coverage(make: Callable[[Generator, int], Scores], named: bool, rounds: int = 200) -> tuple[float, float]:
    """In how many splits by product the bound held, and the mean share of alarms among what came."""
    rng = np.random.default_rng(7)
    held, shares = 0, []
    for _ in range(rounds):
        scores = make(rng, 1_000)
        first, second = np.split(scores, 2)
        names = [f"p{number // PER_PRODUCT}" for number in range(len(first))] if named else alone(len(first))
        fitted = fit_threshold(first.tolist(), names, BUDGET)
        alarms = int((second > fitted.threshold).sum())
        held += alarms <= fitted.prediction(len(second))
        shares.append(alarms / len(second))
    return held / rounds, float(np.mean(shares))


@pytest.mark.parametrize("make", [independent, alike, heavy, copies])
def test_alarms_of_other_products_lie_inside_the_prediction_bound(
    make: Callable[[Generator, int], Scores],
) -> None:
    held, share = coverage(make, named=True)
    assert held >= 0.93
    assert share <= BUDGET


def test_a_bound_that_knows_nothing_of_products_is_too_narrow() -> None:
    held, _ = coverage(copies, named=False)
    assert held < 0.9


def test_an_assured_budget_is_kept_in_nineteen_cases_of_twenty() -> None:
    rng = np.random.default_rng(3)
    true_shares = [
        1.0 - fit_threshold(rng.random(2_000).tolist(), alone(2_000), BUDGET, basis=Basis.ASSURED).threshold
        for _ in range(400)
    ]
    assert np.mean(np.array(true_shares) <= BUDGET) >= 0.93


def test_an_expected_budget_is_spent_and_not_overspent() -> None:
    rng = np.random.default_rng(4)
    true_shares = [
        1.0 - fit_threshold(rng.random(999).tolist(), alone(999), 0.01).threshold for _ in range(400)
    ]
    assert np.mean(true_shares) == pytest.approx(0.01, abs=0.0005)


def test_the_prediction_is_that_of_the_number_of_exceedances() -> None:
    """Gumbel and von Schelling (1950): of all orders of n + m items, those with k of the m on top."""
    n, m = 700, 60
    fitted = fit_threshold(np.arange(n, dtype=float).tolist(), alone(n), 0.01)
    above = fitted.allowed
    chances = [
        comb(k + above, above) * comb(m - k + n - above - 1, m - k) / comb(n + m, m) for k in range(m + 1)
    ]
    assert sum(chances) == pytest.approx(1.0)
    assert sum(chances[: fitted.prediction(m) + 1]) >= 0.95
    assert sum(chances[: fitted.prediction(m)]) < 0.95


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from([0.0, 0.1, 0.2, 0.5, 0.9, 1.0]), min_size=100, max_size=400),
    st.sampled_from(list(Basis)),
    st.floats(0.03, 0.4),
)
def test_ties_never_raise_more_alarms_than_are_allowed(
    scores: list[float], basis: Basis, budget: float
) -> None:
    scores = [*scores, 0.3]
    try:
        fitted = fit_threshold(scores, alone(len(scores)), budget, basis=basis)
    except InputError:
        assert len(scores) < needed(budget) or basis is Basis.ASSURED or len(set(scores)) == 1
        return
    assert fitted.alarms == sum(score > fitted.threshold for score in scores) <= fitted.allowed
    assert fitted.rate <= min(budget, fitted.upper)
    assert fitted.threshold in scores
    assert basis is Basis.EXPECTED or fitted.upper <= budget


@settings(max_examples=60, deadline=None)
@given(st.integers(598, 900))
def test_neither_order_nor_scale_changes_which_items_alarm(n: int) -> None:
    rng = np.random.default_rng(n)
    scores = rng.random(n)
    fitted = fit_threshold(scores.tolist(), alone(n), BUDGET)
    shuffled = fit_threshold(rng.permutation(scores).tolist(), alone(n), BUDGET)
    cubed = fit_threshold((scores**3).tolist(), alone(n), BUDGET)
    assert shuffled == fitted
    assert cubed.alarms == fitted.alarms
    assert cubed.threshold == pytest.approx(fitted.threshold**3)


@given(st.integers(0, 5_000), st.integers(0, 5_000))
def test_more_items_to_come_bring_no_fewer_alarms(first: int, second: int) -> None:
    fitted = fit_threshold(np.arange(1_000.0).tolist(), alone(1_000), 0.01)
    fewer, more = sorted((first, second))
    assert 0 <= fitted.prediction(fewer) <= fitted.prediction(more) <= more


def test_too_few_items_are_refused_with_how_many_more_are_needed() -> None:
    assert needed(BUDGET) == 598
    with pytest.raises(InputError, match=r"498 more good items are needed \(598 in all\)"):
        fit_threshold(np.arange(100.0).tolist(), alone(100), BUDGET)
    with pytest.raises(InputError, match="598 more"):
        fit_threshold([], [], BUDGET)
    assert fit_threshold(np.arange(598.0).tolist(), alone(598), BUDGET).n == 598


@pytest.mark.parametrize("basis", list(Basis))
def test_items_too_much_alike_are_too_few(basis: Basis) -> None:
    scores = np.repeat(np.random.default_rng(0).random(30), 40)
    names = [f"p{number // 40}" for number in range(1_200)]
    with pytest.raises(InputError, match=r"more good items are needed .* of other products"):
        fit_threshold(scores.tolist(), names, BUDGET, basis=basis)


@pytest.mark.parametrize(
    ("scores", "products", "budget", "said"),
    [
        ([0.1] * 599 + [float("nan")], alone(600), 0.005, "no finite number"),
        ([0.1] * 599 + [float("inf")], alone(600), 0.005, "no finite number"),
        ([0.5] * 600, alone(600), 0.005, "all 600 good items score 0.5"),
        ([0.1, 0.2] * 300, ["soap"] * 600, 0.005, "of product soap"),
        ([0.1, 0.2] * 300, alone(599), 0.005, "do not go with"),
        ([0.1, 0.2] * 300, alone(600), 0.0, "impossible"),
        ([0.1, 0.2] * 300, alone(600), 0.5, "impossible"),
        ([0.1, 0.2] * 300, alone(600), float("nan"), "impossible"),
    ],
)
def test_what_tells_no_threshold_is_refused(
    scores: list[float], products: list[str], budget: float, said: str
) -> None:
    with pytest.raises(InputError, match=said):
        fit_threshold(scores, products, budget)


def test_a_clustered_prediction_is_wider_than_an_independent_one() -> None:
    plain = Fitted(0.5, BUDGET, Basis.EXPECTED, 2_000, 500, 8, 8, 0.0072, 1.0)
    lumpy = Fitted(0.5, BUDGET, Basis.EXPECTED, 2_000, 500, 8, 8, 0.0072, 3.0)
    assert lumpy.prediction(2_000) > plain.prediction(2_000)
    assert plain.prediction(0) == lumpy.prediction(0) == 0


@pytest.mark.parametrize(("m", "alpha", "beta"), [(1, 1.0, 598.0), (300, 3.4, 211.7), (2_000, 10.0, 1_990.0)])
def test_the_quantile_is_that_of_the_beta_binomial(m: int, alpha: float, beta: float) -> None:
    for level in (0.5, 0.95, 0.999):
        assert _beta_binomial(m, alpha, beta, level) == betabinom.ppf(level, m, alpha, beta)
