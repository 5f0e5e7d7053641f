"""Lays a region around an item's silhouette: turned so that its long axis lies level, where that is clear."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.domain.picture import Region

MARGIN = 1.25
"""A region's side over the item's, so that what lies beside the item is seen."""
LEAST_ASPECT = 0.6
"""Shorter over longer side of a region: what is long and thin is not blown up without end."""
ELONGATED = 1.15
"""From this length over breadth on the long axis is laid level; squarer ones are turned by their edges."""
CLEARLY_ELONGATED, CLEARLY_ELONGATED_EDGED = 1.6, 1.3
"""The same where it is not known that the camera looks down: a box seen aslant is hardly ever so long."""
EDGED = 0.88
"""The silhouette's share of its smallest rectangle: a circle has 0.785, a box from above almost all."""
FIRST_ANGLE_DEG = -45.0
"""Long axes are taken from here to 180 degrees further: few items lie across the tray's corners."""

Mask = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """A silhouette, in pixels of its mask.

    Attributes:
        hull: (N, 2) float64, the corners of its convex hull, at the middles of pixels.
        angle_deg: of its long axis, clockwise from level as seen, within FIRST_ANGLE_DEG and 180 more.
        elongation: length along that axis over breadth, at least 1.
        solidity: the hull's share of the smallest rectangle around it.
    """

    hull: NDArray[np.float64]
    angle_deg: float
    elongation: float
    solidity: float


def outline_of(mask: Mask) -> Outline:
    """The outline of a mask, (H, W) uint8, of which at least one pixel is not 0.

    The axis of what fills its smallest rectangle is that rectangle's; else that of the second moments, which
    a limb that sticks out hardly moves.
    """
    hull = hull_of(mask)
    _, (width, height), angle_deg = cv2.minAreaRect(hull)
    inside = cv2.contourArea(hull) + 0.5 * cv2.arcLength(hull, True) + 1.0
    solidity = inside / ((width + 1.0) * (height + 1.0))
    long, short = max(width, height) + 1.0, min(width, height) + 1.0
    angle, elongation = (angle_deg if width >= height else angle_deg + 90.0), long / short
    if solidity < EDGED:
        angle, elongation = _axis(mask)
    points = hull.reshape(-1, 2).astype(np.float64) + 0.5
    return Outline(points, _wrapped(angle, 180.0), elongation, solidity)


def hull_of(mask: Mask) -> NDArray[np.int32]:
    """The convex hull, (N, 1, 2) px, of a mask of which at least one pixel is not 0."""
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return np.asarray(cv2.convexHull(np.concatenate(outlines)), np.int32)


def turn_of(outline: Outline, *, from_above: bool) -> float | None:
    """How far the region is turned, in degrees; None where the silhouette does not tell.

    Args:
        from_above: the camera is known to look down, so that what is level in the picture is so on the tray.
            Else only what is clearly long is turned, and by an eighth at most: who takes a picture of a
            bottle holds it upright.
    """
    edged = outline.solidity >= EDGED
    if not from_above:
        clear = outline.elongation >= (CLEARLY_ELONGATED_EDGED if edged else CLEARLY_ELONGATED)
        return _wrapped(outline.angle_deg, 90.0) if clear else None
    if outline.elongation >= ELONGATED:
        return outline.angle_deg
    return _wrapped(outline.angle_deg, 90.0) if edged else None


def region_of(outline: Outline, turn_deg: float, step: float, width: int, height: int) -> Region:
    """The region around an outline whose mask has one pixel for `step` of the picture's; it may reach beyond.

    Args:
        width: of the picture; with its height it bounds the region.
    """
    angle = math.radians(turn_deg)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    turned = outline.hull @ turn
    low, high = turned.min(axis=0) - 0.5, turned.max(axis=0) + 0.5
    sides = MARGIN * step * (high - low)
    sides = np.maximum(sides, LEAST_ASPECT * sides[::-1])
    sides = np.minimum(sides, np.abs(turn.T) @ np.array([width, height]))
    x, y = turn @ ((low + high) / 2) * step - sides / 2
    wide, tall = (max(1, round(float(side))) for side in sides)
    return Region(round(float(x)), round(float(y)), wide, tall, turn_deg)


def _axis(mask: Mask) -> tuple[float, float]:
    """The angle of the long axis in degrees and length over breadth, of a mask's second moments."""
    moments = cv2.moments(mask, binaryImage=True)
    xx, yy, xy = (moments[key] / moments["m00"] for key in ("mu20", "mu02", "mu11"))
    angle = 0.5 * math.degrees(math.atan2(2 * xy, xx - yy))
    spread = math.hypot(xx - yy, 2 * xy)
    return angle, math.sqrt((xx + yy + spread + 1e-6) / max(xx + yy - spread, 1e-6))


def _wrapped(angle_deg: float, period_deg: float) -> float:
    first = max(FIRST_ANGLE_DEG, -period_deg / 2)
    return (angle_deg - first) % period_deg + first
