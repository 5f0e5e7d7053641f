"""A worker is stopped and joined, and never dies unheard."""

from __future__ import annotations

import threading

import pytest

from booth.events import Bus, Died
from booth.worker import Worker
from tests.fakes import Heard, wait_until


def test_a_worker_that_raises_is_told_by_name() -> None:
    bus, heard = Bus(), Heard()
    bus.subscribe(heard)

    def work(stopping: threading.Event) -> None:
        raise ValueError("a bug")

    Worker("feed a", bus, work).start()
    wait_until(lambda: bool(heard.of(Died)))
    assert heard.of(Died) == [Died("feed a", "ValueError: a bug")]


def test_stopping_waits_for_the_work_to_end() -> None:
    ended = threading.Event()

    def work(stopping: threading.Event) -> None:
        stopping.wait(5)
        ended.set()

    worker = Worker("w", Bus(), work)
    worker.start()
    assert worker.stop()
    assert ended.is_set()
    assert not worker.alive


def test_a_worker_that_does_not_stop_is_reported() -> None:
    release = threading.Event()

    def work(stopping: threading.Event) -> None:
        release.wait(10)

    worker = Worker("w", Bus(), work)
    worker.start()
    assert not worker.stop(timeout_s=0.05)
    release.set()
    assert worker.stop()


def test_a_listener_that_left_hears_nothing() -> None:
    bus, heard = Bus(), Heard()
    leave = bus.subscribe(heard)
    bus.tell(1)
    leave()
    bus.tell(2)
    assert heard.events == [1]


def test_a_listener_that_raises_is_not_hidden_and_keeps_nobody_else_from_hearing() -> None:
    bus, heard = Bus(), Heard()

    def broken(event: object) -> None:
        raise ValueError("a bug in a listener")

    bus.subscribe(broken)
    bus.subscribe(heard)
    with pytest.raises(ValueError, match="in a listener"):
        bus.tell(1)
    assert heard.events == [1]


def test_stopping_before_the_start_is_harmless() -> None:
    assert Worker("w", Bus(), lambda stopping: None).stop()
