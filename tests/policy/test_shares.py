"""Bounds of counted shares are exact for independent items, and wider where items come in clusters."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from booth.policy.shares import clusters, design_effect, few_clusters, lower_bound, share_of, upper_bound


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n - 1), st.just(n))))
def test_the_upper_bound_is_the_share_of_which_so_few_would_be_a_surprise(counted: tuple[int, int]) -> None:
    count, n = counted
    assert binom.cdf(count, n, upper_bound(count, n)) == pytest.approx(0.05, abs=1e-6)
    assert lower_bound(count, n) <= count / n <= upper_bound(count, n)


def test_nothing_counted_and_everything_counted_have_bounds_too() -> None:
    assert lower_bound(0, 10) == 0.0
    assert upper_bound(10, 10) == 1.0
    assert upper_bound(0, 598) <= 0.005 < upper_bound(0, 597)


def test_items_of_one_product_are_one_cluster_and_nameless_ones_stand_alone() -> None:
    assert clusters(["a", "", "a", "", "b"]).tolist() == [0, 1, 0, 2, 3]


def test_copies_of_one_item_count_as_one() -> None:
    hits = np.repeat(np.random.default_rng(0).random(500) < 0.2, 4)
    assert design_effect(hits, np.repeat(np.arange(500), 4)) == pytest.approx(4.0, rel=0.01)
    names = [f"p{number // 4}" for number in range(2_000)]
    copies, single = share_of(hits.tolist(), names), share_of(hits[::4].tolist(), [""] * 500)
    assert (copies.low, copies.high) == pytest.approx((single.low, single.high), abs=0.001)
    assert copies.share == single.share


def test_independent_items_in_clusters_count_as_they_are() -> None:
    rng = np.random.default_rng(1)
    effects = [design_effect(rng.random(2_000) < 0.1, np.repeat(np.arange(400), 5)) for _ in range(40)]
    assert np.mean(effects) == pytest.approx(1.0, abs=0.06)
    assert min(effects) >= 1.0


def test_all_or_none_counted_tells_no_design_effect() -> None:
    cluster = np.repeat(np.arange(5), 2)
    assert design_effect(np.zeros(10, bool), cluster) == 1.0
    assert design_effect(np.ones(10, bool), cluster) == 1.0


def test_few_products_widen_the_bounds_and_many_hardly_do() -> None:
    factors = [few_clusters([f"p{number % many}" for number in range(1_000)]) for many in (2, 5, 30, 500)]
    assert factors == sorted(factors, reverse=True)
    assert factors[0] > 10.0
    assert factors[-1] < 1.01
    assert few_clusters([""] * 10) == 1.0
