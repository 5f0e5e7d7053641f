"""The embeddings of reference pictures, in a database of their own: written while products are read."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

from booth.domain.percept import FloatArray
from booth.errors import StoreError
from booth.ports.finding import VECTOR_SIZE
from booth.store.catalogue.products import Products, State
from booth.store.catalogue.readers import Readers
from booth.store.catalogue.rows import number_of
from booth.store.catalogue.schema import PICTURES
from booth.store.database import damage, open_database, writing

BATCH = 5_000
LENGTH_TOLERANCE = 1e-3
"""Of unit length; half precision and a round trip through a file stay within."""
REMEDY = "take the file away, and `booth run` makes it anew from the reference pictures"

_SET = (
    "INSERT INTO embedding (gtin, vectors, seal, revision) VALUES (?, ?, ?, ?) ON CONFLICT (gtin) DO UPDATE "
    "SET vectors = excluded.vectors, seal = excluded.seal, revision = excluded.revision"
)
_CHANGED = "SELECT gtin, vectors, seal FROM embedding WHERE revision > ?"
_SAMPLED = "SELECT e.vectors FROM json_each(?) asked CROSS JOIN embedding e ON e.place = asked.value"

SmallInts = npt.NDArray[np.int8]


class Vectors(NamedTuple):
    """Embeddings of some products.

    Attributes:
        products: (P,) GTINs, also of those that have no pictures any more.
        owners: (N,) the GTIN of each row.
        rows: (N, 256).
    """

    products: npt.NDArray[np.int64]
    owners: npt.NDArray[np.int64]
    rows: SmallInts


class Pictures:
    """Embeddings by GTIN, each as 256 small integers: a cosine needs no more, and no scale.

    Reading from any thread; changes from one at a time, who holds the turn to write.
    """

    def __init__(self, path: Path) -> None:
        """Open or create it. Raises: StoreError."""
        self.path = path
        self._engine = open_database(path, PICTURES)
        self._readers = Readers(path)

    def state(self) -> State:
        """The catalogue's name, and the revision. Raises: StoreError."""
        return State(*self._readers.all("SELECT name, revision, count FROM state")[0])

    def belong_to(self, catalogue: str) -> None:
        """Take the name of the catalogue, once and for all. Raises: StoreError: it has another's."""
        state = self.state()
        if state.name == catalogue:
            return
        if state.revision:
            raise StoreError(f"{self.path} is of another catalogue; put the right file back, or {REMEDY}")
        with writing(self._engine) as connection:
            connection.exec_driver_sql("UPDATE state SET name = ?", (catalogue,))

    def changes(self, since: int) -> int:
        """Of how many products a later revision set the embeddings. Raises: StoreError."""
        select = "SELECT count(*) FROM embedding WHERE revision > ?"
        return int(self._readers.all(select, (since,))[0][0])

    def changed(self, since: int) -> Iterator[Vectors]:
        """What later revisions set, in parts. Raises: StoreError."""
        for rows in self._readers.chunks(_CHANGED, (since,), BATCH):
            for gtin, vectors, seal in rows:
                if seal != _seal(gtin, vectors):
                    raise StoreError(f"{self.path} is damaged at {gtin:013}; {REMEDY}")
            gtins = np.array([gtin for gtin, _, _ in rows], np.int64)
            counts = [len(vectors) // VECTOR_SIZE for _, vectors, _ in rows]
            joined = np.frombuffer(b"".join([vectors for _, vectors, _ in rows]), np.int8)
            yield Vectors(gtins, np.repeat(gtins, counts), joined.reshape(-1, VECTOR_SIZE))

    def sample(self, count: int) -> SmallInts:
        """Embeddings of at most so many products, spread over all. Raises: StoreError."""
        last = self._readers.all("SELECT coalesce(max(place), 0) FROM embedding")[0][0]
        places = json.dumps(list(range(1, last + 1, max(1, last // count))))
        stored = self._readers.all(_SAMPLED, (places,))
        return np.frombuffer(b"".join([vectors for (vectors,) in stored]), np.int8).reshape(-1, VECTOR_SIZE)

    def upsert(self, vectors: Iterable[tuple[str, FloatArray]], products: Products) -> int:
        """Set products' embeddings in one transaction; gives the number of rows.

        Raises:
            StoreError: a product is unknown, a vector is impossible, the disk refuses; nothing was written.
        """
        written, given = 0, iter(vectors)
        with writing(self._engine) as connection:
            revision = connection.exec_driver_sql("SELECT revision + 1 FROM state").scalar_one()
            changed = False
            while batch := dict(islice(given, BATCH)):
                changed = True
                written += _write(connection, batch, products, revision)
            if changed:
                connection.exec_driver_sql("UPDATE state SET revision = ?", (revision,))
        return written

    def carry_over(self, older: Pictures, products: Products) -> None:
        """Take what an older catalogue has, undamaged, of these products. Raises: StoreError."""
        with writing(self._engine) as connection:
            for rows in older.stored(BATCH):
                gone = set(products.unknown([gtin for gtin, _, _ in rows]))
                whole = [(gtin, data, seal) for gtin, data, seal in rows if seal == _seal(gtin, data)]
                kept = [(*row, 1) for row in whole if row[0] not in gone]
                if kept:
                    connection.exec_driver_sql(_SET, kept)
            connection.exec_driver_sql("UPDATE state SET revision = 1")

    def stored(self, size: int) -> Iterator[list[tuple[int, bytes, int]]]:
        """GTIN, vectors and seal of every product, at most `size` at a time. Raises: StoreError."""
        return self._readers.chunks(_CHANGED, (0,), size)

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


def quantised(rows: FloatArray) -> SmallInts:
    """(N, 256) each scaled so that its largest number is 127; the cosine changes by less than 0.002."""
    largest = np.abs(rows).max(axis=1, keepdims=True, initial=0.0)
    small: SmallInts = np.rint(rows * (127.0 / np.maximum(largest, 1e-12))).astype(np.int8)
    return small


def _write(connection: Connection, batch: Mapping[str, FloatArray], products: Products, revision: int) -> int:
    numbers = [number_of(gtin) for gtin in batch]
    unknown = {None, *products.unknown([number for number in numbers if number is not None])}
    for gtin, number in zip(batch, numbers, strict=True):
        if number in unknown:
            raise StoreError(f"there is no product {gtin[:40]!r} to have pictures")
    rows = _quantised_all(batch)
    stored = [
        (number, data, _seal(number, data), revision)
        for number, data in zip(numbers, [small.tobytes() for small in rows], strict=True)
        if number is not None
    ]
    connection.exec_driver_sql(_SET, stored)
    return sum(map(len, rows))


def _quantised_all(batch: Mapping[str, FloatArray]) -> list[SmallInts]:
    """All of a batch at once: a call a product would cost more than the rest of the writing."""
    for gtin, given in batch.items():
        if given.ndim != 2 or given.shape[1] != VECTOR_SIZE:
            raise StoreError(f"the embeddings of {gtin} are {given.shape}, not (R, {VECTOR_SIZE})")
    together = np.concatenate([np.asarray(given, np.float32) for given in batch.values()])
    right = np.abs(np.einsum("ij,ij->i", together, together) - 1.0) < 2 * LENGTH_TOLERANCE
    if not right.all():
        owners = np.repeat(np.array(list(batch)), [len(given) for given in batch.values()])
        raise StoreError(f"an embedding of {owners[~right][0]} is not of unit length")
    ends = np.cumsum([len(given) for given in batch.values()])
    return np.split(quantised(together), ends[:-1])


def _seal(gtin: int, vectors: bytes) -> int:
    return zlib.crc32(vectors, gtin % 2**32)
