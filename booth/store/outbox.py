"""What the site's host must still be told, one message a sample, in the order of closing."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, Engine, text

from booth.domain.sample import Closing
from booth.errors import StoreError
from booth.store import documents
from booth.store.database import reading, writing
from booth.store.records import OutboxRow

REASON_LIMIT = 500

Message = Mapping[str, object]


def disposition_message(sample_id: str, booth_id: str, closing: Closing) -> Message | None:
    """What the host is told of a closed sample; None where nothing was decided."""
    decided = closing.disposition
    if decided is None:
        return None
    return {
        "sample_id": sample_id,
        "booth_id": booth_id,
        "gtin": closing.gtin,
        "outcome": None if closing.person_outcome is None else closing.person_outcome.value,
        "disposition": decided.kind.value,
        "decided_by": decided.decided_by,
        "decided_at": decided.decided_at.isoformat(),
        "identity": documents.to_json(closing.identity),
    }


def post(connection: Connection, sample_id: str, message: Message) -> None:
    """Queue a message within the transaction that closes its sample. Raises: StoreError."""
    row = {"sample_id": sample_id, "message": documents.dump(dict(message))}
    connection.execute(text("INSERT INTO outbox (sample_id, message) VALUES (:sample_id, :message)"), row)


class Outbox:
    """The queue to the host; a message that was handed over stays as a record."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def waiting(self, limit: int) -> list[OutboxRow]:
        """Messages not handed over yet, the least tried first. Raises: StoreError."""
        statement = (
            "SELECT sample_id, message, attempts FROM outbox WHERE dispatched = 0"
            " ORDER BY attempts, number LIMIT :limit"
        )
        with reading(self._engine) as connection:
            found = connection.execute(text(statement), {"limit": limit}).all()
        return [OutboxRow(row.sample_id, documents.parse(row.message), row.attempts) for row in found]

    def dispatched(self, sample_id: str) -> None:
        """The host has it; harmless when said twice. Raises: StoreError."""
        self._note(sample_id, "dispatched = 1, last_failure = ''")

    def failed(self, sample_id: str, reason: str) -> None:
        """One more attempt came to nothing. Raises: StoreError."""
        self._note(sample_id, "attempts = attempts + 1, last_failure = :reason", reason=reason[:REASON_LIMIT])

    def _note(self, sample_id: str, change: str, **given: object) -> None:
        statement = text(f"UPDATE outbox SET {change} WHERE sample_id = :id")
        with writing(self._engine) as connection:
            if connection.execute(statement, {**given, "id": sample_id}).rowcount == 0:
                raise StoreError(f"nothing was to be sent to the host for {sample_id}")
