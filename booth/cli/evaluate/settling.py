"""`booth evaluate settling`: what the booth settles by itself, and how often it is right."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

from booth.cli.context import AsJson, Groups, print_json, print_table, progress_bars

LEAST_FITTED = 200
SHARES = ("settled_right", "settled_wrong", "asked", "false_doubts", "found_out")


def add_commands(groups: Groups) -> None:
    """Add `booth evaluate settling`."""
    groups["evaluate"].command("settling")(evaluate)


def evaluate(
    items: Annotated[int, typer.Option(min=10, max=100_000, help="Items to settle on.")] = 1_000,
    products: Annotated[int, typer.Option(min=100, max=1_000_000, help="Of the catalogue.")] = 5_000,
    seed: Annotated[int, typer.Option(min=0, max=2**31, help="Of catalogue and items.")] = 1,
    fitted: Annotated[
        int, typer.Option(min=LEAST_FITTED, max=100_000, help="Other items, to fit the ranker on before.")
    ] = 1_500,
    as_json: AsJson = False,
) -> None:
    """Settle on simulated items by a ranker that saw other products only, by the state of the barcode."""
    from booth.evaluate.finding.settling import Plan, evaluate_settling

    with tempfile.TemporaryDirectory(prefix="booth-settling-") as folder, progress_bars() as told:
        figures = evaluate_settling(Plan(items, products, seed, fitted), Path(folder), told)
    if as_json:
        print_json({**figures, "seed": seed, "fitted": fitted})
    else:
        _print(figures)


def _print(figures: dict[str, Any]) -> None:
    rows = [
        [state, told["n"], *(_number(told.get(name)) for name in ("r@1", "r@5", "mrr")),
         *(_share(told.get(name)) for name in SHARES)]
        for state, told in figures["by_barcode"].items()
    ]  # fmt: skip
    title = (
        f"{figures['n']:,} items, {figures['products']:,} products; settles without a code from confidence "
    )
    print_table(
        ("barcode", "n", "r@1", "r@5", "mrr", *(name.replace("_", " ") for name in SHARES)),
        rows, title=title + f"{figures['limit']:.3f} on",
    )  # fmt: skip


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _share(told: dict[str, float] | None) -> str:
    if told is None:
        return ""
    return f"{told['count']}/{told['n']} {told['share']:.3f} [{told['low']:.3f}, {told['high']:.3f}]"
