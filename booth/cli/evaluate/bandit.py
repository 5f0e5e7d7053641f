"""`booth evaluate bandit`: what the bandit earns in simulated booths, and how true its estimates are."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

from booth.cli.context import AsJson, Groups, print_json, print_table, progress_bars
from booth.evaluate.finding.bandit import Told, evaluate, report
from booth.evaluate.finding.bandit_booths import PRODUCTS, Booth, Size, booth_of
from booth.evaluate.finding.bandit_plot import plot

LEAST_ITEMS = 200


def add_commands(groups: Groups) -> None:
    """Add `booth evaluate bandit`."""
    groups["evaluate"].command("bandit")(evaluate_bandit)


def evaluate_bandit(
    seeds: Annotated[int, typer.Option(min=1, max=100, help="Simulated booths, of seeds 0, 1, …")] = 5,
    items: Annotated[int, typer.Option(min=LEAST_ITEMS, max=100_000, help="Items of each.")] = 6_000,
    products: Annotated[int, typer.Option(min=500, max=1_000_000, help="Its catalogue.")] = PRODUCTS,
    first_seed: Annotated[
        int, typer.Option(min=0, max=2**31, help="Settings were chosen on 100 and up.")
    ] = 0,
    quick: Annotated[
        bool, typer.Option(help="Stand-ins instead of the strategies: seconds a booth.")
    ] = False,
    plot_file: Annotated[Path | None, typer.Option("--plot", help="Draw the regret into this PNG.")] = None,
    as_json: AsJson = False,
) -> None:
    """Serve simulated items, answers late or missing, by the bandit, an oracle and simpler policies."""
    size = Size(items, products)
    with progress_bars() as told:
        booths = [_booth(first_seed + each, size, quick, told) for each in range(seeds)]
        results = evaluate(booths, told)
    figures = {**report(results), "stand_ins": list(booths[0].stand_ins)}
    if plot_file is not None:
        plot(results, plot_file)
    if as_json:
        print_json(figures)
    else:
        _print(figures)


def _booth(seed: int, size: Size, quick: bool, told: Told) -> Booth:
    with tempfile.TemporaryDirectory(prefix="booth-bandit-") as folder:
        return booth_of(seed, Path(folder), size, quick, told=told)


def _print(figures: dict[str, Any]) -> None:
    best = _shown(figures["oracle"])
    print(f"{figures['n']:,} items in {figures['seeds']} booths; the oracle earns {best} an item")
    if figures["stand_ins"]:
        print(f"stand-ins: {', '.join(figures['stand_ins'])}")
    share = figures["share_of_oracle"]
    rows = [[name, _shown(figures["reward"][name]), _shown(share[name])] for name in share]
    print_table(("policy", "reward", "share of the oracle's"), rows)
    states = figures["by_barcode"]
    print_table(
        ("barcode", "n", "bandit", "all arms always"),
        [
            [name, told["n"], _shown(told["share_of_oracle"]), _shown(told["everything"])]
            for name, told in states.items()
        ],
    )
    columns = ("truth", "dm_error", "snips_error", "dr_error", "effective")
    judged = figures["counterfactual"]
    print_table(
        ("candidate", *columns, "in interval"),
        [
            [name, *(_shown(told[column]) for column in columns), told["dr_held"]]
            for name, told in judged.items()
        ],
    )
    deciding = figures["deciding"]
    print(f"deciding takes {deciding['p50_ms']:.3f} ms (p95 {deciding['p95_ms']:.3f} ms)")


def _shown(told: dict[str, float | None]) -> str:
    mean, spread = told["mean"], told["spread"]
    if mean is None:
        return "-"
    digits = 0 if abs(mean) >= 100 else 4
    return f"{mean:.{digits}f}" + (f" ± {spread:.{digits}f}" if spread is not None else "")
