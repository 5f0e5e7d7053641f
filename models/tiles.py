"""A reference picture cut in tiles, and how far a seen plane agrees with each: in print and in colour."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

SIDE_PX = 128
TILE_PX = 16
SLACK_PX = 3
"""A tile is looked for so far around its place: panels bend, and a plane is only nearly found."""
GROUND_LAB = 9.0
"""A pixel this near to the colour of the picture's rim belongs to the ground."""
PRINTED = 4.0
"""Deviation of grey, of 255, from which a tile has print that can be compared."""


@dataclass(frozen=True, slots=True, eq=False)
class Tiles:
    """A reference at 128 px.

    Attributes:
        grey: (h, w) float32, 0..255.
        rgb: (n, 3) float32, the mean colour of each tile, linear in light, 0..1.
        corners: (n, 2), x and y of each tile that shows the article.
        scale: 128 px over the working picture's longer side.
    """

    grey: FloatArray
    rgb: FloatArray
    corners: NDArray[np.intp]
    scale: float


@dataclass(frozen=True, slots=True)
class Agreement:
    """See models.matching.Evidence."""

    print: float
    worst: float
    colour: float
    cast: float


def tiles_of(rgb: NDArray[np.uint8]) -> Tiles:
    """The tiles of a reference, (H, W, 3) uint8."""
    scale = SIDE_PX / max(rgb.shape[:2])
    size = (max(TILE_PX, round(rgb.shape[1] * scale)), max(TILE_PX, round(rgb.shape[0] * scale)))
    small = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
    shown = _shown(small)
    corners = [
        (x, y)
        for y in range(0, small.shape[0] - TILE_PX + 1, TILE_PX)
        for x in range(0, small.shape[1] - TILE_PX + 1, TILE_PX)
        if shown[y : y + TILE_PX, x : x + TILE_PX].mean() > 0.6
    ]
    at = np.array(corners, np.intp).reshape(-1, 2)
    return Tiles(_grey(small), _means(_linear(small), at), at, scale)


def agreement(seen: NDArray[np.uint8], tiles: Tiles, plane: NDArray[np.float64]) -> Agreement:
    """How far what is seen through `plane` is the reference.

    Args:
        seen: (H, W, 3) uint8.
        plane: (3, 3), from the reference's working pixels to those of what is seen.
    """
    height, width = tiles.grey.shape
    shrink = np.diag([1 / tiles.scale, 1 / tiles.scale, 1.0])
    flags = cv2.INTER_AREA | cv2.WARP_INVERSE_MAP
    size = (width, height)
    unrolled = cv2.warpPerspective(seen, plane @ shrink, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    inside = cv2.warpPerspective(
        np.ones(seen.shape[:2], np.float32), plane @ shrink, size, flags=cv2.INTER_NEAREST | (flags & 16)
    )
    used = [i for i, (x, y) in enumerate(tiles.corners) if inside[y : y + TILE_PX, x : x + TILE_PX].all()]
    if len(used) < 3:
        return Agreement(0.0, 0.0, 60.0, 1.0)
    at = tiles.corners[used]
    grey = _grey(np.asarray(unrolled, np.uint8))
    print_, worst = _correlation(grey, tiles.grey, at)
    colour, cast = _colour(_means(_linear(np.asarray(unrolled, np.uint8)), at), tiles.rgb[used])
    return Agreement(print_, worst, colour, cast)


def _correlation(seen: FloatArray, reference: FloatArray, corners: NDArray[np.intp]) -> tuple[float, float]:
    """Mean, and mean of the worst quarter, of the printed tiles' best correlation within the slack."""
    values = []
    for x, y in corners:
        tile = reference[y : y + TILE_PX, x : x + TILE_PX]
        if tile.std() < PRINTED:
            continue
        top, left = max(0, y - SLACK_PX), max(0, x - SLACK_PX)
        window = seen[top : y + TILE_PX + SLACK_PX, left : x + TILE_PX + SLACK_PX]
        values.append(float(cv2.matchTemplate(window, tile, cv2.TM_CCOEFF_NORMED).max()))
    if not values:
        return 0.0, 0.0
    ordered = np.sort(np.clip(np.nan_to_num(values), -1, 1))
    return float(ordered.mean()), float(ordered[: max(1, len(ordered) // 4)].mean())


def _colour(seen: FloatArray, reference: FloatArray) -> tuple[float, float]:
    """Mean distance of the tiles in CIELAB once each channel's median gain is taken out; its spread."""
    gains = np.median(np.log((seen + 0.01) / (reference + 0.01)), axis=0)
    lit = np.clip((seen + 0.01) / np.exp(gains) - 0.01, 0, 1)
    distance = np.linalg.norm(_lab(lit) - _lab(reference), axis=1)
    return float(np.minimum(distance, 60.0).mean()), float(np.ptp(gains))


def _means(linear: FloatArray, corners: NDArray[np.intp]) -> FloatArray:
    means = [linear[y : y + TILE_PX, x : x + TILE_PX].mean(axis=(0, 1)) for x, y in corners]
    return np.array(means, np.float32).reshape(-1, 3)


def _shown(rgb: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Where a reference shows its article: what is unlike the median colour of its rim."""
    lab = cv2.cvtColor(rgb.astype(np.float32) / 255.0, cv2.COLOR_RGB2LAB)
    rim = np.concatenate([lab[0], lab[-1], lab[:, 0], lab[:, -1]])
    differs = np.linalg.norm(lab - np.median(rim, axis=0), axis=2) > GROUND_LAB
    filled = np.zeros(differs.shape, np.uint8)
    outlines = cv2.findContours(differs.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[0]
    cv2.drawContours(filled, outlines, -1, 1, -1)
    return np.asarray(filled > 0) if filled.mean() > 0.05 else np.ones(differs.shape, np.bool_)


def _grey(rgb: NDArray[np.uint8]) -> FloatArray:
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.float32)


def _linear(rgb: NDArray[np.uint8]) -> FloatArray:
    return np.asarray(np.take(_TO_LINEAR, rgb), np.float32)


def _lab(linear: FloatArray) -> FloatArray:
    encoded = np.where(
        linear <= 0.0031308, linear * 12.92, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055
    )
    lab = cv2.cvtColor(encoded.astype(np.float32)[None], cv2.COLOR_RGB2LAB)
    return np.asarray(lab[0], np.float32)


_CODES = np.arange(256) / 255.0
_TO_LINEAR: FloatArray = np.where(
    _CODES <= 0.04045, _CODES / 12.92, ((_CODES + 0.055) / 1.055) ** 2.4
).astype(np.float32)
"""sRGB, IEC 61966-2-1."""
