"""Reads the codes in the views with zxing-cpp, and believes of them what their scan lines bear out.

First plainly; then, where no view gave a GTIN, with retries; then by the scan lines of what looks like bars.
A retail code is on one side of an item, so most views have none: what costs time runs only when the plain
pass found no GTIN in any view, and each view stops at its first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from booth.domain.picture import View
from booth.domain.product import BarcodeRead
from booth.identify.codes.bands import seen_in_bands
from booth.identify.codes.checking import believed, checked
from booth.identify.codes.conflicts import Found, names_product, settled
from booth.identify.codes.reading import find_symbols
from booth.identify.codes.regions import regions_of
from booth.identify.codes.variants import RETRIES, Variant, plain
from booth.identify.gtin import as_gtin13, expand_upce, gtin_of_element_string

Gray = NDArray[np.uint8]


def read_barcodes(views: Sequence[View]) -> tuple[BarcodeRead, ...]:
    """Every code that can be read in any view; two views that show the same code give two reads.

    Retail codes (EAN/UPC, DataBar, GS1 element strings with a GTIN) carry `gtin`; others are kept as text.
    Their `quality` is the probability that this code is printed there, as booth/identify/codes/checking.py
    chose it on rendered symbols.
    """
    grays = [(view.name, gray_of(view)) for view in views]
    found = [each for name, gray in grays for each in _decoded(name, gray, plain(gray))]
    if not _enough(found):
        found += [each for name, gray in grays for each in _retried(name, gray)]
    return settled(found)


def gray_of(view: View) -> Gray:
    """The view in grey levels, (H, W) uint8."""
    return np.asarray(cv2.cvtColor(view.frame.rgb, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def _retried(view: str, gray: Gray) -> list[Found]:
    found: list[Found] = []
    for make in RETRIES:
        found += _decoded(view, gray, make(gray))
        if _enough(found):
            return found
    return [*found, *_by_scan_lines(view, gray)]


def _enough(found: Sequence[Found]) -> bool:
    return any(each.sure and names_product(each.read) for each in found)


def _decoded(view: str, gray: Gray, variant: Variant) -> Iterator[Found]:
    wanted = zxingcpp.BarcodeFormat.All if variant.plain else zxingcpp.BarcodeFormat.EANUPC
    for code in zxingcpp.read_barcodes(
        variant.gray,
        formats=zxingcpp.BarcodeFormats(wanted),
        try_downscale=variant.plain,
        try_invert=variant.plain,
    ):
        corners = _corners(code.position, variant.to_view)
        read = BarcodeRead(view, str(code.format), code.text, _gtin_of(code), corners)
        if code.symbology == zxingcpp.BarcodeFormat.EANUPC:
            yield _checked(gray, read)
        elif seen_in_bands(gray, read):
            yield Found(read, True)


def _checked(gray: Gray, read: BarcodeRead) -> Found:
    """The read as its scan lines bear it out or put it right; not sure where they cannot tell."""
    result = checked(gray, read.corners, read.symbology, read.gtin)
    if result is None:
        return Found(read, False)
    if result.gtin == read.gtin:
        return Found(replace(read, quality=result.quality), True)
    return Found(_read(read.view, read.symbology, result.gtin, read.corners, result.quality), True)


def _by_scan_lines(view: str, gray: Gray) -> Iterator[Found]:
    for corners in regions_of(gray):
        for reading in find_symbols(gray, corners)[:1]:
            result = believed(reading)
            if result:
                name = reading.layout.name
                yield Found(_read(view, name, result.gtin, corners, result.quality), True)


def _read(
    view: str, symbology: str, gtin: str, corners: tuple[tuple[float, float], ...], quality: float
) -> BarcodeRead:
    text = gtin[-8:] if symbology == "EAN-8" else gtin
    return BarcodeRead(view, symbology, text, gtin, corners, quality)


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
