"""The figures mean what their definitions say, ties included."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booth.evaluate.metrics import auroc, average_precision, figure, recall_at

# Few distinct values, so that ties are common.
SCORES = st.lists(st.integers(0, 6).map(lambda level: level / 6), min_size=1, max_size=60)


def by_every_threshold(good: list[float], bad: list[float], false_alarms: float) -> float:
    """The definition, word by word: the best recall of any threshold within the false alarms."""
    thresholds = [*good, *bad, math.inf]
    return max(
        sum(score >= t for score in bad) / len(bad)
        for t in thresholds
        if sum(score >= t for score in good) / len(good) <= false_alarms + 1e-12
    )


@given(SCORES, SCORES, st.sampled_from([0.01, 0.05, 0.1, 0.25, 0.5, 1.0]))
def test_recall_is_the_best_of_all_thresholds(good: list[float], bad: list[float], share: float) -> None:
    told = recall_at(good, bad, share)
    if len(good) < 1 / share:
        assert told is None
    else:
        assert told == pytest.approx(by_every_threshold(good, bad, share))


@pytest.mark.parametrize(("count", "known"), [(19, False), (20, True), (99, True)])
def test_five_percent_needs_twenty_good_items(count: int, known: bool) -> None:
    assert (recall_at([0.0] * count, [1.0], 0.05) is not None) is known


def test_one_percent_needs_a_hundred_good_items() -> None:
    assert recall_at([0.0] * 99, [1.0], 0.01) is None
    assert recall_at([0.0] * 100, [1.0], 0.01) == 1.0


def test_a_bad_item_that_ties_with_the_last_good_one_is_not_caught_for_free() -> None:
    assert recall_at([0.5] * 20, [0.5], 0.05) == 0.0
    assert recall_at([*[0.1] * 19, 0.9], [0.5, 0.05], 0.05) == 0.5


@given(SCORES, SCORES)
def test_auroc_is_the_share_of_pairs_in_order(good: list[float], bad: list[float]) -> None:
    pairs = [(b > g) + 0.5 * (b == g) for g in good for b in bad]
    assert auroc(good, bad) == pytest.approx(sum(pairs) / len(pairs))


def test_average_precision_is_one_when_all_bad_items_come_first() -> None:
    assert average_precision([0.1, 0.2], [0.7, 0.9]) == pytest.approx(1.0)
    assert average_precision([0.9], [0.1]) == pytest.approx(0.5)


def test_a_figure_has_the_sample_spread() -> None:
    told = figure([1.0, 3.0])
    assert told.mean == 2.0
    assert told.spread == pytest.approx(math.sqrt(2))
    assert figure([1.0]).as_json() == {"mean": 1.0, "spread": None}


def test_a_figure_that_one_seed_cannot_tell_is_not_told() -> None:
    assert figure([None, 1.0]).as_json() == {"mean": None, "spread": None}
    assert figure([]).mean is None
