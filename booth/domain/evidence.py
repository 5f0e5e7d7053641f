"""What a capture tells of which product it is, besides whole barcodes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PartialCode:
    """Some digits of a GTIN: from a code that would not decode, or from the digits printed under it.

    Attributes:
        mask: thirteen characters of digits and `?`, as a GTIN-13.
        quality: 0..1, how probable it is that every digit given is right.
        source: `bars` or `print`.
    """

    view: str
    mask: str
    quality: float
    source: str


@dataclass(frozen=True, slots=True)
class PrintedWord:
    """A word or line read on the item.

    Attributes:
        confidence: 0..1, the reader's own.
        corners: four (x, y) in the view's picture.
    """

    view: str
    text: str
    confidence: float
    corners: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Understood:
    """A part of a text, and what it means.

    Attributes:
        field: `brand`, `category`, `size` or `title`.
        value: as the catalogue writes it.
        probability: 0..1, P(field | text).
        text: the words of the text that said so.
    """

    field: str
    value: str
    probability: float
    text: str
