"""Shortlists from a CSV file: what the site expects of a licence plate, tote, order or purchase order."""

from __future__ import annotations

import csv
import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from pydantic import BaseModel, ConfigDict, ValidationError

from booth.domain.sample import SiteIdentity
from booth.errors import ConfigError, InputError
from booth.identify.gtin import as_gtin13
from booth.ports.service import Options

MAX_BYTES = 256_000_000
MAX_ROWS = 5_000_000
MAX_LINE_BYTES = 10_000
COLUMNS = ["key", "gtin"]

log = logging.getLogger(__name__)


class CsvOptions(BaseModel):
    """The shortlist's own table of booth.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: Path


@dataclass(frozen=True, slots=True)
class _List:
    """One state of the file.

    Attributes:
        stamp: tells whether the file has changed since.
    """

    stamp: tuple[int, ...] = ()
    gtins: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class CsvShortlist:
    """Products by key, out of a file that is read again whenever it changes; any thread may ask.

    What cannot be read leaves the last good list as it is, and is said once in the log.
    """

    def __init__(self, file: Path) -> None:
        """Read the file. Raises: ConfigError: it is not there, or is no shortlist."""
        self._file = file
        self._reading = threading.Lock()
        try:
            self._list = _read(file)
        except InputError as error:
            raise ConfigError(f"identify.shortlist: {error}") from error

    def expected(self, identity: SiteIdentity) -> Sequence[str]:
        """GTINs of the licence plate, the tote and the order, each once; none of a key that is not there."""
        self._refresh()
        keys = (identity.licence_plate, identity.tote, identity.order)
        gtins = self._list.gtins
        return list(dict.fromkeys(gtin for key in keys if key.strip() for gtin in gtins.get(key.strip(), ())))

    def _refresh(self) -> None:
        """Take a changed file whole or not at all; while one thread reads it, others use the old list."""
        if not self._reading.acquire(blocking=False):
            return
        try:
            self._replace()
        finally:
            self._reading.release()

    def _replace(self) -> None:
        stamp = _stamp(self._file)
        if stamp == self._list.stamp:
            return
        try:
            self._list = _read(self._file)
        except InputError as error:
            self._list = _List(stamp, self._list.gtins)
            log.warning("the shortlist stays as it was: %s", error)


def csv_shortlist(options: Options) -> CsvShortlist:
    """Entry point of group `booth.shortlists`. Raises: ConfigError."""
    try:
        return CsvShortlist(CsvOptions.model_validate(dict(options)).file)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"identify.shortlist: '{key}': {first['msg']}") from error


def _stamp(file: Path) -> tuple[int, ...]:
    try:
        found = file.stat()
    except OSError:
        return (-1,)
    return found.st_mtime_ns, found.st_size, found.st_ino


def _read(file: Path) -> _List:
    """The whole file. Raises: InputError: it is not there, or is no shortlist."""
    stamp = _stamp(file)
    if stamp != (-1,) and not file.is_file():
        raise InputError(f"{file}: this is no file")
    if len(stamp) > 1 and stamp[1] > MAX_BYTES:
        raise InputError(f"{file}: a shortlist has at most {MAX_BYTES:,} bytes")
    try:
        with file.open("rb") as opened:
            gtins, bad = _gtins(file, opened)
    except OSError as error:
        raise InputError(f"{file}: cannot be read: {error.strerror or error}") from error
    if bad:
        log.warning("%s: %d rows lack a key or a GTIN and are left out, first line %d", file, *bad)
    return _List(stamp, gtins)


def _gtins(file: Path, opened: BinaryIO) -> tuple[dict[str, tuple[str, ...]], tuple[int, ...]]:
    """GTINs by key, and how many rows were left out, with the first one's line."""
    rows = csv.reader(_lines(file, opened), strict=True)
    found: dict[str, dict[str, None]] = {}
    left_out: list[int] = []
    places = _places(file, _next(file, rows))
    while (row := _next(file, rows)) is not None:
        if rows.line_num > MAX_ROWS:
            raise InputError(f"{file}: a shortlist has at most {MAX_ROWS:,} lines")
        cells = [row[place].strip() if place < len(row) else "" for place in places]
        gtin = as_gtin13(cells[1])
        if cells[0] and gtin:
            found.setdefault(cells[0], {})[gtin] = None
        elif any(row):
            left_out.append(rows.line_num)
    counted = (len(left_out), left_out[0]) if left_out else ()
    return {key: tuple(gtins) for key, gtins in found.items()}, counted


def _places(file: Path, header: list[str] | None) -> list[int]:
    names = [name.strip().lower() for name in header or []]
    missing = [name for name in COLUMNS if names.count(name) != 1]
    if missing:
        raise InputError(f"{file}: the first line must name the columns key and gtin, each once")
    return [names.index(name) for name in COLUMNS]


def _next(file: Path, rows: Iterator[list[str]]) -> list[str] | None:
    try:
        return next(rows, None)
    except csv.Error as error:
        raise InputError(f"{file}: this is no CSV: {error}") from error


def _lines(file: Path, opened: BinaryIO) -> Iterator[str]:
    number = 0
    while line := opened.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(line) > MAX_LINE_BYTES or b"\0" in line:
            raise InputError(f"{file}: line {number} is too long or no text: this is no shortlist")
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise InputError(f"{file}: line {number} is not UTF-8 text") from error
        yield text
