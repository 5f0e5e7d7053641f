"""Features as files: NumPy's own format, never a pickle; patches in half precision, maps in single."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from booth.errors import StoreError

FloatArray = NDArray[np.float32]
Maps = tuple[FloatArray | None, FloatArray | None]
"""Of one picture: heights in mm, NaN where none was read; and the share of each cell that is the item."""


def encode_features(variants: Sequence[FloatArray]) -> bytes:
    """Patches of one picture and of its turns, (rows, columns, channels) each, as one file.

    Raises:
        StoreError: they differ in shape, or are too large for half precision.
    """
    shapes = {patches.shape for patches in variants}
    if len(shapes) != 1 or len(next(iter(shapes))) != 3:
        raise StoreError(f"the features of one picture must have one shape of three sides, not {shapes}")
    stacked = np.stack(variants)
    if not np.isfinite(stacked).all() or np.abs(stacked).max(initial=0.0) > np.finfo(np.float16).max:
        raise StoreError("the features of a reference are not finite, or too large to be kept")
    return _saved(stacked.astype(np.float16))


def decode_features(name: str, data: bytes) -> list[FloatArray]:
    """What `encode_features` was given, in float32. Raises: StoreError."""
    stacked = _loaded(name, data)
    if stacked.ndim != 4 or stacked.dtype != np.float16:
        raise StoreError(f"{name} is not a file of features")
    return list(stacked.astype(np.float32))


def encode_maps(variants: Sequence[Maps], shape: tuple[int, int]) -> bytes:
    """Heights and item maps of one picture and of its turns as one file; nothing where there are none.

    Args:
        shape: rows and columns that each map must have.

    Raises:
        StoreError: a map has another shape.
    """
    if all(each is None for maps in variants for each in maps):
        return b""
    stacked = np.full((len(variants), 2, *shape), np.nan, np.float32)
    for number, maps in enumerate(variants):
        for kind, values in enumerate(maps):
            if values is None:
                continue
            if values.shape != shape:
                raise StoreError(f"a map of {values.shape} does not lie on the patches' grid of {shape}")
            stacked[number, kind] = np.where(np.isfinite(values), values, np.nan)
    return _saved(stacked)


def decode_maps(name: str, data: bytes) -> list[Maps]:
    """What `encode_maps` was given; a map that says nothing anywhere is None. Raises: StoreError."""
    stacked = _loaded(name, data)
    if stacked.ndim != 4 or stacked.shape[1] != 2 or stacked.dtype != np.float32:
        raise StoreError(f"{name} is not a file of maps")
    return [(_said(heights), _said(item)) for heights, item in stacked]


def _said(values: FloatArray) -> FloatArray | None:
    return None if np.isnan(values).all() else values


def _saved(array: NDArray[Any]) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    return file.getvalue()


def _loaded(name: str, data: bytes) -> NDArray[Any]:
    try:
        array = np.load(io.BytesIO(data), allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise StoreError(f"{name} is not a file of features: {error}") from error
    if not isinstance(array, np.ndarray):
        raise StoreError(f"{name} is not a file of features")
    return array
