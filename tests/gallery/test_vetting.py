"""A reference that is unlike the others is found by leaving each one out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest

from booth.domain.percept import Gallery, Percept, Reference
from booth.domain.terms import Condition, Outcome, now
from booth.domain.verdict import Verdict, ViewCondition
from booth.gallery.closeness import FAR, UNLIKE, distance_of
from booth.gallery.vetting import PANEL, Vetted, vet
from tests.gallery.stand_ins import PlainJudge, near, reference

RIGHT, WRONG, WORSE = (1.0, 1.0, 0.2, 0.2), (0.1, 0.2, 1.9, 1.0), (2.2, 0.1, 0.1, 2.0)


def looks_of(pictures: Sequence[np.ndarray]) -> dict[int, list[Reference]]:
    return {number: [reference(rgb)] for number, rgb in enumerate(pictures)}


def vetted(
    trusted: Sequence[np.ndarray], fresh: Sequence[np.ndarray], judge: PlainJudge | None = None
) -> Vetted:
    looks = looks_of([*trusted, *fresh])

    def load(numbers: Sequence[int]) -> Mapping[int, Sequence[Reference]]:
        return {number: looks[number] for number in numbers}

    numbers = list(looks)
    return vet(judge or PlainJudge(), numbers[: len(trusted)], numbers[len(trusted) :], load)


def found(result: Vetted) -> list[str]:
    return [result.findings[number].finding for number in sorted(result.findings)]


def good(count: int) -> list[np.ndarray]:
    return [near(RIGHT, seed) for seed in range(count)]


def test_references_of_one_product_are_all_good() -> None:
    result = vetted([], good(6))
    assert found(result) == ["good"] * 6
    assert all(
        vetting.distance is not None and vetting.distance < UNLIKE for vetting in result.findings.values()
    )


@pytest.mark.parametrize("place", range(4))
def test_one_of_another_product_among_three_others_is_caught_wherever_it_stands(place: int) -> None:
    pictures = good(3)
    pictures.insert(place, near(WRONG, 9))
    assert found(vetted([], pictures)) == ["suspect" if number == place else "good" for number in range(4)]


def test_two_wrong_ones_do_not_vouch_for_each_other() -> None:
    result = vetted([], [near(WRONG, 10), *good(5), near(WORSE, 11)])
    assert found(result) == ["suspect", *["good"] * 5, "suspect"]
    assert set(result.core) == {1, 2, 3, 4, 5}


@pytest.mark.parametrize("count", [1, 2])
def test_with_one_or_two_nothing_can_be_said(count: int) -> None:
    result = vetted([], [near(RIGHT, 1), near(WRONG, 2)][:count])
    assert found(result) == ["unknown"] * count
    assert "too few" in result.findings[0].why


def test_what_counts_already_says_what_is_right_however_many_come() -> None:
    newcomers = [near(WRONG, seed) for seed in range(20, 28)]
    assert found(vetted(good(3), newcomers)) == ["good"] * 3 + ["suspect"] * 8


def test_a_wrong_one_that_counts_already_is_told() -> None:
    assert found(vetted([*good(5), near(WRONG, 7)], [])) == ["good"] * 5 + ["suspect"]


def test_many_references_cost_one_comparison_each_beyond_a_panel() -> None:
    judge = PlainJudge()
    result = vetted(good(60), [near(WRONG, 99)], judge)
    assert found(result) == ["good"] * 60 + ["suspect"]
    assert judge.calls <= 61 + 2 * PANEL


def test_a_reference_that_cannot_be_read_is_passed_over() -> None:
    looks = looks_of(good(5))
    del looks[2]
    result = vet(
        PlainJudge(), [], range(5), lambda numbers: {each: looks[each] for each in numbers if each in looks}
    )
    assert sorted(result.findings) == [0, 1, 3, 4]


def test_a_picture_that_the_judge_cannot_compare_is_suspect_not_let_through() -> None:
    class Silent(PlainJudge):
        def judge(self, percept: Percept, gallery: Gallery | None) -> Verdict:
            verdict = super().judge(percept, gallery)
            return replace(verdict, evidence={}) if percept.views[0].patches[0, 0, 2] > 1.5 else verdict

    assert found(vetted([], [*good(4), near(WRONG, 5)], Silent())) == [*["good"] * 4, "suspect"]


def test_an_item_of_another_product_is_as_far_as_can_be() -> None:
    other = ViewCondition("top", Condition.OTHER_ITEM)
    evidence = {"foreign": -3.0, "missing": -3.0}
    verdict = Verdict("v", now(), Outcome.UNSURE, 0.5, "", 1, evidence, conditions=(other,))
    assert distance_of(verdict) == FAR


@pytest.mark.parametrize(
    ("evidence", "far"),
    [
        ({"foreign": 0.0, "missing": math.log(3.0)}, 2.0),
        ({"foreign": 900.0, "missing": 900.0}, FAR),
        ({"supervised": 3.0}, None),
    ],
)
def test_both_ways_of_a_comparison_count_alike(evidence: dict[str, float], far: float | None) -> None:
    verdict = Verdict("v", now(), Outcome.OK, 0.5, "", 1, evidence)
    assert distance_of(verdict) == (far if far is None else pytest.approx(far))
