"""SQLite as this house uses it: rollback journal, every commit on disk, one writer, numbered migrations.

Not WAL: SQLite 3.7.0 to 3.51.2 has the WAL-reset corruption bug (https://sqlite.org/wal.html#walresetbug).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from booth.errors import StoreError

BUSY_TIMEOUT_MS = 10_000


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered step of a schema; its statements and its record commit together."""

    number: int
    name: str
    statements: tuple[str, ...]


def open_database(path: Path, migrations: Sequence[Migration]) -> Engine:
    """Open or create the database and bring it to the newest schema.

    Raises:
        StoreError: it cannot be opened, is not a database, or was written by a newer version.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"the folder {path.parent} cannot be made: {error.strerror}") from error
    url = URL.create("sqlite", database=str(path))  # a path may hold what a URL gives another meaning
    engine = create_engine(url, connect_args={"check_same_thread": False})
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)
    try:
        _migrate(engine, migrations)
    except StoreError as error:
        engine.dispose()
        raise StoreError(f"the database {path} cannot be used: {error}") from error.__cause__
    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A read transaction. Raises: StoreError."""
    with _translated(), engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A write transaction, taken at once (BEGIN IMMEDIATE), durable when it ends. Raises: StoreError."""
    immediate = engine.execution_options(booth_writes=True)
    with _translated(), immediate.connect() as connection, connection.begin():
        yield connection


def damage(engine: Engine) -> str:
    """What SQLite finds wrong with the file itself, or empty. Raises: StoreError."""
    with reading(engine) as connection:
        said = str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one())
    return "" if said == "ok" else said


def disk_is_full(error: StoreError) -> bool:
    """Whether the database refused because the disk is full."""
    cause = error.__cause__
    return (
        isinstance(cause, DBAPIError)
        and isinstance(cause.orig, sqlite3.Error)
        and getattr(cause.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    )


def is_damaged(error: StoreError) -> bool:
    """Whether SQLite found that the file is not as it wrote it, or no database at all."""
    cause = error.__cause__
    refusal = cause.orig if isinstance(cause, DBAPIError) else cause
    code = getattr(refusal, "sqlite_errorcode", None) or 0
    return isinstance(refusal, sqlite3.Error) and code & 0xFF in (
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
    )


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        raise StoreError(f"the store's database refuses: {_cause(error)}") from error


def _cause(error: SQLAlchemyError) -> str:
    return str(error.orig) if isinstance(error, DBAPIError) else str(error)


def _set_pragmas(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver must not begin transactions of its own
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "journal_mode=DELETE",
        "synchronous=EXTRA",
        "foreign_keys=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("booth_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _migrate(engine: Engine, migrations: Sequence[Migration]) -> None:
    with writing(engine) as connection:
        connection.execute(
            text("CREATE TABLE IF NOT EXISTS migration (number INTEGER PRIMARY KEY, name TEXT NOT NULL)")
        )
        done = {row.number for row in connection.execute(text("SELECT number FROM migration"))}
    unknown = done - {step.number for step in migrations}
    if unknown:
        raise StoreError(f"{engine.url.database} was written by a newer version of the booth; update first")
    for step in sorted(migrations, key=lambda step: step.number):
        if step.number not in done:
            _apply(engine, step)


def _apply(engine: Engine, step: Migration) -> None:
    record = {"number": step.number, "name": step.name}
    with writing(engine) as connection:
        done = connection.execute(text("SELECT 1 FROM migration WHERE number = :number"), record).first()
        if done:  # another process was faster
            return
        for statement in step.statements:
            connection.exec_driver_sql(statement)
        connection.execute(
            text("INSERT INTO migration (number, name) VALUES (:number, :name)"),
            record,
        )
