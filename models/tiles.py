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
SEARCH_PX = 7
"""The same before the plane is made to fit."""
FOUND = 0.6
"""Correlation from which a tile is held to be found again."""
GROUND_LAB = 9.0
"""A pixel this near to the colour of the picture's rim belongs to the ground."""
FLOOR = 0.01
"""Light of which less is noise, 0..1."""
GREY_CHROMA = 5.0
"""A colour of so little chroma is nearly grey, and its hue says little."""
PRINTED = 4.0
"""Deviation of grey, of 255, from which a tile has print that can be compared."""


@dataclass(frozen=True, slots=True, eq=False)
class Tiles:
    """A reference at 128 px.

    Attributes:
        grey: (h, w) float32, 0..255.
        rgb: (n, 3) float32, the mean colour of each tile, linear in light, 0..1.
        corners: (n, 2), x and y of each tile that shows the article.
        printed: (n,), which of them have print that can be compared.
        scale: 128 px over the working picture's longer side.
    """

    grey: FloatArray
    rgb: FloatArray
    corners: NDArray[np.intp]
    printed: NDArray[np.bool_]
    scale: float


@dataclass(frozen=True, slots=True)
class Agreement:
    """See models.matching.Evidence."""

    print: float
    colour: float
    cast: float


NOTHING = Agreement(0.0, 1.0, 1.0)
"""Where too little of the reference is in the picture."""


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
    grey = _grey(small)
    printed = [grey[y : y + TILE_PX, x : x + TILE_PX].std() >= PRINTED for x, y in at]
    return Tiles(grey, _means(_linear(small), at), at, np.array(printed, np.bool_), scale)


def agreement(seen: NDArray[np.uint8], tiles: Tiles, plane: NDArray[np.float64]) -> Agreement:
    """How far what is seen through `plane` is the reference.

    The plane is first made to fit the tiles that are found again, for the points that gave it may all lie in
    one corner.

    Args:
        seen: (H, W, 3) uint8.
        plane: (3, 3), from the reference's working pixels to those of what is seen.
    """
    shrunk = plane @ np.diag([1 / tiles.scale, 1 / tiles.scale, 1.0])
    coarse = _compared(seen, tiles, shrunk, SEARCH_PX)
    closer = None if coarse is None else _closer(shrunk, tiles, coarse)
    best = _compared(seen, tiles, shrunk if closer is None else closer, SLACK_PX)
    if best is None:
        return NOTHING
    colour, cast = _colour(best.rgb, tiles.rgb[best.used])
    return Agreement(float(best.found.mean()), colour, cast)


@dataclass(frozen=True, slots=True, eq=False)
class _Compared:
    """The tiles inside the picture: the colour of all; how well and where the printed ones were found."""

    used: NDArray[np.intp]
    rgb: FloatArray
    printed: NDArray[np.intp]
    found: FloatArray
    moved: FloatArray


def _compared(
    seen: NDArray[np.uint8], tiles: Tiles, plane: NDArray[np.float64], slack_px: int
) -> _Compared | None:
    height, width = tiles.grey.shape
    way = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    unrolled = np.asarray(cv2.warpPerspective(seen, plane, (width, height), flags=way), np.uint8)
    used = _inside(tiles.corners, plane, seen.shape)
    printed = used[tiles.printed[used]]
    if len(used) < 3 or len(printed) < 3:
        return None
    grey = _grey(unrolled)
    found = [_found(grey, tiles.grey, int(x), int(y), slack_px) for x, y in tiles.corners[printed]]
    cosine, moved = zip(*found, strict=True)
    means = _means(_linear(unrolled), tiles.corners[used])
    likeness = np.clip(np.nan_to_num(np.array(cosine, np.float32)), -1, 1)
    return _Compared(used, means, printed, likeness, np.array(moved, np.float32))


def _inside(
    corners: NDArray[np.intp], plane: NDArray[np.float64], shape: tuple[int, ...]
) -> NDArray[np.intp]:
    """Which tiles lie within the picture by their middle."""
    middles = (corners + TILE_PX / 2).astype(np.float32)[:, None]
    at = cv2.perspectiveTransform(middles, plane)[:, 0]
    return np.flatnonzero(np.all((at >= 0) & (at < (shape[1], shape[0])), axis=1))


def _found(
    seen: FloatArray, reference: FloatArray, x: int, y: int, slack_px: int
) -> tuple[float, tuple[float, float]]:
    """A tile's best correlation near its place, and how far off that is."""
    left, top = max(0, x - slack_px), max(0, y - slack_px)
    window = seen[top : y + TILE_PX + slack_px, left : x + TILE_PX + slack_px]
    alike = cv2.matchTemplate(window, reference[y : y + TILE_PX, x : x + TILE_PX], cv2.TM_CCOEFF_NORMED)
    _, best, _, at = cv2.minMaxLoc(alike)
    return best, (left + at[0] - x, top + at[1] - y)


def _closer(plane: NDArray[np.float64], tiles: Tiles, first: _Compared) -> NDArray[np.float64] | None:
    """The plane moved to where the tiles were found, if enough of them agree."""
    sure = first.found > FOUND
    if sure.sum() < 6:
        return None
    middles = (tiles.corners[first.printed[sure]] + TILE_PX / 2).astype(np.float32)
    step, inside = cv2.estimateAffine2D(middles, middles + first.moved[sure], ransacReprojThreshold=2.0)
    if step is None or inside.sum() < 5:
        return None
    return np.asarray(plane @ np.vstack([step, [0.0, 0.0, 1.0]]), np.float64)


def _colour(seen: FloatArray, reference: FloatArray) -> tuple[float, float]:
    """How unlike the tiles' hues are, and how far the gains of red, green and blue lie apart.

    Only the chroma of CIELAB is compared, for brightness is mostly the light's; and of the light's colour
    only half is taken out, for a range's articles may differ by just what looks like it.
    """
    gains = np.median(np.log((seen + FLOOR) / (reference + FLOOR)), axis=0)
    taken_out = np.exp((gains + gains.mean()) / 2)
    ours = _chroma(np.clip((seen + FLOOR) / taken_out - FLOOR, 0, 1))
    theirs = _chroma(reference)
    vividness = float((ours**2).sum() + (theirs**2).sum()) + len(ours) * GREY_CHROMA**2
    return float(((ours - theirs) ** 2).sum()) / vividness, float(np.ptp(gains))


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


def _chroma(linear: FloatArray) -> FloatArray:
    """(n, 2), a and b of CIELAB."""
    encoded = np.where(
        linear <= 0.0031308, linear * 12.92, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055
    )
    lab = cv2.cvtColor(encoded.astype(np.float32)[None], cv2.COLOR_RGB2LAB)
    return np.asarray(lab[0, :, 1:], np.float32)


_CODES = np.arange(256) / 255.0
_TO_LINEAR: FloatArray = np.where(
    _CODES <= 0.04045, _CODES / 12.92, ((_CODES + 0.055) / 1.055) ** 2.4
).astype(np.float32)
"""sRGB, IEC 61966-2-1."""
