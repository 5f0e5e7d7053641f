"""`booth evaluate identify`: how well products are found by their pictures and their print."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from booth import plugins
from booth.cli.context import AsJson, Groups, print_json, print_table, progress_bar
from booth.identify.verification import COMPARED


def add_commands(groups: Groups) -> None:
    """Add `booth evaluate identify`."""
    groups["evaluate"].command("identify")(identify)


def identify(
    folder: Annotated[Path, typer.Argument(help="A folder laid out as GroceryStoreDataset is.")],
    listing: Annotated[
        str, typer.Option("--list", help="The list in it: photo, fine class, coarse class.")
    ] = "train.txt",
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many photos, drawn by the seed.")] = None,
    seed: Annotated[int, typer.Option(help="Which photos are drawn.")] = 0,
    compare: Annotated[
        int, typer.Option(min=0, max=1_000, help="How many candidates are compared point by point.")
    ] = COMPARED,
    as_json: AsJson = False,
) -> None:
    """Measure how well products are found by their pictures alone, and by pictures and printed words.

    Each product is known by one catalogue picture, its title and its maker.
    """
    from booth.evaluate.finding.identify import Parts, Plan, evaluate_identify

    plan = Plan(folder, listing, limit, seed, compare)
    parts = Parts(
        plugins.load("booth.perceptions", "trunk")({}),
        plugins.load("booth.matchers", "sift")({}),
        plugins.load("booth.readers", "rapidocr")({}),
    )
    with progress_bar("photos") as progress:
        figures = evaluate_identify(plan, parts, progress)
    if as_json:
        print_json(figures)
    else:
        _print(figures, folder)


def _print(figures: Mapping[str, Any], folder: Path) -> None:
    names = ("r@1", "r@5", "r@10", "mrr")
    ways = [(way, one) for way, one in figures.items() if isinstance(one, dict) and "mrr" in one]
    rows = [(way, *(f"{one[name]:.3f}" for name in names)) for way, one in ways]
    print_table(
        ("by", *names), rows, title=f"{folder}: {figures['n']} photos, {figures['products']} products"
    )
    classes = figures["image"]["by_coarse_class"]
    rows = [
        (name, str(classes[name]["n"]), *(f"{one['by_coarse_class'][name]['r@1']:.3f}" for _, one in ways))
        for name in classes
    ]
    print_table(("class", "n", *(f"{way} r@1" for way, _ in ways)), rows)
    spent = [(part, f"{ms['p50_ms']:.0f}", f"{ms['p95_ms']:.0f}") for part, ms in figures["latency"].items()]
    print_table(("part", "p50 ms", "p95 ms"), spent)
