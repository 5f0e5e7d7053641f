"""Trunk features of training pictures, computed once and kept in files: eight bits a value, memory-mapped."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from booth.errors import InputError
from models.embedding import INPUTS, head_inputs
from models.trunk import Trunk

FloatArray = NDArray[np.float32]
STEPS_A_DEVIATION = 32
"""Values beyond four deviations are clipped, as they are in the head."""
LABELS = "pictures.json"


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """One training picture and what it shows; kinds are `iconic`, `photo` and `booth`."""

    rgb: NDArray[np.uint8]
    product: int
    family: int
    kind: str


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """The head's inputs for N pictures.

    Attributes:
        maps: input name to (N, rows, columns, channels); colours as uint8, the others int8 in steps.
        scale: input name to (2, channels): mean and deviation of its values.
        product: (N,), family: (N,), kind: (N,) labels.
    """

    maps: dict[str, NDArray[np.generic]]
    scale: dict[str, FloatArray]
    product: NDArray[np.int64]
    family: NDArray[np.int64]
    kind: NDArray[np.str_]


def compute(
    pictures: Iterator[Picture], count: int, folder: Path, scale: dict[str, FloatArray] | None,
    progress: Callable[[int, int], None],
) -> Features:  # fmt: skip
    """Look at `count` pictures, one trunk pass each, and keep what the head needs in a new folder.

    Args:
        scale: of earlier features, so that both are in the same steps; or None to measure it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    trunk, labels = Trunk(), []
    maps: dict[str, NDArray[np.generic]] = {}
    first: list[tuple[Picture, dict[str, FloatArray]]] = []
    for done, picture in enumerate(pictures):
        inputs = head_inputs(trunk.all_stages(picture.rgb), picture.rgb)
        labels.append((picture.product, picture.family, picture.kind))
        first.append((picture, inputs))
        if len(first) < min(MEASURED, count) and scale is None:
            continue
        scale = scale or _scale([values for _, values in first])
        maps = maps or _files(folder, count, inputs)
        for index, (_, values) in enumerate(first, start=done + 1 - len(first)):
            _put(maps, index, values, scale)
        first.clear()
        progress(done + 1, count)
    if len(labels) != count or scale is None:
        raise InputError(f"{len(labels)} pictures were made, {count} were asked for")
    document = {"labels": labels, "scale": {name: scale[name].tolist() for name in scale}}
    (folder / LABELS).write_text(json.dumps(document), "utf-8")
    return kept(folder)


def kept(folder: Path) -> Features:
    """The features that `compute` kept in a folder. Raises: InputError."""
    try:
        document = json.loads((folder / LABELS).read_text("utf-8"))
        maps = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in INPUTS}
        product, family, kind = zip(*document["labels"], strict=True)
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{folder}: these are no features: {error}") from error
    scale = {name: np.asarray(values, np.float32) for name, values in document["scale"].items()}
    return Features(maps, scale, np.array(product), np.array(family), np.array(kind))


def joined(parts: Sequence[Features]) -> Features:
    """Several features in memory as one; products and families of each part stay apart from the others'."""
    products, families, shift = [], [], 0
    for part in parts:
        products.append(part.product + shift)
        families.append(part.family + shift)
        shift += int(max(part.product.max(), part.family.max())) + 1
    maps = {name: np.concatenate([part.maps[name] for part in parts]) for name in INPUTS}
    kinds = np.concatenate([part.kind for part in parts])
    return Features(maps, parts[0].scale, np.concatenate(products), np.concatenate(families), kinds)


MEASURED = 96
"""So many first pictures give the mean and deviation of each channel."""


def _scale(measured: list[dict[str, FloatArray]]) -> dict[str, FloatArray]:
    scale = {}
    for name in INPUTS:
        values = np.concatenate([inputs[name].reshape(-1, inputs[name].shape[-1]) for inputs in measured])
        scale[name] = np.stack([values.mean(axis=0), np.maximum(values.std(axis=0), 1e-3)])
    return scale


def _files(folder: Path, count: int, inputs: dict[str, FloatArray]) -> dict[str, NDArray[np.generic]]:
    return {
        name: np.lib.format.open_memmap(
            folder / f"{name}.npy",
            "w+",
            np.uint8 if name == "colour" else np.int8,
            (count, *inputs[name].shape),
        )
        for name in INPUTS
    }


def _put(
    maps: dict[str, NDArray[np.generic]],
    index: int,
    inputs: dict[str, FloatArray],
    scale: dict[str, FloatArray],
) -> None:
    for name in INPUTS:
        if name == "colour":
            maps[name][index] = np.round(inputs[name] * 255)
        else:
            steps = (inputs[name] - scale[name][0]) / scale[name][1] * STEPS_A_DEVIATION
            maps[name][index] = np.clip(np.round(steps), -127, 127)
