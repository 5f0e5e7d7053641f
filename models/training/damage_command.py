"""`booth train damage`: from captures, or from nothing, to the supervised model; it needs torch."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer

from booth.cli.context import AsJson, print_json, print_table, progress_bar
from booth.errors import InputError

DRAWN_ITEMS = 600
DRAWN_SEED = 1000


def train_damage(groups: Mapping[str, typer.Typer]) -> None:
    """The entry point `train_damage` of booth.commands: adds `booth train damage`."""
    groups["train"].command("damage")(damage)


def damage(
    out: Annotated[Path, typer.Option(help="A folder for the networks, their card and its plot.")],
    captures: Annotated[
        Path | None, typer.Option(help="A captured set, of `booth synthesize`; without it one is made.")
    ] = None,
    minutes: Annotated[float, typer.Option(min=0.01, max=100_000, help="So long is learnt.")] = 20.0,
    steps: Annotated[
        int, typer.Option(min=0, max=10_000_000, help="Batches that are learnt from, in place of a time.")
    ] = 0,
    seed: Annotated[int, typer.Option(min=0, max=2**31, help="Of the weights and the batches.")] = 0,
    items: Annotated[
        int, typer.Option(min=8, max=1_000_000, help="Items that are made where no captures are given.")
    ] = DRAWN_ITEMS,
    as_json: AsJson = False,
) -> None:
    """Train the supervised damage model, measure it on held-out products, write ONNX and card."""
    if find_spec("torch") is None:
        raise InputError(
            "training needs torch, which this environment has not: run `make train-setup`, "
            "then .venv-train/bin/booth train damage"
        )
    from models.training.damage_fitting import Plan
    from models.training.damage_training import Recipe, drawn, train

    with ExitStack() as stack:

        def told(task: str) -> Any:
            return stack.enter_context(progress_bar(task))

        found = captures or drawn(out / "captures", items, DRAWN_SEED, told)
        figures = train(Recipe(found, Plan(steps=steps, minutes=minutes, seed=seed)), out, told)
    if as_json:
        print_json(figures)
    else:
        rows = [
            (count, name, value)
            for count, one in figures["by_references"].items()
            for name, value in one.items()
        ]
        print_table(("references", "figure", "value"), rows, title=str(out))
