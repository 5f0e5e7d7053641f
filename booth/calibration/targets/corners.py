"""Places corners to a fraction of a pixel, and drops those that do not lie as on the board."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.calibration.targets.board import Board, BoardKind, Floats, grid_shape, points_mm

Gray = NDArray[np.uint8]
Found = tuple[NDArray[np.int64], Floats]
"""Which points of the board, (n,), and where, (n, 2) in pixels."""

WIDEST_WINDOW_PX = 11
"""Half the side of the largest window that a corner is refined in; OpenCV's samples use it throughout."""
WINDOW_SHARE = 0.4
"""Of the distance to the nearest other corner: the edges of that one must stay out of the window."""
SETTLED = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 100, 1e-4)
FITTING, MOST_FIT = 0.3, 0.8
"""A point fits within this share of a square's side (a wide lens bends lines); so must most of them."""
FEWEST_POINTS = 4
"""Fewer say nothing of where a board is."""


def gray_of(rgb: NDArray[np.uint8]) -> Gray:
    """The picture's brightness, (H, W) uint8."""
    return rgb if rgb.ndim == 2 else np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY))


def shrunk(gray: Gray, longest_px: int) -> tuple[Gray, float]:
    """A picture no longer than that, and how many of the old pixels each of its pixels is wide."""
    scale = max(1.0, max(gray.shape) / longest_px)
    if scale == 1.0:
        return gray, scale
    small = cv2.resize(gray, None, fx=1 / scale, fy=1 / scale, interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.uint8), scale


def spacing_px(board: Board, ids: NDArray[np.int64], corners_px: Floats) -> Floats:
    """How far each point is from the nearest edge that is not its own, (n,); inf where that is not known.

    Beside a point runs the edge through its neighbour, parallel to its own: what counts is the height of
    the slanted square, not its side.
    """
    columns, rows = grid_shape(board)
    grid = np.full((rows + 2, columns + 2, 2), np.nan)
    row, column = places_of(board, ids)
    grid[row + 1, column + 1] = corners_px
    along, down = (
        [grid[row + 1 + dy, column + 1 + dx] - corners_px for dy, dx in steps]
        for steps in (((0, 1), (0, -1)), ((1, 0), (-1, 0)))
    )
    heights = [_height(one, other) for one in along for other in down]
    return np.asarray(np.nanmin(np.where(np.isnan(heights), np.inf, heights), axis=0))


def _height(one: Floats, other: Floats) -> Floats:
    """The lower height of the parallelogram of two sides, (n,)."""
    area = np.abs(one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0])
    longer = np.maximum(np.linalg.norm(one, axis=1), np.linalg.norm(other, axis=1))
    return np.asarray(area / np.maximum(longer, 1e-9))


def places_of(board: Board, ids: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The row and the column of each point in the board's grid of points."""
    columns, rows = grid_shape(board)
    if board.kind is not BoardKind.APRILGRID:
        return ids // columns, ids % columns
    tag, corner = ids // 4, ids % 4
    return (
        rows - 2 - 2 * (tag // board.columns) + (corner >= 2),
        2 * (tag % board.columns) + ((corner == 1) | (corner == 2)),
    )


def refined(gray: Gray, corners_px: Floats, apart_px: Floats) -> Floats:
    """The corners moved to where the edges around them meet, (n, 2).

    The method is Förstner's (OpenCV's `cornerSubPix`); each corner's window is as wide as its distance to
    the next corner allows, because a window that reaches the edges of the next square pulls the corner away.
    """
    halves = np.clip(np.floor(apart_px * WINDOW_SHARE), 2, WIDEST_WINDOW_PX).astype(int)
    moved = corners_px.astype(np.float32).reshape(-1, 1, 2)
    for half in np.unique(halves):
        chosen = halves == half
        points = np.ascontiguousarray(moved[chosen])
        moved[chosen] = cv2.cornerSubPix(gray, points, (int(half), int(half)), (-1, -1), SETTLED)
    return np.asarray(moved.reshape(-1, 2), dtype=np.float64)


def plausible(board: Board, ids: NDArray[np.int64], corners_px: Floats) -> Found | None:
    """The points that lie as the board's do; None where many do not, as on a board of another layout."""
    if len(ids) < FEWEST_POINTS:
        return None
    plane = points_mm(board)[ids, :2]
    apart = spacing_px(board, ids, corners_px)
    near = FITTING * float(np.median(apart[np.isfinite(apart)])) if np.isfinite(apart).any() else 1.0
    _, fits = cv2.findHomography(plane, corners_px, cv2.RANSAC, max(near, 1.0))
    if fits is None or np.mean(fits) < MOST_FIT:
        return None
    good = fits.ravel().astype(bool)
    return ids[good], corners_px[good]


def brightness(gray: Gray, points_px: Floats) -> Floats:
    """The picture between its pixels, for points (…, 2); bilinear, the border goes on outside."""
    height, width = gray.shape
    x, y = np.clip(points_px[..., 0], 0, width - 1.001), np.clip(points_px[..., 1], 0, height - 1.001)
    column, row = x.astype(int), y.astype(int)
    right, down = x - column, y - row
    upper = gray[row, column] * (1 - right) + gray[row, column + 1] * right
    lower = gray[row + 1, column] * (1 - right) + gray[row + 1, column + 1] * right
    return np.asarray(upper * (1 - down) + lower * down)
