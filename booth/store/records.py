"""What the store tells about what it holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from booth.domain.terms import DispositionKind, Outcome


class SampleState(StrEnum):
    """How far a sample has come; the order is that of its life."""

    KEPT = "kept"
    CLOSED = "closed"
    UPLOADED = "uploaded"
    RECEIPTED = "receipted"
    EVICTED = "evicted"


@dataclass(frozen=True, slots=True)
class Recovery:
    """What opening the store had to clean up.

    Attributes:
        quarantined: where files without a row now lie; a person decides about them.
        flagged: samples whose files are missing or changed; they are never uploaded.
    """

    quarantined: tuple[Path, ...] = ()
    flagged: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SampleRow:
    """One line of the list of samples.

    Attributes:
        outcome: the person's answer where one was given, else the last verdict's.
        bytes: size of all its files.
        flagged: what is wrong with its files, or empty.
    """

    sample_id: str
    kept_at: datetime
    state: SampleState
    gtin: str
    outcome: Outcome | None
    disposition: DispositionKind | None
    bytes: int
    flagged: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What re-hashing one sample found; `problem` is empty when it is `ok`."""

    sample_id: str
    ok: bool
    problem: str = ""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A message that the site's host does not have yet."""

    sample_id: str
    message: Mapping[str, object]
    attempts: int
