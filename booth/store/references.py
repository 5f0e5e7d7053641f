"""The galleries on disk: reference pictures, their features, and which of them are in use.

`gallery.sqlite` names them; `gallery/kept/<key>/` holds each picture, so that a better trunk can enrol it
again, its depth, its features as (variants, rows, columns, channels) float16, and its maps.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Row, text

from booth.domain.percept import Gallery, Reference
from booth.domain.picture import Picture
from booth.domain.terms import now
from booth.errors import StoreError
from booth.store.database import open_database, reading, writing
from booth.store.durable import sha256_of
from booth.store.gallery_schema import FILE_NAME, MIGRATIONS, ReferenceState
from booth.store.reference_choice import given, turned
from booth.store.reference_files import (
    ReferenceFiles,
    folder_name,
    packed_looks,
    packed_picture,
    unpacked_looks,
)
from booth.store.reference_rows import GalleryRow, Source

log = logging.getLogger(__name__)

CACHED_BYTES = 256_000_000
"""Features that are held in memory: four references of four views, with their turns, have 90 MB."""

_ACTIVE = "SELECT * FROM reference WHERE gtin = :gtin AND trunk = :trunk AND state = 'active' ORDER BY number"
_LINES = (
    "SELECT group_concat(design || '|' || \"view\" || '|' || reference_id || '|' || sha256 || maps_sha256,"
    f" char(10)) FROM ({_ACTIVE})"
)
"""What a gallery's version is made of, as `_version` has it: one value, however many references there are."""


