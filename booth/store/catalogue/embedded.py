"""The embedded catalogue index: one SQLite file with full text, added to or replaced by GTIN."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection, Row

from booth.domain.evidence import Understood
from booth.domain.percept import FloatArray
from booth.domain.product import Product
from booth.errors import ConfigError, InputError, StoreError
from booth.ports.finding import VECTOR_SIZE, Hit
from booth.ports.service import Options
from booth.store.catalogue.schema import COLUMNS, MEASURES, MIGRATIONS, place_of
from booth.store.catalogue.typed import all_of, any_of, digits_of, prefix_of, ranking_of, words_of
from booth.store.database import open_database, reading, writing

FILE_NAME = "catalogue.sqlite"
BATCH = 5_000
WRITE_CACHE_KIB = 65_536
"""Page cache of a write transaction: until it is full nothing spills, and readers are not locked out."""
COMMON = 2_000
"""A word that fits so many products only filters; of what fits, so many products are ranked at most."""
POPULARITY_GAIN = 0.5
"""How much more the most popular product scores than an unpopular one whose words fit as well."""
MIN_GTIN_DIGITS = 3
FACETS = ("brand", "category", "size")
MASK = re.compile(r"[0-9?]{13}")

_SELECT = "SELECT " + ", ".join(f"p.{name}" for name in COLUMNS)
_GTINS = "product INDEXED BY product_by_gtin"
_KNOWN = (
    f"SELECT p.place, {', '.join(f'p.{name}' for name in COLUMNS)} FROM product p "
    "WHERE p.gtin IN (SELECT value FROM json_each(?))"
)
_INSERT = f"INSERT INTO product (place, {', '.join(COLUMNS)}) VALUES (?{', ?' * len(COLUMNS)})"
_FITS = "SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid LIMIT ?"
_SET_VECTOR = (
    "INSERT OR REPLACE INTO vector (gtin, rows) "
    "SELECT ?, ? WHERE EXISTS (SELECT 1 FROM product WHERE gtin = ?)"
)
_POPULARITY = (
    f"(1.0 + {POPULARITY_GAIN} * ln(1.0 + p.popularity) / (SELECT ln(2.0 + max(popularity)) FROM top))"
)
_RANKED = f"""
WITH top AS (SELECT popularity FROM product ORDER BY place LIMIT 1), fitting AS MATERIALIZED ({_FITS}),
told AS MATERIALIZED (
    SELECT rowid AS place, -bm25(words, 10.0, 6.0, 2.0, 4.0) AS relevance FROM words WHERE words MATCH ?
)
SELECT p.gtin, told.relevance * {_POPULARITY} AS score
FROM fitting CROSS JOIN told ON told.place = fitting.rowid CROSS JOIN product p ON p.place = told.place
ORDER BY score DESC, p.place LIMIT ?
"""
_BY_POPULARITY = f"""
WITH top AS (SELECT popularity FROM product ORDER BY place LIMIT 1)
SELECT p.gtin, {_POPULARITY} AS score FROM product p WHERE p.place IN ({_FITS}) ORDER BY p.place
"""


class Catalogue:
    """A CatalogueIndex in one folder. Searches may come from any thread; upsert from one at a time."""

    def __init__(self, folder: Path) -> None:
        """Open or create it. Raises: StoreError."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"the catalogue's folder {folder} cannot be made: {error.strerror}") from error
        try:
            self._engine = open_database(folder / FILE_NAME, MIGRATIONS)
        except StoreError as error:
            raise StoreError(f"the catalogue {folder / FILE_NAME} cannot be opened: {error}") from error

    @property
    def snapshot(self) -> str:
        """The catalogue's own name and how often it was changed. Raises: StoreError."""
        with reading(self._engine) as connection:
            row = connection.exec_driver_sql("SELECT name, revision FROM state").one()
        return f"{row.name}-{row.revision}"

    def count(self) -> int:
        """How many products there are. Raises: StoreError."""
        with reading(self._engine) as connection:
            return int(connection.exec_driver_sql("SELECT count(*) FROM product").scalar_one())

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()

    def by_gtin(self, gtin: str) -> Product | None:
        """The product of this GTIN-13. Raises: StoreError."""
        found = self._products(f"{_SELECT} FROM product p WHERE p.gtin = ?", (gtin,))
        return found[0] if found else None

    def get(self, gtins: Sequence[str]) -> Sequence[Product]:
        """The known ones of these products, in the order asked. Raises: StoreError."""
        select = f"{_SELECT} FROM product p WHERE p.gtin IN (SELECT value FROM json_each(?))"
        found = {product.gtin: product for product in self._products(select, (json.dumps(list(gtins)),))}
        return [found[gtin] for gtin in gtins if gtin in found]

    def values(self, name: str) -> Mapping[str, int]:
        """How many products have each brand, category or size.

        Raises:
            InputError: it is none of these.
            StoreError: the catalogue cannot be read.
        """
        if name not in FACETS:
            raise InputError(f"there is no field {name[:40]!r}; there are: {', '.join(FACETS)}")
        select = f"SELECT {name}, count(*) FROM product WHERE {name} <> '' GROUP BY {name}"
        with reading(self._engine) as connection:
            return {str(value): int(count) for value, count in connection.exec_driver_sql(select)}

    def by_gtin_mask(self, mask: str, limit: int) -> Sequence[Hit]:
        """Products whose GTIN-13 fits, most popular first.

        Raises:
            InputError: the mask is not thirteen characters of digits and `?`.
            StoreError: the catalogue cannot be read.
        """
        if not MASK.fullmatch(mask):
            raise InputError(f"{mask[:40]!r} is no GTIN mask: thirteen digits, with ? for each unknown one")
        select = "SELECT gtin FROM product WHERE gtin GLOB ? ORDER BY place LIMIT ?"
        return self._hits(select, (mask, max(0, limit)))

    def by_text(self, text: str, limit: int, understood: Sequence[Understood] = ()) -> Sequence[Hit]:
        """Products by typed words, or by any part of the GTIN where digits alone were typed; best first.

        Each word is a prefix and must fit; where no product fits all, those that fit any are given. Scores
        are comparable within one answer only. Nothing that is typed can be wrong.

        Raises:
            StoreError: the catalogue cannot be read.
        """
        digits, words = digits_of(text), words_of(text)
        if limit <= 0 or not words:
            return []
        with reading(self._engine) as connection:
            found = _by_digits(connection, digits, limit) if len(digits) >= MIN_GTIN_DIGITS else []
            return found or _by_words(connection, words, limit)

    def by_vector(self, embeddings: FloatArray, limit: int) -> Sequence[Hit]:
        """Products by the best cosine over all pairs of a row and a reference. Raises: StoreError."""
        with reading(self._engine) as connection:
            rows = connection.exec_driver_sql("SELECT gtin, rows FROM vector").all()
        best = [(row.gtin, float((_rows_of(row.rows) @ embeddings.T).max())) for row in rows]
        return [Hit(*pair) for pair in sorted(best, key=lambda pair: -pair[1])[: max(0, limit)]]

    def by_ranges(self, ranges: Mapping[str, tuple[float, float]], limit: int) -> Sequence[Hit]:
        """Products whose named measures all lie within, most popular first; an unknown measure never fits.

        Raises:
            InputError: a measure of that name does not exist.
            StoreError: the catalogue cannot be read.
        """
        unknown = sorted(set(ranges) - set(MEASURES))
        if unknown:
            raise InputError(f"there is no measure {unknown[0]!r}; there are: {', '.join(MEASURES)}")
        within = [f"p.{name} > 0 AND p.{name} BETWEEN ? AND ?" for name in ranges]
        bounds = [float(bound) for pair in ranges.values() for bound in pair]
        select = (
            f"SELECT p.gtin FROM product p WHERE {' AND '.join(within) or 'TRUE'} ORDER BY p.place LIMIT ?"
        )
        return self._hits(select, (*bounds, max(0, limit)))

    def upsert(self, products: Iterable[Product]) -> int:
        """Add or replace by GTIN in one transaction; gives the number of products written.

        Whatever `products` raises while it is read leaves the catalogue as it was.

        Raises:
            StoreError: the disk refuses, or a product is impossible (its GTIN is not thirteen digits, its
                title is empty, a measure or its popularity is negative or no number).
        """
        written = 0
        with writing(self._engine) as connection:
            connection.exec_driver_sql(f"PRAGMA cache_size = -{WRITE_CACHE_KIB}")
            for batch in _batches(products):
                _write(connection, batch)
                written += len(batch)
            if written:
                connection.exec_driver_sql("UPDATE state SET revision = revision + 1")
        return written

    def upsert_vectors(self, vectors: Iterable[tuple[str, FloatArray]]) -> int:
        """Set products' embeddings in one transaction. Raises: StoreError."""
        written = 0
        with writing(self._engine) as connection:
            for gtin, rows in vectors:
                values: tuple[Any, ...] = (gtin, _checked(gtin, rows).tobytes(), gtin)
                done = connection.exec_driver_sql(_SET_VECTOR, values)
                if not done.rowcount:
                    raise StoreError(f"there is no product {gtin[:40]!r} to have a picture")
                written += len(rows)
            if written:
                connection.exec_driver_sql("UPDATE state SET revision = revision + 1")
        return written

    def _hits(self, select: str, values: tuple[Any, ...]) -> list[Hit]:
        with reading(self._engine) as connection:
            return [Hit(row.gtin, 1.0) for row in connection.exec_driver_sql(select, values)]

    def _products(self, select: str, values: tuple[Any, ...]) -> list[Product]:
        with reading(self._engine) as connection:
            return [_product_of(row) for row in connection.exec_driver_sql(select, values)]


