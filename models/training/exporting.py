"""Writes the fitted head as ONNX, and the card that says how it came to be and what it can do."""

from __future__ import annotations

import io
import json
import subprocess
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from booth.errors import InputError
from models.embedding import COLOUR_GRID, GRID, INPUTS, digest
from models.training.head import CHANNELS, Head, Standardised

OPSET = 17
NETWORK, CARD = "embedding.onnx", "embedding.json"
SHAPES = {
    "fine": (1, GRID, GRID, CHANNELS["fine"]),
    "middle": (1, GRID, GRID, CHANNELS["middle"]),
    "coarse": (1, GRID // 2, GRID // 2, CHANNELS["coarse"]),
    "colour": (1, COLOUR_GRID, COLOUR_GRID, 3),
}


@dataclass(frozen=True, slots=True)
class Card:
    """What a reader of the weights should know."""

    data: Mapping[str, Any]
    plan: Mapping[str, Any]
    figures: Mapping[str, Mapping[str, float]]

    def document(self, network: bytes) -> str:
        """The card of one network as JSON."""
        return json.dumps(
            {
                "what": "Trunk stages and colours of a picture to 256 numbers; compare by cosine.",
                "sha256": digest(network),
                "training_revision": revision(),
                "torch": torch.__version__,
                "data": {"origin": "made by models/training; no photo, no product of anyone", **self.data},
                "plan": dict(self.plan),
                "figures": {name: dict(one) for name, one in self.figures.items()},
                "limits": "Trained on drawn packages alone: it has never seen a photo.",
            },
            indent=2,
        )


def exported(head: Head, scale: Mapping[str, NDArray[np.float32]]) -> bytes:
    """The head with its standardisation as one ONNX network that takes raw stages, channels last."""
    whole = Standardised(head.eval(), {name: torch.from_numpy(scale[name]) for name in CHANNELS}).eval()
    samples = tuple(torch.zeros(SHAPES[name]) for name in INPUTS)
    file = io.BytesIO()
    with warnings.catch_warnings():  # the tracing exporter is told deprecated; the other needs more wheels
        warnings.simplefilter("ignore")
        torch.onnx.export(
            whole, samples, file, dynamo=False, opset_version=OPSET,
            input_names=list(INPUTS), output_names=["embedding"],
        )  # fmt: skip
    return file.getvalue()


def keep(folder: Path, network: bytes, card: Card) -> None:
    """Write network and card into a folder. Raises: InputError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / NETWORK).write_bytes(network)
        (folder / CARD).write_text(card.document(network) + "\n", "utf-8")
    except OSError as error:
        raise InputError(f"{folder}: the weights cannot be written: {error.strerror or error}") from error


def revision() -> str:
    """The project's revision, or `unknown` outside a checkout."""
    try:
        found = subprocess.run(
            ["git", "rev-parse", "HEAD"],
            check=False,
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            timeout=10,
        )
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    return found.stdout.strip() or "unknown"
