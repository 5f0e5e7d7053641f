"""The tables of booth.sqlite, as numbered migrations; one that was released is never edited.

A sample's state only moves forward: kept, closed, uploaded, receipted, evicted. An evicted row is the
tombstone that outlives the files. `number` keeps the order of arrival whatever the clock did.
"""

from __future__ import annotations

from booth.store.database import Migration

MIGRATIONS = (
    Migration(
        1,
        "samples, their files, closings, amendments, receipts and the outbox",
        (
            """CREATE TABLE sample (
                number INTEGER PRIMARY KEY AUTOINCREMENT,
                sample_id TEXT NOT NULL UNIQUE,
                booth_id TEXT NOT NULL,
                kept_at TEXT NOT NULL,
                state TEXT NOT NULL DEFAULT 'kept'
                    CHECK (state IN ('kept', 'closed', 'uploaded', 'receipted', 'evicted')),
                gtin TEXT NOT NULL,
                outcome TEXT,
                disposition TEXT,
                verdicts INTEGER NOT NULL,
                bytes INTEGER NOT NULL,
                flagged TEXT NOT NULL DEFAULT ''
            )""",
            "CREATE INDEX sample_state ON sample (state)",
            """CREATE TABLE file (
                sample_id TEXT NOT NULL REFERENCES sample (sample_id),
                name TEXT NOT NULL,
                folder TEXT NOT NULL,
                sha256 TEXT NOT NULL,
                bytes INTEGER NOT NULL,
                media_type TEXT NOT NULL,
                PRIMARY KEY (sample_id, name)
            ) WITHOUT ROWID""",
            """CREATE TABLE closing (
                number INTEGER PRIMARY KEY AUTOINCREMENT,
                sample_id TEXT NOT NULL UNIQUE REFERENCES sample (sample_id),
                document BLOB NOT NULL
            )""",
            """CREATE TABLE amendment (
                number INTEGER PRIMARY KEY AUTOINCREMENT,
                amendment_id TEXT NOT NULL UNIQUE,
                sample_id TEXT NOT NULL REFERENCES sample (sample_id),
                predecessor TEXT NOT NULL,
                document BLOB NOT NULL,
                sent INTEGER NOT NULL DEFAULT 0,
                UNIQUE (sample_id, predecessor)
            )""",
            """CREATE TABLE receipt (
                sample_id TEXT PRIMARY KEY REFERENCES sample (sample_id),
                document BLOB NOT NULL
            )""",
            """CREATE TABLE outbox (
                number INTEGER PRIMARY KEY AUTOINCREMENT,
                sample_id TEXT NOT NULL UNIQUE REFERENCES sample (sample_id),
                message BLOB NOT NULL,
                attempts INTEGER NOT NULL DEFAULT 0,
                last_failure TEXT NOT NULL DEFAULT '',
                dispatched INTEGER NOT NULL DEFAULT 0
            )""",
        ),
    ),
)
