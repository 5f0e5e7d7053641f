"""The nightly upload: whole samples, manifest last, twice harmless, resumed wherever it ended."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from booth.domain import central
from booth.errors import SyncError
from booth.ports.outside import Remote
from booth.store.records import SampleState
from booth.store.samples import Store
from booth.sync.upload import upload
from tests.samples import make_amendment, make_closing, make_sample
from tests.sync.remotes import (
    Killed,
    MemoryRemote,
    counted,
    keep_closed,
    killed_at,
    open_store,
    unreachable_at,
)

BOOTH = "booth-1"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "store") as opened:
        yield opened


@pytest.fixture
def remote() -> MemoryRemote:
    return MemoryRemote()


def assert_whole(remote: Remote, sample_ids: list[str]) -> None:
    """Every sample has a manifest, and every file that it names lies there unchanged."""
    for sample_id in sample_ids:
        data = remote.get(central.manifest_key(BOOTH, sample_id))
        assert data is not None
        files = json.loads(data)["files"]
        assert len(files) >= 2
        for file in files:
            blob = remote.get(central.blob_key(file["sha256"]))
            assert blob is not None
            assert hashlib.sha256(blob).hexdigest() == file["sha256"]
            assert len(blob) == file["bytes"]


def test_a_closed_sample_arrives_whole_and_its_manifest_last(store: Store, remote: MemoryRemote) -> None:
    ids = keep_closed(store, 2)
    report = upload(store, remote)
    assert report.sent == tuple(ids)
    assert_whole(remote, ids)
    first = remote.log.index(central.manifest_key(BOOTH, ids[0]))
    files = json.loads(remote.objects[remote.log[first]])["files"]
    assert {central.blob_key(file["sha256"]) for file in files} <= set(remote.log[:first])
    assert report.bytes == sum(len(data) for key, data in remote.objects.items() if key.startswith("blobs/"))
    assert {row.state for row in store.rows()} == {SampleState.UPLOADED}


def test_the_same_twice_changes_nothing(store: Store, remote: MemoryRemote) -> None:
    keep_closed(store, 2)
    upload(store, remote)
    before = dict(remote.objects)
    report = upload(store, remote)
    assert (report.sent, report.already_there, report.bytes) == ((), (), 0)
    assert remote.objects == before


def test_an_open_sample_stays_on_the_booth(store: Store, remote: MemoryRemote) -> None:
    store.keep(make_sample())
    assert upload(store, remote).sent == ()
    assert remote.objects == {}


def test_progress_counts_up_to_the_end(store: Store, remote: MemoryRemote) -> None:
    keep_closed(store, 3)
    seen: list[tuple[int, int]] = []
    upload(store, remote, lambda done, total: seen.append((done, total)))
    assert seen == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_a_sample_with_a_damaged_file_is_reported_and_the_others_go(
    store: Store, remote: MemoryRemote, tmp_path: Path
) -> None:
    bad, good = keep_closed(store, 2)
    picture = next(path for path in (tmp_path / "store").rglob("*.jxl") if bad in str(path))
    picture.chmod(0o644)
    picture.write_bytes(picture.read_bytes()[:-1])
    report = upload(store, remote)
    assert report.sent == (good,)
    assert set(report.failed) == {bad}
    assert not any(bad in key for key in remote.objects)
    assert upload(store, remote).sent == ()


def test_a_manifest_with_other_bytes_is_reported_and_the_others_go(
    store: Store, remote: MemoryRemote
) -> None:
    taken, good = keep_closed(store, 2)
    remote.put_new(central.manifest_key(BOOTH, taken), b"{}")
    report = upload(store, remote)
    assert report.sent == (good,)
    assert "other bytes" in report.failed[taken]
    assert remote.objects[central.manifest_key(BOOTH, taken)] == b"{}"
    assert taken in store.closed_unsent()


def test_amendments_follow_their_sample_once(store: Store, remote: MemoryRemote) -> None:
    (sample_id,) = keep_closed(store, 1)
    amendment = make_amendment(sample_id)
    store.amend(amendment)
    assert upload(store, remote).amendments == 1
    key = central.amendment_key(BOOTH, sample_id, amendment.amendment_id)
    assert json.loads(remote.objects[key])["amendment"]["changes"] == {"person_outcome": "damaged"}
    assert upload(store, remote).amendments == 0


def _operations(tmp_path: Path) -> int:
    with open_store(tmp_path / "dry") as store:
        keep_closed(store, 2)
        store.amend(make_amendment(store.closed_unsent()[0]))
        remote = counted(MemoryRemote())
        upload(store, remote)
        return remote.operations


def test_an_upload_that_ends_anywhere_is_finished_by_the_next(tmp_path: Path) -> None:
    operations = _operations(tmp_path)
    assert operations > 10
    for operation in range(operations):
        remote = MemoryRemote()
        with open_store(tmp_path / str(operation)) as store:
            ids = keep_closed(store, 2)
            store.amend(make_amendment(ids[0]))
            with pytest.raises(Killed):
                upload(store, killed_at(remote, operation))
        with open_store(tmp_path / str(operation)) as store:
            upload(store, remote)
            assert_whole(remote, ids)
            assert store.closed_unsent() == []
            assert store.amendments_unsent() == []
            assert len(list(remote.keys(central.MANIFESTS))) == 2
            assert len(list(remote.keys(central.AMENDMENTS))) == 1


def test_a_manifest_is_never_there_before_all_its_files(tmp_path: Path) -> None:
    operations = _operations(tmp_path)
    for operation in range(operations):
        remote = MemoryRemote()
        with open_store(tmp_path / str(operation)) as store:
            keep_closed(store, 2)
            store.amend(make_amendment(store.closed_unsent()[0]))
            with pytest.raises(SyncError):
                upload(store, unreachable_at(remote, operation))
        there = [key.split("/")[-1].removesuffix(".json") for key in remote.keys(central.MANIFESTS)]
        assert_whole(remote, there)


def test_an_unreachable_remote_leaves_the_store_unchanged(store: Store) -> None:
    ids = keep_closed(store, 2)
    before = (store.rows(), store.closed_unsent(), store.unreceipted())
    with pytest.raises(SyncError, match="cannot be reached"):
        upload(store, unreachable_at(MemoryRemote(), 0))
    assert (store.rows(), store.closed_unsent(), store.unreceipted()) == before
    assert store.closed_unsent() == ids


def test_an_amendment_is_filed_under_the_booth_that_kept_its_sample(
    store: Store, remote: MemoryRemote
) -> None:
    sample = replace(make_sample(cameras=("top",), depth=False, seed=9), booth_id="old-name")
    store.keep(sample)
    store.close_sample(sample.sample_id, make_closing())
    store.amend(make_amendment(sample.sample_id))
    upload(store, remote)
    (key,) = remote.keys(central.AMENDMENTS)
    assert key.startswith(f"{central.AMENDMENTS}old-name/{sample.sample_id}/")
    assert json.loads(remote.objects[key])["booth_id"] == "old-name"


def test_what_is_not_there_any_more_goes_again_until_it_has_a_receipt(
    store: Store, remote: MemoryRemote
) -> None:
    lost, there = keep_closed(store, 2)
    store.amend(make_amendment(lost))
    upload(store, remote)
    before = dict(remote.objects)
    remote.objects = {key: data for key, data in remote.objects.items() if lost not in key}
    assert upload(store, remote).sent == (lost,)
    assert remote.objects == before
    remote.objects.clear()
    store.receipted(there, b"signed")
    assert upload(store, remote).sent == (lost,)
