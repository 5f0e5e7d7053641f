"""The products, in SQLite: the truth that every other file of the catalogue is made from."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

from booth.domain.product import Product
from booth.errors import StoreError
from booth.store.catalogue.readers import Readers
from booth.store.catalogue.rows import number_of, product_of, row_of
from booth.store.catalogue.schema import COLUMNS, FACETS, MEASURES, PRODUCTS
from booth.store.database import damage, open_database, writing

BATCH = 5_000
CHUNK = 20_000

_FIELDS = ", ".join(f"p.{name}" for name in COLUMNS)
_GET = f"SELECT {_FIELDS} FROM json_each(?) asked CROSS JOIN product p ON p.gtin = asked.value"
_KNOWN = f"SELECT p.place, {_FIELDS} FROM json_each(?) asked CROSS JOIN product p ON p.gtin = asked.value"
_ONE = f"SELECT {_FIELDS} FROM product p WHERE p.gtin = ?"
_CHANGED = f"SELECT {_FIELDS} FROM product p WHERE p.revision > ?"
_MEASURED = f"SELECT gtin, popularity, {', '.join(MEASURES)} FROM product WHERE revision > ?"
_INSERT = (
    f"INSERT INTO product ({', '.join(COLUMNS)}, revision) VALUES ({', '.join('?' for _ in COLUMNS)}, ?)"
)
_UPDATE = f"UPDATE product SET {', '.join(f'{name} = ?' for name in COLUMNS)}, revision = ? WHERE place = ?"
_COUNT_VALUE = (
    "INSERT INTO value (field, value, products) VALUES (?, ?, ?) "
    "ON CONFLICT (field, value) DO UPDATE SET products = products + excluded.products"
)


class State(NamedTuple):
    """What a database of the catalogue says of itself.

    Attributes:
        name: the catalogue's own, drawn when it was made.
        revision: how often it was changed.
        size: how many products it holds; of pictures nobody asks.
    """

    name: str
    revision: int
    size: int


class Products:
    """Products by GTIN. Reading from any thread; changes from one at a time, who holds the turn to write."""

    def __init__(self, path: Path) -> None:
        """Open or create it. Raises: StoreError."""
        self.path = path
        self._engine = open_database(path, PRODUCTS)
        self._readers = Readers(path)

    def state(self) -> State:
        """The catalogue's name, its revision, its number of products. Raises: StoreError."""
        return State(*self._readers.all("SELECT name, revision, count FROM state")[0])

    def rename(self) -> State:
        """Draw another name for the catalogue: what was made of it is made anew. Raises: StoreError."""
        with writing(self._engine) as connection:
            connection.exec_driver_sql("UPDATE state SET name = lower(hex(randomblob(6)))")
        return self.state()

    def by_gtin(self, gtin: str) -> Product | None:
        """The product of this GTIN-13. Raises: StoreError."""
        number = number_of(gtin)
        rows = [] if number is None else self._readers.all(_ONE, (number,))
        return product_of(rows[0]) if rows else None

    def get(self, gtins: Sequence[str]) -> list[Product]:
        """The known ones of these products, in the order asked. Raises: StoreError."""
        numbers = [number for gtin in gtins if (number := number_of(gtin)) is not None]
        return [product_of(row) for row in self._readers.all(_GET, (json.dumps(numbers),))]

    def unknown(self, numbers: Sequence[int]) -> list[int]:
        """Which of these GTINs there are no products of. Raises: StoreError."""
        select = "SELECT p.gtin FROM json_each(?) asked CROSS JOIN product p ON p.gtin = asked.value"
        known = {gtin for (gtin,) in self._readers.all(select, (json.dumps(numbers),))}
        return [number for number in numbers if number not in known]

    def values(self, field: str) -> dict[str, int]:
        """How many products have each value of one of FACETS. Raises: StoreError."""
        return dict(self._readers.all("SELECT value, products FROM value WHERE field = ?", (field,)))

    def changed(self, since: int) -> Iterator[Product]:
        """Every product that a later revision added or changed. Raises: StoreError."""
        for rows in self._readers.chunks(_CHANGED, (since,), CHUNK):
            yield from map(product_of, rows)

    def changes(self, since: int) -> int:
        """How many products a later revision added or changed. Raises: StoreError."""
        select = "SELECT count(*) FROM product WHERE revision > ?"
        return int(self._readers.all(select, (since,))[0][0])

    def measured(self, since: int) -> npt.NDArray[np.float64]:
        """(N, 6) GTIN, popularity and MEASURES of what later revisions changed. Raises: StoreError."""
        chunks = [np.array(rows) for rows in self._readers.chunks(_MEASURED, (since,), CHUNK)]
        return np.concatenate([np.empty((0, 2 + len(MEASURES))), *chunks])

    def upsert(self, products: Iterable[Product], *, spill: bool = False) -> int:
        """Add or replace in one transaction; gives the number given.

        Args:
            spill: let pages go to disk before the end: less memory, but nobody can read until then.

        Raises:
            StoreError: the disk refuses, or a product is impossible; nothing was written.
        """
        written, added = 0, 0
        with writing(self._engine) as connection:
            connection.exec_driver_sql(f"PRAGMA cache_spill = {'ON' if spill else 'OFF'}")
            connection.exec_driver_sql("PRAGMA cache_size = -65536")
            revision = connection.exec_driver_sql("SELECT revision + 1 FROM state").scalar_one()
            for batch in _batches(products):
                added += _write(connection, [row_of(product) for product in batch], revision)
                written += len(batch)
            if written:
                change = "UPDATE state SET revision = ?, count = count + ?"
                connection.exec_driver_sql(change, (revision, added))
        return written

    def damage(self) -> str:
        """What is wrong with the file, or empty; reads all of it, from the disk."""
        self.close()  # connections hold pages in memory
        try:
            said = damage(self._engine)
            sum(1 for _ in self.changed(-1))
        except StoreError as error:
            return str(error)
        return said

    def close(self) -> None:
        """Let go of the file; who reads on opens it again."""
        self._readers.close()
        self._engine.dispose()


