"""Reads the codes in the views with zxing-cpp: plainly first, then, where nothing was found, with retries.

A retail code is on one side of an item, so most views have none. Retries therefore run only when the plain
pass found no GTIN in any view, and each view stops at its first GTIN.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from booth.domain.picture import View
from booth.domain.product import BarcodeRead
from booth.identify.gtin import as_gtin13, expand_upce, gtin_of_element_string

Gray = NDArray[np.uint8]
MAX_RETRY_PIXELS = 3_000_000
"""An enlarged or turned view has at most so many pixels, which bounds what a missing code costs."""


@dataclass(frozen=True, slots=True, eq=False)
class _Variant:
    """A view made easier to read; `to_view` is the (2, 3) affine map of its pixels back to the view's."""

    gray: Gray
    to_view: NDArray[np.float64]


def read_barcodes(views: Sequence[View]) -> tuple[BarcodeRead, ...]:
    """Every code that can be read in any view; two views that show the same code give two reads.

    Retail codes (EAN/UPC, DataBar, GS1 element strings with a GTIN) carry `gtin`; others are kept as text.
    """
    grays = [_gray(view) for view in views]
    plain = [
        _read(view.name, _Variant(gray, _IDENTITY), plain=True)
        for view, gray in zip(views, grays, strict=True)
    ]
    if any(_has_gtin(reads) for reads in plain):
        return _flat(plain)
    retried = [_retry(view.name, gray) for view, gray in zip(views, grays, strict=True)]
    return _flat([*plain, *retried])


def _retry(view: str, gray: Gray) -> list[BarcodeRead]:
    for make in _RETRIES:
        reads = _read(view, make(gray), plain=False)
        if _has_gtin(reads):
            return reads
    return []


def _read(view: str, variant: _Variant, plain: bool) -> list[BarcodeRead]:
    formats = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.All if plain else zxingcpp.BarcodeFormat.EANUPC)
    found = zxingcpp.read_barcodes(variant.gray, formats=formats, try_downscale=plain, try_invert=plain)
    reads = (
        BarcodeRead(
            view, str(code.format), code.text, _gtin_of(code), _corners(code.position, variant.to_view)
        )
        for code in found
    )
    return list({(read.symbology, read.text): read for read in reads}.values())


def _gtin_of(code: Any) -> str:
    match code.symbology:
        case zxingcpp.BarcodeFormat.EANUPC:
            return as_gtin13(code.text) or expand_upce(code.text) or ""
        case zxingcpp.BarcodeFormat.DataBar:
            return gtin_of_element_string(code.text) or ""
    is_gs1 = code.content_type == zxingcpp.ContentType.GS1 or code.text.startswith(("https://", "http://"))
    return gtin_of_element_string(code.text) or "" if is_gs1 else ""


def _corners(position: Any, to_view: NDArray[np.float64]) -> tuple[tuple[float, float], ...]:
    points = (position.top_left, position.top_right, position.bottom_right, position.bottom_left)
    mapped = (to_view @ np.array([point.x, point.y, 1.0]) for point in points)
    return tuple((float(x), float(y)) for x, y in mapped)


def _gray(view: View) -> Gray:
    return np.asarray(cv2.cvtColor(view.frame.rgb, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def _has_gtin(reads: Iterable[BarcodeRead]) -> bool:
    return any(read.gtin for read in reads)


def _flat(reads: Iterable[Iterable[BarcodeRead]]) -> tuple[BarcodeRead, ...]:
    def each() -> Iterator[BarcodeRead]:
        for of_view in reads:
            yield from of_view

    return tuple(dict.fromkeys(each()))


_IDENTITY = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


def _turned(gray: Gray) -> _Variant:
    """The view turned by 45°: scan lines run along rows and columns only, and miss codes in between."""
    height, width = gray.shape
    side = (height + width) * np.sqrt(0.5)
    scale = min(1.0, np.sqrt(MAX_RETRY_PIXELS) / side)
    size = int(np.ceil(side * scale))
    matrix = np.array(cv2.getRotationMatrix2D((width / 2, height / 2), 45.0, scale), dtype=np.float64)
    matrix[:, 2] += (size / 2 - width / 2, size / 2 - height / 2)
    back = np.array(cv2.invertAffineTransform(matrix), dtype=np.float64)
    turned = cv2.warpAffine(gray, matrix, (size, size), borderValue=255)
    return _Variant(np.asarray(turned, dtype=np.uint8), back)


def _evened(gray: Gray) -> _Variant:
    """Contrast evened locally (Zuiderveld, Contrast Limited Adaptive Histogram Equalization, 1994)."""
    evened = cv2.createCLAHE(clipLimit=3.0, tileGridSize=(8, 8)).apply(gray)
    return _Variant(np.asarray(evened, dtype=np.uint8), _IDENTITY)


def _sharpened(gray: Gray) -> _Variant:
    """Enlarged to twice the size, as far as the bound allows, then unsharp-masked."""
    scale = max(1.0, min(2.0, float(np.sqrt(MAX_RETRY_PIXELS / gray.size))))
    large = cv2.resize(gray, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    sharp = cv2.addWeighted(large, 2.5, cv2.GaussianBlur(large, (7, 7), 2.0), -1.5, 0)
    return _Variant(np.asarray(sharp, dtype=np.uint8), _IDENTITY / scale)


def _evened_and_sharpened(gray: Gray) -> _Variant:
    return _sharpened(_evened(gray).gray)


_RETRIES: tuple[Callable[[Gray], _Variant], ...] = (_turned, _evened, _sharpened, _evened_and_sharpened)
