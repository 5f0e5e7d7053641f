"""A policy makes an outcome of a score, proposes, names itself, and never decides what could not be seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from booth.domain.terms import Condition, DamageType, DispositionKind, Outcome, Part, Severity, new_id, now
from booth.domain.thresholds import NOMINAL, Thresholds
from booth.domain.tolerance import TOLERANCES
from booth.domain.verdict import Verdict, ViewCondition
from booth.policy.policy import BLIND, NO_EVIDENCE, NOTHING_SEEN, OTHER_MODELS, TOLERATED, Policy
from booth.policy.table import Table
from tests.samples import make_verdict

TABLE = Table(TOLERANCES)
MODELS = {"trunk": "aa", "fusion": "bb"}
FITTED = Thresholds("policy-1", 0.3, 0.5, datetime(2026, 11, 20, tzinfo=UTC), models=MODELS)
POLICY = Policy(FITTED, TABLE)


def judged(score: float, **changes: object) -> Verdict:
    verdict = Verdict(new_id("verdict"), now(), Outcome.UNSURE, score, "", 4, {"foreign": 0.1}, models=MODELS)
    return replace(verdict, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("score", "outcome"),
    [
        (0.0, Outcome.OK),
        (0.3, Outcome.OK),
        (0.31, Outcome.UNSURE),
        (0.5, Outcome.UNSURE),
        (0.51, Outcome.DAMAGED),
        (1.0, Outcome.DAMAGED),
        (float("nan"), Outcome.UNSURE),
        (1.5, Outcome.UNSURE),
    ],
)
def test_an_outcome_lies_between_the_thresholds_and_names_the_policy(score: float, outcome: Outcome) -> None:
    verdict = POLICY.decide(judged(score))
    assert verdict.outcome is outcome
    assert verdict.policy == "policy-1"


def test_deciding_changes_neither_score_nor_evidence_and_can_be_repeated() -> None:
    before = judged(0.9, note="no reference for side")
    after = POLICY.decide(before)
    assert (after.score, after.evidence, after.models) == (before.score, before.evidence, before.models)
    assert after.note == "no reference for side"
    assert POLICY.decide(after).note == after.note


def test_thresholds_of_other_models_are_not_used_and_the_verdict_says_so() -> None:
    verdict = POLICY.decide(judged(0.55, models={**MODELS, "fusion": "cc"}))
    assert (verdict.outcome, verdict.policy) == (Outcome.OK, NOMINAL.version)
    assert verdict.note == OTHER_MODELS


@pytest.mark.parametrize("models", [{}, {"trunk": "aa"}, {"new head": "dd"}, {**MODELS, "new head": "dd"}])
def test_the_score_of_a_judge_of_fewer_or_more_models_means_something_else(models: dict[str, str]) -> None:
    assert POLICY.decide(judged(0.55, models=dict(reversed(MODELS.items())))).policy == "policy-1"
    assert POLICY.decide(judged(0.55, models=models)).policy == NOMINAL.version


@pytest.mark.parametrize("evidence", [{}, {"references": 0.0, "views": 2.0}])
def test_a_score_without_evidence_is_unsure(evidence: dict[str, float]) -> None:
    verdict = POLICY.decide(judged(0.99, evidence=evidence))
    assert (verdict.outcome, verdict.disposition, verdict.note) == (Outcome.UNSURE, None, NO_EVIDENCE)


@pytest.mark.parametrize("condition", sorted(BLIND))
@pytest.mark.parametrize("score", [0.0, 1.0])
def test_an_item_of_which_no_view_could_be_judged_is_unsure(condition: Condition, score: float) -> None:
    blind = tuple(ViewCondition(view, condition) for view in ("top", "side"))
    seen = replace(make_verdict(("top", "side")), score=score, evidence={"foreign": 0.1}, models=MODELS)
    verdict = POLICY.decide(replace(seen, conditions=blind, note=""))
    assert (verdict.outcome, verdict.note) == (Outcome.UNSURE, NOTHING_SEEN)
    half = POLICY.decide(replace(seen, conditions=blind[:1]))
    assert half.outcome is not Outcome.UNSURE


def test_a_whole_capture_may_be_blind_and_a_missing_camera_is_not_that() -> None:
    other = judged(0.0, conditions=(ViewCondition("", Condition.OTHER_ITEM),))
    lacking = judged(0.0, conditions=(ViewCondition("", Condition.MISSING_VIEW),))
    assert POLICY.decide(other).outcome is Outcome.UNSURE
    assert POLICY.decide(lacking).outcome is Outcome.OK


def test_without_heat_maps_the_number_of_views_tells_whether_all_were_blind() -> None:
    one = (ViewCondition("top", Condition.BLACK),)
    assert POLICY.decide(judged(0.0, conditions=one)).outcome is Outcome.UNSURE
    two_views = {"foreign": 0.1, "views": 2.0}
    assert POLICY.decide(judged(0.0, conditions=one, evidence=two_views)).outcome is Outcome.OK


@pytest.mark.parametrize("condition", [Condition.NO_REFERENCE, Condition.DEPTH_UNUSABLE])
def test_what_can_still_be_judged_is(condition: Condition) -> None:
    conditions = (ViewCondition("", condition), ViewCondition("top", condition))
    assert POLICY.decide(judged(0.0, conditions=conditions)).outcome is Outcome.OK


def test_a_tolerable_damage_stays_a_damage_and_is_proposed_for_sale() -> None:
    dented = judged(
        0.9, types={DamageType.CRUSH: 0.9, DamageType.TEAR: 0.1}, severity=Severity.MINOR, part=Part.PACKAGING
    )
    verdict = POLICY.decide(dented)
    assert (verdict.outcome, verdict.disposition) == (Outcome.DAMAGED, DispositionKind.SELL)
    assert verdict.note == TOLERATED


def test_only_a_damaged_item_is_proposed_what_the_table_says() -> None:
    found = {"types": {DamageType.SPILLAGE: 0.9}, "severity": Severity.MINOR}
    assert POLICY.decide(judged(0.9, **found)).disposition is DispositionKind.DISPOSE
    assert POLICY.decide(judged(0.4, **found)).disposition is None
    assert POLICY.decide(judged(0.1, **found)).disposition is DispositionKind.SELL
