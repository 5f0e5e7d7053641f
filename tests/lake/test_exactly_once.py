"""Wherever an ingester ends, and whoever runs beside it: each sample is in the table exactly once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booth.domain import central
from booth.errors import SyncError
from tests.lake.centrals import assert_exactly_once, filled, manifests_of, rows_in, take_in
from tests.sync.remotes import InterruptedRemote, Killed, MemoryRemote, counted, killed_at, unreachable_at

SAMPLES = 2


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> MemoryRemote:
    """Two samples and an amendment, not ingested."""
    return filled(tmp_path_factory.mktemp("origin"), SAMPLES, amendments=1)


@pytest.fixture(scope="module")
def operations(origin: MemoryRemote, tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many times an undisturbed ingester asks central storage."""
    remote = counted(origin.copy())
    take_in(remote, tmp_path_factory.mktemp("dry"))
    assert remote.operations > 15
    return remote.operations


def test_an_ingester_that_ends_anywhere_is_finished_by_the_next(
    origin: MemoryRemote, operations: int, tmp_path: Path
) -> None:
    finished_a_batch = 0
    for operation in range(operations):
        remote, folder = origin.copy(), tmp_path / str(operation)
        with pytest.raises(Killed):
            take_in(killed_at(remote, operation), folder)
        batches, rows = len(list(remote.keys(central.BATCHES))), len(rows_in(folder))
        finished_a_batch += batches == 1 and rows == 0
        take_in(remote, folder)
        assert_exactly_once(remote, folder, manifests_of(origin))
    assert finished_a_batch > 0  # the gap between batch file and append was hit


def test_an_ingester_that_ends_twice_is_finished_by_the_third(
    origin: MemoryRemote, operations: int, tmp_path: Path
) -> None:
    for operation in range(operations // 2, operations):
        remote, folder = origin.copy(), tmp_path / str(operation)
        with pytest.raises(Killed):
            take_in(killed_at(remote, operation), folder)
        with suppress(Killed):  # the second has less to do, and may reach the end
            take_in(killed_at(remote, operations - operation), folder)
        take_in(remote, folder)
        assert_exactly_once(remote, folder, manifests_of(origin))


def test_an_ingester_in_the_middle_of_another_takes_nothing_twice(
    origin: MemoryRemote, operations: int, tmp_path: Path
) -> None:
    appended_by_the_inner = 0
    for operation in range(operations):
        remote, folder = origin.copy(), tmp_path / str(operation)
        inner: list[int] = []

        def run_beside(remote: MemoryRemote = remote, folder: Path = folder) -> None:
            inner.append(len(take_in(remote, folder).batches))  # noqa: B023 (called within this round)

        take_in(InterruptedRemote(remote, operation, run_beside), folder)
        assert_exactly_once(remote, folder, manifests_of(origin))
        appended_by_the_inner += inner[0]
    assert 0 < appended_by_the_inner < operations


def test_an_outage_anywhere_is_one_error_and_the_next_run_goes_on(
    origin: MemoryRemote, operations: int, tmp_path: Path
) -> None:
    for operation in range(0, operations, 3):
        remote, folder = origin.copy(), tmp_path / str(operation)
        with pytest.raises(SyncError, match="cannot be reached"):
            take_in(unreachable_at(remote, operation), folder)
        take_in(remote, folder)
        assert_exactly_once(remote, folder, manifests_of(origin))


def test_ingesters_of_small_batches_beside_each_other_take_nothing_twice(
    many: MemoryRemote, tmp_path: Path
) -> None:
    probe = counted(many.copy())
    take_in(probe, tmp_path / "dry", batch_limit=2)
    shared = 0
    for operation in range(0, probe.operations, 2):
        remote, folder = many.copy(), tmp_path / str(operation)

        def run_beside(remote: MemoryRemote = remote, folder: Path = folder) -> None:
            with suppress(Killed):  # it ends half-way: the outer one must finish its batch, too
                take_in(killed_at(remote, 12), folder, batch_limit=1)

        report = take_in(InterruptedRemote(remote, operation, run_beside), folder, batch_limit=2)
        assert_exactly_once(remote, folder, manifests_of(many))
        shared += 0 < len(report.batches) < len(list(remote.keys(central.BATCHES)))
    assert shared > 0


def test_a_run_of_many_batches_lists_once_and_reads_each_document_twice(
    many: MemoryRemote, tmp_path: Path
) -> None:
    asked: list[str] = []

    class Watched(MemoryRemote):
        def keys(self, prefix: str) -> Iterator[str]:
            asked.append(prefix)
            return super().keys(prefix)

        def get(self, key: str) -> bytes | None:
            asked.append(key)
            return super().get(key)

    remote = Watched()
    remote.objects = dict(many.objects)
    told: list[tuple[int, int]] = []
    report = take_in(remote, tmp_path, batch_limit=1, progress=lambda done, total: told.append((done, total)))
    assert report.batches == (1, 2, 3, 4, 5)
    assert asked.count(central.MANIFESTS) == 2  # at the start, and once more for what came meanwhile
    assert {asked.count(key) for key in manifests_of(many)} == {2}
    assert not any(key.startswith(central.BATCHES) and key != central.BATCHES for key in asked)
    assert [done for done, _ in told] == list(range(1, 8))
    assert told[-1] == (7, 7)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_samples_that_come_late_or_out_of_order_are_all_taken_in(
    data: st.DataObject, many: MemoryRemote, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("late")
    remote = many.copy()
    late = {key: remote.objects.pop(key) for key in manifests_of(many)}
    order = data.draw(st.permutations(sorted(late)))
    while order:
        count = data.draw(st.integers(1, len(order)))
        for key in order[:count]:
            remote.put_new(key, late[key])
        order = order[count:]
        take_in(remote, folder, batch_limit=data.draw(st.integers(1, 4)))
    assert_exactly_once(remote, folder, late)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> MemoryRemote:
    """Five samples, two amended, not ingested."""
    return filled(tmp_path_factory.mktemp("many"), 5, amendments=2)


def test_a_second_run_has_nothing_to_do(origin: MemoryRemote, tmp_path: Path) -> None:
    remote = origin.copy()
    first = take_in(remote, tmp_path)
    assert (first.batches, first.samples, first.amendments, first.receipts) == ((1,), 2, 1, 2)
    before = dict(remote.objects)
    second = take_in(remote, tmp_path)
    assert (second.batches, second.samples, second.receipts) == ((), 0, 0)
    assert second.table_version == first.table_version
    assert remote.objects == before


def test_a_missing_batch_file_stops_the_ingester(origin: MemoryRemote, tmp_path: Path) -> None:
    remote = origin.copy()
    take_in(remote, tmp_path, batch_limit=1)
    del remote.objects[central.batch_key(1)]
    with pytest.raises(SyncError, match="only 1 are there"):
        take_in(remote, tmp_path)
