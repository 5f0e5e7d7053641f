"""Spoilt codes for tests."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import zxingcpp
from numpy.typing import NDArray

from booth.domain.picture import Frame, View
from booth.evaluate.finding.rendered_codes import (
    SYMBOLOGIES,
    Rendered,
    drawn_spoiling,
    random_text,
    render,
)
from booth.identify.gtin import as_gtin13


def rendered(seed: int, count: int, hard: float = 0.8) -> Iterator[Rendered]:
    """Codes of all symbologies in turn, randomly spoilt."""
    rng = np.random.default_rng(seed)
    for index in range(count):
        symbology = SYMBOLOGIES[index % len(SYMBOLOGIES)]
        yield render(random_text(rng, symbology), symbology, drawn_spoiling(rng, hard), rng)


def gray_view(gray: NDArray[np.uint8], name: str = "top") -> View:
    """A view that shows it."""
    return View(name, Frame(name, np.repeat(gray[:, :, None], 3, axis=2), None, 0, 0))


def raw_gtins(gray: NDArray[np.uint8]) -> Iterator[str]:
    """What zxing-cpp reads by itself."""
    formats = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.EANUPC)
    for code in zxingcpp.read_barcodes(gray, formats=formats):
        yield as_gtin13(code.text) or code.text
