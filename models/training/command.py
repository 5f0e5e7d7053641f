"""`booth train embedding`: from nothing to an ONNX network with its card; it needs torch."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from booth.cli.context import AsJson, print_json, print_table, progress_bar
from booth.errors import InputError


def train_embedding(groups: Mapping[str, typer.Typer]) -> None:
    """The entry point `train_embedding` of booth.commands: adds `booth train embedding`."""
    groups["train"].command("embedding")(embedding)


def embedding(
    out: Annotated[
        Path, typer.Option(help="A folder for the network, its card and the features on the way.")
    ],
    identities: Annotated[
        int, typer.Option(min=8, max=1_000_000, help="Products drawn for training.")
    ] = 2000,
    photos: Annotated[
        int, typer.Option(min=1, max=100, help="Photos of each, beside its iconic picture.")
    ] = 3,
    booth: Annotated[int, typer.Option(min=0, max=9_999, help="Simulated products seen on the tray.")] = 70,
    held_out: Annotated[
        int, typer.Option(min=0, max=1_000_000, help="Products drawn for the figures.")
    ] = 1000,
    steps: Annotated[int, typer.Option(min=1, max=10_000_000, help="Batches that are learnt from.")] = 700,
    seed: Annotated[
        int, typer.Option(min=0, max=2**31, help="Of the training products and the weights.")
    ] = 11,
    as_json: AsJson = False,
) -> None:
    """Train the image embedding on drawn packages, measure it on held-out families, write ONNX and card."""
    if find_spec("torch") is None:
        raise InputError(
            "training needs torch, which this environment has not: run `make train-setup`, "
            "then .venv-train/bin/booth train embedding"
        )
    from models.training.embedding import Recipe, train
    from models.training.fitting import Plan

    recipe = Recipe(identities, photos, booth, held_out, min(30, booth), seed, Plan(steps=steps, seed=seed))
    with ExitStack() as stack:
        card = train(recipe, out, lambda task: stack.enter_context(progress_bar(task)))
    figures = {name: dict(one) for name, one in card.figures.items()}
    if as_json:
        print_json(figures)
    else:
        rows = [(name, key, value) for name, one in figures.items() for key, value in one.items()]
        print_table(("held out", "figure", "value"), rows, title=str(out))
