"""The rows of logged queries and of what people confirmed for them."""

from __future__ import annotations

import logging
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, bindparam, text

from booth.domain.product import Identification
from booth.errors import StoreError
from booth.store.database import reading
from booth.store.documents import dump, from_json, parse, to_json
from booth.store.durable import sha256_of

log = logging.getLogger(__name__)

KEPT = 200_000
"""Queries that are kept at most; at 2 to 5 KB each they have below 1 GB."""
BATCH = 200
"""Rows read at a time: between batches no transaction is open, so that a writer is never kept waiting."""
MAX_BYTES = 64 * 2**20
"""What one document may unfold to."""

_SELECT = """
SELECT q.number, q.entry_id, q.at, q.sha256, q.identification,
       c.number AS confirmation, c.gtin, c.at AS confirmed_at
FROM query q {join} confirmation c ON c.entry_id = q.entry_id AND c.number = (
    SELECT max(number) FROM confirmation WHERE entry_id = q.entry_id)
WHERE {where} ORDER BY {order} LIMIT :limit
"""


@dataclass(frozen=True, slots=True)
class LoggedQuery:
    """One query of the log.

    Attributes:
        at: when it was asked.
        gtin: which product it was, or None where nobody has said so (yet): that is missing, not wrong.
        confirmed_at: when that was said.
        confirmation: the number of that word; higher is later.
        last: whether no later search of the same item is logged.
    """

    entry_id: str
    at: datetime
    identification: Identification
    gtin: str | None = None
    confirmed_at: datetime | None = None
    confirmation: int = 0
    last: bool = True


def entry_id_of(sample_id: str, number: int) -> str:
    """The id of an item's search, counted from 0."""
    return f"{sample_id}-{number}"


def add(connection: Connection, entry_id: str, identification: Identification, at: datetime) -> bool:
    """Insert a query; False where its id is there already. Raises: StoreError."""
    document = zlib.compress(dump(to_json(identification)), 1)
    row = {
        "entry_id": entry_id,
        "at": _utc(at),
        "sha256": sha256_of(document),
        "identification": document,
    }
    insert = """INSERT OR IGNORE INTO query (entry_id, at, sha256, identification)
        VALUES (:entry_id, :at, :sha256, :identification)"""
    return connection.execute(text(insert), row).rowcount == 1


def confirm(connection: Connection, entry_id: str, gtin: str, at: datetime) -> bool:
    """Add a word on a query; the same word said again adds nothing. False where the query is unknown."""
    if connection.execute(text("SELECT 1 FROM query WHERE entry_id = :id"), {"id": entry_id}).first() is None:
        return False
    last = "SELECT gtin FROM confirmation WHERE entry_id = :id ORDER BY number DESC LIMIT 1"
    if connection.execute(text(last), {"id": entry_id}).scalar() == gtin:
        return True
    insert = "INSERT INTO confirmation (entry_id, gtin, at) VALUES (:id, :gtin, :at)"
    connection.execute(text(insert), {"id": entry_id, "gtin": gtin, "at": _utc(at)})
    return True


def entries(
    engine: Engine, since: datetime | None, *, confirmed: bool, after: int | None
) -> Iterator[LoggedQuery]:
    """Queries in the order of arrival, or of confirmation where `after` is given. Raises: StoreError."""
    by_confirmation = after is not None
    known = "c.gtin != ''" if confirmed or by_confirmation else "TRUE"
    number = "c.number" if by_confirmation else "q.number"
    select = _SELECT.format(
        join="JOIN" if confirmed or by_confirmation else "LEFT JOIN",
        where=f"{number} > :last AND q.at >= :since AND {known}",
        order=number,
    )
    values = {"last": after or 0, "since": _utc(since) if since else "", "limit": BATCH}
    while True:
        with reading(engine) as connection:
            rows = connection.execute(text(select), values).all()
            followed = _followed(connection, [row.entry_id for row in rows])
        for row in rows:
            entry = _entry(row, row.entry_id not in followed)
            if entry is not None:
                yield entry
        if len(rows) < BATCH:
            return
        values["last"] = rows[-1].confirmation if by_confirmation else rows[-1].number


def counts(connection: Connection) -> tuple[int, int]:
    """How many queries there are, and for how many the product is known."""
    every = connection.execute(text("SELECT count(*) FROM query")).scalar_one()
    known = """SELECT count(*) FROM confirmation c WHERE c.gtin != '' AND c.number = (
        SELECT max(number) FROM confirmation WHERE entry_id = c.entry_id)"""
    return int(every), int(connection.execute(text(known)).scalar_one())


def prune(connection: Connection, older_than: datetime | None, at_most: int) -> int:
    """Delete queries that are too old or beyond `at_most`, with their confirmations; gives how many."""
    old = "DELETE FROM query WHERE at < :before"
    gone = connection.execute(text(old), {"before": _utc(older_than)}).rowcount if older_than else 0
    many = "DELETE FROM query WHERE number NOT IN (SELECT number FROM query ORDER BY number DESC LIMIT :most)"
    return gone + connection.execute(text(many), {"most": max(0, at_most)}).rowcount


def _followed(connection: Connection, entry_ids: Sequence[str]) -> set[str]:
    """Those after which a later search of the same item is logged."""
    after = {_next(entry_id): entry_id for entry_id in entry_ids}
    select = text("SELECT entry_id FROM query WHERE entry_id IN :ids").bindparams(
        bindparam("ids", expanding=True)
    )
    return {after[found] for found in connection.execute(select, {"ids": list(after)}).scalars()}


def _next(entry_id: str) -> str:
    sample_id, _, number = entry_id.rpartition("-")
    return entry_id_of(sample_id, int(number) + 1) if number.isdecimal() else ""


def _entry(row: Row[Any], last: bool) -> LoggedQuery | None:
    document = bytes(row.identification)
    try:
        if sha256_of(document) != row.sha256:
            raise StoreError("it has changed since it was logged")
        identification = from_json(Identification, parse(_unfolded(document)))
    except StoreError as error:
        log.warning("the logged query %s is left out: %s", row.entry_id, error)
        return None
    return LoggedQuery(
        row.entry_id,
        datetime.fromisoformat(row.at),
        identification,
        row.gtin or None,
        datetime.fromisoformat(row.confirmed_at) if row.gtin else None,
        int(row.confirmation or 0),
        last,
    )


def _unfolded(document: bytes) -> bytes:
    unfolding = zlib.decompressobj()
    try:
        data = unfolding.decompress(document, MAX_BYTES)
    except zlib.error as error:
        raise StoreError(f"it cannot be unfolded: {error}") from error
    if unfolding.unconsumed_tail:
        raise StoreError(f"it unfolds to more than {MAX_BYTES} bytes")
    return data


def _utc(at: datetime) -> str:
    """An instant as text that sorts by time."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
