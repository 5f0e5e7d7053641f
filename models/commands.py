"""`booth evaluate damage`: what the networks can do, measured on a folder of pictures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from booth.cli.context import AsJson, print_json, print_table, progress_bar
from booth.evaluate.damage import Plan
from booth.evaluate.damage import evaluate_damage as measure
from booth.evaluate.metrics import Figure
from booth.evaluate.scores import Score
from models.judge import judge
from models.perception import perception


def evaluate_damage(groups: Mapping[str, typer.Typer]) -> None:
    """The entry point `evaluate_damage` of booth.commands: adds `booth evaluate damage`."""
    groups["evaluate"].command("damage")(damage)


def damage(
    folder: Annotated[
        Path,
        typer.Argument(help="Has normal/ anomaly/, intact/ damaged/, or train/good/ test/good/ test/*/."),
    ],
    references: Annotated[int, typer.Option(min=0, help="How many good items each seed draws.")] = 4,
    seeds: Annotated[int, typer.Option(min=1, max=1_000, help="How many draws, from seed 0 on.")] = 5,
    group: Annotated[
        str | None, typer.Option(help="A regular expression whose match in a file's name names its item.")
    ] = None,
    view: Annotated[str | None, typer.Option(help="Only files whose name fits this glob.")] = None,
    score: Annotated[Score, typer.Option(help="Which score is measured.")] = Score.FUSED,
    as_json: AsJson = False,
) -> None:
    """Measure how well damage is told from good items: mean and spread over draws of the references."""
    plan = Plan(folder, references, seeds, group, view, score)
    with progress_bar("pictures") as progress:
        figures = measure(plan, perception({}), judge({}), progress)
    if as_json:
        print_json({name: one.as_json() for name, one in figures.items()})
    else:
        rows = [(name, *_cells(one)) for name, one in figures.items()]
        print_table(("figure", "mean", "spread"), rows, title=f"{folder}, {references} references")


def _cells(one: Figure) -> tuple[str, str]:
    mean = "cannot be told" if one.mean is None else f"{one.mean:.4g}"
    return mean, "" if one.spread is None else f"{one.spread:.3g}"
