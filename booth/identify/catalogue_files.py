"""Reads catalogue files row by row: CSV and Parquet, of any length, in bounded memory."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from booth.errors import InputError

REQUIRED = ("gtin", "title")
MAX_LINE_BYTES = 1_000_000
PARQUET_BATCH = 5_000
_PARQUET_MAGIC = b"PAR1"
_DELIMITERS = (",", ";", "\t")
_REPORT_EVERY = 2_000

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row as the file has it.

    Attributes:
        line: of CSV, the line of the file on which the row begins; of Parquet, the row; both from 1.
        cells: column name to what stands there; empty where there is a problem.
        problem: why the row cannot be read, or empty.
        decimal_comma: whether its numbers may be written `12,5`: where the cells are parted by semicolons.
    """

    line: int
    cells: dict[str, Any]
    problem: str = ""
    decimal_comma: bool = False


def rows_of(path: Path, progress: Progress) -> Iterator[RawRow]:
    """Every row of a catalogue file; `progress` is told how much of it is done, and of how much.

    Raises:
        InputError: it is not a readable CSV or Parquet file with the required columns.
    """
    try:
        if path.exists() and not path.is_file():
            raise InputError(f"{path}: this is no file")
        with path.open("rb") as file:
            yield from _rows(path, file, progress)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error


def _rows(path: Path, file: BinaryIO, progress: Progress) -> Iterator[RawRow]:
    size = path.stat().st_size
    if size == 0:
        raise InputError(f"{path}: the file is empty")
    if file.read(len(_PARQUET_MAGIC)) == _PARQUET_MAGIC:
        return _parquet_rows(path, progress)
    if path.suffix.lower() in {".parquet", ".pq"}:
        raise InputError(f"{path}: this is not a Parquet file")
    file.seek(0)
    return _csv_rows(path, file, lambda: progress(file.tell(), size))


def _csv_rows(path: Path, file: BinaryIO, told: Callable[[], None]) -> Iterator[RawRow]:
    csv.field_size_limit(MAX_LINE_BYTES)  # of the whole process; a cell too long is its row's trouble
    lines = _lines(path, file)
    header = next(lines).lstrip("\ufeff")
    delimiter = max(_DELIMITERS, key=header.count)
    reader = csv.reader(_again(header, lines), delimiter=delimiter, strict=True)
    names = _column_names(path, _next_row(path, reader)[0])
    while True:
        line = reader.line_num + 1
        cells, problem = _next_row(path, reader)
        if cells is None:
            break
        if line % _REPORT_EVERY == 0:
            told()
        if problem or any(cell.strip() for cell in cells):
            yield _csv_row(line, names, cells, problem, delimiter == ";")
    told()


def _next_row(path: Path, reader: Any) -> tuple[list[str] | None, str]:
    """The next row, or None at the end; and why it cannot be read.

    Raises:
        InputError: a quotation mark was opened and never closed: where the next row begins is unknown.
    """
    try:
        return next(reader), ""
    except StopIteration:
        return None, ""
    except csv.Error as error:
        if "unexpected end of data" in str(error) or "field limit" in str(error):
            raise InputError(
                f'{path}: a cell before line {reader.line_num} never ends: is a quote (") left open?'
            ) from error
        return [], f"the row is no CSV: {error}"


def _csv_row(
    line: int, names: Sequence[str], cells: Sequence[str], problem: str, decimal_comma: bool
) -> RawRow:
    if not problem and len(cells) != len(names):
        problem = f"it has {len(cells)} columns, the header has {len(names)}"
    return RawRow(line, {} if problem else dict(zip(names, cells, strict=True)), problem, decimal_comma)


def _lines(path: Path, file: BinaryIO) -> Iterator[str]:
    number = 0
    while data := file.readline(MAX_LINE_BYTES + 1):
        number += 1
        if b"\0" in data:
            raise InputError(f"{path}: line {number} has a NUL byte: this is no text file")
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise InputError(
                f"{path}: line {number} is not UTF-8 text: save the file as CSV UTF-8"
            ) from error
        if len(data) > MAX_LINE_BYTES:
            raise InputError(
                f"{path}: line {number} is longer than {MAX_LINE_BYTES:,} bytes: this is no catalogue"
            )
        yield text


def _again(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _column_names(path: Path, header: Sequence[str] | None) -> list[str]:
    names = [str(name).strip().lower() for name in header or ()]
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise InputError(
            f"{path}: the column {missing[0]!r} is missing; the first line must name the columns"
        )
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise InputError(f"{path}: the column {twice[0]!r} is there twice")
    return names


def _parquet_rows(path: Path, progress: Progress) -> Iterator[RawRow]:
    import pyarrow as pa  # 0.3 s that every other command would pay
    import pyarrow.parquet as pq

    done = 0
    try:
        with pq.ParquetFile(path) as file:
            total = int(file.metadata.num_rows)
            names = _column_names(path, file.schema_arrow.names)
            for batch in file.iter_batches(batch_size=PARQUET_BATCH, use_threads=False):
                columns = [column.to_pylist() for column in batch.columns]
                for cells in zip(*columns, strict=True):
                    done += 1
                    yield RawRow(done, dict(zip(names, cells, strict=True)))
                progress(done, total)
    except (pa.ArrowException, ValueError) as error:
        raise InputError(f"{path}: the Parquet file is truncated or damaged") from error
