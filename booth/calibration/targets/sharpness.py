"""Measures how sharp a target is in a picture, from the edges between its points."""

from __future__ import annotations

import cv2
import numpy as np

from booth.calibration.targets.board import Board, Floats, Sighting
from booth.calibration.targets.corners import Gray, brightness
from booth.calibration.targets.detect import neighbours

STEPS = 25
"""Places that the brightness is read at across an edge."""
REACH_SHARE, REACH_PX = 0.3, 12.0
"""How far to each side: a share of the edge's length, which keeps clear of the next edge, and no further."""
TOO_BLURRED_PX = 4.0
"""An edge should rise within about 3 px (OpenCV, `estimateChessboardSharpness`); with some room for noise."""
MOST_EDGES = 60
LEAST_CONTRAST = 60.0
"""Grey levels; a picture with less shows no board."""


def edge_width_px(board: Board, gray: Gray, sighting: Sighting) -> float:
    """Within how many pixels the target's edges rise from 10 % to 90 %; inf where none can be measured.

    It is the larger of the widths along rows and columns, so that motion one way shows. The width comes from
    the steepest slope, as it would be on an edge blurred by a Gaussian.
    """
    widths = [
        _width_px(gray, sighting.corners_px[start], sighting.corners_px[end])
        for start, end in neighbours(board, sighting.ids)
    ]
    return max((float(np.median(each)) for each in widths if len(each)), default=float("inf"))


def picture_width_px(gray: Gray) -> float:
    """Within how many pixels the clearest edges of a whole picture rise; 0 where it shows no contrast."""
    dark, bright = np.percentile(gray, (1, 99))
    if bright - dark < LEAST_CONTRAST:
        return 0.0
    across, down = (cv2.Sobel(gray, cv2.CV_32F, dx, dy, scale=1 / 8) for dx, dy in ((1, 0), (0, 1)))
    steepest = float(np.percentile(np.hypot(across, down), 99.9))
    return float(bright - dark) / max(steepest, 1e-9)


def _width_px(gray: Gray, starts: Floats, ends: Floats) -> Floats:
    """The rise across each edge, half-way along it, (n,)."""
    some = np.linspace(0, len(starts) - 1, min(len(starts), MOST_EDGES)).astype(int)
    starts, ends = starts[some], ends[some]
    lengths = np.linalg.norm(ends - starts, axis=1)
    across = np.stack([starts[:, 1] - ends[:, 1], ends[:, 0] - starts[:, 0]], axis=1)
    across = across / np.maximum(lengths, 1e-9)[:, None]
    reach = np.clip(REACH_SHARE * lengths, 1.0, REACH_PX)
    places = np.linspace(-1, 1, STEPS)
    points = (starts + ends)[:, None] / 2 + across[:, None] * (reach[:, None] * places)[..., None]
    profile = brightness(gray, points)
    rise = profile.max(axis=1) - profile.min(axis=1)
    slope = np.abs(np.diff(profile, axis=1)).max(axis=1) / (reach * (places[1] - places[0]))
    return np.asarray(rise / np.maximum(slope, 1e-9))
