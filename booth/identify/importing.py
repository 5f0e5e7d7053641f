"""Imports a catalogue file into an index: good rows go in together, bad ones are reported by line."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from booth.domain.product import Product
from booth.errors import InputError
from booth.identify.catalogue_files import RawRow, rows_of
from booth.identify.gtin import GTIN_DIGITS, as_gtin13
from booth.ports.finding import CatalogueIndex, MaintainedIndex

MAX_LISTED = 1_000
"""So many rejected and repeated rows are listed each; all of them are counted."""
MAX_TEXT_LENGTH = 1_000
MAX_EXTRA_LENGTH = 20_000
"""Of a further column, such as a description."""
TEXTS = ("title", "brand", "category", "size")
NUMBERS = ("weight_g", "length_mm", "width_mm", "height_mm", "popularity")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_KNOWN = frozenset({"gtin", *TEXTS, *NUMBERS})


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that did not go in, or was replaced; `line` counts from 1, in Parquet it is the row."""

    line: int
    reason: str


@dataclass(slots=True)
class ImportReport:
    """What an import did.

    Attributes:
        rows: rows read, without the header and empty lines.
        written: products that are in the catalogue now.
        rejected_count: rows that did not go in; `rejected` lists the first MAX_LISTED of them.
        repeated_count: rows whose GTIN was there before in the file; the last of a GTIN counts. `repeated`
            lists the first MAX_LISTED of them.
    """

    rows: int = 0
    written: int = 0
    rejected_count: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    repeated_count: int = 0
    repeated: list[Rejected] = field(default_factory=list)

    def reject(self, line: int, reason: str) -> None:
        """Count a bad row."""
        self.rejected_count += 1
        if len(self.rejected) < MAX_LISTED:
            self.rejected.append(Rejected(line, reason))

    def repeat(self, line: int, gtin: str) -> None:
        """Count a row that replaces an earlier one of the same file."""
        self.repeated_count += 1
        if len(self.repeated) < MAX_LISTED:
            self.repeated.append(Rejected(line, f"GTIN {gtin} was there before; this later row counts"))


class _BadCell(ValueError):
    """One cell is wrong; its message is the reason in the report."""


def import_catalogue(
    path: Path,
    index: CatalogueIndex,
    progress: Callable[[int, int], None] | None = None,
    *,
    replace: bool = False,
) -> ImportReport:
    """Add the products of a CSV or Parquet file to the catalogue, or replace them, in one transaction.

    With `replace` the file becomes the whole catalogue, and products that it does not name are gone.

    The file needs the columns `gtin` and `title`; TEXTS and NUMBERS are known, others go to `Product.extra`.
    `progress` is told (done, total), in bytes of CSV or rows of Parquet, every few thousand rows.

    Raises:
        InputError: the file as a whole is not a catalogue, or this catalogue is not one that can be replaced;
            nothing was written.
        StoreError: the catalogue cannot be written; nothing of the file was.
    """
    report = ImportReport()
    rows = rows_of(path, progress or (lambda done, total: None))
    products = _products(rows, report)
    if replace:
        _maintained(index).replace(_at_least_one(products, path))
    else:
        index.upsert(products)
    report.written = report.rows - report.rejected_count - report.repeated_count
    return report


def _maintained(index: CatalogueIndex) -> MaintainedIndex:
    if not isinstance(index, MaintainedIndex):
        raise InputError("this kind of catalogue cannot be replaced whole; import without --replace")
    return index


def _at_least_one(products: Iterator[Product], path: Path) -> Iterator[Product]:
    first = next(products, None)
    if first is None:
        raise InputError(f"{path} has no product that can be read; the catalogue stays as it was")
    yield first
    yield from products


def _products(rows: Iterator[RawRow], report: ImportReport) -> Iterator[Product]:
    seen: set[int] = set()
    for row in rows:
        report.rows += 1
        try:
            product = _product_of(row)
        except _BadCell as error:
            report.reject(row.line, str(error))
            continue
        if int(product.gtin) in seen:
            report.repeat(row.line, product.gtin)
        seen.add(int(product.gtin))
        yield product


def _product_of(row: RawRow) -> Product:
    if row.problem:
        raise _BadCell(row.problem)
    gtin = _gtin(row.cells["gtin"])
    title, brand, category, size = (_text(row.cells, name) for name in TEXTS)
    if not title:
        raise _BadCell("the title is empty")
    weight_g, length_mm, width_mm, height_mm, popularity = (_number(row, name) for name in NUMBERS)
    extra = {
        name: _text(row.cells, name, MAX_EXTRA_LENGTH) for name in row.cells if name and name not in _KNOWN
    }
    return Product(
        gtin, title, brand, category, size, weight_g, length_mm, width_mm, height_mm, popularity,
        {name: value for name, value in extra.items() if value},
    )  # fmt: skip


def _gtin(cell: Any) -> str:
    digits = _digits(cell)
    gtin = as_gtin13(digits)
    if gtin is None:
        raise _BadCell(f"{digits[:40]!r} is no GTIN: {_why_no_gtin(digits)}")
    return gtin


def _digits(cell: Any) -> str:
    """What the cell says; where it is a number its leading zeros were lost, and are given back."""
    match cell:
        case None:
            return ""
        case int():
            return str(cell).zfill(GTIN_DIGITS)
        case float() | Decimal() if math.isfinite(cell) and cell == int(cell):
            return str(int(cell)).zfill(GTIN_DIGITS)
    return str(cell).strip()


def _why_no_gtin(digits: str) -> str:
    bare = digits.replace(" ", "").replace("-", "")
    if not bare:
        return "it is empty"
    if not (bare.isascii() and bare.isdigit()):
        return "it is not digits alone; a spreadsheet must export the column as text"
    if len(bare) not in {8, 12, 13, 14}:
        return f"it has {len(bare)} digits; 8, 12, 13 or 14 are right (are leading zeros lost?)"
    if len(bare) == 14 and bare[0] != "0":
        return "it is the number of a case, not of the item in it; or its check digit is wrong"
    return "its check digit is wrong"


def _text(cells: Mapping[str, Any], name: str, longest: int = MAX_TEXT_LENGTH) -> str:
    cell = cells.get(name)
    if cell is None:
        return ""
    text = " ".join(str(cell).split())
    if len(text) > longest:
        raise _BadCell(f"{name} has {len(text):,} characters; at most {longest:,} are allowed")
    if "\0" in text or isinstance(cell, bytes):
        raise _BadCell(f"{name} is not text")
    return text


def _number(row: RawRow, name: str) -> float:
    """A measure: finite and not negative; empty is 0, which stands for unknown."""
    cell = row.cells.get(name)
    text = "" if cell is None else str(cell).strip()
    if not text:
        return 0.0
    if row.decimal_comma and "." not in text:
        text = text.replace(",", ".", 1)
    value = float(text) if _NUMBER.fullmatch(text) else math.nan
    if not math.isfinite(value) or value < 0:
        raise _BadCell(f"{name} {text[:40]!r} is no number from 0 up")
    return value
