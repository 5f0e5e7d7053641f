"""The card of the supervised model: what it was trained on, and what it can do."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from booth.errors import InputError
from models.training.exporting import revision

CARD, PLOT = "damage.json", "damage.png"


def card(
    parts: Mapping[str, bytes], data: Mapping[str, Any], plan: Mapping[str, Any], figures: Mapping[str, Any]
) -> str:
    """The card as JSON."""
    return json.dumps(
        {
            "what": "Damage of one view, its type, severity and place: alone, and beside references.",
            "sha256": {name: hashlib.sha256(network).hexdigest() for name, network in parts.items()},
            "training_revision": revision(),
            "torch": torch.__version__,
            "data": {"origin": "made by models/synthetic; no photo, no product of anyone", **data},
            "plan": dict(plan),
            "figures": {"on": "products of the training pool that were never learnt from", **figures},
            "limits": "Trained on rendered items alone: it has never seen a photo, nor real damage.",
        },
        indent=2,
    )


def plot(bins: Sequence[Mapping[str, float]]) -> bytes:
    """The reliability diagram as PNG: what was told against what was true."""
    import io

    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.2, 4.2), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    sizes = [20 + 4 * one["n"] ** 0.5 for one in bins]
    axes.plot([one["told"] for one in bins], [one["true"] for one in bins], color="tab:blue")
    axes.scatter([one["told"] for one in bins], [one["true"] for one in bins], sizes, color="tab:blue")
    axes.set(xlabel="chance of damage that is told", ylabel="share of items that are damaged",
             title="Held-out products, 4 references", xlim=(0, 1), ylim=(0, 1))  # fmt: skip
    file = io.BytesIO()
    figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()


def keep(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files into a folder, each whole or not at all. Raises: InputError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".new-") as fresh:
            for name, data in files.items():
                (Path(fresh) / name).write_bytes(data)
            for name in files:
                os.replace(Path(fresh) / name, folder / name)
    except OSError as error:
        raise InputError(f"{folder}: the weights cannot be written: {error.strerror or error}") from error
