"""Design versions that the booth proposes, and what people make of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, text

from booth.domain.terms import now
from booth.errors import InputError
from booth.store.database import open_database, reading, writing
from booth.store.gallery_schema import FILE_NAME, MIGRATIONS, ReferenceState
from booth.store.reference_rows import Proposal
from booth.store.standing import moved


class Proposals:
    """All proposals under one root: one that is open for a product at a time."""

    def __init__(self, root: Path) -> None:
        """Open or create it, beside the galleries under `root`. Raises: StoreError."""
        self._engine = open_database(root / FILE_NAME, MIGRATIONS)

    def all(self, gtin: str = "", state: str = "open") -> list[Proposal]:
        """Those of a product, or of all products, in this state, oldest first. Raises: StoreError."""
        more = " AND gtin = :gtin" if gtin else ""
        statement = f"SELECT * FROM proposal WHERE state = :state{more} ORDER BY number"
        values = {"state": state} | ({"gtin": gtin} if gtin else {})
        with reading(self._engine) as connection:
            rows = connection.execute(text(statement), values).all()
            return [_proposal(connection, row) for row in rows]

    def propose(self, gtin: str, numbers: Sequence[int], why: str) -> Proposal:
        """Propose that these references, candidates all, are of a new design version.

        An open proposal of the product grows instead.

        Raises:
            InputError: one of them is no candidate of the product any more.
            StoreError: the database refuses.
        """
        with writing(self._engine) as connection:
            _insist_on_candidates(connection, gtin, numbers)
            row = _open(connection, gtin) or _new(connection, gtin)
            update = text("UPDATE proposal SET why = :why WHERE number = :number")
            connection.execute(update, {"why": why, "number": row.number})
            add = text("INSERT OR IGNORE INTO proposed (proposal, reference) VALUES (:proposal, :reference)")
            for number in numbers:
                connection.execute(add, {"proposal": row.number, "reference": number})
            found = _open(connection, gtin)
            assert found is not None
            return _proposal(connection, found)

    def accept(self, gtin: str, design: str, who: str) -> Proposal:
        """Make a proposed design version count: its references become active ones of that design.

        Raises:
            InputError: no such design version is proposed.
            StoreError: the database refuses; then nothing has changed.
        """
        with writing(self._engine) as connection:
            found = _decided(connection, gtin, design, who, "accepted")
            renamed = text("UPDATE reference SET design = :design WHERE number = :number")
            for number, state in _undecided(connection, found):
                connection.execute(renamed, {"design": design, "number": number})
                if state is ReferenceState.CANDIDATE:
                    moved(connection, number, ReferenceState.VETTED, who, f"design {design} was accepted")
                moved(connection, number, ReferenceState.ACTIVE, who, f"design {design} was accepted")
            return found

    def reject(self, gtin: str, design: str, who: str, why: str) -> Proposal:
        """Take a proposal away; its references are retired, so that they do not propose it again.

        Raises:
            InputError: no such design version is proposed.
            StoreError: the database refuses; then nothing has changed.
        """
        with writing(self._engine) as connection:
            found = _decided(connection, gtin, design, who, "rejected")
            for number, _ in _undecided(connection, found):
                moved(connection, number, ReferenceState.RETIRED, who, why)
            return found

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()


def _decided(connection: Connection, gtin: str, design: str, who: str, state: str) -> Proposal:
    row = _open(connection, gtin)
    if row is None or row.design != design:
        there = f"design {row.design} is" if row else "none is"
        raise InputError(f"no design {design} is proposed for {gtin}: {there}")
    values = {"number": row.number, "state": state, "who": who, "at": now().isoformat()}
    update = "UPDATE proposal SET state = :state, decided_by = :who, decided_at = :at WHERE number = :number"
    connection.execute(text(update), values)
    return _proposal(connection, row)


def _undecided(connection: Connection, proposal: Proposal) -> list[tuple[int, ReferenceState]]:
    """The references of a proposal that nobody has decided upon one by one."""
    statement = text(
        "SELECT number, state FROM reference WHERE number = :number AND state IN ('candidate', 'vetted')"
    )
    found = [connection.execute(statement, {"number": number}).first() for number in proposal.references]
    return [(row.number, ReferenceState(row.state)) for row in found if row is not None]


def _insist_on_candidates(connection: Connection, gtin: str, numbers: Sequence[int]) -> None:
    statement = text(
        "SELECT 1 FROM reference WHERE number = :number AND gtin = :gtin AND state = 'candidate'"
    )
    for number in numbers:
        if connection.execute(statement, {"number": number, "gtin": gtin}).first() is None:
            raise InputError(f"a reference of {gtin} is no candidate any more; vet again")


def _open(connection: Connection, gtin: str) -> Row[Any] | None:
    statement = text("SELECT * FROM proposal WHERE gtin = :gtin AND state = 'open'")
    return connection.execute(statement, {"gtin": gtin}).first()


def _new(connection: Connection, gtin: str) -> Row[Any]:
    known = connection.execute(
        text("SELECT design FROM reference WHERE gtin = :gtin UNION SELECT design FROM proposal"
             " WHERE gtin = :gtin"),
        {"gtin": gtin},
    ).scalars()  # fmt: skip
    taken = [int(design) for design in known if design.isdecimal() and len(design) < 9]
    statement = text(
        "INSERT INTO proposal (gtin, design, made_at, state, why) VALUES (:gtin, :design, :at, 'open', '')"
    )
    values = {"gtin": gtin, "design": str(max(taken, default=0) + 1), "at": now().isoformat()}
    connection.execute(statement, values)
    found = _open(connection, gtin)
    assert found is not None
    return found


def _proposal(connection: Connection, row: Row[Any]) -> Proposal:
    statement = (
        "SELECT reference.number, reference.sample FROM proposed JOIN reference"
        " ON reference.number = proposed.reference WHERE proposed.proposal = :number ORDER BY 1"
    )
    parts = connection.execute(text(statement), {"number": row.number}).all()
    samples = tuple(dict.fromkeys(part.sample for part in parts if part.sample))
    numbers = tuple(part.number for part in parts)
    return Proposal(row.number, row.gtin, row.design, row.made_at, row.state, row.why, numbers, samples)
