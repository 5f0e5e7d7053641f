"""Views made easier to read, and patches of bars: straightened, enlarged, evened out and sharpened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.identify.codes.regions import Corners

Gray = NDArray[np.uint8]
WHOLE_PIXELS = 200_000
"""A view with no more is retried as a whole, which costs as little as patches of a larger one."""
MOST_PX = 640
"""Of a straightened patch's longer side, which bounds what a missing code costs."""
ENLARGED = 2.0
BESIDE, ABOVE = 0.5, 0.2
"""Of a patch's width and height, that is kept beside it for its quiet zones: its ends are known roughly."""
_IDENTITY = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


@dataclass(frozen=True, slots=True, eq=False)
class Variant:
    """A view, or a part of it, as a decoder is shown it.

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


def retries(gray: Gray, patches: Sequence[Corners]) -> Iterator[Variant]:
    """The view made clearer where it is small, and where it is not, only its patches of bars."""
    if gray.size <= WHOLE_PIXELS:
        yield _turned(gray)
        yield from _clearer(gray)
        return
    for patch in patches:
        for scale in _scales(patch):
            upright, to_view = _upright(gray, patch, scale)
            for made in (upright, _sharpened(upright), _sharpened(_evened(upright))):
                yield Variant(made, to_view)


def _turned(gray: Gray) -> Variant:
    """The view turned by 45°: scan lines run along rows and columns only, and miss codes in between."""
    height, width = gray.shape
    side = int(np.ceil((height + width) * np.sqrt(0.5)))
    matrix = np.array(cv2.getRotationMatrix2D((width / 2, height / 2), 45.0, 1.0), dtype=np.float64)
    matrix[:, 2] += (side / 2 - width / 2, side / 2 - height / 2)
    back = np.array(cv2.invertAffineTransform(matrix), dtype=np.float64)
    result = cv2.warpAffine(gray, matrix, (side, side), borderValue=255)
    return Variant(np.asarray(result, dtype=np.uint8), back)


def _clearer(gray: Gray) -> Iterator[Variant]:
    even = _evened(gray)
    yield Variant(even, _IDENTITY)
    for each in (gray, even):
        large = cv2.resize(each, None, fx=ENLARGED, fy=ENLARGED, interpolation=cv2.INTER_CUBIC)
        yield Variant(_sharpened(np.asarray(large, np.uint8)), _IDENTITY / ENLARGED)


def _scales(patch: Corners) -> list[float]:
    """As it is and enlarged, as far as the bound allows; of a large patch both are one."""
    along, down = np.linalg.norm(np.diff(np.array(patch), axis=0)[:2], axis=1)
    bound = MOST_PX / max((1 + 2 * BESIDE) * along, (1 + 2 * ABOVE) * down)
    return sorted({min(1.0, float(bound)), min(ENLARGED, float(bound))})


def _upright(gray: Gray, patch: Corners, scale: float) -> tuple[Gray, NDArray[np.float64]]:
    """The patch with what is beside it, its bars upright, so many times as large; and the map back."""
    quad = np.array(patch, np.float64)
    along, down = quad[1] - quad[0], quad[3] - quad[0]
    sides = np.array([np.linalg.norm(along), np.linalg.norm(down)])
    whole = sides * (1 + 2 * BESIDE, 1 + 2 * ABOVE)
    corner = quad[0] - BESIDE * along - ABOVE * down
    to_view = np.column_stack([along / (sides[0] * scale), down / (sides[1] * scale), corner])
    width, height = np.ceil(whole * scale).astype(int).tolist()
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    cut = cv2.warpAffine(gray, to_view, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cut, np.uint8), to_view


def _evened(gray: Gray) -> Gray:
    """Contrast evened locally (Zuiderveld, Contrast Limited Adaptive Histogram Equalization, 1994)."""
    return np.asarray(cv2.createCLAHE(clipLimit=3.0, tileGridSize=(8, 8)).apply(gray), np.uint8)


def _sharpened(gray: Gray) -> Gray:
    """Unsharp-masked."""
    sharp = cv2.addWeighted(gray, 2.5, cv2.GaussianBlur(gray, (7, 7), 2.0), -1.5, 0)
    return np.asarray(sharp, np.uint8)
