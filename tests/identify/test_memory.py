"""Memory proposes what people confirmed for the same evidence, and forgets slowly."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booth import plugins
from booth.domain.evidence import PartialCode, PrintedWord
from booth.domain.product import BarcodeRead, Identification, Product
from booth.errors import StoreError
from booth.identify import memory
from booth.identify.memory import Confirmation, Memory
from booth.identify.memory_keys import keys_of, shown_probability
from booth.identify.memory_priors import priors_of
from booth.ports.finding import Hit, Query, Sources
from tests.fakes import FakeIndex

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
TEA = Product("4006381333931", "Grüner Tee", popularity=5.0)
COFFEE = Product("5901234123457", "Coffee beans", popularity=90.0)
FOREIGN = Query(barcodes=(BarcodeRead("top", "Code 128", "LPN-0042", ""),))
WRONG = Query(barcodes=(BarcodeRead("top", "EAN-13", COFFEE.gtin, COFFEE.gtin),))


def printed(*words: str) -> Query:
    return Query(words=tuple(PrintedWord("top", word, 0.9) for word in words))


def first(found: object) -> str:
    assert isinstance(found, list)
    hit = found[0]
    assert isinstance(hit, Hit)
    return hit.gtin


def test_nothing_is_recalled_at_first() -> None:
    assert Memory().recall(FOREIGN, 10) == []


@pytest.mark.parametrize(
    "query",
    [
        FOREIGN,
        Query(partial_codes=(PartialCode("top", "40063813339??", 0.9, "bars"),)),
        Query(typed_text="gruner tee gross"),
        printed("Grüner", "Tee", "Teebeutel", "Bio"),
    ],
    ids=["foreign code", "partial code", "typed text", "printed words"],
)
def test_what_was_confirmed_once_is_recalled_for_the_same_evidence(query: Query) -> None:
    remembered = Memory().confirmed(query, TEA.gtin, AT)
    assert first(remembered.recall(query, 10)) == TEA.gtin
    assert Memory().recall(query, 10) == []


def test_typed_text_is_recalled_however_it_is_cased_and_accented() -> None:
    remembered = Memory().confirmed(Query(typed_text="GRÜNER  Tee"), TEA.gtin, AT)
    assert first(remembered.recall(Query(typed_text="gruner tee"), 10)) == TEA.gtin


def test_similar_printed_words_recall_and_different_ones_do_not() -> None:
    remembered = Memory().confirmed(printed("alpha", "beta", "gamma", "delta", "epsilon"), TEA.gtin, AT)
    assert first(remembered.recall(printed("alpha", "beta", "gamma", "delta", "omega"), 10)) == TEA.gtin
    assert remembered.recall(printed("one", "two", "three", "four", "five"), 10) == []


def test_a_known_code_outweighs_one_correction_and_gives_way_to_many() -> None:
    index = FakeIndex(TEA, COFFEE)
    remembered = Memory().confirmed(WRONG, TEA.gtin, AT, priors=priors_of(WRONG, index))
    assert first(remembered.recall(WRONG, 10)) == COFFEE.gtin
    for _ in range(4):
        remembered = remembered.confirmed(WRONG, TEA.gtin, AT)
    assert first(remembered.recall(WRONG, 10)) == TEA.gtin


def test_what_is_shown_seldom_counts_for_more() -> None:
    often = Memory().confirmed(FOREIGN, TEA.gtin, AT, shown=1.0)
    seldom = Memory().confirmed(FOREIGN, TEA.gtin, AT, shown=0.25)
    never = Memory().confirmed(FOREIGN, TEA.gtin, AT, shown=0.0)
    scores = [each.recall(FOREIGN, 1)[0].score for each in (often, seldom, never)]
    assert scores == sorted(scores)
    assert scores == pytest.approx([1 / 3, 4 / 6, 10 / 12])


def test_old_confirmations_give_way_to_new_ones() -> None:
    old = Memory()
    for _ in range(3):
        old = old.confirmed(FOREIGN, TEA.gtin, AT)
    fresh = old.confirmed(FOREIGN, COFFEE.gtin, AT + timedelta(days=200))
    assert first(fresh.recall(FOREIGN, 10)) == COFFEE.gtin
    same_day = old.confirmed(FOREIGN, COFFEE.gtin, AT)
    assert first(same_day.recall(FOREIGN, 10)) == TEA.gtin


def test_a_confirmation_changes_nothing_that_was_handed_out() -> None:
    before = Memory().confirmed(FOREIGN, TEA.gtin, AT)
    said = before.recall(FOREIGN, 10)
    before.confirmed(FOREIGN, COFFEE.gtin, AT)
    assert before.recall(FOREIGN, 10) == said


def test_no_product_and_no_evidence_change_nothing() -> None:
    assert Memory().confirmed(FOREIGN, "", AT).keys == {}
    assert Memory().confirmed(Query(), TEA.gtin, AT).keys == {}


def test_the_keys_confirmed_longest_ago_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MAX_KEYS", 3)
    many = [Confirmation(Query(typed_text=f"text {number}"), TEA.gtin, AT) for number in range(5)]
    remembered = Memory().learnt([*many[:3], many[0], *many[3:]])
    assert [key.partition(":")[2] for key in remembered.keys] == ["text 0", "text 3", "text 4"]


def test_a_key_remembers_few_products() -> None:
    remembered = Memory().learnt(
        Confirmation(FOREIGN, f"{number:013}", AT) for number in range(30)
    )  # fmt: skip
    assert len(remembered.recall(FOREIGN, 100)) == memory.MAX_PRODUCTS


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_makes_keys_of_bounded_length(code: str, typed: str) -> None:
    query = Query(
        barcodes=(BarcodeRead("top", "QR Code", code, ""),), typed_text=typed, words=printed(typed).words
    )
    keys = keys_of(query)
    assert all(len(key) <= 100 for key in keys)
    again = Memory().confirmed(query, TEA.gtin, AT)
    assert Memory.from_bytes(again.to_bytes()).recall(query, 5) == again.recall(query, 5)


def test_evidence_without_bounds_costs_little() -> None:
    codes = tuple(BarcodeRead("top", "QR Code", "x" * number, "") for number in range(1_000))
    assert len(keys_of(Query(barcodes=codes, typed_text="tea " * 100_000))) < 100


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\xff\x00", b"[]", b"{}", b"null", b"[" * 100_000,
        json.dumps({"format": 2, "half_life_days": 1, "kappa": 1, "keys": []}).encode(),
        json.dumps({"format": 1, "half_life_days": 0, "kappa": 1, "keys": []}).encode(),
        json.dumps({"format": 1, "half_life_days": 1, "kappa": 1, "keys": {}}).encode(),
        b'{"format":1,"half_life_days":1,"kappa":1,"keys":[["a",0,[["",-1,0]]]]}',
        json.dumps({"format": 1, "half_life_days": 1, "kappa": 1, "keys": [["a", "b", []]]}).encode(),
        b'{"format":1,"half_life_days":1,"kappa":1,"keys":[["a",NaN,[]]]}',
        Memory().confirmed(FOREIGN, TEA.gtin, AT).to_bytes()[:-9],
    ],
)  # fmt: skip
def test_hostile_state_is_refused_in_one_line(data: bytes) -> None:
    with pytest.raises(StoreError) as refused:
        Memory.from_bytes(data)
    assert "\n" not in str(refused.value)


def test_how_probable_it_was_to_be_shown_is_told_from_the_log() -> None:
    logged = Identification(
        strategies={"exact_gtin": 100, "image": 1, "typed_text": 10, "size_weight": 0},
        propensities={"exact_gtin": 1.0, "image": 0.5, "typed_text": 0.5, "size_weight": 0.9},
        retrieved={"exact_gtin": ("a",), "image": ("b", "c"), "typed_text": ("b",)},
    )
    assert shown_probability(logged, "a") == 1.0
    assert shown_probability(logged, "b") == 0.75
    assert shown_probability(logged, "c") == 1.0
    assert shown_probability(logged, "") == 1.0


def test_the_strategy_proposes_what_memory_recalls() -> None:
    remembered = Memory().confirmed(FOREIGN, TEA.gtin, AT)
    strategy = plugins.load("booth.strategies", "memory")(Sources(FakeIndex(TEA), remembered))
    (candidate,) = strategy.propose(FOREIGN, 100)
    assert (strategy.name, candidate.gtin, candidate.strategy) == ("memory", TEA.gtin, "memory")
    assert 0 < candidate.score < 1
    assert strategy.propose(FOREIGN, 0) == []
    assert strategy.propose(Query(), 10) == []
