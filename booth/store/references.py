"""The galleries on disk: reference pictures, their features, and which of them are in use.

`gallery.sqlite` names them; `gallery/kept/<key>/` holds each picture, so that a better trunk can enrol it
again, and its features as (variants, rows, columns, channels) float16.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Row, text

from booth.domain.percept import Gallery, Reference
from booth.domain.terms import now
from booth.errors import StoreError
from booth.store import pictures
from booth.store.database import Migration, open_database, reading, writing
from booth.store.durable import place_file, place_folder, sha256_of
from booth.store.feature_files import decode_features, encode_features

log = logging.getLogger(__name__)

PICTURE = f"picture{pictures.RGB}"
CACHED_BYTES = 256_000_000
"""Features that are held in memory: four references of four views, with their turns, have 90 MB."""

FILE_NAME = "gallery.sqlite"
MIGRATIONS = (
    Migration(
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
    ),
    Migration(
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
    ),
    Migration(
        3,
        "how far each reference's region is turned",
        ("ALTER TABLE look ADD COLUMN turn_deg REAL NOT NULL DEFAULT 0",),
    ),
)


class ReferenceState(StrEnum):
    """How far a reference has come; only active ones are compared with."""

    CANDIDATE = "candidate"
    VETTED = "vetted"
    ACTIVE = "active"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class GalleryRow:
    """How many references of one state and trunk a product's view has."""

    gtin: str
    design: str
    view: str
    trunk: str
    state: ReferenceState
    references: int
    enrolled_at: str


