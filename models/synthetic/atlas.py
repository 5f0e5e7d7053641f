"""All prints of one item in one picture, so that one look-up serves every sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.synthetic.shapes import Sheet

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]
Texture = NDArray[np.uint8]

WIDTH_PX = 2048
PAD_PX = 1
"""Round every print its rim is repeated, so that neighbours never bleed into one another."""


@dataclass(frozen=True, slots=True, eq=False)
class Atlas:
    """Prints side by side.

    Attributes:
        rgba: (h, w, 4) uint8, alpha under 128 is a hole.
        scar: (h, w) bool, where a texture is damaged, or None where none is.
        front: (S, 4) float32: left, top, width, height in px of each sheet's print.
        back: (S, 2) float32: a texel of the colour of each sheet's back.
    """

    rgba: Texture
    scar: NDArray[np.bool_] | None
    front: FloatArray
    back: FloatArray

    def colour(self, place: FloatArray) -> Texture:
        """What is printed at places (N, 2) px, bilinear, (N, 3)."""
        columns = 1024  # OpenCV's remap takes no picture longer than 32,767.
        rows = -(-len(place) // columns)
        padded = np.zeros((rows * columns, 2), np.float32)
        padded[: len(place)] = place - 0.5
        maps = padded.reshape(rows, columns, 2)
        found = cv2.remap(self.rgba, maps, None, cv2.INTER_LINEAR)  # type: ignore[call-overload]
        return np.asarray(found.reshape(-1, 4)[: len(place), :3])

    def solid(self, place: FloatArray) -> NDArray[np.bool_]:
        """Whether there is print at places (N, 2) px."""
        row, column = self._texel(place)
        return np.asarray(self.rgba[row, column, 3] >= 128)

    def scarred(self, place: FloatArray) -> NDArray[np.bool_]:
        """Whether the print is damaged at places (N, 2) px."""
        if self.scar is None:
            return np.zeros(len(place), np.bool_)
        row, column = self._texel(place)
        return self.scar[row, column]

    def _texel(self, place: FloatArray) -> tuple[IntArray, IntArray]:
        height, width = self.rgba.shape[:2]
        return (
            np.clip(place[:, 1].astype(np.int64), 0, height - 1),
            np.clip(place[:, 0].astype(np.int64), 0, width - 1),
        )


def pack(sheets: Sequence[Sheet], px_per_mm: float) -> Atlas:
    """The prints of `sheets`, no finer than about `px_per_mm`."""
    prints = [_coarser(sheet, px_per_mm) for sheet in sheets]
    width = max(WIDTH_PX, *(art.shape[1] + 2 * PAD_PX for art, _ in prints))
    places, height = _shelves([art.shape[:2] for art, _ in prints], width)
    rgba = np.zeros((height + 3, max(width, 3 * len(sheets)), 4), np.uint8)
    scars = any(scar is not None for _, scar in prints)
    scar = np.zeros(rgba.shape[:2], np.bool_) if scars else None
    front = np.zeros((len(sheets), 4), np.float32)
    back = np.zeros((len(sheets), 2), np.float32)
    for index, ((art, hurt), (x, y)) in enumerate(zip(prints, places, strict=True)):
        rows, columns = art.shape[:2]
        padded = cv2.copyMakeBorder(art, *(PAD_PX,) * 4, cv2.BORDER_REPLICATE)
        rgba[y : y + rows + 2, x : x + columns + 2] = padded
        front[index] = (x + PAD_PX, y + PAD_PX, columns, rows)
        if scar is not None and hurt is not None:
            scar[y + 1 : y + 1 + rows, x + 1 : x + 1 + columns] = hurt
        rgba[height:, 3 * index : 3 * index + 3] = (*sheets[index].inner, 255)
        back[index] = (3 * index + 1.5, height + 1.5)
    return Atlas(rgba, scar, front, back)


def _coarser(sheet: Sheet, px_per_mm: float) -> tuple[Texture, NDArray[np.bool_] | None]:
    art, scar = sheet.texture, sheet.scar
    width_mm, height_mm = sheet.size_mm()
    finest = max(art.shape[1] / max(width_mm, 0.1), art.shape[0] / max(height_mm, 0.1))
    factor = int(min(finest / px_per_mm, art.shape[0] / 2, art.shape[1] / 2))
    if factor < 2:
        return art, scar
    size = (art.shape[1] // factor, art.shape[0] // factor)
    small = np.asarray(cv2.resize(art, size, interpolation=cv2.INTER_AREA), np.uint8)
    if scar is None:
        return small, None
    hurt = cv2.resize(scar.astype(np.uint8) * 255, size, interpolation=cv2.INTER_AREA) > 127
    return small, hurt


def _shelves(shapes: Sequence[tuple[int, ...]], width: int) -> tuple[list[tuple[int, int]], int]:
    """Where each picture of (height, width) goes, x and y of its padded corner, and how high it all is."""
    places = [(0, 0)] * len(shapes)
    x = y = shelf = 0
    for index in sorted(range(len(shapes)), key=lambda index: -shapes[index][0]):
        rows, columns = (side + 2 * PAD_PX for side in shapes[index])
        if x + columns > width:
            x, y, shelf = 0, y + shelf, 0
        places[index] = (x, y)
        x, shelf = x + columns, max(shelf, rows)
    return places, y + shelf
