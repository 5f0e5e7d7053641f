"""Patches: the trunk's stages on one grid, as galleries keep them and judges compare them.

The recipe is PatchCore's (Roth et al. 2022, https://arxiv.org/abs/2106.08265): each stage is averaged over
3x3 neighbours, the coarser one is brought to the finer grid, and both are laid beside each other.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from models.trunk import Trunk

FloatArray = NDArray[np.float32]

CHANNELS_AT_ONCE = 64
"""OpenCV refuses pictures of more than 128 channels."""


def patches_of(trunk: Trunk, rgb: NDArray[np.uint8]) -> FloatArray:
    """The patches of a picture of (H, W, 3) uint8: (40, 40, 288) float32. Raises: ModelError."""
    return on_one_grid(trunk.stages(rgb))


def on_one_grid(stages: list[FloatArray]) -> FloatArray:
    """Stages of falling resolution, (rows, columns, channels) each, blurred and laid on the first's grid."""
    rows, columns = stages[0].shape[:2]
    return np.concatenate([_fitted(stage, rows, columns) for stage in stages], axis=2)


def _fitted(stage: FloatArray, rows: int, columns: int) -> FloatArray:
    parts = []
    for start in range(0, stage.shape[2], CHANNELS_AT_ONCE):
        sharp = np.ascontiguousarray(stage[..., start : start + CHANNELS_AT_ONCE])
        part = cv2.blur(sharp, (3, 3), borderType=cv2.BORDER_REPLICATE)
        if part.shape[:2] != (rows, columns):
            part = cv2.resize(part, (columns, rows), interpolation=cv2.INTER_LINEAR)
        parts.append(np.asarray(part, np.float32).reshape(rows, columns, -1))
    return np.concatenate(parts, axis=2)
