"""How far each reference has come, who said so and why, and what it was found to be against the others."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, text

from booth.domain.terms import now
from booth.errors import InputError
from booth.store.database import open_database, reading, writing
from booth.store.gallery_schema import FILE_NAME, MIGRATIONS, ReferenceState
from booth.store.reference_files import ReferenceFiles
from booth.store.reference_rows import Change, KeptReference, Vetting

log = logging.getLogger(__name__)

LEGAL: Mapping[ReferenceState, frozenset[ReferenceState]] = {
    ReferenceState.CANDIDATE: frozenset({ReferenceState.VETTED, ReferenceState.RETIRED}),
    ReferenceState.VETTED: frozenset(
        {ReferenceState.ACTIVE, ReferenceState.CANDIDATE, ReferenceState.RETIRED}
    ),
    ReferenceState.ACTIVE: frozenset({ReferenceState.RETIRED}),
    ReferenceState.RETIRED: frozenset({ReferenceState.CANDIDATE}),
}
"""Which state may follow which: what is retired is looked at anew before it counts again."""
LEAST_NAMED = 6
"""So many characters of a reference's id are the least to name it by."""
SHOWN_ID = 12
"""So many are shown."""

_ROWS = (
    "SELECT reference.*, vetting.finding, vetting.others, vetting.distance AS found, vetting.why,"
    " proposal.number AS proposal FROM reference"
    " LEFT JOIN vetting ON vetting.reference = reference.number"
    " LEFT JOIN proposed ON proposed.reference = reference.number AND proposed.proposal IN"
    " (SELECT number FROM proposal WHERE state = 'open')"
    " LEFT JOIN proposal ON proposal.number = proposed.proposal"
)


