"""A drawn 24-patch chart, seen in perspective by a camera whose colours are wrong in a known way."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.calibration.sensor.chart import references

PATCH_PX, GAP_PX = 80, 14
WRONG = np.array([[0.80, 0.06, 0.02], [0.08, 0.72, 0.10], [0.03, 0.12, 0.66]])
"""What the camera makes of linear sRGB: `rgb @ WRONG`."""


def encoded(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    """sRGB 0..255 of linear 0..1."""
    clipped = np.clip(linear, 0, 1)
    return np.asarray(
        np.where(clipped <= 0.0031308, clipped * 12.92, 1.055 * clipped ** (1 / 2.4) - 0.055) * 255
    )


def drawn(rows: int = 4) -> NDArray[np.float64]:
    """The chart, linear, on its black frame."""
    height, width = 4 * PATCH_PX + 5 * GAP_PX, 6 * PATCH_PX + 7 * GAP_PX
    chart = np.full((height, width, 3), 0.012)
    for index, colour in enumerate(references()[: 6 * rows]):
        row, column = divmod(index, 6)
        y, x = GAP_PX + row * (PATCH_PX + GAP_PX), GAP_PX + column * (PATCH_PX + GAP_PX)
        chart[y : y + PATCH_PX, x : x + PATCH_PX] = colour
    return np.pad(chart, ((24, 24), (24, 24), (0, 0)), constant_values=0.012)


def seen(
    matrix: NDArray[np.float64] = WRONG,
    gain: float = 1.0,
    noise: float = 2.0,
    chart: NDArray[np.float64] | None = None,
    at: tuple[int, int] = (150, 110),
    turns: int = 0,
) -> NDArray[np.uint8]:
    """A picture of the chart on a grey tray, 960 x 720."""
    print_ = np.rot90(drawn() if chart is None else chart, turns)
    height, width = print_.shape[:2]
    x, y = at
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    seen_at = corners * 0.95 + (x, y) + np.array([[6, 4], [-18, 22], [10, -12], [14, 6]])
    warp = cv2.getPerspectiveTransform(corners, seen_at.astype(np.float32))
    tray = np.full((720, 960, 3), 0.35)
    linear = cv2.warpPerspective(
        print_, warp, (960, 720), dst=tray, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_TRANSPARENT
    )
    wrong = encoded(np.asarray(linear, np.float64) @ matrix * gain)
    noisy = wrong + np.random.default_rng(1).normal(0, noise, wrong.shape)
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8)