class References:
    """All galleries under one root. Writers take turns, in any process; any may read."""

    def __init__(self, root: Path) -> None:
        """Open or create them. Raises: StoreError."""
        self._files = ReferenceFiles(root)
        self._engine = open_database(root / FILE_NAME, MIGRATIONS)
        self._cache: dict[tuple[str, str, str], Gallery] = {}

    def add(
        self,
        gtin: str,
        design: str,
        reference: Reference,
        rgb: NDArray[np.uint8],
        variants: Sequence[Reference] = (),
        depth_mm: NDArray[np.uint16] | None = None,
        source: Source | None = None,
    ) -> bool:
        """Keep a reference, durably; False when this picture and trunk are there already, undamaged.

        A picture that another trunk enrolled gets the new features in place of the old; one whose files are
        missing or have changed gets all of them again. Its state stays as it is.

        Args:
            rgb: (H, W, 3) uint8, the picture as it was taken.
            variants: small turns of it, of the reference's own shape.
            depth_mm: (H, W) uint16, aligned to the picture.
            source: where it comes from; enrolled by nobody, and active, where it is not said.

        Raises:
            StoreError: it cannot be kept; nothing of it is in use then.
        """
        features, said = packed_looks([reference, *variants])
        with self._files.turn():
            row = self._find(gtin, design, reference)
            lacks_depth = row is not None and depth_mm is not None and not row.depth_sha256
            whole = row is not None and self._is_whole(row) and not lacks_depth
            if row is not None and whole and row.trunk == reference.trunk:
                return False
            if row is not None and whole:
                self._files.put(row.folder, features)
            else:
                picture = packed_picture(rgb, depth_mm)
                said["depth_sha256"] = "".join(sha256_of(picture[name]) for name in list(picture)[1:])
                said["folder"] = row.folder if row else self._free_folder(gtin, design, reference)
                self._files.place(said["folder"], {**picture, **features})
            values = {**said, "trunk": reference.trunk}
            if row is None:
                self._insert(gtin, design, reference, values, source or Source())
            else:
                self._replace(row, values)
                self._files.drop(row.folder, sorted({row.features, row.maps} - set(features)))
        return True

    def of(self, gtin: str, trunk: str) -> Gallery | None:
        """The active references of a product that this trunk made, or None when there are none.

        Of a view that has many those are given that stand for all of them. One whose file
        is missing or damaged is left out and logged, as long as another is left.

        Raises:
            StoreError: the files of all of them are missing or damaged.
        """
        names = {"gtin": gtin, "trunk": trunk}
        with reading(self._engine) as connection:
            lines = connection.execute(text(_LINES), names).scalar()
            if lines is None:
                return None
            key = (gtin, trunk, _digest(lines))
            found = self._cache.get(key)
            rows = [] if found else connection.execute(text(_ACTIVE), names).all()
        found = found or self._gallery(gtin, rows)
        if found.version == key[2]:  # one that lacks a reference is read again, until that is mended
            self._remember(key, found)
        return found

    def load(self, numbers: Sequence[int]) -> dict[int, list[Reference]]:
        """References by their rows' numbers, each with its turns; a damaged one is left out and logged.

        Raises:
            StoreError: the database refuses.
        """
        found: dict[int, list[Reference]] = {}
        with reading(self._engine) as connection:
            rows = [_row(connection, number) for number in numbers]
        for row in rows:
            if row is not None:
                try:
                    found[row.number] = self._load(row)
                except StoreError as error:
                    log.error("a reference of %s is left out: %s", row.gtin, error)
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

    def picture(self, gtin: str, design: str, reference: Reference) -> Picture:
        """A kept picture with its depth, to enrol it again. Raises: StoreError."""
        row = self._find(gtin, design, reference)
        if row is None:
            raise StoreError(f"{gtin} has no reference {reference.reference_id}")
        return self.picture_of(row.number)

    def picture_of(self, number: int) -> Picture:
        """The same, by its row's number. Raises: StoreError."""
        with reading(self._engine) as connection:
            row = _row(connection, number)
        if row is None:
            raise StoreError("the reference is gone; `booth gallery report` lists those that are there")
        picture = self._files.picture(row.folder, row.depth_sha256)
        if reference_id_of(picture.rgb) != row.reference_id:
            raise StoreError(f"the picture in {row.folder} has changed since it was enrolled; enrol it again")
        return picture

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def _find(self, gtin: str, design: str, reference: Reference) -> Row[Any] | None:
        statement = (
            "SELECT * FROM reference WHERE gtin = :gtin AND design = :design"
            ' AND "view" = :view AND reference_id = :reference_id'
        )
        with reading(self._engine) as connection:
            values = {"gtin": gtin, "design": design, **_names(reference)}
            return connection.execute(text(statement), values).first()

    def _free_folder(self, gtin: str, design: str, reference: Reference) -> str:
        """A folder's name that no row has: a reference of this name may have become one of another design."""
        statement = text("SELECT 1 FROM reference WHERE folder = :folder")
        folder = folder_name(gtin, design, reference)
        with reading(self._engine) as connection:
            while connection.execute(statement, {"folder": folder}).first():
                folder = sha256_of(folder.encode())[:32]
        return folder

    def _insert(
        self, gtin: str, design: str, reference: Reference, values: dict[str, str], source: Source
    ) -> None:
        row = {
            "gtin": gtin,
            "design": design,
            "state": source.state,
            "enrolled_at": now().isoformat(),
            "sample": source.sample,
            "calibration": source.calibration,
            "distance": source.distance,
            **_names(reference),
            **values,
        }
        columns = ", ".join(f'"{name}"' for name in row)
        statement = f"INSERT INTO reference ({columns}) VALUES ({', '.join(f':{name}' for name in row)})"
        change = (
            "INSERT INTO change (reference, at, who, was, became, why)"
            " VALUES (last_insert_rowid(), :enrolled_at, :who, '', :state, :why)"
        )
        with writing(self._engine) as connection:
            connection.execute(text(statement), row)
            connection.execute(text(change), {**row, "who": source.who, "why": source.why})

    def _replace(self, row: Row[Any], values: dict[str, str]) -> None:
        changed = ", ".join(f"{name} = :{name}" for name in values)
        statement = f"UPDATE reference SET {changed} WHERE number = :number"
        with writing(self._engine) as connection:
            connection.execute(text(statement), {**values, "number": row.number})

    def _gallery(self, gtin: str, rows: Sequence[Row[Any]]) -> Gallery:
        whole: list[Row[Any]] = []
        references: list[Reference] = []
        trouble: StoreError | None = None
        with_turns = turned(rows)
        for row in given(rows):
            try:
                looks = self._load(row)
            except StoreError as error:
                log.error("a reference of %s is left out: %s", gtin, error)
                trouble = error
            else:
                whole.append(row)
                references += looks if (row.design, row.view) in with_turns else looks[:1]
        if trouble is not None and not whole:
            raise trouble
        designs = dict.fromkeys(row.design for row in whole)
        version = _version(rows if trouble is None else whole)
        return Gallery(gtin, ", ".join(designs), version, tuple(references))

    def _is_whole(self, row: Row[Any]) -> bool:
        try:
            self._load(row)
            if row.depth_sha256:
                self._files.picture(row.folder, row.depth_sha256)
        except StoreError:
            return False
        return self._files.has_picture(row.folder)

    def _load(self, row: Row[Any]) -> list[Reference]:
        nothing = np.empty((0, 0, 0), np.float32)
        shared = Reference(row.reference_id, row.view, row.trunk, nothing, design=row.design)
        features = (row.features, self._files.read(row.folder, row.features, row.sha256))
        maps = (row.maps, self._files.read(row.folder, row.maps, row.maps_sha256)) if row.maps else None
        return unpacked_looks(shared, features, maps)

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


def _row(connection: Connection, number: int) -> Row[Any] | None:
    found = connection.execute(text("SELECT * FROM reference WHERE number = :number"), {"number": number})
    return found.first()


def _bytes_of(gallery: Gallery) -> int:
    return sum(reference.patches.nbytes for reference in gallery.references)


def _names(reference: Reference) -> dict[str, str]:
    return {"view": reference.view, "reference_id": reference.reference_id}


def _version(rows: Sequence[Row[Any]]) -> str:
    parts = [(row.design, row.view, row.reference_id, row.sha256 + row.maps_sha256) for row in rows]
    return _digest("\n".join("|".join(each) for each in parts))


def _digest(lines: str) -> str:
    return sha256_of(lines.encode())[:16]
