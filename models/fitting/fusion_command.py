"""`booth train fusion`: fits how evidence is joined, on captured items of made-up products."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from booth.cli.context import AsJson, print_json, print_table, progress_bar
from booth.errors import InputError
from booth.evaluate.rows import Row, read_rows

COUNTS = (0, 1, 2, 4)
FUSION, CARD, PLOT = "fusion.json", "fusion-card.json", "fusion-reliability.png"


def fusion(
    out: Annotated[Path, typer.Option(help="A folder for the weights, their card and the diagram.")],
    captures: Annotated[
        Path | None, typer.Option(help="A captured set that nothing was trained on and nothing is scored on.")
    ] = None,
    rows: Annotated[
        list[Path] | None,
        typer.Option(help="What `booth evaluate evidence` wrote of it, in place of looking."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Fit the fusion on one captured set, and calibrate it across products."""
    if (captures is None) == (not rows):
        raise InputError(
            "name either --captures, to look at a set, or --rows, to fit on what was seen of one"
        )
    from models.fitting.fusion import fit_fusion
    from models.fitting.fusion_card import card_of, reliability_png

    found = read_rows(rows) if rows else _looked(captures or Path())
    about = _about(found)
    with progress_bar("situations") as progress:
        fitted, held = fit_fusion(found, about["fitted_on"], progress)
    card = card_of(held, {"sha256": fitted.sha256, **about})
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / PLOT).write_bytes(reliability_png(held))
        (out / CARD).write_text(json.dumps(card, indent=2) + "\n", "utf-8")
        (out / FUSION).write_bytes(fitted.to_json())
    except OSError as error:
        raise InputError(f"{out}: the fusion cannot be written: {error}") from error
    if as_json:
        print_json(card)
    else:
        told = [(name, *one.values()) for name, one in card["held_out_products"].items()]
        columns = ("situation", "good", "damaged", "auroc", "calibration error", "brier")
        print_table(columns, told, title=f"{out / FUSION}, of held-out products")


def _about(rows: list[Row]) -> dict[str, Any]:
    items = {row.item: row for row in rows}
    products = {row.product for row in rows}
    return {
        "fitted_on": f"{len(items)} captured items of {len(products)} made-up products",
        "damaged": sum(row.damaged for row in items.values()),
        "variants": sorted({row.variant for row in rows}),
        "references": sorted({row.references for row in rows}),
        "rows": len(rows),
    }


def _looked(folder: Path) -> list[Row]:
    from booth.evaluate.captured import read_captured
    from booth.evaluate.looking import PHOTO, Look, look_at
    from booth.evaluate.rows import WHOLE
    from models.measuring.parts import shipped_parts

    captures, parts = read_captured(folder), shipped_parts(folder)
    with progress_bar("products") as progress:
        look = Look(COUNTS, 1, (WHOLE, PHOTO))
        return list(look_at(captures, look, parts.perception, parts.witness, progress))
