"""Features as files: NumPy's own format, half precision, never a pickle."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from booth.errors import StoreError

FloatArray = NDArray[np.float32]


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
    file = io.BytesIO()
    np.save(file, stacked.astype(np.float16), allow_pickle=False)
    return file.getvalue()


def decode_features(name: str, data: bytes) -> list[FloatArray]:
    """What `encode_features` was given, in float32. Raises: StoreError."""
    try:
        stacked = np.load(io.BytesIO(data), allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise StoreError(f"{name} is not a file of features: {error}") from error
    if not isinstance(stacked, np.ndarray) or stacked.ndim != 4 or stacked.dtype != np.float16:
        raise StoreError(f"{name} is not a file of features")
    return list(stacked.astype(np.float32))
