"""Light levels of whole pictures: linear, as a coarse map, and how they change from frame to frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.calibration.sensor.colour_difference import linear_of
from booth.errors import InputError

Floats = NDArray[np.float64]
FloatArray = NDArray[np.float32]

LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
"""Of linear sRGB (IEC 61966-2-1)."""
BAND_ROWS = 16
"""Rows are taken together by so many: bands are wider, and noise is averaged."""
FEWEST_FOR_FLICKER = 3
_TABLE = linear_of(np.arange(256)).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Flicker:
    """How the light changes over frames of one still scene, in % of its mean.

    Attributes:
        swing_percent: peak to peak, of whole frames.
        banding_percent: the largest swing of any band of rows within a frame, against the mean of all frames:
            rolling shutters show flicker as moving bands.
    """

    frames: int
    swing_percent: float
    banding_percent: float

    @property
    def worst_percent(self) -> float:
        """The larger of the two."""
        return max(self.swing_percent, self.banding_percent)


def luminance(rgb: NDArray[np.uint8]) -> FloatArray:
    """Relative luminance 0..1 of an sRGB picture, (H, W) float32."""
    return np.asarray(cv2.transform(_TABLE[rgb], LUMINANCE[None]), np.float32).reshape(rgb.shape[:2])


def mean_luminance(frames: Sequence[NDArray[np.uint8]]) -> FloatArray:
    """The mean over frames of one size, (H, W)."""
    total = np.zeros(frames[0].shape[:2], np.float32)
    for frame in frames:
        total += luminance(frame)
    return np.asarray(total / np.float32(len(frames)), np.float32)


def flicker(frames: Sequence[NDArray[np.uint8]]) -> Flicker | None:
    """How much the light swings; None with too few frames, or where there is hardly any light."""
    if len(frames) < FEWEST_FOR_FLICKER:
        return None
    bands = np.stack([_bands(luminance(frame)) for frame in frames])
    usual = bands.mean(axis=0)
    if usual.mean() < 1e-3:
        return None
    whole = bands.mean(axis=1)
    share = bands / np.maximum(usual, 1e-3) / (whole / whole.mean())[:, None]
    return Flicker(
        len(frames),
        100 * float(np.ptp(whole) / whole.mean()),
        100 * float(np.ptp(share, axis=0).max()),
    )


def check(camera_id: str, frames: Sequence[NDArray[np.uint8]]) -> None:
    """Raises: InputError: there are no pictures, or they are not RGB pictures of one size."""
    if not frames:
        raise InputError(f"{camera_id}: there are no pictures")
    shapes = {frame.shape for frame in frames}
    if len(shapes) > 1:
        raise InputError(f"{camera_id}: its pictures have different sizes: take them all in one go")
    shape = shapes.pop()
    if len(shape) != 3 or shape[2] != 3 or min(shape[:2]) < 2 * BAND_ROWS:
        raise InputError(
            f"{camera_id}: a picture of {' x '.join(map(str, shape))} is too small, or not in colour"
        )


def _bands(light: FloatArray) -> Floats:
    rows = light.mean(axis=1, dtype=np.float64)
    return np.asarray(rows[: len(rows) // BAND_ROWS * BAND_ROWS].reshape(-1, BAND_ROWS).mean(axis=1))
