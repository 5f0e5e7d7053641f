"""The writer keeps in order, tells only what is durable, and stops intake when the store refuses."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from booth.domain.sample import Sample
from booth.errors import DeviceError, StoreError
from booth.events import Bus, Closed, Died, Dispatched, Stored, Trouble
from booth.store.records import OutboxRow
from booth.store.samples import Store
from booth.writer.courier import Courier
from booth.writer.writer import QUEUE_SIZE, Writer
from tests.fakes import Heard, wait_until
from tests.samples import make_amendment, make_closing, make_sample


@contextmanager
def running(store: Store) -> Iterator[tuple[Writer, Bus, Heard]]:
    bus, heard = Bus(), Heard()
    bus.subscribe(heard)
    writer = Writer(store, bus)
    writer.start()
    try:
        yield writer, bus, heard
    finally:
        writer.stop()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path, high_water_free_mb=0, ballast_mb=0) as opened:
        yield opened


class FullStore(Store):
    """A store that refuses to keep while `full` is set."""

    full: threading.Event
    refused = 0

    def keep(self, sample: Sample) -> None:
        if self.full.is_set():
            self.refused += 1
            raise StoreError("the disk is full")
        super().keep(sample)


@contextmanager
def full_store(folder: Path) -> Iterator[FullStore]:
    """A store that is full from the start."""
    with FullStore.open(folder, high_water_free_mb=0, ballast_mb=0) as store:
        store.full = threading.Event()
        store.full.set()
        yield store


def giving(writer: Writer, samples: Sequence[Sample]) -> threading.Thread:
    """A thread that hands samples to the writer, one after the other."""

    def give() -> None:
        for sample in samples:
            writer.keep(sample)

    giver = threading.Thread(target=give)
    giver.start()
    return giver


def test_stored_is_told_only_after_the_sample_can_be_loaded(store: Store) -> None:
    sample = make_sample()
    with running(store) as (writer, bus, heard):
        loaded: list[str] = []

        def load(event: object) -> None:
            if isinstance(event, Stored):
                loaded.append(store.load(event.sample_id).sample_id)

        bus.subscribe(load)
        writer.keep(sample)
        writer.close(sample.sample_id, make_closing())
        wait_until(lambda: bool(heard.of(Closed)))
        assert loaded == [sample.sample_id]
    assert [type(event) for event in heard.events] == [Stored, Closed]


def test_a_full_store_is_told_and_what_waits_is_kept_when_there_is_room(tmp_path: Path) -> None:
    with full_store(tmp_path) as store:
        sample = make_sample()
        with running(store) as (writer, _, heard):
            writer.keep(sample)
            wait_until(lambda: bool(heard.of(Trouble)))
            assert "full" in heard.of(Trouble)[0].message
            wait_until(lambda: store.refused > 1)
            assert len(heard.of(Trouble)) == 1, "the same refusal again is no news"
            assert not heard.of(Stored)
            store.full.clear()
            wait_until(lambda: bool(heard.of(Stored)))
        assert heard.of(Trouble)[-1].over
        assert store.load(sample.sample_id).sample_id == sample.sample_id


def test_a_full_queue_makes_the_giver_wait_and_drops_nothing(tmp_path: Path) -> None:
    samples = [make_sample() for _ in range(QUEUE_SIZE + 2)]
    with full_store(tmp_path) as store:
        with running(store) as (writer, _, heard):
            giver = giving(writer, samples)
            wait_until(lambda: bool(heard.of(Trouble)))
            assert giver.is_alive()
            store.full.clear()
            wait_until(lambda: len(heard.of(Stored)) == len(samples), 10)
            giver.join(5)
        assert [event.sample_id for event in heard.of(Stored)] == [sample.sample_id for sample in samples]


def test_stopping_writes_what_is_queued(store: Store) -> None:
    samples = [make_sample() for _ in range(QUEUE_SIZE)]
    with running(store) as (writer, _, _heard):
        for sample in samples:
            writer.keep(sample)
    assert {row.sample_id for row in store.rows()} == {sample.sample_id for sample in samples}


class FlakyHost:
    """A host that is away at first."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.delivered: list[str] = []

    def deliver(self, sample_id: str, message: object) -> None:
        if self.failures:
            self.failures -= 1
            raise DeviceError("the host does not answer")
        self.delivered.append(sample_id)


def test_a_disposition_reaches_a_host_that_was_away(store: Store) -> None:
    host, sample = FlakyHost(1), make_sample()
    with running(store) as (writer, bus, heard):
        courier = Courier(store, writer, host, bus)
        courier.start()
        try:
            writer.keep(sample)
            writer.close(sample.sample_id, make_closing())
            wait_until(lambda: bool(heard.of(Dispatched)), 10)
        finally:
            courier.stop()
    assert set(host.delivered) == {sample.sample_id}
    assert not store.outbox()


def test_a_refused_amendment_is_told_and_over_with_the_next_write(store: Store) -> None:
    with running(store) as (writer, _, heard):
        writer.amend(make_amendment("nowhere"))
        wait_until(lambda: bool(heard.of(Trouble)))
        assert "no sample nowhere" in heard.of(Trouble)[0].message
        writer.keep(make_sample())
        wait_until(lambda: bool(heard.of(Stored)))
    assert [trouble.over for trouble in heard.of(Trouble)] == [False, True]


def test_a_writer_that_has_stopped_takes_nothing(store: Store) -> None:
    with running(store) as (writer, _, _heard):
        pass
    with pytest.raises(StoreError, match="the writer has stopped"):
        writer.keep(make_sample())


def test_stopping_while_the_store_refuses_ends_and_says_what_is_given_up(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with full_store(tmp_path) as store:
        sample = make_sample()
        with running(store) as (writer, _, heard):
            writer.keep(sample)
            wait_until(lambda: bool(heard.of(Trouble)))
        assert not heard.of(Stored)
    assert f"keep {sample.sample_id} is given up" in caplog.text


def test_a_hurried_writer_frees_who_waits_for_a_store_that_refuses(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    samples = [make_sample() for _ in range(QUEUE_SIZE + 3)]
    with full_store(tmp_path) as store, running(store) as (writer, _, heard):
        giver = giving(writer, samples)
        wait_until(lambda: bool(heard.of(Trouble)))
        writer.hurry()
        giver.join(10)
        assert not giver.is_alive()
    assert all(f"keep {sample.sample_id} is given up" in caplog.text for sample in samples)


class LockedStore(Store):
    """A store whose outbox cannot be read at first."""

    refusals = 1

    def outbox(self, limit: int = 100) -> list[OutboxRow]:
        if self.refusals:
            self.refusals -= 1
            raise StoreError("the database is locked")
        return super().outbox(limit)


def test_a_store_that_is_locked_for_a_moment_does_not_end_the_courier(tmp_path: Path) -> None:
    host, sample = FlakyHost(0), make_sample()
    with LockedStore.open(tmp_path, high_water_free_mb=0, ballast_mb=0) as store:
        store.keep(sample)
        store.close_sample(sample.sample_id, make_closing())
        with running(store) as (writer, bus, heard):
            courier = Courier(store, writer, host, bus)
            courier.start()
            wait_until(lambda: bool(heard.of(Dispatched)), 10)
            courier.stop()
    assert "locked" in heard.of(Trouble)[0].message
    assert heard.of(Trouble)[-1].over
    assert not heard.of(Died)
