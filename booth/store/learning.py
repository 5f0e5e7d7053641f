"""What the search has learnt, in versions that can be gone back to, and the log of queries it learns from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, text

from booth.domain.product import Identification
from booth.domain.terms import new_id, now
from booth.errors import InputError, StoreError
from booth.store import query_log
from booth.store.database import open_database, reading, writing
from booth.store.documents import dump, parse
from booth.store.durable import sha256_of
from booth.store.learning_schema import MIGRATIONS
from booth.store.query_log import LoggedQuery

FILE_NAME = "learning.sqlite"
KEPT_VERSIONS = 30
"""Versions of one kind that are kept, besides the one in force, the one that was in force before it, and the
newest of each maker: a night goes on from the last cold start, however often the booth has kept its own."""
MAX_DOCUMENT_BYTES = 256 * 2**20
_KIND = re.compile(r"[a-z][a-z0-9_]{0,39}")
_COLUMNS = "s.kind, s.version, s.made_at, s.made_by, s.based_on, s.upto, s.figures, s.sha256, s.bytes"
_LAST_TWO = "SELECT version FROM used WHERE kind = :kind GROUP BY version ORDER BY max(number) DESC LIMIT 2"


@dataclass(frozen=True, slots=True)
class Version:
    """A version of learning state, without the state itself.

    Attributes:
        made_by: the command or person that made it.
        based_on: the version that it continues, or what it was made from.
        upto: number of the last confirmation that it has learnt from; 0 where it learnt from none.
        figures: what was measured of it when it was made.
        in_force: whether the booth uses it now.
    """

    kind: str
    version: str
    made_at: datetime
    made_by: str
    based_on: str
    upto: int
    figures: Mapping[str, float]
    bytes: int
    in_force: bool


@dataclass(frozen=True, slots=True)
class State:
    """A version of learning state with its document, checked against the hash it was kept under."""

    kind: str
    version: str
    document: bytes
    made_at: datetime
    made_by: str
    based_on: str
    upto: int
    figures: Mapping[str, float]


class Learning:
    """The learning state and the query log in one folder. Any thread reads, one thread a process writes."""

    def __init__(self, folder: Path) -> None:
        """Open or create it. Raises: StoreError."""
        self._engine = open_database(folder / FILE_NAME, MIGRATIONS)

    def keep(
        self,
        kind: str,
        document: bytes,
        made_by: str,
        based_on: str,
        figures: Mapping[str, float],
        *,
        upto: int = 0,
        in_force: bool = False,
    ) -> str:
        """Keep a new version, durably, and give its id; the oldest beyond KEPT_VERSIONS go.

        Args:
            in_force: use it from now on, in the same transaction.

        Raises:
            InputError: the kind is no name, or the document is empty or too large.
            StoreError: it cannot be kept.
        """
        _check(kind, document)
        row = {
            "kind": kind,
            "version": new_id(kind),
            "made_at": now().isoformat(),
            "made_by": made_by,
            "based_on": based_on,
            "upto": upto,
            "figures": dump({name: float(value) for name, value in figures.items()}).decode(),
            "sha256": sha256_of(document),
            "bytes": len(document),
            "document": document,
        }
        with writing(self._engine) as connection:
            names = ", ".join(row)
            values = ", ".join(f":{name}" for name in row)
            connection.execute(text(f"INSERT INTO state ({names}) VALUES ({values})"), row)
            if in_force:
                _use(connection, kind, str(row["version"]), made_by)
            _drop_old(connection, kind)
        return str(row["version"])

    def in_force(self, kind: str) -> State | None:
        """The state that is used now, or None where none ever was.

        Raises:
            StoreError: it is damaged; the message says how to go back to the version before.
        """
        with reading(self._engine) as connection:
            version = _in_force(connection, kind)
        return self.state(kind, version) if version else None

    def state(self, kind: str, version: str) -> State:
        """One version. Raises: InputError (there is none), StoreError (it is damaged)."""
        select = text(f"SELECT {_COLUMNS}, s.document FROM state s WHERE kind = :kind AND version = :version")
        with reading(self._engine) as connection:
            row = connection.execute(select, {"kind": kind, "version": version}).first()
        if row is None:
            raise _unknown(kind, version)
        document = bytes(row.document)
        if sha256_of(document) != row.sha256:
            raise StoreError(self._damaged(kind, version))
        head = _head(row)
        return State(kind, version, document, *head)

    def use(self, kind: str, version: str, by: str = "") -> None:
        """Put a version into force from now on, back or forward; who did and when is recorded.

        Raises:
            InputError: there is no such version.
            StoreError: it is damaged, or the use cannot be recorded.
        """
        self.state(kind, version)
        with writing(self._engine) as connection:
            _use(connection, kind, version, by)

    def versions(self, kind: str = "") -> Sequence[Version]:
        """Every version of a kind, or of all kinds; newest first. Raises: StoreError."""
        select = text(f"SELECT {_COLUMNS} FROM state s WHERE :kind IN ('', kind) ORDER BY number DESC")
        with reading(self._engine) as connection:
            rows = connection.execute(select, {"kind": kind}).all()
            used = {name: _in_force(connection, name) for name in {row.kind for row in rows}}
        return [
            Version(row.kind, row.version, *_head(row), row.bytes, used[row.kind] == row.version)
            for row in rows
        ]

    def log(self, entry_id: str, identification: Identification, at: datetime) -> bool:
        """Log a query; False where that id is logged already.

        Args:
            entry_id: see `booth.store.query_log.entry_id_of`.

        Raises:
            StoreError: it cannot be kept.
        """
        with writing(self._engine) as connection:
            return query_log.add(connection, entry_id, identification, at)

    def confirm(self, entry_id: str, gtin: str, at: datetime) -> bool:
        """Record which product an item was; the last word counts, an empty one takes it back.

        Returns:
            False where no such query is logged (any more): nothing is recorded then.

        Raises:
            StoreError: it cannot be kept.
        """
        with writing(self._engine) as connection:
            return query_log.confirm(connection, entry_id, gtin, at)

    def entries(
        self, since: datetime | None = None, *, confirmed: bool = False, after: int | None = None
    ) -> Iterator[LoggedQuery]:
        """The logged queries, oldest first, a few at a time; damaged ones are left out and told of.

        Args:
            since: only those logged at or after it.
            confirmed: only those whose product is known.
            after: only those confirmed after the confirmation of that number, in the order of confirmation.

        Raises:
            StoreError: the log cannot be read.
        """
        return query_log.entries(self._engine, since, confirmed=confirmed, after=after)

    def counts(self) -> tuple[int, int]:
        """How many queries are logged, and how many of them are confirmed. Raises: StoreError."""
        with reading(self._engine) as connection:
            return query_log.counts(connection)

    def prune(self, older_than: datetime | None = None, at_most: int = query_log.KEPT) -> int:
        """Forget logged queries that are too old or too many, the oldest first; gives how many went.

        Raises:
            StoreError: they cannot be removed.
        """
        with writing(self._engine) as connection:
            return query_log.prune(connection, older_than, at_most)

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()

    def _damaged(self, kind: str, version: str) -> str:
        others = [each.version for each in self.versions(kind) if each.version < version]
        advice = f"booth learn use {kind} {others[0]}" if others else "booth learn --cold"
        return f"the learning state {version} has changed since it was kept; '{advice}' replaces it"


def _check(kind: str, document: bytes) -> None:
    if not _KIND.fullmatch(kind):
        raise InputError(f"{kind[:40]!r} is no kind of learning state: small letters, digits and _ only")
    if not 0 < len(document) <= MAX_DOCUMENT_BYTES:
        raise InputError(
            f"learning state of kind {kind} has {len(document)} bytes; 1 to {MAX_DOCUMENT_BYTES} fit"
        )


def _unknown(kind: str, version: str) -> InputError:
    return InputError(f"there is no version {version!r} of {kind!r}; 'booth learn versions' lists them")


def _use(connection: Connection, kind: str, version: str, by: str) -> None:
    row = {"kind": kind, "version": version, "at": datetime.now(UTC).isoformat(), "by": by}
    insert = "INSERT INTO used (kind, version, used_at, used_by) VALUES (:kind, :version, :at, :by)"
    connection.execute(text(insert), row)


def _in_force(connection: Connection, kind: str) -> str:
    select = "SELECT version FROM used WHERE kind = :kind ORDER BY number DESC LIMIT 1"
    return str(connection.execute(text(select), {"kind": kind}).scalar() or "")


def _drop_old(connection: Connection, kind: str) -> None:
    delete = f"""DELETE FROM state WHERE kind = :kind AND version NOT IN ({_LAST_TWO})
        AND number NOT IN (SELECT max(number) FROM state WHERE kind = :kind GROUP BY made_by)
        AND number NOT IN (SELECT number FROM state WHERE kind = :kind ORDER BY number DESC
            LIMIT {KEPT_VERSIONS})"""
    connection.execute(text(delete), {"kind": kind})


def _head(row: Row[Any]) -> tuple[datetime, str, str, int, Mapping[str, float]]:
    figures = {str(name): float(value) for name, value in parse(row.figures).items()}
    return datetime.fromisoformat(row.made_at), row.made_by, row.based_on, int(row.upto), figures
