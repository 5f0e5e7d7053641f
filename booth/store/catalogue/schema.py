"""The schemas of the catalogue's two databases: the products, and the embeddings of their pictures.

Each row carries the revision that last changed it, so that what is made from the rows can catch up, and a
seal over its content, so that a flipped byte is found out.
"""

from __future__ import annotations

from booth.store.database import Migration

MEASURES = ("weight_g", "length_mm", "width_mm", "height_mm")
TEXTS = ("title", "brand", "category", "size")
FACETS = ("brand", "category", "size")
COLUMNS = ("gtin", *TEXTS, *MEASURES, "popularity", "extra", "seal")

_STATE = """
CREATE TABLE state (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    name TEXT NOT NULL,
    revision INTEGER NOT NULL,
    count INTEGER NOT NULL
)
"""
_NAMED = "INSERT INTO state (one, name, revision, count) VALUES (1, lower(hex(randomblob(6))), 0, 0)"

PRODUCTS = (
    Migration(
        1,
        "products, and how many have each value",
        (
            """
            CREATE TABLE product (
                place INTEGER PRIMARY KEY,
                gtin INTEGER NOT NULL UNIQUE CHECK (gtin BETWEEN 0 AND 9999999999999),
                title TEXT NOT NULL,
                brand TEXT NOT NULL,
                category TEXT NOT NULL,
                size TEXT NOT NULL,
                weight_g REAL NOT NULL,
                length_mm REAL NOT NULL,
                width_mm REAL NOT NULL,
                height_mm REAL NOT NULL,
                popularity REAL NOT NULL,
                extra TEXT NOT NULL,
                seal INTEGER NOT NULL,
                revision INTEGER NOT NULL
            )
            """,
            "CREATE INDEX product_by_revision ON product (revision)",
            """
            CREATE TABLE value (
                field TEXT NOT NULL,
                value TEXT NOT NULL,
                products INTEGER NOT NULL,
                PRIMARY KEY (field, value)
            ) WITHOUT ROWID
            """,
            _STATE,
            _NAMED,
        ),
    ),
)

PICTURES = (
    Migration(
        1,
        "embeddings by product",
        (
            """
            CREATE TABLE embedding (
                place INTEGER PRIMARY KEY,
                gtin INTEGER NOT NULL UNIQUE,
                vectors BLOB NOT NULL,
                seal INTEGER NOT NULL,
                revision INTEGER NOT NULL
            )
            """,
            "CREATE INDEX embedding_by_revision ON embedding (revision)",
            _STATE,
            _NAMED,
        ),
    ),
)
