"""Words as print: many faces, slants and arcs, from the fonts that the installed wheels carry."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from models.training.families import Colour

Canvas = NDArray[np.uint8]
Mask = NDArray[np.uint8]
Box = tuple[float, float, float, float]
"""x, y, width, height in pixels."""

FACES = (
    "DejaVuSans-Bold", "DejaVuSans", "DejaVuSans-BoldOblique", "DejaVuSerif-Bold",
    "DejaVuSerif-BoldItalic", "DejaVuSerif", "STIXGeneralBol", "STIXGeneralBolIta", "STIXGeneral",
    "DejaVuSansMono-Bold", "cmb10", "cmss10", "cmti10",
)  # fmt: skip
"""They lie in matplotlib's wheel (Bitstream Vera, STIX and Computer Modern licences)."""
SIZE_PX = 64


def word_mask(words: str, face: int, stretch: float = 1.0, slant: float = 0.0, arc: float = 0.0) -> Mask:
    """The words as an alpha mask of about 64 px, tightly cropped; (h, w) uint8.

    Args:
        stretch: width over natural width.
        slant: pixels to the right for each pixel upwards.
        arc: how far the middle is raised, as a share of the height.
    """
    mask = _set(words, face % len(FACES))
    height, width = mask.shape
    wide = max(4, round(width * stretch + abs(slant) * height))
    high = max(4, round(height * (1 + abs(arc))))
    x, y = np.meshgrid(np.arange(wide, dtype=np.float32), np.arange(high, dtype=np.float32))
    bend = arc * height * (1 - ((x / wide - 0.5) * 2) ** 2)
    row = y - max(arc, 0.0) * height + bend
    column = (x - (slant * (height - row) if slant > 0 else -slant * row)) / stretch
    return np.asarray(cv2.remap(mask, column, row, cv2.INTER_LINEAR, borderValue=0), np.uint8)


def letter(
    art: Canvas, mask: Mask, box: Box, colour: Colour, align: float = 0.5, outline: Colour | None = None
) -> None:
    """Print a mask into a box, as large as it fits; `align` is 0 left, 1 right."""
    x, y, width, height = box
    scale = min(width / mask.shape[1], height / mask.shape[0])
    wide, high = int(mask.shape[1] * scale), int(mask.shape[0] * scale)
    if wide < 3 or high < 3:
        return
    small = np.asarray(cv2.resize(mask, (wide, high), interpolation=cv2.INTER_AREA), np.uint8)
    left, top = round(x + (width - wide) * align), round(y + (height - high) / 2)
    if outline is not None:
        grown = cv2.dilate(small, np.ones((3, 3), np.uint8))
        for dx, dy in ((-1, 0), (1, 0), (0, 1), (0, -1)):
            stamp(art, np.asarray(grown, np.uint8), left + dx, top + dy, outline)
    stamp(art, small, left, top, colour)


def stamp(art: Canvas, alpha: Mask, left: int, top: int, colour: Colour) -> None:
    """Lay an ink over the art where alpha says, kept within the art."""
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + alpha.shape[1], art.shape[1]), min(top + alpha.shape[0], art.shape[0])
    if x1 <= x0 or y1 <= y0:
        return
    part = art[y0:y1, x0:x1]
    weight = alpha[y0 - top : y1 - top, x0 - left : x1 - left, None].astype(np.float32) / 255
    part[:] = (part * (1 - weight) + np.array(colour, np.float32) * weight + 0.5).astype(np.uint8)


@lru_cache(maxsize=len(FACES))
def _font(face: int) -> ImageFont.FreeTypeFont:
    path = files("matplotlib").joinpath("mpl-data", "fonts", "ttf", f"{FACES[face]}.ttf")
    return ImageFont.truetype(str(path), SIZE_PX)


@lru_cache(maxsize=4096)
def _set(words: str, face: int) -> Mask:
    font = _font(face)
    left, top, right, bottom = (round(edge) for edge in font.getbbox(words))
    picture = Image.new("L", (max(1, right - left), max(1, bottom - top)))
    ImageDraw.Draw(picture).text((-left, -top), words, fill=255, font=font)
    return np.asarray(picture, np.uint8)
