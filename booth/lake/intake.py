"""Checks what booths sent before a batch may name it, and reads again what a batch names."""

from __future__ import annotations

import logging
from collections.abc import Iterable

import pyarrow as pa

from booth.domain import central
from booth.errors import InputError, SyncError
from booth.lake.batches import Entry
from booth.lake.documents import ListedFile, read_manifest, read_word
from booth.lake.rows import Row, amendment_row, sample_row
from booth.lake.schema import AMENDMENTS, SAMPLES
from booth.ports.outside import Remote
from booth.store.durable import sha256_of

log = logging.getLogger(__name__)


class Intake:
    """Looks at each document once a run.

    Attributes:
        refused: key to the reason why it stays out.
    """

    def __init__(self, remote: Remote) -> None:
        self.refused: dict[str, str] = {}
        self._remote = remote
        self._accepted: dict[str, Entry] = {}
        self._good_blobs: dict[str, int] = {}

    def check(self, key: str) -> Entry | None:
        """The entry for a batch, or None when the document is refused. Raises: SyncError."""
        if key in self.refused:
            return None
        if key not in self._accepted:
            try:
                self._accepted[key] = self._check(key)
            except InputError as error:
                log.warning("%s stays out: %s", key, error)
                self.refused[key] = str(error)
                return None
        return self._accepted[key]

    def _check(self, key: str) -> Entry:
        if key.endswith("/"):
            raise InputError("it cannot be listed until a person removes what no booth wrote there")
        if not central.is_document_key(key):
            raise InputError("no manifest or amendment may lie there")
        data = _fetch(self._remote, key)
        row, files = _row(key, data, 0)
        _check_row(key, row)
        for file in files:
            self._check_blob(file)
        return Entry(key, sha256_of(data))

    def _check_blob(self, file: ListedFile) -> None:
        """Re-hash a file's content, once a run."""
        if file.sha256 not in self._good_blobs:
            data = _fetch(self._remote, central.blob_key(file.sha256))
            if sha256_of(data) != file.sha256:
                raise InputError(f"the content of {file.name[:80]} is not what its hash says: {file.sha256}")
            self._good_blobs[file.sha256] = len(data)
        size = self._good_blobs[file.sha256]
        if size != file.bytes:
            raise InputError(f"{file.name[:80]} has {size} bytes, not {file.bytes}")


def read_rows(remote: Remote, entries: Iterable[Entry], batch: int) -> list[Row]:
    """The rows of what a batch names.

    Raises:
        SyncError: a document is not what it was when the batch was made, or cannot be reached.
    """
    rows = []
    for entry in entries:
        data = remote.get(entry.key)
        if data is None or sha256_of(data) != entry.sha256:
            found = "missing" if data is None else "changed"
            raise SyncError(
                f"{remote.address}: {entry.key} is {found}, not what batch {batch} names;"
                " nothing is taken in until a person puts it back"
            )
        try:
            rows.append(_row(entry.key, data, batch)[0])
        except InputError as error:
            raise SyncError(f"{remote.address}: {entry.key}, named by batch {batch}: {error}") from error
    return rows


def _row(key: str, data: bytes, batch: int) -> tuple[Row, tuple[ListedFile, ...]]:
    if key.startswith(central.MANIFESTS):
        manifest = read_manifest(key, data)
        return sample_row(manifest, key, data, batch), manifest.files
    return amendment_row(read_word(key, data), key, data, batch), ()


def _check_row(key: str, row: Row) -> None:
    """Refuse what has no place in the columns: once a batch names it, it must go in."""
    schema = SAMPLES if key.startswith(central.MANIFESTS) else AMENDMENTS
    try:
        pa.Table.from_pylist([row], schema=schema)
    except (pa.ArrowException, ValueError, TypeError, OverflowError) as error:
        raise InputError(f"it does not fit the table: {str(error)[:200]}") from error


def _fetch(remote: Remote, key: str) -> bytes:
    """The object; one that cannot be read where the store answers is bad input, not an outage."""
    try:
        data = remote.get(key)
    except SyncError as error:
        if remote.exists(key):
            raise InputError(str(error)) from error
        raise
    if data is None:
        raise InputError(f"{key} is not there")
    return data
