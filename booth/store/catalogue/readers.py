"""Connections that read one SQLite file: a search asks many times an item, and each thread needs its own."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from booth.errors import StoreError
from booth.store.database import BUSY_TIMEOUT_MS

CACHE_KIB = 32_768
"""Page cache of a connection: the index by GTIN of a million products, and their inner pages."""


class Readers:
    """As many connections as threads read at once; each is handed back and used again. Any thread.

    SQLAlchemy's pool and its results cost more than the reading: 0.2 ms a question, against 0.02 ms.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: list[sqlite3.Connection] = []

    def all(self, select: str, values: Sequence[Any] = ()) -> list[Any]:
        """All rows. Raises: StoreError."""
        with self._one() as connection:
            return connection.execute(select, values).fetchall()

    def chunks(self, select: str, values: Sequence[Any], size: int) -> Iterator[list[Any]]:
        """The rows, at most `size` at a time, as the catalogue was at the first. Raises: StoreError."""
        with self._one() as connection:
            cursor = connection.execute(select, values)
            while rows := cursor.fetchmany(size):
                yield rows

    def close(self) -> None:
        """Let go of the file; who reads on opens it again."""
        while self._idle:
            self._idle.pop().close()

    @contextmanager
    def _one(self) -> Iterator[sqlite3.Connection]:
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._opened()
        try:
            yield connection
        except sqlite3.Error as error:
            connection.close()
            raise StoreError(f"the catalogue {self._path} cannot be read: {error}") from error
        except BaseException:
            connection.close()  # it may stand in the midst of an answer
            raise
        self._idle.append(connection)

    def _opened(self) -> sqlite3.Connection:
        address = f"file:{quote(str(self._path))}?mode=rw"  # may roll a dead writer back, never creates
        wait_s = BUSY_TIMEOUT_MS / 1000
        try:
            connection = sqlite3.connect(
                address, wait_s, isolation_level=None, check_same_thread=False, uri=True
            )
            connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        except sqlite3.Error as error:
            raise StoreError(f"the catalogue {self._path} cannot be opened: {error}") from error
        return connection
