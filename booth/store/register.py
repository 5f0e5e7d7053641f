"""The rows of samples: what is kept, how far each has come, and which files belong to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, text

from booth.domain.sample import Closing, Sample
from booth.domain.terms import DispositionKind, Outcome
from booth.errors import StoreError
from booth.ports.screen import Recent
from booth.store.database import reading, writing
from booth.store.durable import sha256_of
from booth.store.outbox import Message, post
from booth.store.packing import media_type
from booth.store.records import SampleRow, SampleState

LIFE = tuple(SampleState)
LIVE = "state != 'evicted'"


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file of a sample: in which folder it lies, and what must be in it."""

    name: str
    folder: str
    sha256: str
    bytes: int
    media_type: str

    def listed(self) -> dict[str, object]:
        """What a manifest says of it; where it lies here is nobody else's business."""
        return {
            "name": self.name,
            "sha256": self.sha256,
            "bytes": self.bytes,
            "media_type": self.media_type,
        }


def file_rows(folder: str, files: Mapping[str, bytes]) -> list[FileRow]:
    """The rows of files that lie in one folder."""
    return [
        FileRow(name, folder, sha256_of(data), len(data), media_type(name)) for name, data in files.items()
    ]


class Register:
    """Every statement about samples and their files; any thread reads, one thread a process writes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, sample: Sample, files: Sequence[FileRow]) -> None:
        """Commit the row that makes a sample kept. Raises: StoreError."""
        last = sample.verdicts[-1] if sample.verdicts else None
        row = {
            "sample_id": sample.sample_id,
            "booth_id": sample.booth_id,
            "kept_at": sample.kept_at.astimezone(UTC).isoformat(),
            "gtin": sample.identification.gtin,
            "outcome": last.outcome.value if last else None,
            "verdicts": len(sample.verdicts),
            "bytes": sum(file.bytes for file in files),
        }
        with writing(self._engine) as connection:
            insert(connection, "sample", row)
            _insert_files(connection, sample.sample_id, files)

    def close(
        self,
        sample_id: str,
        closing: Closing,
        document: bytes,
        files: Sequence[FileRow],
        message: Message | None,
    ) -> None:
        """Commit the closing and, with it, the message to the host. Raises: StoreError."""
        with writing(self._engine) as connection:
            row = required(connection, sample_id)
            if row["state"] != SampleState.KEPT:
                raise StoreError(f"{sample_id} is closed already; a later word is an amendment")
            insert(connection, "closing", {"sample_id": sample_id, "document": document})
            _insert_files(connection, sample_id, files)
            size = row["bytes"] + sum(file.bytes for file in files)
            changes = {"state": SampleState.CLOSED.value, "bytes": size, **_summary(closing)}
            update(connection, sample_id, changes)
            if message is not None:
                post(connection, sample_id, message)

    def advance(self, sample_id: str, state: SampleState, receipt: bytes | None = None) -> None:
        """Move a sample to the next state of its life; harmless when it is there or further.

        Raises:
            StoreError: it is unknown, or has not reached the state before.
        """
        with writing(self._engine) as connection:
            now = LIFE.index(SampleState(required(connection, sample_id)["state"]))
            wanted = LIFE.index(state)
            if now >= wanted:
                return
            if now != wanted - 1:
                raise StoreError(f"{sample_id} is {LIFE[now]}: it must be {LIFE[wanted - 1]} before {state}")
            update(connection, sample_id, {"state": state.value})
            if receipt is not None:
                insert(connection, "receipt", {"sample_id": sample_id, "document": receipt})

    def flag(self, sample_id: str, problem: str) -> None:
        """Mark a sample whose files are not what they were; the first problem stays. Raises: StoreError."""
        statement = f"UPDATE sample SET flagged = :problem WHERE sample_id = :id AND flagged = '' AND {LIVE}"
        with writing(self._engine) as connection:
            connection.execute(text(statement), {"problem": problem, "id": sample_id})

    def row(self, sample_id: str) -> RowMapping:
        """Every column of one sample. Raises: StoreError when it is unknown."""
        with reading(self._engine) as connection:
            return required(connection, sample_id)

    def files(self, sample_id: str) -> dict[str, FileRow]:
        """The files of a sample by name. Raises: StoreError."""
        statement = (
            "SELECT name, folder, sha256, bytes, media_type FROM file WHERE sample_id = :id ORDER BY name"
        )
        with reading(self._engine) as connection:
            found = connection.execute(text(statement), {"id": sample_id})
            return {row.name: FileRow(**row._mapping) for row in found}

    def live_files(self) -> Iterator[tuple[str, list[FileRow]]]:
        """Every sample that is not evicted with its files, oldest first. Raises: StoreError."""
        statement = (
            "SELECT sample_id, name, folder, sha256, file.bytes, media_type FROM file"
            f" JOIN sample USING (sample_id) WHERE {LIVE} ORDER BY number, name"
        )
        with reading(self._engine) as connection:
            found = connection.execute(text(statement)).all()
        for sample_id, rows in groupby(found, key=lambda row: str(row[0])):
            yield sample_id, [FileRow(*row[1:]) for row in rows]

    def closing(self, sample_id: str) -> bytes | None:
        """The closing's document, or None. Raises: StoreError."""
        found = self._column("SELECT document FROM closing WHERE sample_id = :id", id=sample_id)
        return found[0] if found else None

    def receipt(self, sample_id: str) -> bytes | None:
        """The receipt, or None. Raises: StoreError."""
        found = self._column("SELECT document FROM receipt WHERE sample_id = :id", id=sample_id)
        return found[0] if found else None

    def live(self) -> list[str]:
        """Ids of all samples that are not evicted, oldest first. Raises: StoreError."""
        return self._column(f"SELECT sample_id FROM sample WHERE {LIVE} ORDER BY number")

    def evicted(self) -> set[str]:
        """Ids of all tombstones. Raises: StoreError."""
        return set(self._column("SELECT sample_id FROM sample WHERE state = 'evicted'"))

    def folders(self) -> set[str]:
        """Every folder that a live row names. Raises: StoreError."""
        return set(
            self._column(f"SELECT DISTINCT folder FROM file JOIN sample USING (sample_id) WHERE {LIVE}")
        )

    def closed_unsent(self) -> list[str]:
        """Closed and not flagged, in the order of closing. Raises: StoreError."""
        return self._column(
            "SELECT sample_id FROM sample JOIN closing USING (sample_id)"
            " WHERE state = 'closed' AND flagged = '' ORDER BY closing.number"
        )

    def uploaded(self) -> list[str]:
        """Uploaded and without a receipt, oldest first. Raises: StoreError."""
        return self._column("SELECT sample_id FROM sample WHERE state = 'uploaded' ORDER BY number")

    def newest(self, limit: int, offset: int = 0, state: SampleState | None = None) -> list[SampleRow]:
        """Samples, newest first. Raises: StoreError."""
        where = "" if state is None else "WHERE state = :state"
        statement = f"SELECT * FROM sample {where} ORDER BY number DESC LIMIT :limit OFFSET :offset"
        given = {"limit": limit, "offset": offset} | ({} if state is None else {"state": state.value})
        with reading(self._engine) as connection:
            return [_sample_row(row) for row in connection.execute(text(statement), given).mappings()]

    def recent(self, limit: int) -> list[Recent]:
        """The last samples, newest first, under their GTIN. Raises: StoreError."""
        return [_recent(row) for row in self.newest(limit)]

    def count(self) -> dict[str, int]:
        """How many samples of each state, flagged ones, and what waits to leave. Raises: StoreError."""
        with reading(self._engine) as connection:
            states = connection.execute(text("SELECT state, count(*) AS n FROM sample GROUP BY state"))
            found = {state.value: 0 for state in SampleState} | {row.state: row.n for row in states}
            for name, condition in _WAITING.items():
                found[name] = connection.execute(text(f"SELECT count(*) FROM {condition}")).scalar_one()
        return found

    def _column(self, statement: str, **given: object) -> list[Any]:
        with reading(self._engine) as connection:
            return list(connection.execute(text(statement), given).scalars())