def index(path: Path, options: Options) -> Catalogue:
    """Entry point of group `booth.indexes`: the catalogue in folder `path`; it has no options.

    Raises:
        ConfigError: an option was given.
        StoreError: the catalogue cannot be opened.
    """
    if options:
        raise ConfigError(f"the embedded catalogue has no option {sorted(options)[0]!r}")
    return Catalogue(path)


def _by_digits(connection: Connection, digits: str, limit: int) -> list[Hit]:
    """Those whose number begins so, as EAN-13, UPC-A or EAN-8; if none does, those that hold the digits."""
    holds = " UNION ".join([f"SELECT place FROM {_GTINS} WHERE gtin GLOB ?"] * 3)
    begins: tuple[Any, ...] = tuple(f"{zeros}{digits}*" for zeros in ("", "0", "00000"))
    select = "SELECT p.gtin FROM product p WHERE p.place IN ({}) ORDER BY p.place LIMIT ?"
    found = _all(connection, select.format(holds), (*begins, limit))
    if not found:
        holds = f"SELECT place FROM {_GTINS} WHERE instr(gtin, ?)"
        found = _all(connection, select.format(holds), (digits, limit))
    return [Hit(gtin, 1.0) for gtin in found]


def _by_words(connection: Connection, words: list[str], limit: int) -> list[Hit]:
    """BM25 over title, brand, size and category with a bias to what is popular; common words only filter.

    BM25 reads every row that a word fits: without the bound one letter typed would cost a full scan.
    """
    telling = [word for word in words if not _is_common(connection, word)]
    for fits in (all_of(words), any_of(telling or words)):
        if telling:
            values: tuple[Any, ...] = (fits, COMMON, ranking_of(telling), limit)
            rows = connection.exec_driver_sql(_RANKED, values).all()
        else:
            rows = connection.exec_driver_sql(_BY_POPULARITY, (fits, limit)).all()
        if rows:
            return [Hit(row.gtin, float(row.score)) for row in rows]
    return []


