"""Reads manifests and amendments from outside: every part checked, anything odd refused by one clear line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from booth.domain import central
from booth.domain.sample import Amendment, Closing, Sample
from booth.errors import InputError, StoreError
from booth.store import documents
from booth.store.amendments import AMENDABLE

MAX_FILES = 1_000
EARLIEST = datetime(2020, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file of a sample as its manifest names it."""

    name: str
    sha256: str
    bytes: int
    media_type: str


@dataclass(frozen=True, slots=True, eq=False)
class Manifest:
    """What a booth says of one sample; its arrays are empty here, their files lie in central storage."""

    sample: Sample
    closing: Closing
    files: tuple[ListedFile, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """An amendment and the booth that sent it."""

    booth_id: str
    amendment: Amendment


def read_manifest(key: str, data: bytes) -> Manifest:
    """The manifest that lies at `key`. Raises: InputError."""
    whole = _fields(data, ("format", "sample", "closing", "files"))
    if whole["format"] != documents.FORMAT:
        raise InputError("it has a format that this version does not know")
    sample = _decoded(Sample, whole["sample"])
    if sample.closing is not None or sample.amendments:
        raise InputError("its sample carries words that belong elsewhere")
    if key != central.manifest_key(sample.booth_id, sample.sample_id):
        raise InputError("it does not lie where its booth and sample ids say")
    closing = _decoded(Closing, whole["closing"])
    marks = (mark.made_at for mark in closing.annotations)
    _check_instants((sample.kept_at, sample.capture.taken_at, closing.closed_at, *marks))
    return Manifest(sample, closing, _files(whole["files"]))


def read_word(key: str, data: bytes) -> Word:
    """The amendment that lies at `key`. Raises: InputError."""
    whole = _fields(data, ("format", "booth_id", "amendment"))
    if whole["format"] != central.FORMAT or not isinstance(whole["booth_id"], str):
        raise InputError("it has a format that this version does not know")
    amendment = _decoded(Amendment, whole["amendment"])
    _check_changes(amendment)
    booth_id = whole["booth_id"]
    if key != central.amendment_key(booth_id, amendment.sample_id, amendment.amendment_id):
        raise InputError("it does not lie where its ids say")
    _check_instants((amendment.made_at,))
    return Word(booth_id, amendment)


def _fields(data: bytes, names: tuple[str, ...]) -> dict[str, Any]:
    whole = central.parse(data)
    if not isinstance(whole, dict) or set(whole) != set(names):
        raise InputError(f"its fields are not {', '.join(names)}")
    return whole


def _decoded(kind: type[Any], data: object) -> Any:
    try:
        return documents.from_json(kind, data, _no_pixels)
    except (StoreError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise InputError(str(error)[:200]) from error


def _check_changes(amendment: Amendment) -> None:
    """What stands in the column `changes` is read with SQL: every value must be one of a closing."""
    if unknown := amendment.changes.keys() - AMENDABLE:
        raise InputError(f"{min(unknown)[:80]} cannot be amended")
    for name, value in amendment.changes.items():
        try:
            documents.field_from_json(Closing, name, value)
        except (StoreError, ValueError, TypeError, OverflowError, RecursionError) as error:
            raise InputError(str(error)[:200]) from error


def _no_pixels(_name: str) -> documents.Array:
    return np.zeros(0, np.uint8)


def _check_instants(instants: Iterable[datetime]) -> None:
    for instant in instants:
        if instant.tzinfo is None or not EARLIEST <= instant <= LATEST:
            raise InputError(f"{instant.isoformat()} is no plausible time with a zone")


def _files(data: object) -> tuple[ListedFile, ...]:
    if not isinstance(data, list) or not 0 < len(data) <= MAX_FILES:
        raise InputError(f"files must be a list of 1 to {MAX_FILES}")
    files = tuple(_decoded(ListedFile, each) for each in data)
    for file in files:
        central.blob_key(file.sha256)
        if not 0 <= file.bytes <= central.MAX_OBJECT_BYTES:
            raise InputError(f"{file.bytes} is no size of a file")
    if len({file.name for file in files}) != len(files):
        raise InputError("two of its files have one name")
    return files
