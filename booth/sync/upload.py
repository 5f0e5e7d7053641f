"""Sends closed samples: the files by content first, the manifest last, all create-only and twice harmless."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from booth.domain import central
from booth.domain.sample import Amendment
from booth.errors import InputError, StoreError
from booth.ports.outside import Remote
from booth.store import documents
from booth.store.durable import sha256_of
from booth.store.samples import Store

log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]
"""Called with how many are done, and how many there are."""


@dataclass(frozen=True, slots=True)
class UploadReport:
    """What one run sent.

    Attributes:
        sent: samples whose manifest was created.
        already_there: samples whose manifest an interrupted run had created.
        failed: sample or amendment id to the reason why it stays here.
        amendments: how many later words were sent.
        bytes: size of the files that were created.
    """

    sent: tuple[str, ...] = ()
    already_there: tuple[str, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)
    amendments: int = 0
    bytes: int = 0


def quiet(_done: int, _total: int) -> None:
    """Progress that nobody watches."""


def upload(store: Store, remote: Remote, progress: Progress = quiet) -> UploadReport:
    """Send every closed sample and every amendment that is not there yet.

    One that cannot be sent is reported, and the others go on. What was sent before but has neither a receipt
    nor its manifest there any more (a share that was not mounted, a storage that was set back) goes again.

    Raises:
        SyncError: central storage refuses or cannot be reached; what was sent by then is noted.
    """
    run = _Run(store, remote)
    lost = [sample_id for sample_id in store.unreceipted() if not run.is_there(sample_id)]
    waiting = [*lost, *store.closed_unsent()]
    for done, sample_id in enumerate(waiting):
        progress(done, len(waiting))
        run.send(sample_id)
    # Only now: amendments follow their sample.
    words = [*chain.from_iterable(map(store.amendments_of, lost)), *store.amendments_unsent()]
    total = len(waiting) + len(words)
    for done, amendment in enumerate(words, start=len(waiting)):
        progress(done, total)
        run.send_amendment(amendment)
    progress(total, total)
    return run.report()


def manifest_bytes(manifest: Mapping[str, Any]) -> bytes:
    """The manifest's document, the same bytes each time. Raises: StoreError."""
    return documents.dump(manifest)


class _Conflict(Exception):
    """What lies at the key is not what this booth would have written."""


class _Run:
    """One nightly upload and what came of it."""

    def __init__(self, store: Store, remote: Remote) -> None:
        self._store = store
        self._remote = remote
        self._sent: list[str] = []
        self._already_there: list[str] = []
        self._failed: dict[str, str] = {}
        self._amendments = 0
        self._bytes = 0

    def report(self) -> UploadReport:
        """What was done so far."""
        sent, there = tuple(self._sent), tuple(self._already_there)
        return UploadReport(sent, there, self._failed, self._amendments, self._bytes)

    def is_there(self, sample_id: str) -> bool:
        """Whether the manifest of a sample that was sent lies there. Raises: SyncError, StoreError."""
        return self._remote.exists(central.manifest_key(self._store.booth_of(sample_id), sample_id))

    def send(self, sample_id: str) -> None:
        """Send one sample and note it. Raises: SyncError."""
        try:
            manifest = self._store.manifest(sample_id)
            key = central.manifest_key(manifest["sample"]["booth_id"], sample_id)
            files = self._read(sample_id, manifest["files"])
            for blob, data in files.items():
                self._send_blob(blob, data)
            created = self._put(key, manifest_bytes(manifest))
            self._store.sent(sample_id)
        except (StoreError, InputError, _Conflict) as error:
            self._fail(sample_id, error)
            return
        (self._sent if created else self._already_there).append(sample_id)
        log.info("%s is uploaded, %d files", sample_id, len(files))

    def send_amendment(self, amendment: Amendment) -> None:
        """Send one later word under its sample's booth, and note it. Raises: SyncError."""
        try:
            booth_id = self._store.booth_of(amendment.sample_id)
            said = documents.to_json(amendment)
            document = {"format": central.FORMAT, "booth_id": booth_id, "amendment": said}
            key = central.amendment_key(booth_id, amendment.sample_id, amendment.amendment_id)
            self._put(key, documents.dump(document))
            self._store.amendment_sent(amendment.amendment_id)
        except (StoreError, InputError, _Conflict) as error:
            self._fail(amendment.amendment_id, error)
            return
        self._amendments += 1

    def _read(self, sample_id: str, files: Iterable[Mapping[str, Any]]) -> dict[str, bytes]:
        """Every file before any is sent: a sample with a bad one leaves nothing there."""
        found = {}
        for file in files:
            data = self._store.file_bytes(sample_id, file["name"])
            if sha256_of(data) != file["sha256"]:
                raise StoreError(f"{file['name']} is not what the manifest says")
            found[central.blob_key(file["sha256"])] = data
        return found

    def _send_blob(self, key: str, data: bytes) -> None:
        if not self._remote.exists(key) and self._remote.put_new(key, data):
            self._bytes += len(data)

    def _put(self, key: str, data: bytes) -> bool:
        """Create; False when the same bytes lie there already."""
        if self._remote.put_new(key, data):
            return True
        if self._remote.get(key) != data:
            raise _Conflict(f"{self._remote.address}: {key} exists with other bytes; a person must look")
        return False

    def _fail(self, what: str, error: Exception) -> None:
        log.warning("%s is not uploaded: %s", what, error)
        self._failed[what] = str(error)