def _is_common(connection: Connection, word: str) -> bool:
    fits = connection.exec_driver_sql(f"SELECT count(*) FROM ({_FITS})", (prefix_of(word), COMMON))
    return int(fits.scalar_one()) >= COMMON


def _all(connection: Connection, select: str, values: tuple[Any, ...]) -> list[str]:
    return [row.gtin for row in connection.exec_driver_sql(select, values)]


def _batches(products: Iterable[Product]) -> Iterator[dict[str, Product]]:
    """Batches by GTIN; of a GTIN that is in a batch twice the last counts."""
    rest = iter(products)
    while batch := list(islice(rest, BATCH)):
        yield {product.gtin: product for product in batch}


def _write(connection: Connection, batch: Mapping[str, Product]) -> None:
    """Replace what differs, by ascending row id: FTS5 starts a new segment whenever an id goes back."""
    known = {row.gtin: tuple(row) for row in connection.exec_driver_sql(_KNOWN, (json.dumps(list(batch)),))}
    rows = {gtin: _row_of(product) for gtin, product in batch.items()}
    fresh = [row for gtin, row in rows.items() if known.get(gtin) != row]
    stale = [known[gtin][:1] for gtin, row in rows.items() if gtin in known and known[gtin] != row]
    if stale:
        connection.exec_driver_sql("DELETE FROM product WHERE place = ?", sorted(stale))
    if fresh:
        connection.exec_driver_sql(_INSERT, sorted(fresh))


def _row_of(product: Product) -> tuple[Any, ...]:
    extra = json.dumps(dict(product.extra), ensure_ascii=False, sort_keys=True)
    return (_place_of(product), *(getattr(product, name) for name in COLUMNS[:-1]), extra)


def _place_of(product: Product) -> int:
    try:
        return place_of(product.gtin, product.popularity)
    except (ValueError, OverflowError) as error:
        raise StoreError(f"product {product.gtin[:40]!r} has an impossible GTIN or popularity") from error


def _product_of(row: Row[Any]) -> Product:
    fields = {name: getattr(row, name) for name in COLUMNS}
    return Product(**{**fields, "extra": json.loads(row.extra)})


def _checked(gtin: str, rows: FloatArray) -> FloatArray:
    given = np.ascontiguousarray(rows, np.float32)
    if given.ndim != 2 or given.shape[1] != VECTOR_SIZE:
        raise StoreError(f"the embeddings of {gtin[:40]!r} are {given.shape}, not (R, {VECTOR_SIZE})")
    if not np.all(np.abs(np.linalg.norm(given, axis=1) - 1.0) < 1e-3):
        raise StoreError(f"an embedding of {gtin[:40]!r} is not of unit length")
    return given


def _rows_of(stored: bytes) -> FloatArray:
    return np.frombuffer(stored, np.float32).reshape(-1, VECTOR_SIZE)
