"""`booth catalogue`: import a product file, search what is there."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from booth.assembly import parts
from booth.cli.context import AsJson, Groups, print_json, print_table, progress_bar, rows_of, settings
from booth.identify.importing import import_catalogue

SHOWN = ("gtin", "title", "brand", "category", "size")


def add_commands(groups: Groups) -> None:
    """Add `booth catalogue import` and `booth catalogue search`."""
    groups["catalogue"].command("import")(import_file)
    groups["catalogue"].command("search")(search)


def import_file(
    file: Annotated[Path, typer.Argument(help="CSV or Parquet with at least gtin and title.")],
    as_json: AsJson = False,
) -> None:
    """Add or replace products by GTIN; bad rows are reported, the rest goes in; exit code 1 if none."""
    index = parts.build_index(settings())
    with progress_bar("Importing") as progress:
        report = import_catalogue(file, index, progress)
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


def search(
    text: Annotated[str, typer.Argument(help="Words or digits.")],
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 20,
    as_json: AsJson = False,
) -> None:
    """Search the catalogue by words or digits, best first."""
    index = parts.build_index(settings())
    found = index.by_text(text, limit)
    scores = {hit.gtin: hit.score for hit in found}
    products = index.get([hit.gtin for hit in found])
    rows = [{**row, "score": scores[row["gtin"]]} for row in rows_of(products, SHOWN)]
    if as_json:
        print_json(rows)
    else:
        print_table(SHOWN, [[row[name] for name in SHOWN] for row in rows])
