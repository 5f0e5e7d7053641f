"""Which reads stand where two of them claim one place, or where scan lines could not tell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from booth.domain.product import BarcodeRead

TIE = 0.02
"""Of quality: two codes at one place that differ by less are both dropped."""
DOUBTED = 0.5
"""Quality of a code that its scan lines are too poor to bear out, where two views show it."""
BOOKS, PRICES = ("978", "979"), ("191", "192")
"""Japanese books carry a second EAN-13 with class and price beside the ISBN (JPO, Japanese book JAN code)."""


@dataclass(frozen=True, slots=True)
class Found:
    """A code as it was read; `sure` where its scan lines bore it out."""

    read: BarcodeRead
    sure: bool


def names_product(read: BarcodeRead) -> bool:
    """Whether it is the number of a trade item: a book's second code is none."""
    return bool(read.gtin) and not _is_price(read)


def settled(found: Sequence[Found]) -> tuple[BarcodeRead, ...]:
    """The reads that stand, each code once a view, in the order they were read.

    A code that is not sure stands where two views show it; of two codes at one place the surer stands, and
    where they are equal none does.
    """
    reads = _best_of_each(_trusted(found))
    standing = tuple(read for read in reads if not any(_beats(other, read) for other in reads))
    if any(read.gtin.startswith(BOOKS) for read in standing):
        return tuple(replace(read, gtin="") if _is_price(read) else read for read in standing)
    return standing


def _trusted(found: Sequence[Found]) -> list[BarcodeRead]:
    views: dict[str, set[str]] = defaultdict(set)
    for each in found:
        views[each.read.text].add(each.read.view)
    doubted = [
        replace(each.read, quality=DOUBTED)
        for each in found
        if not each.sure and len(views[each.read.text]) > 1
    ]
    return [each.read for each in found if each.sure] + doubted


def _best_of_each(reads: Sequence[BarcodeRead]) -> list[BarcodeRead]:
    best: dict[tuple[str, str, str], BarcodeRead] = {}
    for read in reads:
        key = (read.view, read.gtin or read.symbology, "" if read.gtin else read.text)
        if key not in best or read.quality > best[key].quality:
            best[key] = read
    return list(best.values())


def _beats(other: BarcodeRead, read: BarcodeRead) -> bool:
    if other is read or other.view != read.view or other.gtin == read.gtin or not (other.gtin and read.gtin):
        return False
    return other.quality > read.quality - TIE and _overlap(other, read)


def _overlap(one: BarcodeRead, other: BarcodeRead) -> bool:
    """Whether the middle of one lies within the other."""
    return _within(one, other) or _within(other, one)


def _within(one: BarcodeRead, other: BarcodeRead) -> bool:
    if not one.corners or not other.corners:
        return False
    middle = np.mean(one.corners, axis=0)
    outline = np.array(other.corners, np.float32)
    return bool(cv2.pointPolygonTest(outline, (float(middle[0]), float(middle[1])), False) >= 0)


def _is_price(read: BarcodeRead) -> bool:
    return read.symbology == "EAN-13" and read.text.startswith(PRICES)
