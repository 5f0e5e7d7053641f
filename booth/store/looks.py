"""Where the item is in each reference picture, its embedding, and which products the index has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Row, text

from booth.domain.percept import FloatArray
from booth.domain.picture import Region
from booth.errors import StoreError
from booth.store import pictures
from booth.store.database import open_database, reading, writing
from booth.store.durable import sha256_of
from booth.store.gallery_schema import FILE_NAME, MIGRATIONS
from booth.store.reference_files import PICTURE
from booth.store.references import reference_id_of

_ACTIVE = "reference.state = 'active'"
_WHERE_IT_IS = (
    'SELECT number, gtin, "view", folder, x, y, width, height, turn_deg FROM reference'
    f" LEFT JOIN look ON look.reference = reference.number AND look.embedder = :embedder WHERE {_ACTIVE}"
)


@dataclass(frozen=True, slots=True)
class Pictured:
    """An active reference picture; `region` is None where nobody has looked at it with this embedder."""

    number: int
    gtin: str
    view: str
    folder: str
    region: Region | None


class Looks:
    """What is known of the galleries' pictures beside their patches. One thread at a time writes."""

    def __init__(self, root: Path) -> None:
        """Open or create it, beside the galleries under `root`. Raises: StoreError."""
        self._files = root / "gallery" / "kept"
        self._engine = open_database(root / FILE_NAME, MIGRATIONS)

    def lacking(self, embedder: str) -> list[Pictured]:
        """Active references without an embedding of this embedder. Raises: StoreError."""
        return [found for found in self._pictured(embedder) if found.region is None]

    def of(self, gtin: str, embedder: str) -> list[Pictured]:
        """The active references of a product, the oldest first. Raises: StoreError."""
        return self._pictured(embedder, " AND gtin = :gtin", gtin=gtin)

    def picture(self, pictured: Pictured) -> NDArray[np.uint8]:
        """The whole picture, (H, W, 3) uint8. Raises: StoreError."""
        path = self._files / pictured.folder / PICTURE
        try:
            data = path.read_bytes()
        except OSError as error:
            raise StoreError(f"{path} cannot be read: {error.strerror}; enrol its picture again") from error
        return np.asarray(pictures.decode(PICTURE, data), np.uint8)

    def reference(self, gtin: str, view: str, reference_id: str) -> tuple[NDArray[np.uint8], Region | None]:
        """A reference's picture, retired ones too, and where it shows the item if anybody has looked.

        Of a picture that several views have, that of `view` is given.

        Raises:
            StoreError: it is gone, or its picture has changed or cannot be read.
        """
        statement = (
            'SELECT number, gtin, "view", folder, x, y, width, height, turn_deg FROM reference'
            " LEFT JOIN look ON look.reference = reference.number"
            " WHERE gtin = :gtin AND reference_id = :reference_id"
            ' ORDER BY "view" = :view DESC, number DESC'
        )
        values = {"gtin": gtin, "view": view, "reference_id": reference_id}
        with reading(self._engine) as connection:
            row = connection.execute(text(statement), values).first()
        if row is None:
            raise StoreError(f"{gtin} has no reference {reference_id} any more")
        region = _region_of(row)
        rgb = self.picture(Pictured(row.number, row.gtin, row.view, row.folder, region))
        if reference_id_of(rgb) != reference_id:
            raise StoreError(f"the picture in {row.folder} has changed since it was enrolled; enrol it again")
        return rgb, region

    def without_picture(self) -> list[Path]:
        """Where the pictures of active references ought to lie and do not. Raises: StoreError."""
        with reading(self._engine) as connection:
            folders = connection.execute(text(f"SELECT folder FROM reference WHERE {_ACTIVE}")).scalars()
            paths = [self._files / folder / PICTURE for folder in folders]
        return [path for path in paths if not path.is_file()]

    def keep(self, number: int, embedder: str, region: Region, embedding: FloatArray) -> None:
        """Keep the embedding, (256,) float32 of unit length, of one reference. Raises: StoreError."""
        statement = (
            "INSERT OR REPLACE INTO look (reference, embedder, x, y, width, height, turn_deg, embedding)"
            " VALUES (:number, :embedder, :x, :y, :width, :height, :turn_deg, :embedding)"
        )
        row = {
            "number": number,
            "embedder": embedder,
            **asdict(region),
            "embedding": embedding.astype("<f4").tobytes(),
        }
        with writing(self._engine) as connection:
            connection.execute(text(statement), row)

    def not_indexed(self, embedder: str, catalogue: str) -> Iterator[tuple[str, FloatArray]]:
        """Products whose embeddings this catalogue does not have as they are now. Raises: StoreError."""
        statement = "SELECT gtin, embeddings FROM indexed WHERE catalogue = :catalogue"
        with reading(self._engine) as connection:
            found = connection.execute(text(statement), {"catalogue": catalogue})
            known = {row.gtin: row.embeddings for row in found}
            gtins = connection.execute(text(f"SELECT DISTINCT gtin FROM reference WHERE {_ACTIVE}")).scalars()
            wanted = list(gtins)
        for gtin in wanted:
            rows = self._embeddings(gtin, embedder)
            if len(rows) and known.get(gtin) != _digest(rows):
                yield gtin, rows

    def note_indexed(self, catalogue: str, products: Sequence[tuple[str, FloatArray]]) -> None:
        """Remember that the catalogue has these embeddings now. Raises: StoreError."""
        statement = text(
            "INSERT OR REPLACE INTO indexed (gtin, catalogue, embeddings) VALUES (:gtin, :catalogue, :digest)"
        )
        with writing(self._engine) as connection:
            for gtin, rows in products:
                row = {"gtin": gtin, "catalogue": catalogue, "digest": _digest(rows)}
                connection.execute(statement, row)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def _embeddings(self, gtin: str, embedder: str) -> FloatArray:
        statement = (
            "SELECT embedding FROM look JOIN reference ON reference.number = look.reference"
            f" WHERE gtin = :gtin AND embedder = :embedder AND {_ACTIVE} ORDER BY number"
        )
        with reading(self._engine) as connection:
            found = connection.execute(text(statement), {"gtin": gtin, "embedder": embedder}).scalars()
            rows = [np.frombuffer(blob, "<f4") for blob in found]
        return np.array(rows, np.float32)

    def _pictured(self, embedder: str, more: str = "", **values: str) -> list[Pictured]:
        with reading(self._engine) as connection:
            found = connection.execute(
                text(f"{_WHERE_IT_IS}{more} ORDER BY number"), {"embedder": embedder, **values}
            )
            return [
                Pictured(row.number, row.gtin, row.view, row.folder, _region_of(row)) for row in found.all()
            ]


def _region_of(row: Row[Any]) -> Region | None:
    return None if row.x is None else Region(row.x, row.y, row.width, row.height, row.turn_deg)


def _digest(rows: FloatArray) -> str:
    return sha256_of(rows.astype("<f4").tobytes())[:16]
