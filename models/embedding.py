"""The image embedding: a small learnt head on the stages of the trunk's one pass; 256 unit-length numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.errors import ModelError
from models.manifest import NetworkPin, network_pin
from models.shipped import Network

FloatArray = NDArray[np.float32]

INPUTS = ("fine", "middle", "coarse", "colour")
GRID = 20
COLOUR_GRID = 40
DIMENSIONS = 256


class Embedder:
    """The head's session of one thread, which any thread may use."""

    def __init__(self, pin: NetworkPin | None = None, data: bytes | None = None) -> None:
        """Find, check and load the head: see `Network`. Raises: ModelError."""
        self.pin = pin or network_pin("embedding")
        self._network = Network(self.pin, data)

    @property
    def version(self) -> str:
        """A name for these embeddings; those of two versions never mix."""
        return f"{self.pin.name}-{self.pin.sha256[:12]}"

    def embed(self, stages: Sequence[FloatArray], rgb: NDArray[np.uint8]) -> FloatArray:
        """The embedding of one picture, (256,) of unit length.

        Args:
            stages: of `Trunk.all_stages` for this picture.
            rgb: (H, W, 3) uint8, the picture itself, for its colours.

        Raises:
            ModelError: the network fails, or gives no finite row of unit length.
        """
        inputs = {name: values[None] for name, values in head_inputs(stages, rgb).items()}
        row: FloatArray = self._network.run(inputs)[0][0]
        length = float(np.linalg.norm(row))
        if not np.isfinite(row).all() or abs(length - 1) > 1e-3:
            raise ModelError(f"the embedding {self.pin.name} gave a row of length {length}; it must be 1")
        return row


def head_inputs(stages: Sequence[FloatArray], rgb: NDArray[np.uint8]) -> dict[str, FloatArray]:
    """What the head is given of one picture: the stages, the finest at half its size, and its colours.

    Returns:
        `fine` (20, 20, 96), `middle` (20, 20, 192), `coarse` (10, 10, 384), and `colour`
        (40, 40, 3) RGB, 0..1; all float32.
    """
    fine, middle, coarse = stages
    half = fine.reshape(GRID, 2, GRID, 2, -1).mean(axis=(1, 3))
    colour = cv2.resize(rgb, (COLOUR_GRID, COLOUR_GRID), interpolation=cv2.INTER_AREA)
    return {
        "fine": np.asarray(half, np.float32),
        "middle": middle,
        "coarse": coarse,
        "colour": np.asarray(colour, np.float32) / np.float32(255),
    }


def digest(data: bytes) -> str:
    """The SHA-256 by which the manifest pins a network."""
    return hashlib.sha256(data).hexdigest()
