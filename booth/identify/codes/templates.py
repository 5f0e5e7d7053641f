"""What digits and guards look like through a lens: waveforms of bars, and how well a scan line fits one."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.identify.codes.symbols import EVEN, ODD, RIGHT

Floats = NDArray[np.float32]

PER_MODULE = 6
"""Samples a module; edges are placed to a fraction of it."""
_FINE = 4


def modules(bits: str, blur: float, spread: float = 0.0) -> Floats:
    """The waveform of a row of modules, dark 1, blurred by a Gaussian of `blur` modules.

    Args:
        spread: modules by which each bar is wider than drawn, as ink spreads.
    """
    drawn = np.repeat([float(bit) for bit in bits], PER_MODULE * _FINE).astype(np.float32)[None, :]
    step = round(abs(spread) / 2 * PER_MODULE * _FINE)
    if step:
        kernel = np.ones((1, 2 * step + 1), np.uint8)
        grown = (cv2.dilate if spread > 0 else cv2.erode)(drawn, kernel)
        drawn = np.asarray(grown, np.float32)
    wave = cv2.GaussianBlur(drawn, (0, 0), blur * PER_MODULE * _FINE, borderType=cv2.BORDER_REPLICATE)[0]
    return np.asarray(wave.reshape(-1, _FINE).mean(axis=1), np.float32)


@lru_cache(maxsize=32)
def bank(half: str, blur: float, spread: float) -> Floats:
    """Unit templates of every digit over nine modules: its own and one beside each end, which are known.

    A digit of the left half begins light after a bar and ends dark before a space, one of the right half the
    other way round. Shape (sets · 10, 9 · PER_MODULE).
    """
    sets = (ODD, EVEN) if half == "left" else (RIGHT,)
    before, after = ("101", "010") if half == "left" else ("010", "101")
    margin = 2 * PER_MODULE
    waves = [modules(before + digit + after, blur, spread)[margin:-margin] for each in sets for digit in each]
    return unit(np.array(waves, np.float32))


def unit(rows: Floats) -> Floats:
    """Each row less its mean, of length 1: the product of two is their correlation."""
    centred = rows - rows.mean(axis=-1, keepdims=True)
    length = np.linalg.norm(centred, axis=-1, keepdims=True)
    return np.asarray(centred / np.maximum(length, 1e-6), np.float32)
