"""Writes the fitted supervised model as three ONNX networks that take and give what the booth keeps."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from models.supervised import GRID, KEYS, MAPS, OWN_KEYS, PATCH_CHANNELS
from models.training.damage_network import CELLS, DamageNetwork

OPSET = 17
FILES = {part: f"damage-{part}.onnx" for part in ("keys", "alone", "compared")}
K = "references"
"""The axis of the references, of any length from 1."""


class KeysPart(nn.Module):
    """Patches (1, 40, 40, 288) to keys (1, 40, 40, 64): both linear maps as one."""

    def __init__(self, network: DamageNetwork) -> None:
        super().__init__()
        self.projection = network.projection
        learnt = network.projection.map
        self.register_buffer("both", (learnt.weight @ network.projection.basis.T).T.detach().contiguous())
        self.register_buffer("bias", learnt.bias.detach())

    def forward(self, patches: Tensor) -> Tensor:
        """See the class."""
        return torch.matmul(self.projection.standard(patches), self.both) + self.bias


class AlonePart(nn.Module):
    """Keys and maps of one view to its answers and its cells."""

    def __init__(self, network: DamageNetwork) -> None:
        super().__init__()
        self.alone = network.alone

    def forward(self, keys: Tensor, maps: Tensor) -> tuple[Tensor, ...]:
        """Keys (1, 40, 40, 64), maps (1, 6, 40, 40)."""
        cells, told = self.alone(keys, maps)
        return told.logit, told.types, told.severity, told.heat, cells


class ComparedPart(nn.Module):
    """One view beside K references to its answers."""

    def __init__(self, network: DamageNetwork) -> None:
        super().__init__()
        self.compared = network.compared

    def forward(
        self, keys: Tensor, maps: Tensor, cells: Tensor, reference_keys: Tensor, reference_heights: Tensor
    ) -> tuple[Tensor, ...]:
        """As `AlonePart`, with reference keys (K, 40, 40, 32) and heights (K, 2, 40, 40)."""
        told = self.compared(keys, maps, cells, reference_keys[None], reference_heights[None])
        return told.logit, told.types, told.severity, told.heat


def exported(network: DamageNetwork) -> dict[str, bytes]:
    """The networks by part: `keys`, `alone` and `compared`."""
    network = network.cpu().eval()
    patches = torch.zeros(1, GRID, GRID, PATCH_CHANNELS)
    keys, maps = torch.zeros(1, GRID, GRID, OWN_KEYS), torch.zeros(1, MAPS, GRID, GRID)
    cells, many = torch.zeros(1, CELLS, GRID, GRID), torch.zeros(3, GRID, GRID, KEYS)
    answers = ["logit", "types", "severity", "heat"]
    beside = ["reference_keys", "reference_heights"]
    return {
        "keys": _traced(KeysPart(network), (patches,), ["patches"], ["keys"]),
        "alone": _traced(AlonePart(network), (keys, maps), ["keys", "maps"], [*answers, "cells"]),
        "compared": _traced(
            ComparedPart(network),
            (keys, maps, cells, many, torch.zeros(3, 2, GRID, GRID)),
            ["keys", "maps", "cells", *beside],
            answers,
            beside,
        ),
    }


def _traced(
    part: nn.Module,
    samples: tuple[Tensor, ...],
    inputs: list[str],
    outputs: list[str],
    many: Sequence[str] = (),
) -> bytes:
    """One part as ONNX; the first axis of the inputs named in `many` may have any length."""
    file = io.BytesIO()
    with warnings.catch_warnings():  # the tracing exporter is told deprecated; the other needs more wheels
        warnings.simplefilter("ignore")
        torch.onnx.export(
            part.eval(), samples, file, dynamo=False, opset_version=OPSET, input_names=inputs,
            output_names=outputs, dynamic_axes={name: {0: K} for name in many},
        )  # fmt: skip
    return file.getvalue()
