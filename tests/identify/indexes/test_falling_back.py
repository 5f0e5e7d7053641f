"""The remote engine comes and goes; the booth always answers, and says which engine did."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pytest

from booth.domain.product import Product
from booth.errors import ConfigError, InputError, StoreError
from booth.events import Bus
from booth.identify.indexes.falling_back import FIRST_BACKOFF_S, LONGEST_BACKOFF_S, FallingBack
from booth.ports.finding import Hit
from booth.worker import Worker
from tests.fakes import FakeIndex, wait_until

TEA = Product("4006381333931", "Tea")
REMOTE_TEA = Product("4006381333931", "Tea of the remote engine")


class Engine(FakeIndex):
    """A catalogue that counts how often it is asked, and refuses changes, too, while it is broken."""

    def __init__(self, *products: Product) -> None:
        super().__init__(*products)
        self.asked = 0
        self.closed = False

    def by_gtin(self, gtin: str) -> Product | None:
        self.asked += 1
        return super().by_gtin(gtin)

    def by_gtin_mask(self, mask: str, limit: int) -> Sequence[Hit]:
        raise InputError("no mask")

    def upsert(self, products: Iterable[Product]) -> int:
        if self.broken:
            raise StoreError("the catalogue is locked")
        return super().upsert(products)

    def close(self) -> None:
        self.closed = True


class Site:
    """A remote engine that can be unplugged, an own copy, a clock that stands still, and what was told."""

    def __init__(self) -> None:
        self.remote, self.own = Engine(REMOTE_TEA), Engine(TEA)
        self.now_s = 0.0
        self.opened = 0
        self.reachable = True
        self.told: list[tuple[str, bool]] = []

    def open(self) -> Engine:
        self.opened += 1
        if not self.reachable:
            raise StoreError("the engine cannot be reached")
        return self.remote

    def index(self) -> FallingBack:
        return FallingBack(self.open, self.own, self.tell, "engine", lambda: self.now_s)

    def tell(self, message: str, over: bool) -> None:
        self.told.append((message, over))


@pytest.fixture
def site() -> Site:
    return Site()


def test_the_engine_answers_while_it_is_there(site: Site) -> None:
    index = site.index()
    assert index.by_gtin(TEA.gtin) == REMOTE_TEA
    assert index.snapshot == "engine:1"
    assert site.told == []


def test_gone_in_mid_query_the_own_copy_answers_and_it_is_told_once(site: Site) -> None:
    index = site.index()
    site.remote.broken = True
    assert index.by_gtin(TEA.gtin) == TEA
    assert list(index.get([TEA.gtin])) == [TEA]
    assert index.snapshot == "embedded:1"
    assert [over for _, over in site.told] == [False]
    assert "locked" in site.told[0][0]


def test_it_is_tried_again_after_a_back_off_that_grows_and_is_bounded(site: Site) -> None:
    index = site.index()
    site.remote.broken = True
    waits_s = []
    for _ in range(9):
        before = site.remote.asked
        lost_at_s = site.now_s
        index.by_gtin(TEA.gtin)
        while site.remote.asked == before:
            site.now_s += 0.5
            index.by_gtin(TEA.gtin)
        waits_s.append(site.now_s - lost_at_s)
    assert waits_s[:4] == [0.0, FIRST_BACKOFF_S, 2 * FIRST_BACKOFF_S, 4 * FIRST_BACKOFF_S]
    assert waits_s[-1] == LONGEST_BACKOFF_S
    assert len(site.told) == 1


def test_when_it_is_back_that_is_told_and_it_answers(site: Site) -> None:
    index = site.index()
    site.remote.broken = True
    index.by_gtin(TEA.gtin)
    site.remote.broken = False
    assert index.by_gtin(TEA.gtin) == TEA
    site.now_s += FIRST_BACKOFF_S
    assert index.by_gtin(TEA.gtin) == REMOTE_TEA
    assert [over for _, over in site.told] == [False, True]
    site.remote.broken = True
    assert index.by_gtin(TEA.gtin) == TEA
    assert [over for _, over in site.told] == [False, True, False]


def test_an_engine_that_is_not_there_at_start_is_opened_later(site: Site) -> None:
    site.reachable = False
    index = site.index()
    assert [over for _, over in site.told] == [False]
    assert index.by_gtin(TEA.gtin) == TEA
    assert site.opened == 1
    site.reachable = True
    site.now_s += FIRST_BACKOFF_S
    assert index.by_gtin(TEA.gtin) == REMOTE_TEA
    assert [over for _, over in site.told] == [False, True]
    assert site.opened == 2


def test_wrong_options_stop_the_start(site: Site) -> None:
    def wrong() -> Engine:
        raise ConfigError("identify.options.dsn is missing")

    with pytest.raises(ConfigError, match="dsn"):
        FallingBack(wrong, site.own, site.tell)


def test_a_change_goes_to_both(site: Site) -> None:
    index = site.index()
    assert index.upsert(iter([Product("4006381333948", "Pot")])) == 1
    assert index.upsert_vectors([("4006381333948", np.eye(2, 256, dtype=np.float32))]) == 2
    assert set(site.remote.products) == set(site.own.products) == {TEA.gtin, "4006381333948"}


def test_a_change_that_the_engine_refuses_changes_nothing_here(site: Site) -> None:
    index = site.index()
    site.remote.broken = True
    with pytest.raises(StoreError, match="locked"):
        index.upsert([Product("4006381333948", "Pot")])
    assert set(site.own.products) == {TEA.gtin}


def test_a_change_that_the_own_copy_refuses_says_what_holds(site: Site) -> None:
    index = site.index()
    site.own.broken = True
    with pytest.raises(StoreError, match=r"engine took the change.*give it again"):
        index.upsert([Product("4006381333948", "Pot")])
    assert set(site.remote.products) == {TEA.gtin, "4006381333948"}


def test_what_breaks_while_it_is_read_changes_neither(site: Site) -> None:
    def breaking() -> Iterator[Product]:
        yield Product("4006381333948", "Pot")
        raise InputError("the file broke")

    with pytest.raises(InputError, match="the file broke"):
        site.index().upsert(breaking())
    assert set(site.remote.products) == set(site.own.products) == {TEA.gtin}


def test_a_successful_change_ends_the_trouble(site: Site) -> None:
    index = site.index()
    site.remote.broken = True
    index.by_gtin(TEA.gtin)
    site.remote.broken = False
    index.upsert([TEA])
    assert [over for _, over in site.told] == [False, True]


def test_bad_input_is_no_trouble_of_the_engine(site: Site) -> None:
    with pytest.raises(InputError):
        site.index().by_gtin_mask("x", 10)
    assert site.told == []


def test_many_threads_are_told_once_and_only_one_tries_again(site: Site) -> None:
    index = site.index()
    site.remote.broken = True
    bus, died = Bus(), list[object]()
    bus.subscribe(died.append)
    answered = threading.Semaphore(0)

    def is_back_after_a_while() -> bool:
        """The one that tried may learn of it so late that its back-off begins after the clock was moved."""
        site.now_s += LONGEST_BACKOFF_S
        return len(site.told) == 2

    def search(stopping: threading.Event) -> None:
        while not stopping.is_set():
            assert index.by_gtin(TEA.gtin) in (TEA, REMOTE_TEA)
            answered.release()

    workers = [Worker(f"search {number}", bus, search) for number in range(4)]
    for worker in workers:
        worker.start()
    for _ in range(200):
        assert answered.acquire(timeout=10.0)
    asked = site.remote.asked
    site.now_s += FIRST_BACKOFF_S
    wait_until(lambda: site.remote.asked > asked)
    for _ in range(200):
        assert answered.acquire(timeout=10.0)
    assert site.remote.asked == asked + 1
    site.remote.broken = False
    wait_until(is_back_after_a_while)
    assert all([worker.stop(timeout_s=10.0) for worker in workers])
    assert [over for _, over in site.told] == [False, True]
    assert died == []


def test_closing_closes_both(site: Site) -> None:
    site.index().close()
    assert site.remote.closed
    assert site.own.closed
