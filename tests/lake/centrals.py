"""Central storages with samples in them, and what an ingester must have made of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from booth.domain import central
from booth.lake.ingest import IngestReport, ingest
from booth.lake.table import Tables, tables_at
from booth.ports.outside import Remote
from booth.store.documents import dump
from booth.store.durable import sha256_of
from booth.sync.upload import upload
from tests.samples import make_amendment
from tests.sync.remotes import MemoryRemote, keep_closed, open_store

BOOTH = "booth-1"
KEY = Ed25519PrivateKey.generate()


def filled(tmp_path: Path, samples: int, *, amendments: int = 0) -> MemoryRemote:
    """A central storage to which a booth has uploaded so many samples, the first ones amended."""
    remote = MemoryRemote()
    with open_store(tmp_path / "store") as store:
        ids = keep_closed(store, samples)
        for sample_id in ids[:amendments]:
            store.amend(make_amendment(sample_id))
        upload(store, remote)
    return remote


def take_in(remote: Remote, folder: Path, **more: Any) -> IngestReport:
    """Ingest into the tables under `folder`."""
    return ingest(remote, tables_in(folder), KEY, **more)


def tables_in(folder: Path) -> Tables:
    """The tables under `folder`, which is made."""
    folder.mkdir(exist_ok=True)
    return tables_at(f"file://{folder}", {})


def rows_in(folder: Path, name: str = "samples") -> list[dict[str, Any]]:
    """Every row of a table."""
    tables = tables_in(folder)
    found = (tables.samples if name == "samples" else tables.amendments).open()
    return [] if found is None else found.to_pyarrow_table().to_pylist()


def manifests_of(remote: Remote) -> list[str]:
    """The keys of all manifests."""
    return sorted(remote.keys(central.MANIFESTS))


def assert_exactly_once(remote: Remote, folder: Path, manifests: Iterable[str]) -> None:
    """Each manifest has one row, one batch and one good receipt; each amendment one row."""
    wanted = sorted(manifests)
    rows = rows_in(folder)
    assert sorted(row["manifest_key"] for row in rows) == wanted
    named = [
        entry["key"] for key in remote.keys(central.BATCHES) for entry in _batch(remote, key)["manifests"]
    ]
    assert sorted(named) == wanted
    for row in rows:
        _assert_receipt(remote, row)
    assert len(list(remote.keys(central.RECEIPTS))) == len(wanted)
    amendments = sorted(remote.keys(central.AMENDMENTS))
    assert sorted(row["amendment_key"] for row in rows_in(folder, "amendments")) == amendments


def _batch(remote: Remote, key: str) -> dict[str, Any]:
    batch: dict[str, Any] = json.loads(remote.get(key) or b"")
    return batch


def _assert_receipt(remote: Remote, row: dict[str, Any]) -> None:
    data = remote.get(central.receipt_key(row["booth_id"], row["sample_id"]))
    assert data is not None
    receipt, signature = central.read_receipt(data)
    KEY.public_key().verify(signature, receipt.signed_part())
    assert (
        receipt.manifest_sha256 == row["manifest_sha256"] == sha256_of(remote.get(row["manifest_key"]) or b"")
    )
    assert receipt.batch == row["batch"]


def changed(remote: MemoryRemote, key: str, **fields: Any) -> bytes:
    """A manifest's document with other fields."""
    return dump({**json.loads(remote.objects[key]), **fields})
