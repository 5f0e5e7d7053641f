"""Reads the codes in the views with zxing-cpp, and believes of them what their scan lines bear out.

First plainly; then, where no view gave a GTIN, with retries; then by the scan lines of what looks like bars.
Of a large view only its patches of parallel edges are looked at again (booth/identify/codes/regions.py).
A retail code is on one side of an item, so most views have none: what costs time runs only when the plain
pass found no GTIN in any view, and each view stops at its first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from booth.domain.evidence import PartialCode
from booth.domain.picture import View
from booth.domain.product import BarcodeRead
from booth.identify.codes.bands import seen_in_bands
from booth.identify.codes.checking import checked
from booth.identify.codes.conflicts import Found, names_product, settled
from booth.identify.codes.reading import find_symbol
from booth.identify.codes.regions import Corners, regions_of
from booth.identify.codes.unread import in_full, in_part, read_of
from booth.identify.codes.variants import Variant, plain, retries
from booth.identify.gtin import as_gtin13, expand_upce, gtin_of_element_string

Gray = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Codes:
    """All that codes say of an item.

    Attributes:
        partial: of bars that could not be read in full; none where a GTIN was read.
    """

    reads: tuple[BarcodeRead, ...] = ()
    partial: tuple[PartialCode, ...] = ()


@dataclass(slots=True)
class _Look:
    found: list[Found] = field(default_factory=list)
    partial: list[PartialCode] = field(default_factory=list)

    def enough(self) -> bool:
        return any(each.sure and names_product(each.read) for each in self.found)


def read_barcodes(views: Sequence[View]) -> tuple[BarcodeRead, ...]:
    """Every code that can be read in any view; two views that show the same code give two reads.

    Retail codes (EAN/UPC, DataBar, GS1 element strings with a GTIN) carry `gtin`; others are kept as text.
    Their `quality` is the probability that this code is printed there, as booth/identify/codes/checking.py
    chose it on rendered symbols.
    """
    return read_codes(views).reads


def read_codes(views: Sequence[View]) -> Codes:
    """The same with the digits of codes that could not be read: cheaper than asking for both one by one."""
    look = _Look()
    grays = [(view.name, gray_of(view)) for view in views]
    for name, gray in grays:
        look.found += _decoded(name, gray, plain(gray))
    if not look.enough():
        for name, gray in grays:
            _look_closer(look, name, gray)
    return Codes(settled(look.found), () if look.enough() else tuple(look.partial))


def gray_of(view: View) -> Gray:
    """The view in grey levels, (H, W) uint8."""
    return np.asarray(cv2.cvtColor(view.frame.rgb, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def _look_closer(look: _Look, view: str, gray: Gray) -> None:
    own = _Look()
    patches = regions_of(gray)
    for variant in retries(gray, patches):
        own.found += _decoded(view, gray, variant)
        if own.enough():
            break
    else:
        for patch in patches:
            _by_scan_lines(own, view, gray, patch)
    look.found += own.found
    look.partial += own.partial


def _by_scan_lines(look: _Look, view: str, gray: Gray, patch: Corners) -> None:
    if reading := find_symbol(gray, patch):
        read = in_full(view, patch, reading)
        part = None if read else in_part(view, reading)
        look.found += [Found(read, True)] if read else []
        look.partial += [part] if part else []


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
    return Found(read_of(read.view, read.symbology, read.corners, result), True)


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
