"""Trains the embedding from nothing: pictures, trunk features, the head, its figures, ONNX and card."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch

from booth.errors import InputError
from models.training import measuring
from models.training.exporting import Card, exported, keep
from models.training.features import Features, FloatArray, compute, joined
from models.training.fitting import Plan, embedded, fit
from models.training.head import Head
from models.training.sampling import BOOTH_VIEWS, booth_count, booth_pictures, shop_pictures

Progress = Callable[[int, int], None]
BLOCK = 250
"""So many products are made at a time, each block from a seed of its own."""
PLACEMENTS = 2
HELD_OUT_SEED = 99
HELD_OUT_BOOTH_SEED = 98
BOOTH_SEED = 21
FEATURES = "features"


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is made and how long is learnt.

    Attributes:
        identities: products drawn for training, with `photos` photos each.
        booth: simulated products seen on the tray.
        held_out: products of families that are never trained on, for the figures; likewise `held_out_booth`.
        seed: of the first block of products; the next blocks follow it.
    """

    identities: int = 2000
    photos: int = 3
    booth: int = 70
    held_out: int = 1000
    held_out_booth: int = 30
    seed: int = 11
    plan: Plan = field(default_factory=Plan)


def train(recipe: Recipe, out: Path, told: Callable[[str], Progress]) -> Card:
    """Train, measure on held-out families, and write network and card into `out`.

    Args:
        told: opens a progress bar for each stage of the work.

    Raises:
        InputError: `out` cannot be written.
        ModelError: the trunk cannot be used.
    """
    torch.set_num_threads(1)
    folder = _emptied(out / FEATURES)
    parts = _training_features(recipe, folder, told)
    features = joined(parts)
    head = fit(features, recipe.plan, told("steps"))
    figures = _figures(recipe, head, folder, parts[0].scale, told)
    data = {**asdict(recipe), "pictures": len(features.product)}
    plan = data.pop("plan")
    card = Card(data, plan, figures)
    keep(out, exported(head, parts[0].scale), card)
    shutil.rmtree(folder, ignore_errors=True)
    return card


def _training_features(recipe: Recipe, folder: Path, told: Callable[[str], Progress]) -> list[Features]:
    parts: list[Features] = []
    for block, start in enumerate(range(0, recipe.identities, BLOCK)):
        count = min(BLOCK, recipe.identities - start)
        pictures = shop_pictures(recipe.seed + block, count, recipe.photos)
        scale = parts[0].scale if parts else None
        total = count * (recipe.photos + 1)
        parts.append(compute(pictures, total, folder / f"shop{block}", scale, told(f"block {block + 1}")))
    if recipe.booth:
        views = booth_pictures(BOOTH_SEED, recipe.booth, PLACEMENTS)
        total = booth_count(recipe.booth, PLACEMENTS)
        parts.append(compute(views, total, folder / "booth", parts[0].scale, told("booth")))
    return parts


def _figures(
    recipe: Recipe, head: Head, folder: Path, scale: dict[str, FloatArray], told: Callable[[str], Progress]
) -> dict[str, dict[str, float]]:
    """Recall on products of families that were not trained on."""
    figures = {}
    if recipe.held_out:
        pictures = shop_pictures(HELD_OUT_SEED, recipe.held_out, 1)
        found = compute(pictures, recipe.held_out * 2, folder / "held_out", scale, told("held out"))
        figures["held_out_shop"] = measuring.recall(
            found, embedded(head, found, np.arange(len(found.product)))
        )
    if recipe.held_out_booth:
        views = booth_pictures(HELD_OUT_BOOTH_SEED, recipe.held_out_booth, PLACEMENTS)
        total = booth_count(recipe.held_out_booth, PLACEMENTS)
        found = compute(views, total, folder / "held_out_booth", scale, told("held-out booth"))
        rows = embedded(head, found, np.arange(len(found.product)))
        figures["held_out_booth"] = measuring.booth_recall(found, rows, BOOTH_VIEWS)
    return figures


def _emptied(folder: Path) -> Path:
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    except OSError as error:
        raise InputError(f"{folder}: cannot be written: {error.strerror or error}") from error
    return folder
