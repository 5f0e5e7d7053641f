"""The learner teaches from its log, and loses nothing when it is stopped, killed or overtaken."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest

from booth.domain.product import BarcodeRead, Identification, Product
from booth.errors import StoreError
from booth.events import Bus, Died, Trouble
from booth.identify.bandit.context import SIZE
from booth.identify.bandit.labels import GROUPS
from booth.identify.bandit.policy import Bandit, ignorant
from booth.identify.learner import KEPT_EVERY, LOOK_EVERY_S, Learner
from booth.identify.memory import Memory
from booth.ports.finding import Query, Search
from booth.store.learning import Learning
from tests.fakes import FakeIndex, Heard, wait_until

SOAP = Product("4006381333931", "Plain soap", popularity=1.0)
STRANGE = BarcodeRead("top", "EAN-13", "5901234123457", "5901234123457")
SEEN = Query(barcodes=(STRANGE,))
CONTEXT = tuple(np.linspace(0, 1, SIZE).astype(np.float32).tolist())
FOUND = Identification(
    (STRANGE,),
    strategies={"exact_gtin": 100, "memory": 100, "image": 10},
    propensities={"image": 0.5},
    retrieved={"exact_gtin": (), "memory": (), "image": (SOAP.gtin,)},
    scores={"exact_gtin": (), "memory": (), "image": (0.9,)},
    context=CONTEXT,
)


@contextmanager
def learning_in(
    folder: Path,
    index: FakeIndex | None = None,
    kept_every: int = KEPT_EVERY,
    look_every_s: float = LOOK_EVERY_S,
) -> Iterator[tuple[Learner, Learning, Heard]]:
    bus, heard = Bus(), Heard()
    bus.subscribe(heard)
    learning = Learning(folder)
    learner = Learner(learning, index or FakeIndex(), bus, 0.01, kept_every, look_every_s)
    learner.start()
    yield learner, learning, heard
    learner.stop()
    assert not heard.of(Died)


def teach(learner: Learner, number: int, gtin: str = SOAP.gtin) -> None:
    learner.learn(f"item-{number}", [Search(SEEN, FOUND)], gtin)


def remembers(learner: Learner) -> bool:
    return [hit.gtin for hit in learner.recall(SEEN, 5)] == [SOAP.gtin]


def test_a_code_that_was_corrected_once_is_remembered(tmp_path: Path) -> None:
    with learning_in(tmp_path) as (learner, learning, _):
        assert not learner.recall(SEEN, 5)
        teach(learner, 1)
        wait_until(lambda: remembers(learner))
        assert learning.counts() == (1, 1)


def test_an_item_that_nobody_named_is_logged_and_teaches_nothing(tmp_path: Path) -> None:
    with learning_in(tmp_path) as (learner, learning, _):
        teach(learner, 1, gtin="")
        wait_until(lambda: learning.counts() == (1, 0))
        assert not learner.recall(SEEN, 5)


def test_what_was_learnt_is_there_after_a_stop(tmp_path: Path) -> None:
    with learning_in(tmp_path) as (learner, _, _):
        teach(learner, 1)
    with learning_in(tmp_path) as (learner, learning, _):
        assert remembers(learner)
        [kept] = learning.versions("memory")
        assert kept.in_force
        assert kept.upto == 1


def test_what_a_crash_left_out_of_the_state_is_learnt_from_the_log(tmp_path: Path) -> None:
    learning = Learning(tmp_path)
    with learning_in(tmp_path) as (learner, _, _):
        teach(learner, 1)
        wait_until(lambda: remembers(learner))
        assert learning.versions() == []  # as a crash finds it now
        late = Learner(learning, FakeIndex(), Bus(), 0.01)
        assert remembers(late)


def test_the_state_is_kept_now_and_then_while_the_booth_runs(tmp_path: Path) -> None:
    with learning_in(tmp_path, kept_every=3) as (learner, learning, _):
        for number in range(3):
            teach(learner, number)
        wait_until(lambda: bool(learning.versions("memory")))


def test_the_bandit_learns_ranks_of_what_ran(tmp_path: Path) -> None:
    learning = Learning(tmp_path)
    bandit = ignorant()
    learning.keep("bandit", bandit.to_bytes(), "test", "", {}, in_force=True)
    with learning_in(tmp_path) as (learner, _, _):
        teach(learner, 1)
    state = learning.in_force("bandit")
    assert state is not None
    known = Bandit.from_bytes(state.document)
    context = np.array(CONTEXT, np.float32)
    image = GROUPS.index("image")
    assert known.chances(context)[image, 0] > bandit.chances(context)[image, 0]
    unrun = GROUPS.index("size_weight")
    assert known.chances(context)[unrun, 0] == bandit.chances(context)[unrun, 0]


def test_a_version_that_another_process_puts_into_force_is_taken_up_and_not_overwritten(
    tmp_path: Path,
) -> None:
    other = Learning(tmp_path)
    with learning_in(tmp_path) as (learner, _, _):
        teach(learner, 1)
        wait_until(lambda: remembers(learner))
        version = other.keep("memory", Memory().to_bytes(), "booth learn", "", {}, upto=1, in_force=True)
    state = other.in_force("memory")
    assert state is not None
    assert state.version == version
    assert not Learner(other, FakeIndex(), Bus(), 0.01).recall(SEEN, 5)


def test_an_item_that_was_searched_twice_is_remembered_as_one_confirmation(tmp_path: Path) -> None:
    folders = tmp_path / "once", tmp_path / "twice"
    for looks, folder in enumerate(folders, start=1):
        folder.mkdir()
        with learning_in(folder) as (learner, _, _):
            learner.learn("item", [Search(SEEN, FOUND)] * looks, SOAP.gtin)
        with closing(Learning(folder)) as learning:
            assert learning.counts() == (looks, looks)
    once, twice = (known_of(folder) for folder in folders)
    [key] = once.keys
    assert once.keys[key].tallies == twice.keys[key].tallies
    assert list(once.keys) == list(twice.keys)


def test_the_bandit_learns_from_every_search_of_an_item(tmp_path: Path) -> None:
    chances = []
    for looks in (1, 2):
        folder = tmp_path / str(looks)
        folder.mkdir()
        with closing(Learning(folder)) as learning:
            learning.keep("bandit", ignorant().to_bytes(), "test", "", {}, in_force=True)
        with learning_in(folder) as (learner, _, _):
            learner.learn("item", [Search(SEEN, FOUND)] * looks, SOAP.gtin)
        with closing(Learning(folder)) as learning:
            state = learning.in_force("bandit")
        assert state is not None
        known = Bandit.from_bytes(state.document).chances(np.array(CONTEXT, np.float32))
        chances.append(float(known[GROUPS.index("image"), 0]))
    assert chances[0] < chances[1]


def known_of(folder: Path) -> Memory:
    with closing(Learning(folder)) as learning:
        state = learning.in_force("memory")
    assert state is not None
    return Memory.from_bytes(state.document)


def test_a_damaged_version_from_elsewhere_is_told_once_and_what_is_known_stays(tmp_path: Path) -> None:
    with learning_in(tmp_path, look_every_s=0.0) as (learner, learning, heard):
        teach(learner, 1)
        wait_until(lambda: remembers(learner))
        learning.keep("memory", b"no memory at all", "elsewhere", "", {}, in_force=True)
        wait_until(lambda: bool(heard.of(Trouble)))
        for number in (2, 3):
            teach(learner, number)
        wait_until(lambda: learning.counts() == (3, 3))
        assert remembers(learner)
    told = [each.message for each in heard.of(Trouble) if "elsewhere" in each.message]
    assert len(told) == 1


def test_without_a_start_the_memory_is_kept_all_the_same(tmp_path: Path) -> None:
    with learning_in(tmp_path, FakeIndex(SOAP)) as (learner, _, _):
        teach(learner, 1)
    assert known_of(tmp_path).keys


def test_a_catalogue_that_nothing_was_learnt_of_is_told_with_what_to_do(tmp_path: Path) -> None:
    with learning_in(tmp_path, FakeIndex(SOAP)) as (_, _, heard):
        wait_until(lambda: any("booth learn --cold" in each.message for each in heard.of(Trouble)))


def test_damaged_state_stops_the_start_and_says_what_to_do(tmp_path: Path) -> None:
    learning = Learning(tmp_path)
    learning.keep("memory", b"no memory at all", "test", "", {}, in_force=True)
    with pytest.raises(StoreError, match="memory"):
        Learner(learning, FakeIndex(), Bus(), 0.01)
