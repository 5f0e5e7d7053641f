"""The tables of gallery.sqlite, as numbered migrations; one that was released is never edited.

`reference` has a row for each picture of one product, design and view; `change` is the history of its state,
`vetting` what it was last found to be against the others, `proposal` the design versions that were proposed.
"""

from __future__ import annotations

from enum import StrEnum

from booth.store.database import Migration

FILE_NAME = "gallery.sqlite"


class ReferenceState(StrEnum):
    """How far a reference has come; only active ones are compared with."""

    CANDIDATE = "candidate"
    VETTED = "vetted"
    ACTIVE = "active"
    RETIRED = "retired"


_REFERENCES = Migration(
    1,
    "references",
    (
        """CREATE TABLE reference (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            gtin TEXT NOT NULL,
            design TEXT NOT NULL,
            view TEXT NOT NULL,
            reference_id TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('candidate', 'vetted', 'active', 'retired')),
            enrolled_at TEXT NOT NULL,
            trunk TEXT NOT NULL,
            folder TEXT NOT NULL,
            features TEXT NOT NULL,
            sha256 TEXT NOT NULL,
            UNIQUE (gtin, design, view, reference_id)
        )""",
        "CREATE INDEX reference_in_use ON reference (gtin, trunk, state)",
    ),
)
_LOOKS = Migration(
    2,
    "where the item is in each reference, and its embedding",
    (
        """CREATE TABLE look (
            reference INTEGER NOT NULL REFERENCES reference (number),
            embedder TEXT NOT NULL,
            x INTEGER NOT NULL,
            y INTEGER NOT NULL,
            width INTEGER NOT NULL,
            height INTEGER NOT NULL,
            embedding BLOB NOT NULL,
            PRIMARY KEY (reference, embedder)
        ) WITHOUT ROWID""",
        """CREATE TABLE indexed (
            gtin TEXT PRIMARY KEY,
            catalogue TEXT NOT NULL,
            embeddings TEXT NOT NULL
        ) WITHOUT ROWID""",
    ),
)
_TURNED = Migration(
    3,
    "how far each reference's region is turned",
    ("ALTER TABLE look ADD COLUMN turn_deg REAL NOT NULL DEFAULT 0",),
)
_LIVING = Migration(
    4,
    "maps and depth beside the patches, where a reference came from, and how its state changed",
    (
        "ALTER TABLE reference ADD COLUMN maps TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE reference ADD COLUMN maps_sha256 TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE reference ADD COLUMN depth_sha256 TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE reference ADD COLUMN calibration TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE reference ADD COLUMN sample TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE reference ADD COLUMN distance REAL",
        """CREATE TABLE change (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            reference INTEGER NOT NULL REFERENCES reference (number) ON DELETE CASCADE,
            at TEXT NOT NULL,
            who TEXT NOT NULL,
            was TEXT NOT NULL,
            became TEXT NOT NULL,
            why TEXT NOT NULL
        )""",
        "CREATE INDEX change_reference ON change (reference, number)",
        """INSERT INTO change (reference, at, who, was, became, why)
            SELECT number, enrolled_at, '', '', state, 'enrolled before changes were kept' FROM reference""",
        """CREATE TABLE vetting (
            reference INTEGER PRIMARY KEY REFERENCES reference (number) ON DELETE CASCADE,
            at TEXT NOT NULL,
            others INTEGER NOT NULL,
            distance REAL,
            finding TEXT NOT NULL CHECK (finding IN ('good', 'suspect', 'unknown')),
            why TEXT NOT NULL
        )""",
        """CREATE TABLE proposal (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            gtin TEXT NOT NULL,
            design TEXT NOT NULL,
            made_at TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('open', 'accepted', 'rejected')),
            why TEXT NOT NULL,
            decided_at TEXT NOT NULL DEFAULT '',
            decided_by TEXT NOT NULL DEFAULT ''
        )""",
        "CREATE UNIQUE INDEX proposal_open ON proposal (gtin) WHERE state = 'open'",
        """CREATE TABLE proposed (
            proposal INTEGER NOT NULL REFERENCES proposal (number) ON DELETE CASCADE,
            reference INTEGER NOT NULL REFERENCES reference (number) ON DELETE CASCADE,
            PRIMARY KEY (proposal, reference)
        ) WITHOUT ROWID""",
    ),
)
MIGRATIONS = (_REFERENCES, _LOOKS, _TURNED, _LIVING)
