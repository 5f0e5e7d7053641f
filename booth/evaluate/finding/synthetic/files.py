"""Writes made-up catalogues and queries as CSV; a file is there whole or not at all."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from operator import attrgetter
from pathlib import Path
from typing import Any

from booth.domain.product import Product
from booth.errors import InputError

COLUMNS = (
    "gtin", "title", "brand", "category", "size",
    "weight_g", "length_mm", "width_mm", "height_mm", "popularity",
)  # fmt: skip
_TELL_EVERY = 2_000

Told = Callable[[int], None]


def write_products(path: Path, products: Iterable[Product], told: Told = lambda done: None) -> int:
    """Write a catalogue file, and say every few thousand rows how many there are; gives their number.

    Raises:
        InputError: the file cannot be written.
    """
    row_of = attrgetter(*COLUMNS)
    with _writer(path, COLUMNS) as write:
        done = 0
        for product in products:
            write(row_of(product))
            done += 1
            if done % _TELL_EVERY == 0:
                told(done)
    told(done)
    return done


def write_queries(path: Path, made: Iterable[tuple[str, str]]) -> None:
    """Write a file of queries. Raises: InputError."""
    with _writer(path, ("text", "gtin")) as write:
        for row in made:
            write(row)


@contextmanager
def _writer(path: Path, columns: Sequence[str]) -> Iterator[Callable[[Iterable[Any]], Any]]:
    """Rows go to a file beside it, which takes its name at the end; nothing of it is left otherwise."""
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(columns)
            yield writer.writerow
        part.replace(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)