class References:
    """All galleries under one root. One thread at a time enrols; any may read."""

    def __init__(self, root: Path) -> None:
        """Open or create them. Raises: StoreError."""
        self._files = root / "gallery"
        self._engine = open_database(root / FILE_NAME, MIGRATIONS)
        self._cache: dict[tuple[str, str, str], Gallery] = {}

    def add(
        self,
        gtin: str,
        design: str,
        reference: Reference,
        rgb: NDArray[np.uint8],
        variants: Sequence[NDArray[np.float32]] = (),
    ) -> bool:
        """Keep a reference, durably; False when this picture and trunk are there already, undamaged.

        A picture that another trunk enrolled gets the new features in place of the old; one whose files are
        missing or have changed gets both again.

        Args:
            rgb: (H, W, 3) uint8, the picture as it was taken.
            variants: patches of small turns of it, of the reference's own shape.

        Raises:
            StoreError: it cannot be kept; nothing of it is in use then.
        """
        row = self._find(gtin, design, reference)
        if row is not None and row.trunk == reference.trunk and self._is_whole(row):
            return False
        features = encode_features([reference.patches, *variants])
        name = f"features-{sha256_of(reference.trunk.encode())[:12]}.npy"
        values = {"features": name, "sha256": sha256_of(features), "trunk": reference.trunk}
        if row is None or not self._is_whole(row):
            values["folder"] = self._place(_key(gtin, design, reference), name, features, rgb)
        else:
            place_file(features, self._tmp(), self._files / "kept" / row.folder / name)
        if row is None:
            self._insert(gtin, design, reference, values)
        else:
            self._replace(row, values)
        return True

    def of(self, gtin: str, trunk: str) -> Gallery | None:
        """The active references of a product that this trunk made, or None when there are none.

        One whose file is missing or damaged is left out and logged, as long as another is left.

        Raises:
            StoreError: the files of all of them are missing or damaged.
        """
        statement = (
            "SELECT * FROM reference WHERE gtin = :gtin AND trunk = :trunk AND state = 'active'"
            " ORDER BY number"
        )
        with reading(self._engine) as connection:
            rows = connection.execute(text(statement), {"gtin": gtin, "trunk": trunk}).all()
        if not rows:
            return None
        key = (gtin, trunk, _version(rows))
        found = self._cache.get(key) or self._gallery(gtin, rows)
        if found.version == key[2]:  # one that lacks a reference is read again, until that is mended
            self._remember(key, found)
        return found

    def listing(self) -> list[GalleryRow]:
        """What there is, by product, design, view, trunk and state. Raises: StoreError."""
        statement = (
            'SELECT gtin, design, "view", trunk, state, count(*) AS n, max(enrolled_at) AS at'
            ' FROM reference GROUP BY gtin, design, "view", trunk, state ORDER BY gtin, design, "view"'
        )
        with reading(self._engine) as connection:
            rows = connection.execute(text(statement)).all()
        return [
            GalleryRow(r.gtin, r.design, r.view, r.trunk, ReferenceState(r.state), r.n, r.at) for r in rows
        ]

    def picture(self, gtin: str, design: str, reference: Reference) -> NDArray[np.uint8]:
        """A kept picture, to enrol it again, (H, W, 3) uint8. Raises: StoreError."""
        row = self._find(gtin, design, reference)
        if row is None:
            raise StoreError(f"{gtin} has no reference {reference.reference_id}")
        data = _read(self._files / "kept" / row.folder / PICTURE)
        return np.asarray(pictures.decode(PICTURE, data), np.uint8)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def _find(self, gtin: str, design: str, reference: Reference) -> Row[Any] | None:
        statement = (
            "SELECT * FROM reference WHERE gtin = :gtin AND design = :design"
            ' AND "view" = :view AND reference_id = :reference_id'
        )
        values = {"gtin": gtin, "design": design, **_names(reference)}
        with reading(self._engine) as connection:
            return connection.execute(text(statement), values).first()

    def _place(self, key: str, name: str, features: bytes, rgb: NDArray[np.uint8]) -> str:
        files = {PICTURE: pictures.encode(PICTURE, rgb), name: features}
        final = self._files / "kept" / key
        try:
            final.parent.mkdir(parents=True, exist_ok=True)
            if final.exists():  # a crash came between the files and their row
                final.rename(self._tmp())
        except OSError as error:
            raise StoreError(f"{final} cannot be written: {error}") from error
        place_folder(files, self._tmp(), final)
        return key

    def _tmp(self) -> Path:
        folder = self._files / "tmp"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{folder} cannot be made: {error}") from error
        return folder / secrets.token_hex(8)

    def _insert(self, gtin: str, design: str, reference: Reference, values: dict[str, str]) -> None:
        statement = (
            'INSERT INTO reference (gtin, design, "view", reference_id, state, enrolled_at,'
            " trunk, folder, features, sha256) VALUES (:gtin, :design, :view, :reference_id, :state,"
            " :enrolled_at, :trunk, :folder, :features, :sha256)"
        )
        row = {
            "gtin": gtin,
            "design": design,
            "state": ReferenceState.ACTIVE,
            "enrolled_at": now().isoformat(),
            **_names(reference),
            **values,
        }
        with writing(self._engine) as connection:
            connection.execute(text(statement), row)

    def _replace(self, row: Row[Any], values: dict[str, str]) -> None:
        statement = (
            "UPDATE reference SET trunk = :trunk, features = :features, sha256 = :sha256, folder = :folder"
            " WHERE number = :number"
        )
        with writing(self._engine) as connection:
            connection.execute(text(statement), {"folder": row.folder, **values, "number": row.number})

    def _gallery(self, gtin: str, rows: Sequence[Row[Any]]) -> Gallery:
        whole: list[Row[Any]] = []
        references: list[Reference] = []
        trouble: StoreError | None = None
        for row in rows:
            try:
                references += self._load(row)
            except StoreError as error:
                log.error("a reference of %s is left out: %s", gtin, error)
                trouble = error
            else:
                whole.append(row)
        if trouble is not None and not whole:
            raise trouble
        designs = dict.fromkeys(row.design for row in whole)
        return Gallery(gtin, ", ".join(designs), _version(whole), tuple(references))

    def _is_whole(self, row: Row[Any]) -> bool:
        try:
            self._load(row)
        except StoreError:
            return False
        picture: Path = self._files / "kept" / row.folder / PICTURE
        return picture.is_file()

    def _load(self, row: Row[Any]) -> list[Reference]:
        path = self._files / "kept" / row.folder / row.features
        data = _read(path)
        if sha256_of(data) != row.sha256:
            raise StoreError(f"{path} has changed since it was enrolled; enrol its picture again")
        return [
            Reference(row.reference_id, row.view, row.trunk, patches, variant)
            for variant, patches in enumerate(decode_features(path.name, data))
        ]

    def _remember(self, key: tuple[str, str, str], gallery: Gallery) -> None:
        """Hold a gallery as the one asked for last; let go of those that were not asked for longest."""
        held = [pair for pair in self._cache.items() if pair[0] != key]
        room = CACHED_BYTES - _bytes_of(gallery)
        kept: list[tuple[tuple[str, str, str], Gallery]] = []
        for pair in reversed(held):
            room -= _bytes_of(pair[1])
            if room < 0:
                break
            kept.append(pair)
        self._cache = {**dict(reversed(kept)), key: gallery}


def reference_id_of(rgb: NDArray[np.uint8]) -> str:
    """The SHA-256 of a picture's pixels and shape, in hex."""
    digest = hashlib.sha256(str(rgb.shape).encode())
    digest.update(np.ascontiguousarray(rgb).tobytes())
    return digest.hexdigest()


def _bytes_of(gallery: Gallery) -> int:
    return sum(reference.patches.nbytes for reference in gallery.references)


def _names(reference: Reference) -> dict[str, str]:
    return {"view": reference.view, "reference_id": reference.reference_id}


def _key(gtin: str, design: str, reference: Reference) -> str:
    """The folder's name: no part of it comes from outside."""
    parts = "\n".join((gtin, design, reference.view, reference.reference_id))
    return sha256_of(parts.encode())[:32]


def _version(rows: Sequence[Row[Any]]) -> str:
    lines = "\n".join(f"{row.design}|{row.view}|{row.reference_id}|{row.sha256}" for row in rows)
    return sha256_of(lines.encode())[:16]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error}; enrol its picture again") from error
