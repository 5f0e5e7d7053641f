"""The store's own items are fitted on only where a person spoke last and the models in force judged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from booth.domain.sample import Closing
from booth.domain.terms import Outcome
from booth.domain.verdict import Verdict
from booth.policy import confirmed
from booth.policy.confirmed import confirmed_scores
from booth.store.samples import Store
from tests.samples import GTIN, make_amendment, make_closing, make_sample, make_verdict

OTHER = "4012345678901"
MODELS = {"trunk": "0" * 64}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path, high_water_free_mb=0, ballast_mb=0) as opened:
        yield opened


def keep(store: Store, score: float, closing: Closing | None, *, verdict: Verdict | None = None) -> str:
    judged = replace(verdict or make_verdict(("top",)), score=score)
    sample = make_sample(cameras=("top",), verdicts=(judged,), width=16, height=12, depth=False)
    store.keep(sample)
    if closing is not None:
        store.close_sample(sample.sample_id, closing)
    return sample.sample_id


def test_what_people_said_last_and_what_the_models_scored_go_together(store: Store) -> None:
    good = keep(store, 0.1, make_closing())
    bad = keep(store, 0.9, make_closing(outcome=Outcome.DAMAGED))
    amended = keep(store, 0.8, make_closing())
    store.amend(make_amendment(amended))
    taken_back = keep(store, 0.2, make_closing())
    store.amend(first := make_amendment(taken_back))
    store.amend(make_amendment(taken_back, predecessor=first.amendment_id, changes={"person_outcome": "ok"}))
    scores = confirmed_scores(store, MODELS)
    assert {each.item: (each.score, each.damaged) for each in scores.items} == {
        good: (0.1, False), bad: (0.9, True), amended: (0.8, True), taken_back: (0.2, False),
    }  # fmt: skip
    assert {each.product for each in scores.items} == {GTIN}
    assert not scores.left_out


def test_the_verdict_as_the_product_that_it_was_counts(store: Store) -> None:
    later = replace(make_verdict(("top",), gtin=OTHER), score=0.3)
    corrected = keep(store, 0.7, make_closing(gtin=OTHER, verdicts=(later,)))
    renamed = keep(store, 0.7, make_closing())
    store.amend(make_amendment(renamed, changes={"gtin": OTHER}))
    scores = confirmed_scores(store, MODELS)
    assert [(each.item, each.product, each.score) for each in scores.items] == [(corrected, OTHER, 0.3)]
    assert scores.left_out == {confirmed.UNJUDGED: 1}


def test_what_cannot_be_used_is_left_out_and_counted(store: Store, tmp_path: Path) -> None:
    verdict = make_verdict(("top",))
    keep(store, 0.1, None)
    keep(store, 0.1, make_closing(outcome=None))
    keep(store, 0.1, make_closing(outcome=Outcome.UNSURE))
    keep(store, 0.1, make_closing(), verdict=replace(verdict, models={"trunk": "f" * 64}))
    keep(store, 0.1, make_closing(), verdict=replace(verdict, models={}))
    keep(store, 0.5, make_closing(), verdict=replace(verdict, evidence={}))
    keep(store, float("nan"), make_closing())
    damaged = keep(store, 0.1, make_closing())
    next((tmp_path / "samples").rglob(f"{damaged}*/sample.json")).write_text("{}")
    told: list[tuple[int, int]] = []
    scores = confirmed_scores(store, MODELS, lambda done, total: told.append((done, total)))
    assert scores.items == ()
    assert scores.left_out == {
        confirmed.UNSAID: 2, confirmed.OTHER_MODELS: 2, confirmed.MEANINGLESS: 2, confirmed.FLAGGED: 1,
    }  # fmt: skip
    assert told[-1] == (7, 7)


def test_scores_of_a_judge_of_fewer_models_are_left_out(store: Store) -> None:
    keep(store, 0.1, make_closing())
    scores = confirmed_scores(store, {**MODELS, "fusion": "1" * 64})
    assert (scores.items, scores.left_out) == ((), {confirmed.OTHER_MODELS: 1})


def test_evicted_items_are_left_out(store: Store) -> None:
    sample_id = keep(store, 0.1, make_closing())
    store.sent(sample_id)
    store.receipted(sample_id, b"{}")
    store.evict(sample_id)
    assert confirmed_scores(store, MODELS).left_out == {confirmed.GONE: 1}
