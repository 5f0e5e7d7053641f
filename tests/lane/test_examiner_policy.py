"""The examiner's verdicts carry the outcome of whatever policy is in force when they are made."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from booth.domain.percept import Gallery, Percept, Reference
from booth.domain.terms import Outcome, now
from booth.domain.thresholds import Thresholds
from booth.domain.tolerance import TOLERANCES
from booth.errors import StoreError
from booth.lane.examine import Examiner
from booth.policy.in_force import DecidedJudge, PolicyInForce
from booth.policy.table import Table
from booth.store.policies import Policies
from booth.store.references import References
from tests.fakes import FakeFinder, FakeIndex, FakeJudge, FakePerception
from tests.lane.rig import SOAP

STRICT = Thresholds("policy-strict", 0.1, 0.2, now())
SEEN = Percept("fake-trunk", ())


@pytest.fixture
def examiner(tmp_path: Path) -> Examiner:
    references, index = References(tmp_path), FakeIndex(SOAP)
    picture, patches = np.zeros((9, 9, 3), np.uint8), np.zeros((2, 2, 3), np.float32)
    references.add(SOAP.gtin, "1", Reference("ab" * 32, "top", "fake-trunk", patches), picture)
    policy = PolicyInForce(Policies(tmp_path), Table(TOLERANCES))
    seeing = (FakePerception(), FakeJudge())
    return Examiner(*seeing, index, FakeFinder(index), references, None, policy=policy)


def test_what_is_put_into_force_holds_from_the_next_verdict_on(examiner: Examiner, tmp_path: Path) -> None:
    before = examiner.verdict(SEEN, SOAP.gtin)
    policies = Policies(tmp_path)
    policies.keep(STRICT)
    policies.use(STRICT.version)
    after = examiner.verdict(SEEN, SOAP.gtin)
    assert (before.outcome, before.policy) == (Outcome.OK, "nominal")
    assert (after.outcome, after.policy) == (Outcome.DAMAGED, STRICT.version)
    assert (after.gtin, after.score) == (SOAP.gtin, before.score)


def test_without_a_policy_of_its_own_an_examiner_goes_by_the_nominal_one(examiner: Examiner) -> None:
    parts = (examiner.perception, examiner.judge, examiner.index, examiner.finder, examiner.references)
    plain = Examiner(*parts, None)
    assert plain.verdict(SEEN, SOAP.gtin).policy == "nominal"
    assert plain.verdict(SEEN, "").outcome is Outcome.UNSURE


def test_a_damaged_policy_judges_nothing_in_silence(examiner: Examiner, tmp_path: Path) -> None:
    policies = Policies(tmp_path)
    policies.keep(STRICT)
    policies.use(STRICT.version)
    (tmp_path / "policies" / f"{STRICT.version}.json").write_text("")
    with pytest.raises(StoreError, match="booth policy use"):
        examiner.verdict(SEEN, SOAP.gtin)


def test_a_judge_may_be_wrapped_so_that_its_verdicts_are_decided(tmp_path: Path) -> None:
    policies = Policies(tmp_path)
    policies.keep(replace(STRICT, damaged_above=0.6))
    policies.use(STRICT.version)
    judge = DecidedJudge(FakeJudge(), PolicyInForce(policies, Table(TOLERANCES)))
    reference = Reference("ab" * 32, "top", "fake-trunk", np.zeros((2, 2, 3), np.float32))
    verdict = judge.judge(SEEN, Gallery(SOAP.gtin, "1", "v1", (reference,)))
    assert (verdict.outcome, verdict.policy) == (Outcome.UNSURE, STRICT.version)
