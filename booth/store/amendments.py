"""Later words on closed samples: create-only, each naming the one before it."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from sqlalchemy import Connection, Engine, text

from booth.domain.sample import Amendment, Closing
from booth.errors import StoreError
from booth.store import documents
from booth.store.database import reading, writing
from booth.store.records import SampleState
from booth.store.register import insert, required, update

AMENDABLE = frozenset(field.name for field in fields(Closing)) - {"verdicts"}
"""A model's verdict is never overwritten; a person's words may be."""


class Amendments:
    """The chains of amendments; one thread a process writes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, amendment: Amendment) -> None:
        """Append at the end of the sample's chain.

        Raises:
            StoreError: the sample is open or unknown, the predecessor is not the last of the chain, the id
                is taken, or a change is not a field of a closing.
        """
        summary = _summary(_checked(amendment))
        row = {
            "amendment_id": amendment.amendment_id,
            "sample_id": amendment.sample_id,
            "predecessor": amendment.predecessor,
            "document": documents.dump(documents.to_json(amendment)),
        }
        with writing(self._engine) as connection:
            _check_place(connection, amendment)
            insert(connection, "amendment", row)
            if summary:
                update(connection, amendment.sample_id, summary)

    def of(self, sample_id: str) -> list[Amendment]:
        """The chain of one sample, first to last. Raises: StoreError."""
        return self._found("sample_id = :id", id=sample_id)

    def unsent(self) -> list[Amendment]:
        """Amendments that may be uploaded and are not, oldest first: their sample went before them.

        Raises:
            StoreError: the database refuses.
        """
        return self._found(
            "sent = 0 AND sample_id IN (SELECT sample_id FROM sample WHERE state NOT IN ('kept', 'closed'))"
        )

    def sent(self, amendment_id: str) -> None:
        """Note that it is uploaded; harmless when said twice. Raises: StoreError."""
        statement = text("UPDATE amendment SET sent = 1 WHERE amendment_id = :id")
        with writing(self._engine) as connection:
            if connection.execute(statement, {"id": amendment_id}).rowcount == 0:
                raise StoreError(f"there is no amendment {amendment_id}")

    def _found(self, where: str, **given: object) -> list[Amendment]:
        statement = text(f"SELECT document FROM amendment WHERE {where} ORDER BY number")
        with reading(self._engine) as connection:
            found = list(connection.execute(statement, given).scalars())
        return [documents.from_json(Amendment, documents.parse(document)) for document in found]


def _check_place(connection: Connection, amendment: Amendment) -> None:
    if required(connection, amendment.sample_id)["state"] == SampleState.KEPT:
        raise StoreError(f"{amendment.sample_id} is still open; close it before it is amended")
    statement = text("SELECT amendment_id FROM amendment WHERE sample_id = :id ORDER BY number DESC LIMIT 1")
    last = connection.execute(statement, {"id": amendment.sample_id}).scalar() or ""
    if amendment.predecessor != last:
        raise StoreError(
            f"{amendment.amendment_id} follows {amendment.predecessor or 'nothing'}, but the last word on "
            f"{amendment.sample_id} is {last or 'its closing'}; open the sample again and repeat the change"
        )


def _checked(amendment: Amendment) -> dict[str, Any]:
    if unknown := amendment.changes.keys() - AMENDABLE:
        raise StoreError(f"{min(unknown)} cannot be amended; these can: {', '.join(sorted(AMENDABLE))}")
    if not amendment.amendment_id:
        raise StoreError("an amendment needs an id")
    return {
        name: documents.field_from_json(Closing, name, documents.to_json(value))
        for name, value in amendment.changes.items()
    }


def _summary(changes: dict[str, Any]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in changes.items():
        match name:
            case "gtin":
                found["gtin"] = value
            case "person_outcome" if value is not None:
                found["outcome"] = value.value
            case "disposition":
                found["disposition"] = None if value is None else value.kind.value
    return found
