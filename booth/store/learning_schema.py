"""The tables of learning.sqlite, as numbered migrations; one that was released is never edited.

A version of learning state is never changed; `used` says which was in force when, the last row of a kind
being now. `confirmation` keeps the order of arrival whatever the clock did, and the last word counts.
"""

from __future__ import annotations

from booth.store.database import Migration

MIGRATIONS = (
    Migration(
        1,
        "versions of learning state, which was used when, queries and their confirmations",
        (
            """CREATE TABLE state (
                number INTEGER PRIMARY KEY AUTOINCREMENT,
                kind TEXT NOT NULL,
                version TEXT NOT NULL,
                made_at TEXT NOT NULL,
                made_by TEXT NOT NULL,
                based_on TEXT NOT NULL,
                upto INTEGER NOT NULL,
                figures TEXT NOT NULL,
                sha256 TEXT NOT NULL,
                bytes INTEGER NOT NULL,
                document BLOB NOT NULL,
                UNIQUE (kind, version)
            )""",
            """CREATE TABLE used (
                number INTEGER PRIMARY KEY AUTOINCREMENT,
                kind TEXT NOT NULL,
                version TEXT NOT NULL,
                used_at TEXT NOT NULL,
                used_by TEXT NOT NULL
            )""",
            "CREATE INDEX used_kind ON used (kind, number)",
            """CREATE TABLE query (
                number INTEGER PRIMARY KEY AUTOINCREMENT,
                entry_id TEXT NOT NULL UNIQUE,
                at TEXT NOT NULL,
                sha256 TEXT NOT NULL,
                identification BLOB NOT NULL
            )""",
            "CREATE INDEX query_at ON query (at)",
            """CREATE TABLE confirmation (
                number INTEGER PRIMARY KEY AUTOINCREMENT,
                entry_id TEXT NOT NULL REFERENCES query (entry_id) ON DELETE CASCADE,
                gtin TEXT NOT NULL,
                at TEXT NOT NULL
            )""",
            "CREATE INDEX confirmation_entry ON confirmation (entry_id, number)",
        ),
    ),
)
