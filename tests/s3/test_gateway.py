"""The whole way on Ceph's gateway: upload, ingest, receipts, a row read back; races and kills."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from booth.domain import central
from booth.errors import SyncError
from booth.events import Bus
from booth.lake.ingest import IngestReport, ingest
from booth.lake.keys import public_text
from booth.lake.read import query
from booth.lake.table import tables_at
from booth.ports.outside import Remote
from booth.store.records import SampleState
from booth.store.samples import Store
from booth.sync.nightly import Terms, sync_night
from booth.sync.objects import remote as make_remote
from booth.sync.upload import upload
from booth.worker import Worker
from tests.lake.centrals import BOOTH, KEY
from tests.s3.gateway import Gateway, gateway, options
from tests.samples import make_amendment
from tests.sync.remotes import InterruptedRemote, keep_closed, open_store

pytestmark = pytest.mark.s3


class Place:
    """A fresh prefix of the bucket, as remote and as tables."""

    def __init__(self, server: Gateway, given: dict[str, Any]) -> None:
        self.address = server.new_address()
        self.options = given
        self.remote: Remote = make_remote(self.address, given)

    def ingest(self, batch_limit: int = 1_000) -> IngestReport:
        tables = tables_at(self.address, self.options)
        return ingest(self.remote, tables, KEY, batch_limit=batch_limit)

    def ask(self, sql: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = query(self.address, self.options, sql).to_pylist()
        return rows

    def assert_exactly_once(self, sample_ids: list[str]) -> None:
        rows = self.ask("SELECT sample_id, manifest_sha256 FROM samples ORDER BY sample_id")
        assert [row["sample_id"] for row in rows] == sorted(sample_ids)
        for row in rows:
            data = self.remote.get(central.receipt_key(BOOTH, row["sample_id"]))
            assert data is not None
            receipt, signature = central.read_receipt(data)
            KEY.public_key().verify(signature, receipt.signed_part())
            assert receipt.manifest_sha256 == row["manifest_sha256"]


@pytest.fixture
def server() -> Gateway:
    return gateway()


@pytest.fixture
def place(server: Gateway, tmp_path: Path) -> Place:
    return Place(server, options(tmp_path))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "store") as opened:
        yield opened


def test_samples_go_up_into_the_table_and_their_receipts_come_back(place: Place, store: Store) -> None:
    ids = keep_closed(store, 3)
    store.amend(make_amendment(ids[0]))
    terms = Terms(public_text(KEY), 0)
    assert sync_night(store, place.remote, terms).upload.sent == tuple(ids)
    report = place.ingest()
    assert (report.samples, report.amendments, report.receipts, dict(report.refused)) == (3, 1, 3, {})
    assert place.ingest().batches == ()
    night = sync_night(store, place.remote, terms)
    assert sorted(night.receipts.received) == sorted(ids)
    assert {row.state for row in store.rows()} == {SampleState.EVICTED}
    place.assert_exactly_once(ids)
    rows = place.ask("SELECT sample_id, person_outcome FROM latest WHERE amendments = 1")
    assert rows == [{"sample_id": ids[0], "person_outcome": "damaged"}]


def test_two_ingesters_racing_take_nothing_twice(place: Place, store: Store) -> None:
    ids = keep_closed(store, 8)
    upload(store, place.remote)
    line = threading.Barrier(2)
    reports: list[IngestReport] = []

    def take_in(_stopping: threading.Event) -> None:
        line.wait(30)
        reports.append(place.ingest(batch_limit=2))

    workers = [Worker("ingester", Bus(), take_in) for _ in range(2)]
    for worker in workers:
        worker.start()
    assert all([worker.stop(90) for worker in workers])
    assert len(reports) == 2
    assert sum(report.samples for report in reports) == 8
    place.assert_exactly_once(ids)
    assert place.ask("SELECT count(DISTINCT batch) AS n FROM samples") == [{"n": 4}]


def test_a_gateway_killed_in_the_middle_of_an_upload_loses_nothing(
    place: Place, store: Store, server: Gateway
) -> None:
    ids = keep_closed(store, 4)
    dying = InterruptedRemote(place.remote, 12, server.kill)
    try:
        with pytest.raises(SyncError):
            upload(store, dying)
        assert 0 < len(store.closed_unsent()) < 4
    finally:
        server.start()
    upload(store, place.remote)
    assert store.closed_unsent() == []
    assert place.ingest().samples == 4
    place.assert_exactly_once(ids)


def test_a_gateway_killed_in_the_middle_of_an_ingest_loses_nothing(
    place: Place, store: Store, server: Gateway
) -> None:
    ids = keep_closed(store, 2)
    upload(store, place.remote)

    class DyingAfterTheBatchFile(InterruptedRemote):
        def put_new(self, key: str, data: bytes) -> bool:
            created = super().put_new(key, data)
            if key.startswith(central.BATCHES):
                server.kill()
            return created

    dying = DyingAfterTheBatchFile(place.remote, -1, lambda: None)
    try:
        with pytest.raises(SyncError):
            ingest(dying, tables_at(place.address, place.options), KEY)
    finally:
        server.start()
    assert place.ask("SELECT count(*) AS n FROM samples") == [{"n": 0}]
    assert place.ingest().samples == 2
    place.assert_exactly_once(ids)
