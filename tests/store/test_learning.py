"""Learning state is kept in versions, and every query is logged once, with the last word on it."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from booth.domain.evidence import PartialCode, PrintedWord, Understood
from booth.domain.product import BarcodeRead, Candidate, Identification
from booth.errors import InputError, StoreError
from booth.store.learning import FILE_NAME, KEPT_VERSIONS, Learning

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
TEA, COFFEE = "4006381333931", "5901234123457"
FOUND = Identification(
    barcodes=(BarcodeRead("top", "EAN-13", TEA, TEA, ((0.0, 0.0), (1.0, 0.0))),),
    candidates=(Candidate(TEA, 3.5, "exact_gtin"),),
    gtin=TEA,
    strategies={"exact_gtin": 100, "image": 0},
    propensities={"exact_gtin": 1.0, "image": 0.25},
    snapshot="abc-1",
    confidence=0.75,
    partial_codes=(PartialCode("top", "40063813339??", 0.9, "bars"),),
    words=(PrintedWord("top", "Grüner Tee", 0.8),),
    understood=(Understood("brand", "Müller", 0.9, "muller"),),
    size_mm=(120.0, 60.0, 40.0),
    retrieved={"exact_gtin": (TEA,)},
    context=(1.0, 0.0),
    bandit="bandit-1",
    ranker="ranker-1",
    scores={"exact_gtin": (3.5,)},
    matched={TEA: 0.5},
)


@pytest.fixture
def learning(tmp_path: Path) -> Learning:
    return Learning(tmp_path)


def kept(learning: Learning, document: bytes, *, in_force: bool = False) -> str:
    return learning.keep("ranker", document, "booth learn", "cold", {"r@1": 0.5}, in_force=in_force)


def test_nothing_is_in_force_at_first(learning: Learning) -> None:
    assert learning.in_force("ranker") is None
    assert learning.versions() == []


def test_a_version_is_in_force_only_once_it_is_used(learning: Learning) -> None:
    version = kept(learning, b"one")
    assert learning.in_force("ranker") is None
    learning.use("ranker", version, "anna")
    state = learning.in_force("ranker")
    assert state is not None
    assert (state.version, state.document, state.made_by, state.based_on) == (
        version, b"one", "booth learn", "cold",
    )  # fmt: skip
    assert state.figures == {"r@1": 0.5}
    assert learning.in_force("bandit") is None


def test_one_can_go_back_and_forward(learning: Learning, tmp_path: Path) -> None:
    first, second = kept(learning, b"one", in_force=True), kept(learning, b"two", in_force=True)
    learning.use("ranker", first, "anna")
    assert [(each.version, each.in_force) for each in learning.versions("ranker")] == [
        (second, False), (first, True),
    ]  # fmt: skip
    learning.use("ranker", second, "bert")
    again = Learning(tmp_path).in_force("ranker")
    assert again is not None
    assert again.document == b"two"
    with sqlite3.connect(tmp_path / FILE_NAME) as raw:
        used = raw.execute("SELECT version, used_by FROM used ORDER BY number").fetchall()
    assert used[2:] == [(first, "anna"), (second, "bert")]


def test_damaged_state_is_refused_and_the_version_before_can_be_used(
    learning: Learning, tmp_path: Path
) -> None:
    first, second = kept(learning, b"one", in_force=True), kept(learning, b"two", in_force=True)
    with sqlite3.connect(tmp_path / FILE_NAME) as raw:
        raw.execute("UPDATE state SET document = x'747756' WHERE version = ?", (second,))
    with pytest.raises(StoreError, match=f"booth learn use ranker {first}"):
        learning.in_force("ranker")
    with pytest.raises(StoreError):
        learning.use("ranker", second)
    learning.use("ranker", first)
    state = learning.in_force("ranker")
    assert state is not None
    assert state.document == b"one"


@pytest.mark.parametrize("kind", ["", "Ranker", "a b", "'; DROP TABLE state", "x" * 99])
def test_an_impossible_kind_is_refused(learning: Learning, kind: str) -> None:
    with pytest.raises(InputError, match="kind"):
        learning.keep(kind, b"one", "", "", {})
    assert learning.versions() == []


def test_an_empty_document_and_an_unknown_version_are_refused(learning: Learning) -> None:
    with pytest.raises(InputError, match="0 bytes"):
        kept(learning, b"")
    with pytest.raises(InputError, match="booth learn versions"):
        learning.use("ranker", "ranker-none")


def test_old_versions_go_but_never_the_one_in_force_nor_the_one_before(learning: Learning) -> None:
    first, second = kept(learning, b"one", in_force=True), kept(learning, b"two", in_force=True)
    for number in range(KEPT_VERSIONS + 5):
        kept(learning, b"more %d" % number)
    versions = [each.version for each in learning.versions("ranker")]
    assert len(versions) == KEPT_VERSIONS + 2
    assert {first, second} <= set(versions)


def test_the_last_version_of_each_maker_stays_however_often_another_keeps_its_own(learning: Learning) -> None:
    cold = learning.keep("bandit", b"cold", "booth learn --cold", "", {}, in_force=True)
    for number in range(KEPT_VERSIONS + 5):
        learning.keep("bandit", b"own %d" % number, "booth", "", {}, in_force=True)
    assert learning.state("bandit", cold).document == b"cold"


def test_only_the_last_search_of_an_item_is_its_last(learning: Learning) -> None:
    for entry_id in ("dock-7-0", "dock-7-1", "dock-8-0", "imported"):
        learning.log(entry_id, FOUND, AT)
        learning.confirm(entry_id, TEA, AT)
    assert {each.entry_id: each.last for each in learning.entries(after=0)} == {
        "dock-7-0": False, "dock-7-1": True, "dock-8-0": True, "imported": True,
    }  # fmt: skip


def test_a_query_comes_back_as_it_was_logged(learning: Learning) -> None:
    assert learning.log("item-1", FOUND, AT)
    (entry,) = learning.entries()
    assert entry.identification == FOUND
    assert (entry.entry_id, entry.at, entry.gtin) == ("item-1", AT, None)


def test_a_query_is_logged_once(learning: Learning) -> None:
    assert learning.log("item-1", FOUND, AT)
    assert not learning.log("item-1", Identification(), AT)
    (entry,) = learning.entries()
    assert entry.identification == FOUND


def test_the_last_word_counts_and_can_be_taken_back(learning: Learning) -> None:
    learning.log("item-1", FOUND, AT)
    for gtin in (TEA, TEA, COFFEE):
        assert learning.confirm("item-1", gtin, AT)
    (entry,) = learning.entries(confirmed=True)
    assert (entry.gtin, entry.confirmed_at) == (COFFEE, AT)
    assert learning.counts() == (1, 1)
    learning.confirm("item-1", "", AT)
    assert list(learning.entries(confirmed=True)) == []
    assert next(learning.entries()).gtin is None
    assert learning.counts() == (1, 0)


def test_a_word_on_an_unknown_query_changes_nothing(learning: Learning) -> None:
    assert not learning.confirm("item-1", TEA, AT)
    assert learning.counts() == (0, 0)


def test_entries_can_be_asked_for_by_time_and_by_confirmation(learning: Learning) -> None:
    for number in range(450):
        learning.log(f"item-{number}", Identification(), AT + timedelta(minutes=number))
    learning.confirm("item-7", TEA, AT)
    learning.confirm("item-3", COFFEE, AT)
    assert len(list(learning.entries())) == 450
    assert len(list(learning.entries(AT + timedelta(minutes=440)))) == 10
    newly = list(learning.entries(after=0))
    assert [entry.entry_id for entry in newly] == ["item-7", "item-3"]
    assert [entry.entry_id for entry in learning.entries(after=newly[0].confirmation)] == ["item-3"]


def test_the_log_may_be_written_while_it_is_read(learning: Learning) -> None:
    for number in range(3):
        learning.log(f"item-{number}", Identification(), AT)
    reading = learning.entries()
    next(reading)
    assert learning.log("item-new", Identification(), AT)


def test_a_damaged_query_is_left_out(
    learning: Learning, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    learning.log("item-1", FOUND, AT)
    learning.log("item-2", FOUND, AT)
    with sqlite3.connect(tmp_path / FILE_NAME) as raw:
        raw.execute("UPDATE query SET identification = x'00' WHERE entry_id = 'item-1'")
    assert [entry.entry_id for entry in learning.entries()] == ["item-2"]
    assert "item-1" in caplog.text


def test_old_and_surplus_queries_are_forgotten_with_their_words(learning: Learning) -> None:
    for number in range(10):
        learning.log(f"item-{number}", Identification(), AT + timedelta(days=number))
        learning.confirm(f"item-{number}", TEA, AT)
    assert learning.prune(AT + timedelta(days=3)) == 3
    assert learning.prune(at_most=4) == 3
    assert [entry.entry_id for entry in learning.entries()] == ["item-6", "item-7", "item-8", "item-9"]
    assert learning.counts() == (4, 4)


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 100])
def test_a_file_that_is_no_database_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    if content:
        with pytest.raises(StoreError, match=r"learning\.sqlite"):
            Learning(tmp_path)
    else:
        assert Learning(tmp_path).counts() == (0, 0)
