"""Codes without a check digit are believed where separate bands of them read the same."""

from __future__ import annotations

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from booth.domain.product import BarcodeRead
from booth.identify.codes.checking import thickened

Gray = NDArray[np.uint8]

WEAK = ("ITF", "Codabar", "Code 39", "Code 32", "Pharmazentralnummer", "Telepen", "DX Film Edge")
"""Symbologies that need no check digit: edges that are no code may be read as a short one."""
SHORTEST = 4
BANDS = 3
FEWEST = 2
MARGIN = 0.15
"""Of the width, beside the code, for its quiet zones."""
BAND_PX = 16
MAX_WIDTH_PX = 2_000


def seen_in_bands(gray: Gray, read: BarcodeRead) -> bool:
    """Whether the code may be believed: FEWEST of BANDS bands of it say the same, each read alone."""
    if not read.symbology.startswith(WEAK):
        return True
    if len(read.text) < SHORTEST:
        return False
    strip = _strip(gray, np.array(thickened(read.corners), np.float32))
    if strip is None:
        return False
    bands = strip.reshape(BANDS, BAND_PX, -1)
    return sum(read.text in _texts(np.ascontiguousarray(band)) for band in bands) >= FEWEST


def _strip(gray: Gray, quad: NDArray[np.float32]) -> Gray | None:
    width = int(np.linalg.norm(quad[1] - quad[0]))
    if not BANDS <= width <= MAX_WIDTH_PX:
        return None
    margin = round(MARGIN * width)
    height = BANDS * BAND_PX
    left, right = margin, margin + width
    target = np.array([[left, 0], [right, 0], [right, height], [left, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(target, quad)
    size = (width + 2 * margin, height)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    cut = cv2.warpPerspective(gray, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cut, np.uint8)


def _texts(band: Gray) -> set[str]:
    formats = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.AllLinear)
    return {code.text for code in zxingcpp.read_barcodes(band, formats=formats)}
