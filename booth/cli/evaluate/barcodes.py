"""`booth evaluate barcodes`: how many codes are read in photographs, and how many wrongly."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from booth.cli.context import AsJson, Groups, print_json, print_table, progress_bar
from booth.evaluate.finding.barcodes import evaluate_barcodes

COLUMNS = ("n", "correct", "correct_rate", "wrong", "negatives", "false_positives", "p50_ms", "p95_ms")


def add_commands(groups: Groups) -> None:
    """Add `booth evaluate barcodes`."""
    groups["evaluate"].command("barcodes")(barcodes)


def barcodes(
    folder: Annotated[Path, typer.Argument(help="Pictures with a .txt beside each, or folders of them.")],
    as_json: AsJson = False,
) -> None:
    """Read the codes in photographs and count: right, wrong, and read where there is none.

    Folders named falsepositives… hold pictures without a code; in folders named upce… the text is UPC-E.
    """
    with progress_bar("reading codes") as progress:
        figures: dict[str, Any] = evaluate_barcodes(folder, progress)
    if as_json:
        print_json(figures)
        return
    rows = [_row(name, each) for name, each in (*figures["folders"].items(), ("all", figures))]
    print_table(("folder", *COLUMNS), rows)


def _row(name: str, figures: Mapping[str, object]) -> list[object]:
    values = (figures[column] for column in COLUMNS)
    return [name, *(f"{value:.3f}" if isinstance(value, float) else value for value in values)]
