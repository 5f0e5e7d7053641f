"""`booth catalogue`: import a product file, search what is there, prove that it is whole."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from booth.assembly.finding import build_index
from booth.cli.context import AsJson, Groups, print_json, print_table, progress_bars, rows_of, settings
from booth.errors import InputError
from booth.identify.importing import import_catalogue
from booth.ports.finding import MaintainedIndex

SHOWN = ("gtin", "title", "brand", "category", "size")


def add_commands(groups: Groups) -> None:
    """Add `booth catalogue import`, `search` and `check`."""
    groups["catalogue"].command("import")(import_file)
    groups["catalogue"].command("search")(search)
    groups["catalogue"].command("check")(check)


def import_file(
    file: Annotated[Path, typer.Argument(help="CSV or Parquet with at least gtin and title.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Make the file the whole catalogue; what it lacks is gone.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Add or replace products by GTIN; bad rows are reported, the rest goes in; exit code 1 if none."""
    index = build_index(settings())
    with progress_bars() as told:
        report = import_catalogue(file, index, partial(tell_import, told), replace=replace)
    if as_json:
        print_json(asdict(report))
    else:
        for row in (*report.rejected, *report.repeated):
            print(f"{file}:{row.line}: {row.reason}", file=sys.stderr)
        print(
            f"{report.rows} rows read, {report.written} products written, "
            f"{report.rejected_count} rows refused, {report.repeated_count} repeated"
        )
    if report.rejected_count and not report.written:
        raise typer.Exit(1)


def tell_import(told: Callable[[str, int, int], None], done: int, total: int) -> None:
    """How much of the file is read; then that what is made of it is under way."""
    told("Importing", done, total)
    if done >= total:
        told("Making full text and arrays", 0, 1)


def search(
    text: Annotated[str, typer.Argument(help="Words or digits.")],
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 20,
    as_json: AsJson = False,
) -> None:
    """Search the catalogue by words or digits, best first."""
    index = build_index(settings())
    found = index.by_text(text, limit)
    scores = {hit.gtin: hit.score for hit in found}
    products = index.get([hit.gtin for hit in found])
    rows = [{**row, "score": scores[row["gtin"]]} for row in rows_of(products, SHOWN)]
    if as_json:
        print_json(rows)
    else:
        print_table(SHOWN, [[row[name] for name in SHOWN] for row in rows])


def check(as_json: AsJson = False) -> None:
    """Read every byte of the catalogue; exit code 1 where a file is damaged."""
    index = build_index(settings())
    if not isinstance(index, MaintainedIndex):
        raise InputError("this kind of catalogue cannot be checked from here")
    damaged = list(index.check())
    if as_json:
        print_json({"products": index.count(), "snapshot": index.snapshot, "damaged": damaged})
    else:
        print("\n".join(damaged) or f"{index.count()} products, every byte as it was written")
    if damaged:
        raise typer.Exit(1)
