"""Views made easier to read: turned, evened out, enlarged and sharpened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Gray = NDArray[np.uint8]
MAX_PIXELS = 3_000_000
"""An enlarged or turned view has at most so many pixels, which bounds what a missing code costs."""
_IDENTITY = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


@dataclass(frozen=True, slots=True, eq=False)
class Variant:
    """A view as a decoder is shown it.

    Attributes:
        to_view: (2, 3), the affine map of its pixels back to the view's.
        plain: whether it is the view itself.
    """

    gray: Gray
    to_view: NDArray[np.float64]
    plain: bool = False


def plain(gray: Gray) -> Variant:
    """The view itself."""
    return Variant(gray, _IDENTITY, plain=True)


def turned(gray: Gray) -> Variant:
    """The view turned by 45°: scan lines run along rows and columns only, and miss codes in between."""
    height, width = gray.shape
    side = (height + width) * np.sqrt(0.5)
    scale = min(1.0, np.sqrt(MAX_PIXELS) / side)
    size = int(np.ceil(side * scale))
    matrix = np.array(cv2.getRotationMatrix2D((width / 2, height / 2), 45.0, scale), dtype=np.float64)
    matrix[:, 2] += (size / 2 - width / 2, size / 2 - height / 2)
    back = np.array(cv2.invertAffineTransform(matrix), dtype=np.float64)
    result = cv2.warpAffine(gray, matrix, (size, size), borderValue=255)
    return Variant(np.asarray(result, dtype=np.uint8), back)


def evened(gray: Gray) -> Variant:
    """Contrast evened locally (Zuiderveld, Contrast Limited Adaptive Histogram Equalization, 1994)."""
    result = cv2.createCLAHE(clipLimit=3.0, tileGridSize=(8, 8)).apply(gray)
    return Variant(np.asarray(result, dtype=np.uint8), _IDENTITY)


def sharpened(gray: Gray) -> Variant:
    """Enlarged to twice the size, as far as the bound allows, then unsharp-masked."""
    scale = max(1.0, min(2.0, float(np.sqrt(MAX_PIXELS / gray.size))))
    large = cv2.resize(gray, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    sharp = cv2.addWeighted(large, 2.5, cv2.GaussianBlur(large, (7, 7), 2.0), -1.5, 0)
    return Variant(np.asarray(sharp, dtype=np.uint8), _IDENTITY / scale)


def evened_and_sharpened(gray: Gray) -> Variant:
    """Both."""
    return sharpened(evened(gray).gray)


RETRIES: tuple[Callable[[Gray], Variant], ...] = (turned, evened, sharpened, evened_and_sharpened)
