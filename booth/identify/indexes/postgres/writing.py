"""Changes of the catalogue in PostgreSQL: streamed into a temporary table, then merged in one transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import psycopg
from pgvector import Vector

from booth.domain.percept import FloatArray
from booth.domain.product import Product
from booth.errors import StoreError
from booth.identify.indexes.folding import spelling_keys, words_by_field
from booth.identify.indexes.postgres.schema import COLUMNS, VECTOR_INDEX

MANY = 1_000
"""After so many changes the planner's statistics are made anew."""
_LABELS = {"title": "A", "brand": "B", "size": "C", "category": "D"}
_NAMES = ", ".join(COLUMNS)
_SET = ", ".join(f"{name} = excluded.{name}" for name in (*COLUMNS[1:], "words"))
_OLD = ", ".join(f"product.{name}" for name in (*COLUMNS[1:], "words"))
_NEW = ", ".join(f"excluded.{name}" for name in (*COLUMNS[1:], "words"))
_INCOMING = (
    "CREATE TEMP TABLE incoming ON COMMIT DROP AS SELECT *, 0::bigint AS at FROM product WITH NO DATA",
    "CREATE TEMP TABLE fresh ON COMMIT DROP AS SELECT * FROM product WITH NO DATA",
)
_LAST = "INSERT INTO fresh SELECT DISTINCT ON (gtin) {columns} FROM incoming ORDER BY gtin, at DESC".format(
    columns=f"{_NAMES}, words"
)
_COUNT_WORDS = """
INSERT INTO word (word, products)
SELECT word, sum(n) FROM (
    SELECT unnest(tsvector_to_array(words)) AS word, 1 AS n FROM fresh
    UNION ALL
    SELECT unnest(tsvector_to_array(old.words)), -1 FROM product old JOIN fresh USING (gtin)
) counted GROUP BY word HAVING sum(n) <> 0
ON CONFLICT (word) DO UPDATE SET products = word.products + excluded.products
"""
_MERGE = f"""
INSERT INTO product ({_NAMES}, words) SELECT {_NAMES}, words FROM fresh
ON CONFLICT (gtin) DO UPDATE SET {_SET} WHERE ({_OLD}) IS DISTINCT FROM ({_NEW})
"""
_REVISED = """
UPDATE state SET revision = revision + 1, products = products + %s
"""


def write_products(connection: psycopg.Connection[Any], products: Iterable[Product]) -> int:
    """Add or replace by GTIN, all or nothing; of a GTIN given twice the last counts.

    Raises:
        psycopg.Error: the server refuses.
    """
    with connection.transaction():
        _lock(connection)
        for statement in _INCOMING:
            connection.execute(statement)
        with (
            connection.cursor() as cursor,
            cursor.copy(f"COPY incoming ({_NAMES}, words, at) FROM STDIN") as copy,
        ):
            for at, product in enumerate(products):
                copy.write_row((*_row_of(product), at))
        written = connection.execute(_LAST).rowcount
        if written:
            connection.execute("ANALYZE fresh")
            _merge(connection, written)
    return written


def _merge(connection: psycopg.Connection[Any], written: int) -> None:
    row = connection.execute("SELECT count(*) FROM fresh JOIN product USING (gtin)").fetchone()
    known = row[0] if row else 0
    connection.execute(_COUNT_WORDS)
    connection.execute("DELETE FROM word WHERE products <= 0")
    _add_keys(connection)
    connection.execute(_MERGE)
    connection.execute(_REVISED, (written - known,))
    if written >= MANY:
        connection.execute("ANALYZE product")
        connection.execute("ANALYZE word")
        connection.execute("ANALYZE spelling")


def _add_keys(connection: psycopg.Connection[Any]) -> None:
    """Give new words the keys by which their misspellings find them."""
    fresh = [row[0] for row in connection.execute("SELECT word FROM word WHERE is_new")]
    if not fresh:
        return
    with connection.cursor() as cursor, cursor.copy("COPY spelling (key, word) FROM STDIN") as copy:
        for word in fresh:
            for key in spelling_keys(word):
                copy.write_row((key, word))
    connection.execute("UPDATE word SET is_new = false WHERE is_new")


def write_vectors(connection: psycopg.Connection[Any], vectors: Iterable[tuple[str, FloatArray]]) -> int:
    """Set each product's embeddings, all or nothing; gives the number of rows written.

    Raises:
        StoreError: a product is unknown.
        psycopg.Error: the server refuses.
    """
    with connection.transaction():
        _lock(connection)
        connection.execute(
            "CREATE TEMP TABLE pictured (gtin text, place int, embedding vector(256), at bigint) "
            "ON COMMIT DROP"
        )
        with connection.cursor() as cursor, cursor.copy("COPY pictured FROM STDIN") as copy:
            for at, (gtin, rows) in enumerate(vectors):
                copy.write_row((gtin, -1, None, at))
                for place, row in enumerate(rows):
                    copy.write_row((gtin, place, Vector(row).to_text(), at))
        _refuse_unknown(connection)
        connection.execute(
            "DELETE FROM pictured a USING (SELECT gtin, max(at) AS at FROM pictured GROUP BY gtin) b "
            "WHERE a.gtin = b.gtin AND a.at < b.at"
        )
        return _replace_vectors(connection)


def _refuse_unknown(connection: psycopg.Connection[Any]) -> None:
    unknown = connection.execute(
        "SELECT gtin FROM pictured WHERE place = -1 AND gtin NOT IN (SELECT gtin FROM product) LIMIT 1"
    ).fetchone()
    if unknown:
        raise StoreError(f"there is no product {unknown[0]!r} to have a picture")


def _replace_vectors(connection: psycopg.Connection[Any]) -> int:
    """Take the old ones away and put the new ones in; the first ones of all get their graph afterwards."""
    connection.execute("DELETE FROM picture USING pictured WHERE picture.gtin = pictured.gtin")
    left = connection.execute("SELECT 1 FROM picture LIMIT 1").fetchone()
    if not left:
        connection.execute("DROP INDEX picture_near")
    written = connection.execute(
        "INSERT INTO picture SELECT gtin, place, embedding FROM pictured WHERE place >= 0"
    ).rowcount
    if not left:
        connection.execute(VECTOR_INDEX)
    if connection.execute("SELECT 1 FROM pictured LIMIT 1").fetchone():
        connection.execute(_REVISED, (0,))
    if written >= MANY:
        connection.execute("ANALYZE picture")
    return written


def _lock(connection: psycopg.Connection[Any]) -> None:
    """One change at a time, from whichever booth."""
    connection.execute("SELECT revision FROM state FOR UPDATE")


def _row_of(product: Product) -> tuple[Any, ...]:
    extra = json.dumps(dict(product.extra), ensure_ascii=False, sort_keys=True)
    return (*(getattr(product, name) for name in COLUMNS[:-1]), extra, _tsvector(product))


def _tsvector(product: Product) -> str:
    """The folded words with their fields as labels, in the type's notation; they hold no sign to escape."""
    places: dict[str, list[str]] = {}
    place = 0
    for name, words in words_by_field(product).items():
        for word in words:
            place += 1
            places.setdefault(word, []).append(f"{place}{_LABELS[name]}")
    return " ".join(f"'{word}':{','.join(at)}" for word, at in places.items())
