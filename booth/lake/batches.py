"""Batch files: create-only, numbered without a gap; they say what each append to the tables is made of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from booth.domain import central
from booth.errors import InputError, SyncError
from booth.ports.outside import Remote


@dataclass(frozen=True, slots=True)
class Entry:
    """A document that a batch names, by the hash that it had."""

    key: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Batch:
    """The n-th append: `number` is the transaction version that the tables keep of it."""

    number: int
    manifests: tuple[Entry, ...]
    amendments: tuple[Entry, ...]


def read_batches(remote: Remote, after: int = 0) -> list[Batch]:
    """Every batch above number `after`, first to last; a batch never changes once it is there.

    Raises:
        SyncError: central storage cannot be reached, or a batch is missing or not one.
    """
    numbers = sorted(_number(key) for key in remote.keys(central.BATCHES))
    if numbers != list(range(1, len(numbers) + 1)):
        raise SyncError(f"{remote.address}: of batches 1 to {numbers[-1]} only {len(numbers)} are there")
    return [_read(remote, number) for number in numbers[after:]]


def write_batch(remote: Remote, batch: Batch) -> bool:
    """Create the batch file; False when another ingester was first. Raises: SyncError."""
    document = {"format": central.FORMAT, **asdict(batch)}
    return remote.put_new(central.batch_key(batch.number), central.canonical(document))


def _number(key: str) -> int:
    stem = key.removeprefix(central.BATCHES).removesuffix(".json")
    if not stem.isascii() or not stem.isdigit() or central.batch_key(int(stem)) != key:
        raise SyncError(f"{key} is no batch file; a person must look")
    return int(stem)


def _read(remote: Remote, number: int) -> Batch:
    key = central.batch_key(number)
    try:
        document = central.parse(remote.get(key) or b"")
        if document["format"] != central.FORMAT or document["number"] != number:
            raise InputError("its format or number is not what it should be")
        return Batch(number, _entries(document["manifests"]), _entries(document["amendments"]))
    except (InputError, KeyError, TypeError) as error:
        raise SyncError(f"{remote.address}: {key} is no batch: {error}; a person must look") from error


def _entries(data: Iterable[Any]) -> tuple[Entry, ...]:
    return tuple(Entry(**each) for each in data)