_WAITING = {
    "flagged": f"sample WHERE flagged != '' AND {LIVE}",
    "unsent": "sample WHERE state = 'closed' AND flagged = ''",
    "amendments_unsent": "amendment WHERE sent = 0",
    "outbox": "outbox WHERE dispatched = 0",
}


def update(connection: Connection, sample_id: str, changes: Mapping[str, object]) -> None:
    """Set columns of a sample within a transaction."""
    columns = ", ".join(f"{name} = :{name}" for name in changes)
    connection.execute(
        text(f"UPDATE sample SET {columns} WHERE sample_id = :id"), {**changes, "id": sample_id}
    )


def required(connection: Connection, sample_id: str) -> RowMapping:
    """Every column of one sample. Raises: StoreError when it is unknown."""
    statement = text("SELECT * FROM sample WHERE sample_id = :id")
    row = connection.execute(statement, {"id": sample_id}).mappings().first()
    if row is None:
        raise StoreError(f"there is no sample {sample_id}")
    return row


def insert(connection: Connection, table: str, row: Mapping[str, object]) -> None:
    """Add a row within a transaction; the columns come from our own code, never from outside."""
    names, values = ", ".join(row), ", ".join(f":{name}" for name in row)
    connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({values})"), dict(row))


def _insert_files(connection: Connection, sample_id: str, files: Iterable[FileRow]) -> None:
    for file in files:
        insert(connection, "file", {"sample_id": sample_id, **asdict(file)})


def _summary(closing: Closing) -> dict[str, object]:
    outcome = closing.person_outcome or (closing.verdicts[-1].outcome if closing.verdicts else None)
    disposition = closing.disposition.kind.value if closing.disposition else None
    said: dict[str, object] = {"gtin": closing.gtin, "disposition": disposition}
    return said if outcome is None else said | {"outcome": outcome.value}


def _sample_row(row: RowMapping) -> SampleRow:
    return SampleRow(
        row["sample_id"],
        datetime.fromisoformat(row["kept_at"]),
        SampleState(row["state"]),
        row["gtin"],
        Outcome(row["outcome"]) if row["outcome"] else None,
        DispositionKind(row["disposition"]) if row["disposition"] else None,
        row["bytes"],
        row["flagged"],
    )


def _recent(row: SampleRow) -> Recent:
    closed = row.state is not SampleState.KEPT
    kept_at = row.kept_at.isoformat()
    return Recent(row.sample_id, kept_at, row.gtin, row.outcome, row.disposition, closed)
