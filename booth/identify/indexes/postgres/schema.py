"""The tables of the catalogue in PostgreSQL: made where missing, refused where another version's."""

from __future__ import annotations

import secrets
from typing import Any

import psycopg
from psycopg import sql

from booth.errors import StoreError

VERSION = 1
TEXTS = ("title", "brand", "category", "size")
MEASURES = ("weight_g", "length_mm", "width_mm", "height_mm")
COLUMNS = ("gtin", *TEXTS, *MEASURES, "popularity", "extra")
VECTOR_INDEX = "CREATE INDEX picture_near ON picture USING hnsw (embedding vector_ip_ops)"
"""Inner products of unit vectors are cosines. HNSW, not the exact scan: that reads 1 GB for every view at a
million pictures (Malkov and Yashunin, 2018)."""

_TABLES = (
    """
    CREATE TABLE product (
        gtin text COLLATE "C" PRIMARY KEY CHECK (gtin ~ '^[0-9]{13}$'),
        title text NOT NULL CHECK (title <> ''),
        brand text NOT NULL,
        category text NOT NULL,
        size text NOT NULL,
        weight_g float8 NOT NULL CHECK (weight_g >= 0),
        length_mm float8 NOT NULL CHECK (length_mm >= 0),
        width_mm float8 NOT NULL CHECK (width_mm >= 0),
        height_mm float8 NOT NULL CHECK (height_mm >= 0),
        popularity float8 NOT NULL CHECK (popularity >= 0),
        extra text NOT NULL,
        words tsvector NOT NULL
    )
    """,
    "CREATE INDEX product_by_popularity ON product (popularity DESC, gtin)",
    'CREATE INDEX product_by_end ON product (reverse(gtin) COLLATE "C")',
    "CREATE INDEX product_by_words ON product USING gin (words)",
    *(f"CREATE INDEX product_by_{name} ON product ({name}) WHERE {name} > 0" for name in MEASURES),
    """
    CREATE TABLE picture (
        gtin text COLLATE "C" NOT NULL REFERENCES product ON DELETE CASCADE,
        place int NOT NULL,
        embedding vector(256) NOT NULL,
        PRIMARY KEY (gtin, place)
    )
    """,
    VECTOR_INDEX,
    """
    CREATE TABLE word (
        word text COLLATE "C" PRIMARY KEY,
        products bigint NOT NULL,
        is_new boolean NOT NULL DEFAULT true
    )
    """,
    "CREATE INDEX word_that_is_new ON word (word) WHERE is_new",
    """
    CREATE TABLE spelling (
        key text COLLATE "C",
        word text COLLATE "C" REFERENCES word ON DELETE CASCADE,
        PRIMARY KEY (key, word)
    )
    """,
    "CREATE INDEX spelling_of_word ON spelling (word)",
    """
    CREATE TABLE state (
        one int PRIMARY KEY CHECK (one = 1),
        version int NOT NULL,
        name text NOT NULL,
        revision bigint NOT NULL,
        products bigint NOT NULL
    )
    """,
)
_LOCK = 0x626F6F7468
"""Two booths that start at once make the tables one after the other."""


def ensure_tables(connection: psycopg.Connection[Any], schema: str) -> None:
    """Make the schema and its tables, all or nothing.

    Raises:
        StoreError: they belong to another version of the booth, or pgvector is not installed there.
        psycopg.Error: the server refuses.
    """
    if not _is_there(connection, schema):
        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
            if not _is_there(connection, schema):
                _make(connection, schema)
    row = connection.execute("SELECT version FROM state").fetchone()
    if not row or row[0] != VERSION:
        written = row[0] if row else "no"
        raise StoreError(
            f"the catalogue in PostgreSQL, schema {schema}, is of version {written}, not {VERSION}: "
            "give it another schema and import the catalogue again"
        )


def _is_there(connection: psycopg.Connection[Any], schema: str) -> bool:
    found = connection.execute("SELECT to_regclass(%s)", (f'"{schema}".state',)).fetchone()
    return bool(found and found[0] is not None)


def _make(connection: psycopg.Connection[Any], schema: str) -> None:
    if not connection.execute("SELECT 1 FROM pg_extension WHERE extname = 'vector'").fetchone():
        try:
            with connection.transaction():
                connection.execute("CREATE EXTENSION vector")
        except psycopg.DatabaseError as error:
            if isinstance(error, psycopg.OperationalError):
                raise
            raise StoreError(
                "this PostgreSQL database has no pgvector: let its administrator run CREATE EXTENSION vector"
            ) from error
    found = connection.execute("SELECT to_regnamespace(%s)", (f'"{schema}"',)).fetchone()
    if not found or found[0] is None:  # IF NOT EXISTS asks for the right to make one where it is there, too
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
    for statement in _TABLES:
        connection.execute(statement)
    values = (VERSION, secrets.token_hex(6))
    connection.execute("INSERT INTO state VALUES (1, %s, %s, 0, 0)", values)
