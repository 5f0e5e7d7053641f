"""Arrays as picture files: lossless JPEG XL, decoded and compared before anybody relies on it.

Effort 1 is the fastest; see the design for the measured figures. The kind of array follows from the file's
name: `.rgb.jxl`, `.depth.jxl`, `.heat.jxl`. Heat maps are told in 65,536 steps, the rest to the bit.
"""

from __future__ import annotations

import logging
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from booth.errors import StoreError

log = logging.getLogger(__name__)

RGB = ".rgb.jxl"
DEPTH = ".depth.jxl"
HEAT = ".heat.jxl"
MEDIA_TYPE = "image/jxl"
HEAT_STEPS = 65_535
EFFORTS = (1, 2, 3)
"""The first is the fastest; about one in a hundred pictures of noise does not come back from it."""

Array = NDArray[Any]


def encode(name: str, array: Array) -> bytes:
    """The array as a file of this name.

    Args:
        array: (H, W, 3) uint8 for `.rgb.jxl`, (H, W) uint16 for `.depth.jxl`, (rows, columns) float32 in
            0..1 for `.heat.jxl`; values outside are clipped, NaN becomes 0.

    Raises:
        StoreError: it is empty, of another shape or kind, or does not come back the same.
    """
    pixels = np.ascontiguousarray(_pixels(name, array))
    for effort in EFFORTS:
        data = _coded(name, pixels, effort)
        if np.array_equal(_decoded(name, data), pixels):
            return data
        log.warning("%s did not come back the same after coding with effort %d", name, effort)
    raise StoreError(f"{name} did not come back the same after coding")


def decode(name: str, data: bytes) -> Array:
    """The array of a file that `encode` made; shapes, kinds and ranges are those given there.

    Raises:
        StoreError: it is damaged, or another kind of picture than its name says.
    """
    pixels = _decoded(name, data)
    if not _fits(name, pixels):
        raise StoreError(f"{name} holds {pixels.dtype} of shape {pixels.shape}, which its name does not say")
    if name.endswith(HEAT):
        return pixels.astype(np.float32) / np.float32(HEAT_STEPS)
    return pixels


def _coded(name: str, pixels: Array, effort: int) -> bytes:
    try:
        return bytes(imagecodecs.jpegxl_encode(pixels, lossless=True, effort=effort))
    except (RuntimeError, ValueError) as error:
        raise StoreError(f"{name} cannot be coded: {error}") from error


def _decoded(name: str, data: bytes) -> Array:
    try:
        return np.asarray(imagecodecs.jpegxl_decode(data))
    except (RuntimeError, ValueError) as error:
        raise StoreError(f"{name} is damaged: {error}") from error


def _pixels(name: str, array: Array) -> Array:
    if name.endswith(HEAT) and array.dtype.kind == "f":
        values = np.clip(np.nan_to_num(array.astype(np.float64), posinf=1.0, neginf=0.0), 0.0, 1.0)
        array = np.rint(values * HEAT_STEPS).astype(np.uint16)
    if array.size == 0 or not _fits(name, array):
        raise StoreError(f"{name} cannot hold {array.dtype} of shape {array.shape}")
    return array


def _fits(name: str, pixels: Array) -> bool:
    if name.endswith(RGB):
        return pixels.dtype == np.uint8 and pixels.ndim == 3 and pixels.shape[2] == 3
    return name.endswith((DEPTH, HEAT)) and pixels.dtype == np.uint16 and pixels.ndim == 2
