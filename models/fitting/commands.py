"""`booth train matching`, `order` and `fusion`: the weights to commit, fitted on made-up products."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from booth.cli.context import AsJson, print_json, print_table, progress_bar
from booth.identify.verification import COMPARED
from models.fitting.fusion_command import fusion

Shops = Annotated[int, typer.Option(min=1, max=1_000, help="Made-up shops of 32 products, a photo of each.")]


def train_weights(groups: Mapping[str, typer.Typer]) -> None:
    """The entry point `train_weights` of booth.commands: adds `booth train matching`, `order`, `fusion`."""
    groups["train"].command("matching")(matching)
    groups["train"].command("order")(order)
    groups["train"].command("fusion")(fusion)


def matching(shops: Shops = 5, as_json: AsJson = False) -> None:
    """Fit what the points of two pictures say: the table WEIGHTS of models/matching.py."""
    from models.fitting.matches import fit_matches

    with progress_bar("shops") as progress:
        fitted = fit_matches(shops, progress)
    weights = [round(weight, 3) for weight in fitted.weights]
    if as_json:
        print_json({"weights": weights, "n": fitted.n, "r@1": fitted.r1, "r@1_points": fitted.r1_points})
    else:
        print(f"WEIGHTS = {weights}")
        print(f"left out: r@1 {fitted.r1:.3f}, by points alone {fitted.r1_points:.3f}, {fitted.n} photos")


def order(
    shops: Shops = 2,
    compare: Annotated[int, typer.Option(min=1, max=1_000)] = COMPARED,
    as_json: AsJson = False,
) -> None:
    """Fit what pictures and words weigh: the tables of booth/evaluate/finding/ordering.py."""
    from booth.evaluate.finding.identify import Parts
    from models.fitting.order import fit_order, look_at_shops
    from models.matching import matcher
    from models.perception import perception
    from models.words import reader

    with progress_bar("shops") as progress:
        cases = look_at_shops(Parts(perception({}), matcher({}), reader({})), shops, compare, progress)
    found = fit_order(cases)
    if as_json:
        print_json({name: {"weights": one.weights, "r@1": one.r1} for name, one in found.items()})
    else:
        rows = [(name, one.weights, f"{one.r1:.3f}") for name, one in found.items()]
        print_table(("table", "weights", "r@1"), rows, title=f"{len(cases)} photos")
