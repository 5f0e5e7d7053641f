"""The Delta tables of central storage: one append a batch, and never the same batch twice."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError

from booth.domain.central import TABLE
from booth.errors import SyncError
from booth.lake.rows import Row
from booth.lake.schema import AMENDMENTS, SAMPLES
from booth.ports.service import Options
from booth.store.place import table_place

log = logging.getLogger(__name__)

APP = "booth-ingest"
"""The application id of our transactions in the Delta log."""

ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of one central storage."""

    samples: Table
    amendments: Table


def tables_at(address: str, options: Options) -> Tables:
    """The tables beside the objects at `file:///path` or `s3://bucket/prefix`; nothing is opened yet.

    Args:
        options: those of the remote.

    Raises:
        ConfigError: the address or an option is wrong.
    """
    uri, storage_options = table_place(address, options)
    return Tables(
        Table(f"{uri}/{TABLE}samples", SAMPLES, storage_options),
        Table(f"{uri}/{TABLE}amendments", AMENDMENTS, storage_options),
    )


class Table:
    """One Delta table; one thread at a time calls it, any number of processes."""

    def __init__(self, uri: str, schema: pa.Schema, storage_options: Mapping[str, str]) -> None:
        self._uri = uri
        self._schema = schema
        self._options = dict(storage_options)

    @property
    def schema(self) -> pa.Schema:
        """The columns that this version writes."""
        return self._schema

    def open(self) -> DeltaTable | None:
        """The table as it is now, or None while nobody has written to it. Raises: SyncError."""
        try:
            return DeltaTable(self._uri, storage_options=self._options)
        except TableNotFoundError:
            return None
        except (DeltaError, OSError, ValueError) as error:
            raise self._trouble("cannot be opened", error) from error

    def last_batch(self) -> int:
        """The highest batch that is in the table; 0 while there is none. Raises: SyncError."""
        table = self.open()
        return 0 if table is None else table.transaction_version(APP) or 0

    def version(self) -> int:
        """The newest version of the table; -1 while there is none. Raises: SyncError."""
        table = self.open()
        return -1 if table is None else table.version()

    def append_once(self, batch: int, rows: Sequence[Row]) -> bool:
        """Append the rows of a batch in one commit, unless the table has the batch; False when it had.

        The library accepts a repeated transaction version: the check is here. It holds against other
        ingesters because a commit on top of any version but the one that was checked fails (no retries).

        Raises:
            SyncError: the table cannot be written.
        """
        data = pa.Table.from_pylist(list(rows), schema=self._schema)
        for _ in range(ATTEMPTS):
            table = self.open() or self._create()
            if table is None:
                continue
            if (table.transaction_version(APP) or 0) >= batch:
                return False
            if self._commit(table, batch, data):
                self._settle()
                return True
        raise SyncError(f"{self._uri}: others committed {ATTEMPTS} times in between; try again")

    def _commit(self, table: DeltaTable, batch: int, data: Any) -> bool:
        told = CommitProperties(app_transactions=[Transaction(APP, batch)], max_commit_retries=0)
        try:
            write_deltalake(table, data, mode="append", commit_properties=told)
        except CommitFailedError as error:
            log.info("%s: another commit came first: %s", self._uri, error)
            return False
        except (DeltaError, OSError, ValueError) as error:
            raise self._trouble("cannot be written", error) from error
        return True

    def _create(self) -> DeltaTable | None:
        """The new table, or None when another made it or its making failed: the caller looks again."""
        try:
            return DeltaTable.create(self._uri, self._schema, storage_options=self._options)
        except (DeltaError, OSError, ValueError) as error:
            log.info("%s is not created here: %s", self._uri, error)
            if self.open() is None:
                raise self._trouble("cannot be created", error) from error
            return None

    def _settle(self) -> None:
        """Put a table in a folder on disk: the library never fsyncs, and receipts let booths evict."""
        if "://" not in self._uri:
            os.sync()

    def _trouble(self, what: str, error: Exception) -> SyncError:
        line = next(iter(str(error).splitlines()), type(error).__name__)
        return SyncError(f"{self._uri}: the table {what}: {line[:300]}")
