"""The catalogue's schema: products in order of popularity, and their full text kept in step by triggers."""

from __future__ import annotations

import math

from booth.store.database import Migration

MEASURES = ("weight_g", "length_mm", "width_mm", "height_mm")
TEXTS = ("title", "brand", "category", "size")
COLUMNS = ("gtin", *TEXTS, *MEASURES, "popularity", "extra")

_LEVEL = 2**44  # more than any GTIN-13
_LEVELS = 2**18
_LEVELS_PER_E = 8_000


def place_of(gtin: str, popularity: float) -> int:
    """The row id of a product: unique by its GTIN, and smaller the more popular it is.

    Full text and scans give rows by ascending id, so that the first n of them are the n most popular.
    """
    level = min(_LEVELS - 1, int(_LEVELS_PER_E * math.log1p(popularity)))
    return int(gtin) - level * _LEVEL


_MIRRORED = ", ".join(TEXTS)
_NEW = ", ".join(f"new.{name}" for name in TEXTS)
_OLD = ", ".join(f"old.{name}" for name in TEXTS)

MIGRATIONS = (
    Migration(
        1,
        "products with full text",
        (
            """
            CREATE TABLE product (
                place INTEGER PRIMARY KEY,
                gtin TEXT NOT NULL CHECK (length(gtin) = 13 AND gtin NOT GLOB '*[^0-9]*'),
                title TEXT NOT NULL CHECK (title <> ''),
                brand TEXT NOT NULL,
                category TEXT NOT NULL,
                size TEXT NOT NULL,
                weight_g REAL NOT NULL CHECK (weight_g >= 0),
                length_mm REAL NOT NULL CHECK (length_mm >= 0),
                width_mm REAL NOT NULL CHECK (width_mm >= 0),
                height_mm REAL NOT NULL CHECK (height_mm >= 0),
                popularity REAL NOT NULL CHECK (popularity >= 0),
                extra TEXT NOT NULL
            )
            """,
            "CREATE UNIQUE INDEX product_by_gtin ON product (gtin)",
            f"CREATE VIRTUAL TABLE words USING fts5({_MIRRORED}, content='product', content_rowid='place', "
            "tokenize='unicode61 remove_diacritics 2', prefix='1 2 3')",
            "CREATE TRIGGER product_added AFTER INSERT ON product BEGIN "
            f"INSERT INTO words (rowid, {_MIRRORED}) VALUES (new.place, {_NEW}); END",
            "CREATE TRIGGER product_removed AFTER DELETE ON product BEGIN "
            f"INSERT INTO words (words, rowid, {_MIRRORED}) VALUES ('delete', old.place, {_OLD}); END",
            """
            CREATE TABLE state (
                one INTEGER PRIMARY KEY CHECK (one = 1),
                name TEXT NOT NULL,
                revision INTEGER NOT NULL
            )
            """,
            "CREATE TABLE vector (gtin TEXT PRIMARY KEY, rows BLOB NOT NULL)",
            "INSERT INTO state (one, name, revision) VALUES (1, lower(hex(randomblob(6))), 0)",
        ),
    ),
)
