"""Regions of a picture, turned ones too: cuts one out upright, and finds its points in the picture again.

A region's own coordinates run in pixels from its upper left corner, x along its width and y along its height,
before it is turned clockwise about its middle. A pixel's middle lies at +0.5.
"""

from __future__ import annotations

import math
from typing import Any, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.domain.picture import Region

Floats = NDArray[np.float64]
Values = TypeVar("Values", bound=np.integer[Any] | np.floating[Any])


def crop(picture: NDArray[Values], region: Region) -> NDArray[Values]:
    """What a region holds, turned upright: (height, width, …) of the picture's type.

    Beyond the picture's edge its edge is repeated. What lies upright within the picture is a view of it, not
    a copy.

    Args:
        picture: (H, W) or (H, W, C).
    """
    if is_upright_within(region, picture.shape):
        return picture[region.y : region.y + region.height, region.x : region.x + region.width]
    return resampled(picture, region, (region.width, region.height))


def crop_at_most(picture: NDArray[Values], region: Region, side_px: int) -> NDArray[Values]:
    """What a region holds, turned upright, no side longer than `side_px` where it has to be turned anyway."""
    if is_upright_within(region, picture.shape):
        return crop(picture, region)
    shrunk = max(1.0, max(region.width, region.height) / side_px)
    size = (max(1, round(region.width / shrunk)), max(1, round(region.height / shrunk)))
    step = int(shrunk)
    if step > 1:  # pixels that a reading between pixels would skip are averaged first
        thinned = (math.ceil(picture.shape[1] / step), math.ceil(picture.shape[0] / step))
        picture = np.asarray(cv2.resize(picture, thinned, interpolation=cv2.INTER_AREA), picture.dtype)
    return resampled(picture, region, size, step=step)


def resampled(
    picture: NDArray[Values],
    region: Region,
    size: tuple[int, int],
    *,
    nearest: bool = False,
    beyond: float | None = None,
    step: float = 1.0,
) -> NDArray[Values]:
    """A region turned upright at another size, each pixel read at one place of the picture.

    Args:
        picture: (H, W) or (H, W, C).
        size: width and height of what is given.
        nearest: take the nearest pixel, as depth needs it, rather than between pixels.
        beyond: what lies outside the picture; None repeats its edge.
        step: how many of the region's pixels one of the given picture's stands for each way.
    """
    grown = np.array([[region.width / size[0], 0, 0], [0, region.height / size[1], 0], [0, 0, 1]])
    thinned = np.diag([1 / step, 1 / step, 1.0])
    matrix = _middles(thinned @ _matrix(region) @ grown)[:2]
    flags = (cv2.INTER_NEAREST if nearest else cv2.INTER_LINEAR) | cv2.WARP_INVERSE_MAP
    border = cv2.BORDER_REPLICATE if beyond is None else cv2.BORDER_CONSTANT
    fill: Any = 0.0 if beyond is None else (beyond,) * 4
    return np.asarray(
        cv2.warpAffine(picture, matrix, size, flags=flags, borderMode=border, borderValue=fill), picture.dtype
    )


def to_picture(region: Region, points: NDArray[Any]) -> Floats:
    """Where points of a region, (N, 2) px from its upper left corner, lie in the picture: (N, 2) px."""
    matrix = _matrix(region)
    return np.asarray(np.asarray(points, np.float64) @ matrix[:2, :2].T + matrix[:2, 2], np.float64)


def from_picture(region: Region, points: NDArray[Any]) -> Floats:
    """Where points of the picture, (N, 2) px, lie in a region, from its upper left corner: (N, 2) px."""
    matrix = _matrix(region)
    return np.asarray((np.asarray(points, np.float64) - matrix[:2, 2]) @ matrix[:2, :2], np.float64)


def corners(region: Region) -> Floats:
    """The upper left, upper right, lower right and lower left corner in the picture, (4, 2) px."""
    own = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * [region.width, region.height]
    return to_picture(region, own)


def part(region: Region, left: float, top: float, right: float, bottom: float) -> Region:
    """A part of a region, turned as it is; its edges are shares, 0..1, of the region's width and height."""
    edges = np.array([[left, top], [right, bottom]]) * [region.width, region.height]
    x, y = to_picture(region, edges.mean(axis=0)[None])[0]
    width, height = (max(1, round(float(length))) for length in edges[1] - edges[0])
    return Region(round(float(x) - width / 2), round(float(y) - height / 2), width, height, region.turn_deg)


def laid(values: NDArray[Values], region: Region, shape: tuple[int, ...]) -> NDArray[Values]:
    """Values over a region, (rows, columns) or (rows, columns, C), laid over a picture; 0 outside the region.

    Args:
        shape: of the picture, (H, W, …).
    """
    rows, columns = values.shape[:2]
    grown = np.array([[region.width / columns, 0, 0], [0, region.height / rows, 0], [0, 0, 1]])
    matrix = _middles(_matrix(region) @ grown)[:2]
    size = (int(shape[1]), int(shape[0]))
    inside = np.ones((rows, columns), np.uint8)
    shown = cv2.warpAffine(values, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    there = cv2.warpAffine(inside, matrix, size, flags=cv2.INTER_NEAREST, borderValue=0) > 0
    shown[~there] = 0
    return np.asarray(shown, values.dtype)


def is_upright_within(region: Region, shape: tuple[int, ...]) -> bool:
    """Whether a region is not turned and lies within a picture of (H, W, …)."""
    across = region.x >= 0 and region.x + region.width <= shape[1]
    down = region.y >= 0 and region.y + region.height <= shape[0]
    return region.turn_deg == 0 and across and down


def _matrix(region: Region) -> Floats:
    """From a region's own coordinates to the picture's, (3, 3)."""
    angle = math.radians(region.turn_deg)
    cosine, sine = math.cos(angle), math.sin(angle)
    half = np.array([region.width / 2, region.height / 2])
    turn = np.array([[cosine, -sine], [sine, cosine]])
    matrix = np.eye(3)
    matrix[:2, :2] = turn
    matrix[:2, 2] = half + np.array([region.x, region.y]) - turn @ half
    return matrix


def _middles(matrix: Floats) -> Floats:
    """The same map for coordinates in which a pixel's middle lies at its number, as OpenCV counts."""
    shift, back = np.eye(3), np.eye(3)
    shift[:2, 2], back[:2, 2] = 0.5, -0.5
    return np.asarray(back @ matrix @ shift, np.float64)
