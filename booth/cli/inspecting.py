"""`booth inspect`: judge picture files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from booth.assembly import parts
from booth.assembly.policy import build_policy
from booth.cli.context import AsJson, Groups, print_json, print_table, settings
from booth.errors import InputError
from booth.evaluate.inspect import inspect
from booth.identify.gtin import as_gtin13
from booth.policy.in_force import DecidedJudge
from booth.store.references import References


def add_commands(groups: Groups) -> None:
    """Add `booth inspect`."""
    groups[""].command("inspect")(inspect_pictures)


def inspect_pictures(
    pictures: Annotated[list[Path], typer.Argument(help="Pictures of one item or of several.")],
    product: Annotated[str, typer.Option(help="The GTIN whose references they are compared with.")] = "",
    out: Annotated[Path | None, typer.Option(help="A folder for the results.")] = None,
    as_json: AsJson = False,
) -> None:
    """Judge pictures; the verdict (JSON) and the heat map (PNG) are written beside each."""
    config = settings()
    gtin = as_gtin13(product) if product else ""
    if gtin is None:
        raise InputError(f"'{product}' is not a GTIN: its check digit does not fit")
    perception = parts.build_perception(config)
    gallery = References(config.data_dir).of(gtin, perception.trunk) if gtin else None
    if gtin and gallery is None:
        raise InputError(f"there are no references of {gtin}; enrol some with `booth gallery enrol`")
    judge = DecidedJudge(parts.build_judge(config), build_policy(config))
    results = inspect(pictures, gallery, perception, judge, out)
    if as_json:
        print_json([result.document for result in results])
    else:
        columns = ("picture", "outcome", "score", "heat map")
        rows = [
            (result.picture, result.verdict.outcome, f"{result.verdict.score:.3f}", result.heat_file)
            for result in results
        ]
        print_table(columns, rows)