class Standing:
    """The states of all references under one root; any process reads, and SQLite lets one write at a time."""

    def __init__(self, root: Path) -> None:
        """Open or create it, beside the galleries under `root`. Raises: StoreError."""
        self._files = ReferenceFiles(root)
        self._engine = open_database(root / FILE_NAME, MIGRATIONS)

    def rows(self, gtin: str = "", states: Iterable[ReferenceState] = ReferenceState) -> list[KeptReference]:
        """The references of a product, or of all, in these states, oldest first. Raises: StoreError."""
        wanted = {f"state{number}": state.value for number, state in enumerate(states)}
        names = ", ".join(f":{name}" for name in wanted)
        more = " AND reference.gtin = :gtin" if gtin else ""
        statement = f"{_ROWS} WHERE reference.state IN ({names}){more} ORDER BY reference.number"
        with reading(self._engine) as connection:
            found = connection.execute(text(statement), wanted | ({"gtin": gtin} if gtin else {})).all()
        return [_kept(row) for row in found]

    def named(self, name: str, gtin: str = "") -> KeptReference:
        """The reference whose id starts like this.

        Raises:
            InputError: there is none, or more than one.
            StoreError: the database refuses.
        """
        wanted = name.strip().lower()
        if len(wanted) < LEAST_NAMED:
            raise InputError(f"'{name}' names no reference: give {LEAST_NAMED} characters of its id or more")
        found = [row for row in self.rows(gtin) if row.reference_id.startswith(wanted)]
        if not found:
            where = f" of {gtin}" if gtin else ""
            raise InputError(f"there is no reference {name}{where}; `booth gallery report` lists them")
        if len(found) > 1:
            places = ", ".join(f"{row.gtin} design {row.design} {row.view}" for row in found)
            raise InputError(f"{name} names {len(found)} references ({places}): give more, or --product")
        return found[0]

    def move(self, numbers: Sequence[int], became: ReferenceState, who: str, why: str) -> None:
        """Change the state of references, all of them or none, and note who did so and why.

        Raises:
            InputError: one of them is not known, or may not go there from where it is.
            StoreError: the database refuses.
        """
        with writing(self._engine) as connection:
            for number in numbers:
                moved(connection, number, became, who, why)

    def move_on(self, number: int, was: ReferenceState, became: ReferenceState, who: str, why: str) -> bool:
        """The same for one reference while it is what it was; False where somebody was faster.

        Raises:
            InputError: it may not go there.
            StoreError: the database refuses.
        """
        statement = text("SELECT state FROM reference WHERE number = :number")
        with writing(self._engine) as connection:
            if connection.execute(statement, {"number": number}).scalar() != was.value:
                return False
            moved(connection, number, became, who, why)
        return True

    def history(self, number: int) -> list[Change]:
        """How a reference's state changed, oldest first. Raises: StoreError."""
        statement = "SELECT * FROM change WHERE reference = :number ORDER BY number"
        with reading(self._engine) as connection:
            rows = connection.execute(text(statement), {"number": number}).all()
        return [Change(row.at, row.who, row.was, ReferenceState(row.became), row.why) for row in rows]

    def note(self, vettings: Mapping[int, Vetting]) -> None:
        """Keep what references were found to be, in place of what they were found to be before.

        Raises:
            StoreError: the database refuses.
        """
        statement = text(
            "INSERT OR REPLACE INTO vetting (reference, at, others, distance, finding, why)"
            " SELECT number, :at, :others, :distance, :finding, :why FROM reference WHERE number = :number"
        )
        with writing(self._engine) as connection:
            for number, vetting in vettings.items():
                values = {
                    "number": number,
                    "at": now().isoformat(),
                    "others": vetting.others,
                    "distance": vetting.distance,
                    "finding": vetting.finding,
                    "why": vetting.why,
                }
                connection.execute(statement, values)

    def of_design(self, number: int, design: str) -> None:
        """Put a candidate under another design version of its product.

        Raises:
            StoreError: the same picture is there under that design already, or the database refuses.
        """
        statement = "UPDATE reference SET design = :design WHERE number = :number AND state = 'candidate'"
        with writing(self._engine) as connection:
            connection.execute(text(statement), {"design": design, "number": number})

    def forget(self, numbers: Sequence[int]) -> int:
        """Let go of candidates that never counted, rows first and then files; gives how many.

        What has become something else meanwhile, or is part of an open proposal, stays.

        Raises:
            StoreError: the database refuses.
        """
        statement = text(
            "DELETE FROM reference WHERE number = :number AND state = 'candidate' AND number NOT IN"
            " (SELECT reference FROM proposed JOIN proposal ON proposal.number = proposed.proposal"
            " WHERE proposal.state = 'open') RETURNING folder"
        )
        looks = text("DELETE FROM look WHERE reference = :number")
        folders: list[str] = []
        with self._files.turn():
            with writing(self._engine) as connection:
                for number in numbers:
                    connection.execute(looks, {"number": number})
                    folders += connection.execute(statement, {"number": number}).scalars()
            for folder in folders:
                self._files.remove(folder)
        return len(folders)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()


def moved(connection: Connection, number: int, became: ReferenceState, who: str, why: str) -> None:
    """Change one reference's state within a transaction. Raises: InputError."""
    found = connection.execute(text("SELECT * FROM reference WHERE number = :number"), {"number": number})
    row = found.first()
    if row is None:
        raise InputError("the reference is gone; `booth gallery report` lists those that are there")
    was, name = ReferenceState(row.state), row.reference_id[:SHOWN_ID]
    if was is became:
        raise InputError(f"{name} of {row.gtin} is {was} already")
    if became not in LEGAL[was]:
        ways = " or ".join(sorted(LEGAL[was]))
        raise InputError(f"{name} of {row.gtin} is {was} and cannot become {became}, only {ways}")
    values = {"number": number, "state": became.value}
    connection.execute(text("UPDATE reference SET state = :state WHERE number = :number"), values)
    change = (
        "INSERT INTO change (reference, at, who, was, became, why)"
        " VALUES (:number, :at, :who, :was, :state, :why)"
    )
    more = {"at": now().isoformat(), "who": who, "was": was.value, "why": why}
    connection.execute(text(change), values | more)


def _kept(row: Row[Any]) -> KeptReference:
    found = None if row.finding is None else Vetting(row.finding, row.others, row.found, row.why)
    return KeptReference(
        row.number,
        row.gtin,
        row.design,
        row.view,
        row.reference_id,
        ReferenceState(row.state),
        row.enrolled_at,
        row.trunk,
        row.sample,
        row.calibration,
        row.distance,
        found,
        row.proposal,
    )
