"""Receipts: only central storage's own signature on this very manifest lets a sample go."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from booth.domain import central
from booth.domain.central import Receipt
from booth.errors import ConfigError, StoreError, SyncError
from booth.lake.keys import public_text
from booth.store.durable import sha256_of
from booth.store.records import SampleState
from booth.store.samples import Store
from booth.sync.nightly import Terms, sync_night
from booth.sync.receipts import collect, evict, read_public_key
from booth.sync.upload import upload
from tests.samples import STARTED_AT
from tests.sync.remotes import MemoryRemote, keep_closed, open_store, unreachable_at

BOOTH = "booth-1"
KEY = Ed25519PrivateKey.generate()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "store") as opened:
        yield opened


@pytest.fixture
def remote(store: Store) -> MemoryRemote:
    """Central storage that has two samples of the store."""
    remote = MemoryRemote()
    keep_closed(store, 2)
    upload(store, remote)
    return remote


def make_receipt(remote: MemoryRemote, sample_id: str) -> Receipt:
    manifest = remote.objects[central.manifest_key(BOOTH, sample_id)]
    return Receipt(BOOTH, sample_id, sha256_of(manifest), 1, 1, STARTED_AT.isoformat())


def sign(receipt: Receipt, key: Ed25519PrivateKey = KEY) -> bytes:
    return receipt.to_bytes(key.sign(receipt.signed_part()))


def test_a_good_receipt_is_noted_and_the_other_sample_waits(store: Store, remote: MemoryRemote) -> None:
    first, second = store.unreceipted()
    data = sign(make_receipt(remote, first))
    remote.put_new(central.receipt_key(BOOTH, first), data)
    report = collect(store, remote, KEY.public_key())
    assert (report.received, dict(report.refused), report.waiting) == ((first,), {}, 1)
    assert store.receipt(first) == data
    assert store.unreceipted() == [second]


FORGERIES: dict[str, Callable[[Receipt], bytes]] = {
    "signed by another": lambda good: sign(good, Ed25519PrivateKey.generate()),
    "not signed": lambda good: good.to_bytes(b""),
    "changed after signing": lambda good: replace(good, batch=7).to_bytes(KEY.sign(good.signed_part())),
    "another sample's": lambda good: sign(replace(good, sample_id="sample-other")),
    "another booth's": lambda good: sign(replace(good, booth_id="booth-2")),
    "another manifest's": lambda good: sign(replace(good, manifest_sha256="0" * 64)),
    "empty": lambda good: b"",
    "no JSON": lambda good: b"\xff\xfe{",
    "a list": lambda good: b"[]",
    "deep": lambda good: b"[" * 100_000,
    "huge": lambda good: sign(good) + b" " * central.MAX_DOCUMENT_BYTES,
    "a field too many": lambda good: sign(good).replace(b"{", b'{"extra":1,', 1),
    "a bool for a number": lambda good: sign(good).replace(b'"batch":1', b'"batch":true'),
    "a signature that is no base64": lambda good: json.dumps(
        {**json.loads(sign(good)), "signature": "!"}
    ).encode(),
    "of another format": lambda good: sign(good).replace(b'"format":1', b'"format":2'),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_receipt_that_is_not_central_storages_own_is_reported_and_ignored(
    store: Store, remote: MemoryRemote, forgery: str
) -> None:
    first, second = store.unreceipted()
    remote.put_new(central.receipt_key(BOOTH, first), FORGERIES[forgery](make_receipt(remote, first)))
    remote.put_new(central.receipt_key(BOOTH, second), sign(make_receipt(remote, second)))
    report = collect(store, remote, KEY.public_key())
    assert report.received == (second,)
    assert set(report.refused) == {first}
    assert report.refused[first]
    assert store.unreceipted() == [first]
    with pytest.raises(StoreError):
        store.evict(first)


def test_an_unreachable_remote_leaves_receipts_for_the_next_night(store: Store, remote: MemoryRemote) -> None:
    waiting = store.unreceipted()
    with pytest.raises(SyncError):
        collect(store, unreachable_at(remote, 0), KEY.public_key())
    assert store.unreceipted() == waiting


def test_only_old_samples_with_a_receipt_are_evicted(store: Store, remote: MemoryRemote) -> None:
    first, _ = store.unreceipted()
    remote.put_new(central.receipt_key(BOOTH, first), sign(make_receipt(remote, first)))
    collect(store, remote, KEY.public_key())
    assert evict(store, 30, STARTED_AT + timedelta(days=29)) == ()
    assert evict(store, 30, STARTED_AT + timedelta(days=31)) == (first,)
    assert evict(store, 30, STARTED_AT + timedelta(days=31)) == ()
    assert {row.sample_id: row.state for row in store.rows()}[first] is SampleState.EVICTED


def test_a_night_sends_collects_and_evicts(store: Store, remote: MemoryRemote) -> None:
    first, _ = store.unreceipted()
    (third,) = keep_closed(store, 1, first=5)
    remote.put_new(central.receipt_key(BOOTH, first), sign(make_receipt(remote, first)))
    terms = Terms(public_text(KEY), 30)
    report = sync_night(store, remote, terms, at=STARTED_AT + timedelta(days=40))
    assert report.upload.sent == (third,)
    assert report.receipts.received == (first,)
    assert report.evicted == (first,)


def test_while_the_key_changes_receipts_of_both_are_good(store: Store, remote: MemoryRemote) -> None:
    first, second = store.unreceipted()
    former = Ed25519PrivateKey.generate()
    remote.put_new(central.receipt_key(BOOTH, first), sign(make_receipt(remote, first), former))
    remote.put_new(central.receipt_key(BOOTH, second), sign(make_receipt(remote, second)))
    alone = sync_night(store, remote, Terms(public_text(KEY)))
    assert alone.receipts.received == (second,)
    assert "sync.receipt_public_key" in alone.receipts.refused[first]
    both = sync_night(store, remote, Terms(f"{public_text(KEY)}, {public_text(former)}"))
    assert both.receipts.received == (first,)
    with pytest.raises(ConfigError, match="receipt_public_key"):
        sync_night(store, remote, Terms(f"{public_text(KEY)} AAAA"))


def test_without_a_public_key_nothing_is_believed(store: Store, remote: MemoryRemote) -> None:
    first, _ = store.unreceipted()
    remote.put_new(central.receipt_key(BOOTH, first), sign(make_receipt(remote, first)))
    report = sync_night(store, remote, Terms("", 0))
    assert (report.receipts.received, report.receipts.waiting, report.evicted) == ((), 2, ())


@pytest.mark.parametrize("text", ["", "not base64!", "AAAA", "A" * 100])
def test_a_public_key_that_is_none_names_its_setting(text: str) -> None:
    with pytest.raises(ConfigError, match="receipt_public_key"):
        read_public_key(text)