def _batches(products: Iterable[Product]) -> Iterator[list[Product]]:
    rest = iter(products)
    while batch := list(islice(rest, BATCH)):
        yield batch


def _write(connection: Connection, rows: Sequence[tuple[Any, ...]], revision: int) -> int:
    """Write what differs; gives how many products are new. Of a GTIN that came twice the last counts."""
    wanted = {row[0]: row for row in rows}
    asked = (json.dumps(list(wanted)),)
    known = {row[1]: tuple(row) for row in connection.exec_driver_sql(_KNOWN, asked)}
    fresh = [row for gtin, row in wanted.items() if gtin not in known]
    changed = [(wanted[gtin], old) for gtin, old in known.items() if wanted[gtin] != old[1:]]
    if fresh:
        connection.exec_driver_sql(_INSERT, [(*row, revision) for row in fresh])
    if changed:
        updates = [(*row, revision, old[0]) for row, old in changed]
        connection.exec_driver_sql(_UPDATE, updates)
    _count_values(connection, [*fresh, *(row for row, _ in changed)], [old[1:] for _, old in changed])
    return len(fresh)


def _count_values(
    connection: Connection, now: Sequence[Sequence[Any]], before: Sequence[Sequence[Any]]
) -> None:
    counts: Counter[tuple[str, str]] = Counter()
    for field in FACETS:
        column = COLUMNS.index(field)
        counts.update((field, row[column]) for row in now)
        counts.subtract((field, row[column]) for row in before)
    changes = [(*key, count) for key, count in counts.items() if count and key[1]]
    if changes:
        connection.exec_driver_sql(_COUNT_VALUE, changes)
        connection.exec_driver_sql("DELETE FROM value WHERE products <= 0")
