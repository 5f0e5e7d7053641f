"""`booth evaluate damage`: what the networks can do, measured on pictures or on a captured set."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from booth.cli.context import AsJson, print_json, print_table, progress_bar
from booth.errors import InputError
from booth.evaluate.captured import is_captured_set
from booth.evaluate.damage import Plan
from booth.evaluate.damage import evaluate_damage as measure
from booth.evaluate.metrics import Figure
from booth.evaluate.scores import Score
from models.measuring.commands import ablations, evidence
from models.measuring.sets import Measured, measure_captured


def evaluate_damage(groups: Mapping[str, typer.Typer]) -> None:
    """The entry point `evaluate_damage` of booth.commands: adds `damage`, `evidence` and `ablations`."""
    groups["evaluate"].command("damage")(damage)
    groups["evaluate"].command("evidence")(evidence)
    groups["evaluate"].command("ablations")(ablations)


def damage(
    folder: Annotated[
        Path,
        typer.Argument(
            help="Has normal/ anomaly/, intact/ damaged/, train/good/ test/good/ test/*/, or items.csv."
        ),
    ],
    references: Annotated[int, typer.Option(min=0, help="How many good items each seed draws.")] = 4,
    seeds: Annotated[int, typer.Option(min=1, max=1_000, help="How many draws, from seed 0 on.")] = 5,
    group: Annotated[
        str | None, typer.Option(help="A regular expression whose match in a file's name names its item.")
    ] = None,
    view: Annotated[str | None, typer.Option(help="Only files whose name fits this glob.")] = None,
    score: Annotated[Score, typer.Option(help="Which score is measured.")] = Score.FUSED,
    rows: Annotated[
        list[Path] | None,
        typer.Option(help="Of a captured set: what `booth evaluate evidence` wrote, in place of looking."),
    ] = None,
    scores: Annotated[
        Path | None, typer.Option(help="Of a captured set: write the fused scores, for `booth policy fit`.")
    ] = None,
    budget: Annotated[
        float,
        typer.Option(min=0.0001, max=0.4, help="Of a captured set: the budget that splits are held to."),
    ] = 0.005,
    splits: Annotated[int, typer.Option(min=0, max=10_000, help="Of a captured set: how many.")] = 200,
    as_json: AsJson = False,
) -> None:
    """Measure how well damage is told from good items: mean and spread over draws of the references."""
    if is_captured_set(folder):
        if group is not None or view is not None:
            raise InputError("--group and --view are for folders of pictures; a captured set names its items")
        wanted = Measured(folder, references, seeds, score, tuple(rows or ()), scores, budget, splits)
        measure_captured(wanted, as_json)
        return
    if rows or scores:
        raise InputError(f"{folder} has no items.csv: --rows and --scores are for captured sets")
    from models.measuring.parts import shipped_parts

    plan = Plan(folder, references, seeds, group, view, score)
    parts = shipped_parts()
    with progress_bar("pictures") as progress:
        figures = measure(plan, parts.perception, parts.judge, progress, parts.witness)
    if as_json:
        print_json({name: one.as_json() for name, one in figures.items()})
    else:
        cells = [(name, *_cells(one)) for name, one in figures.items()]
        print_table(("figure", "mean", "spread"), cells, title=f"{folder}, {references} references")


def _cells(one: Figure) -> tuple[str, str]:
    mean = "cannot be told" if one.mean is None else f"{one.mean:.4g}"
    return mean, "" if one.spread is None else f"{one.spread:.3g}"
