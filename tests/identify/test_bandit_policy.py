"""The bandit: exact propensities, what it learns from, and what it refuses to read."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booth.domain.evidence import PartialCode, PrintedWord
from booth.domain.percept import FloatArray
from booth.domain.product import BarcodeRead, Candidate, Product
from booth.errors import InputError
from booth.identify.bandit.arms import ARMS, LEVELS, cost
from booth.identify.bandit.context import FEATURES, PLACES, SIZE, can_run, context_of
from booth.identify.bandit.policy import Bandit, ignorant
from booth.identify.bandit.reward import found, reward, spent
from booth.identify.bandit.settings import SETTINGS
from booth.ports.finding import Query

TEA = Product("4006381333931", "Tea", weight_g=112.0, length_mm=120.0, width_mm=60.0, height_mm=40.0)


def context(seed: int = 0, **told: float) -> FloatArray:
    """A context with all evidence there, but for what is told."""
    values = np.random.default_rng(seed).uniform(-1, 1, SIZE).astype(np.float32)
    for name in FEATURES:
        if name.endswith("_there") or name == "bias":
            values[PLACES[name]] = 1.0
    for name, value in told.items():
        values[PLACES[name]] = value
    return values


def experienced(items: int = 60, seed: int = 3) -> Bandit:
    rng = np.random.default_rng(seed)
    bandit = ignorant()
    for item in range(items):
        ranks = {
            arm: int(rng.integers(100)) if rng.random() < 0.5 else None for arm in ARMS if rng.random() < 0.7
        }
        bandit = bandit.learn(context(item), {"exact_gtin": 0 if rng.random() < 0.5 else None, **ranks})
    return bandit


EXPERIENCED = experienced()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 10_000), st.sets(st.sampled_from(ARMS)))
def test_a_slate_is_logged_with_the_propensity_that_can_be_reckoned_later(
    item: int, draw: int, among: set[str]
) -> None:
    seen = context(item, words_there=float(item % 2), shortlist_there=float(item % 3 > 0))
    slate = EXPERIENCED.choose(seen, np.random.default_rng(draw), among)
    levels = {choice.strategy: choice.level for choice in slate if choice.strategy in among}
    assert EXPERIENCED.propensity(seen, levels) == tuple(choice.propensity for choice in slate)
    assert [choice.strategy for choice in slate] == list(ARMS)
    for choice in slate:
        may = choice.strategy in among and can_run(seen, choice.strategy)
        assert choice.propensity > 0
        assert may or (choice.level, choice.propensity) == (0, 1.0)


def test_the_propensities_of_an_arms_levels_add_up_to_one_whatever_was_chosen_before() -> None:
    rng = np.random.default_rng(5)
    for item in range(20):
        before = {arm: LEVELS[int(rng.integers(4))] for arm in ARMS}
        for place, arm in enumerate(ARMS):
            shares = [
                EXPERIENCED.propensity(context(item), {**before, arm: level})[place] for level in LEVELS
            ]
            assert sum(shares) == pytest.approx(1.0, abs=1e-12)
            least, *_, most = sorted(share for share in shares if share)
            assert SETTINGS.epsilon / 2 - 1e-12 <= least <= most <= 1 - SETTINGS.epsilon / 2 + 1e-12


def test_levels_are_drawn_as_often_as_their_propensities_say() -> None:
    seen, rng, draws = context(4), np.random.default_rng(1), 4_000
    bandit = dataclasses.replace(EXPERIENCED, settings=dataclasses.replace(SETTINGS, epsilon=0.5))
    first = [bandit.choose(seen, rng)[0] for _ in range(draws)]
    for level in LEVELS:
        share = np.mean([choice.level == level for choice in first])
        expected = bandit.propensity(seen, {**dict.fromkeys(ARMS, 0), ARMS[0]: level})[0]
        assert share == pytest.approx(expected, abs=0.03)


def test_an_arm_that_finds_what_others_miss_is_run_and_one_that_never_finds_is_not() -> None:
    bandit, rng = ignorant(), np.random.default_rng(0)
    for item in range(400):
        bandit = bandit.learn(context(item), {"exact_gtin": None, "image": 3, "size_weight": None})
    slates = [
        {
            choice.strategy: choice.level
            for choice in bandit.choose(context(1_000 + item), rng, ("image", "size_weight"))
        }
        for item in range(100)
    ]
    assert np.mean([slate["image"] > 0 for slate in slates]) > 0.95
    assert np.mean([slate["size_weight"] == 0 for slate in slates]) > 0.95


def test_what_is_found_already_is_not_paid_for_again() -> None:
    bandit = ignorant()
    for item in range(400):
        bandit = bandit.learn(context(item), {"exact_gtin": 0, "image": 0, "printed_text": 0})
    slates = [bandit.choose(context(item), np.random.default_rng(item)) for item in range(100)]
    assert np.mean([choice.level == 0 for slate in slates for choice in slate]) > 0.8


def test_no_answer_is_missing_and_not_zero() -> None:
    seen, bandit = context(2), EXPERIENCED
    image = 1 + ARMS.index("image")
    absent = bandit.learn(seen, {"exact_gtin": None, "shortlist": 4})
    failed = bandit.learn(seen, {"exact_gtin": None, "shortlist": 4, "image": None})
    assert absent.chances(seen)[image] == pytest.approx(bandit.chances(seen)[image], abs=2e-3)
    assert (failed.chances(seen)[image] < bandit.chances(seen)[image] - 5e-3).any()


def test_one_confirmation_labels_every_level() -> None:
    seen, bandit = context(2), ignorant()
    for _ in range(50):
        bandit = bandit.learn(seen, {"exact_gtin": None, "image": 20})
    ten, thirty, hundred = bandit.chances(seen)[1 + ARMS.index("image")]
    assert ten < 0.1
    assert thirty > 0.8
    assert hundred > 0.8


def test_it_follows_change() -> None:
    seen = context(2)
    bandit = dataclasses.replace(ignorant(), settings=dataclasses.replace(SETTINGS, decay=0.98))
    for rank in [0] * 200 + [None] * 200:
        bandit = bandit.learn(seen, {"exact_gtin": None, "image": rank})
    assert bandit.chances(seen)[1 + ARMS.index("image")].max() < 0.1


def test_learning_changes_nothing_that_was_there() -> None:
    before = EXPERIENCED.to_bytes()
    EXPERIENCED.learn(context(9), {"exact_gtin": 0, "image": 3}, weight=2.0)
    assert EXPERIENCED.to_bytes() == before


def test_it_comes_back_as_it_was_kept() -> None:
    back = Bandit.from_bytes(EXPERIENCED.to_bytes())
    assert back.version == EXPERIENCED.version
    seen = context(7)
    assert back.choose(seen, np.random.default_rng(1)) == EXPERIENCED.choose(seen, np.random.default_rng(1))
    assert EXPERIENCED.learn(seen, {"image": 1}).version != back.version


def _set(name: str, value: object) -> bytes:
    magic, head, rest = EXPERIENCED.to_bytes().split(b"\n", 2)
    told = json.loads(head)
    told["settings"][name] = value
    return b"\n".join([magic, json.dumps(told).encode(), rest])


GOOD = EXPERIENCED.to_bytes()
HOSTILE = [
    b"",
    b"\x80\x04\x95 pickle",
    GOOD[:20],
    GOOD[:-8],
    GOOD + b"\0" * 8,
    GOOD[:-8] + np.array([np.nan]).tobytes(),
    GOOD[:-8] + np.array([1e300]).tobytes(),
    b"booth-bandit-1\n" + b"[" * 15_000 + b"\n",
    b"booth-bandit-1\n{}\n",
    b"booth-bandit-1\n" + b"x" * 100_000,
    GOOD.replace(b"context-1", b"context-0"),
    _set("epsilon", 0.0),
    _set("epsilon", "often"),
    _set("alpha", True),
    _set("prior", float("nan")),
    _set("other", 1.0),
    GOOD[: -8 * SIZE * 9] + GOOD[-8 * SIZE * 9 :][::-1],
]


@pytest.mark.parametrize("document", HOSTILE, ids=range(len(HOSTILE)))
def test_bytes_that_are_no_bandit_are_refused_in_one_line(document: bytes) -> None:
    with pytest.raises(InputError) as raised:
        Bandit.from_bytes(document)
    assert "\n" not in str(raised.value)


def test_impossible_evidence_is_refused() -> None:
    ridges = EXPERIENCED.ridges
    negative = dataclasses.replace(EXPERIENCED, ridges=dataclasses.replace(ridges, evidence=-ridges.evidence))
    with pytest.raises(InputError, match="impossible"):
        Bandit.from_bytes(negative.to_bytes())


def test_an_item_earns_one_when_found_less_what_the_search_cost() -> None:
    ranks = {"exact_gtin": None, "image": 12, "printed_text": None}
    assert reward(ranks, {"image": 30}) == pytest.approx(1.0 - cost("image", 30))
    assert reward(ranks, {"image": 10}) == pytest.approx(-cost("image", 10))
    assert reward({"exact_gtin": 0}, {}) == 1.0
    assert reward({"exact_gtin": 0}, {"exact_gtin": 100, "image": 0}) == 1.0
    assert not found(ranks, {"printed_text": 100})
    assert 0.25 < spent(dict.fromkeys(ARMS, 100)) < 0.35


def test_the_context_names_which_evidence_there_is() -> None:
    empty = context_of(Query(), 1_000_000, {})
    assert empty.shape == (SIZE,)
    assert not any(can_run(empty, arm) for arm in ARMS)
    query = Query(
        barcodes=(BarcodeRead("top", "EAN-13", TEA.gtin, TEA.gtin),),
        partial_codes=(PartialCode("top", "400638133????", 0.9, "bars"),),
        typed_text="tea",
        words=(PrintedWord("top", "Tea", 0.9),),
        embeddings=np.eye(2, 256, dtype=np.float32),
        weight_g=112.0,
        shortlist=(TEA.gtin,),
    )
    full = context_of(query, 20_000, {"exact_gtin": [Candidate(TEA.gtin, 1.0, "exact_gtin")], "memory": []})
    assert all(can_run(full, arm) for arm in ARMS)
    assert np.abs(full).max() <= 1.0
    told = dict(zip(FEATURES, full.tolist(), strict=True))
    assert (told["code_known"], told["code_expected"], told["code_unknown"], told["size_there"]) == (
        1,
        1,
        0,
        0,
    )


def test_measures_speak_for_or_against_the_product_that_the_code_names() -> None:
    hits = {"exact_gtin": [Candidate(TEA.gtin, 1.0, "exact_gtin")]}
    for weight_g, size_mm, low, high in (
        (113.0, (121.0, 60.0, 40.0), 0.9, 1.0),
        (700.0, None, -1.0, -0.95),
        (112.0, (240.0, 60.0, 40.0), -1.0, -0.9),
        (None, None, 0.0, 0.0),
    ):
        told = context_of(Query(weight_g=weight_g, size_mm=size_mm), 10, hits, {TEA.gtin: TEA})
        assert low <= told[PLACES["code_fits"]] <= high
