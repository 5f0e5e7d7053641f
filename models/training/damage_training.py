"""Trains the supervised model from nothing: captures, percepts, the networks, figures, ONNX and card."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from booth.errors import InputError
from booth.evaluate.captured import is_captured_set, read_captured
from models.perception import perception
from models.percepts import Percepts, Progress, look, percepts_folder
from models.training import damage_measuring as measuring
from models.training.damage_card import CARD, PLOT, card, keep, plot
from models.training.damage_data import Samples
from models.training.damage_exporting import FILES, exported
from models.training.damage_fitting import Plan, fit
from models.training.damage_network import DamageNetwork

REFERENCES = (0, 1, 2, 4)
Told = Callable[[str], Progress]


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is learnt from and how long.

    Attributes:
        captures: a captured set, with references, good and damaged items of many products.
    """

    captures: Path
    plan: Plan = field(default_factory=Plan)


def train(recipe: Recipe, out: Path, told: Told) -> dict[str, Any]:
    """Look, learn, measure on held-out products, and write networks, card and plot into `out`.

    Args:
        told: opens a progress bar for each stage of the work.

    Returns:
        The figures of the card.

    Raises:
        InputError: the captures do not do, or `out` cannot be written.
        ModelError: the trunk cannot be used.
    """
    percepts = looked(recipe.captures, told)
    samples = Samples(percepts)
    network = fit(samples, recipe.plan, told("learning"))
    figures = measured(samples, network, recipe.plan, told)
    parts = exported(network)
    files = {FILES[part]: data for part, data in parts.items()}
    document = card(files, _data(samples, recipe.captures), asdict(recipe.plan), figures)
    keep(out, {**files, PLOT: plot(figures["calibration"]), CARD: (document + "\n").encode()})
    return figures


def drawn(folder: Path, items: int, seed: int, told: Told) -> Path:
    """Make a small captured set to learn from, unless an earlier run made it; whole or not at all.

    Raises:
        InputError: the folder cannot be written.
    """
    from models.synthetic import captures, command

    if is_captured_set(folder):
        return folder
    plan = captures.Plan(seed)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".captures-") as fresh:
            command.write_set(plan, -(-items // plan.of_each), Path(fresh) / "set", 1, told("rendering"))
            os.replace(Path(fresh) / "set", folder)
    except OSError as error:
        raise InputError(f"{folder} cannot be written: {error.strerror or error}") from error
    return folder


def looked(captures: Path, told: Told) -> Percepts:
    """The percepts of a captured set, kept beside it."""
    captured, eyes = read_captured(captures), perception({})
    return look(captured, eyes, percepts_folder(captures, eyes.trunk), told("looking"))


def measured(samples: Samples, network: DamageNetwork, plan: Plan, told: Told) -> dict[str, Any]:
    """Every figure of the card, on held-out products."""
    found: dict[str, Any] = {"by_references": {}}
    scored: list[measuring.Scored] = []
    for count in REFERENCES:
        scored = measuring.scores(samples, network, count, plan, told(f"{count} references"))
        found["by_references"][str(count)] = measuring.figures(scored)
    return {
        **found,
        **{f"by_{name}": rows for name, rows in measuring.by_label(scored).items()},
        "false_alarms": measuring.false_alarms(scored),
        "calibration": measuring.calibration(scored),
    }


def _data(samples: Samples, captures: Path) -> dict[str, Any]:
    rows = samples.percepts.rows
    seeds = [row.seed for row in rows]
    learnt = [row.labels["gtin"] for row, out in zip(rows, samples.held_out, strict=True) if not out]
    held = [row.labels["gtin"] for row, out in zip(rows, samples.held_out, strict=True) if out]
    return {
        "captures": captures.name,
        "seeds": [min(seeds), max(seeds)] if seeds else [],
        "perception": samples.percepts.trunk,
        "views": len(rows),
        "items": len(samples.percepts.items()),
        "products": len(set(learnt)),
        "held_out_products": len(set(held)),
    }
