"""How depth lies on colour: where a free sheet ends in depth, against where it ends in colour.

Profiles run outwards across each side of the sheet that a target is printed on. Along each, depth leaves the
target's plane at one place and colour has its steepest step at another. The difference, seen along the
side's normal, is the shift of depth against colour plus a widening that is alike on all sides, as stereo
matching windows give it; opposite sides tell the two apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.calibration.pinhole import project
from booth.calibration.sensor.depth_fit import COVERAGE, ViewDepth
from booth.calibration.targets.board import Board
from booth.calibration.targets.pose import BoardPose, outline_mm
from booth.domain.picture import Intrinsics

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

PROFILES = 64
STEPS_PER_PX = 4
REACH_SHARE = 0.35
"""Of the target's smaller side: how far outside it the sheet's edge is looked for."""
GONE_PX = 6
"""Depth must be off the plane for so long; holes of a few pixels lie on the sheet too."""
PLANE_FLOOR_MM = 8.0
PLANE_SHARE = 0.015
"""A reading is off the target's plane beyond both; the background must lie further away."""
COLOUR_WINDOW_PX = 8.0
"""A larger misalignment is found as far as the sheet's margin lets its edge be told from the print."""
STEP_MIN_PER_PX = 2.0
"""Grey levels: a weaker step may be noise."""
FEWEST_PROFILES = 16
WORST_UNCERTAINTY_PX = 3.0
SYSTEMATIC_PX = 0.05
"""Deviation of what all sides share, from corners, lens and edges (0.06 in simulated sheets)."""
PIXEL_SD_PX = 1 / np.sqrt(12)
"""A pixel is on the sheet or not: the standard deviation of where its edge then lies."""


@dataclass(frozen=True, slots=True, eq=False)
class EdgeOffset:
    """How far depth reaches beyond colour across one side of the sheet, along its outward `normal` (2,)."""

    normal: Floats
    offset_px: float
    sd_px: float


@dataclass(frozen=True, slots=True)
class Alignment:
    """How depth lies on colour; positive where it lies to the right and below.

    Attributes:
        uncertainty_px: of the length of the shift, for 95 %.
        widening_px: how far surfaces reach beyond their edge in depth, on all sides.
    """

    x_px: float
    y_px: float
    uncertainty_px: float
    widening_px: float

    @property
    def length_px(self) -> float:
        """How far depth lies from colour."""
        return float(np.hypot(self.x_px, self.y_px))


def alignment(edges: Sequence[EdgeOffset]) -> Alignment | None:
    """The shift and the widening that all sides agree on best; None where they do not tell.

    A median-like reweighting (Huber's) keeps one side that met something else from deciding.
    """
    if len(edges) < 4:
        return None
    design = np.array([(*edge.normal, 1.0) for edge in edges])
    offsets, sd = np.array([edge.offset_px for edge in edges]), np.array([edge.sd_px for edge in edges])
    found: Floats = np.zeros(3)
    weights: Floats = 1 / sd**2
    for _ in range(10):
        normal = design.T @ (design * weights[:, None])
        if np.linalg.cond(normal) > 1e6:
            return None
        found = np.asarray(np.linalg.solve(normal, design.T @ (offsets * weights)), np.float64)
        strange = np.abs(offsets - design @ found) / sd
        weights = np.minimum(1.0, 1.5 / np.maximum(strange, 1e-9)) / sd**2
    covariance = np.linalg.inv(normal)
    freedom = len(edges) - 3
    widening = max(1.0, float(np.sum(weights * (offsets - design @ found) ** 2)) / freedom)
    worst = float(np.linalg.eigvalsh(covariance[:2, :2])[-1]) * widening
    uncertainty = COVERAGE * float(np.sqrt(worst + SYSTEMATIC_PX**2))
    if uncertainty > WORST_UNCERTAINTY_PX:
        return None
    return Alignment(float(found[0]), float(found[1]), uncertainty, float(found[2]))


def edge_offsets(
    board: Board,
    pose: BoardPose,
    lens: Intrinsics,
    pair: tuple[NDArray[np.uint8], NDArray[np.uint16]],
    view: ViewDepth,
) -> list[EdgeOffset]:
    """What each side of the sheet says in one view; none of a side that is not seen free."""
    corners = outline_mm(board)
    gray = cv2.cvtColor(pair[0], cv2.COLOR_RGB2GRAY).astype(np.float32)
    true_to_read = view.measured_mm / view.true_mm
    found = []
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        profiles = _Profiles.across(start, end, corners, pose, lens)
        depth_at = _depth_edges(profiles, pair[1], true_to_read, lens)
        colour_at = _colour_edges(profiles, gray, depth_at)
        edge = _side(profiles, depth_at - colour_at)
        if edge is not None:
            found.append(edge)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Profiles:
    """Lines in the target's plane that run outwards across one side.

    Attributes:
        pixels: (PROFILES, steps, 2) where they run in the picture.
        depth_mm: (PROFILES, steps) z-depth of the target's plane along them.
        step_px: (PROFILES, 1) how long a step is in the picture.
        normal: (2,) of the side in the picture, outwards.
        slant: the share of a step that runs along the normal.
        crossings: how many pixel rows or columns the side crosses at a slant.
    """

    pixels: Floats
    depth_mm: Floats
    step_px: Floats
    normal: Floats
    slant: Floats
    crossings: float

    @classmethod
    def across(
        cls, start: Floats, end: Floats, corners: Floats, pose: BoardPose, lens: Intrinsics
    ) -> _Profiles:
        along = np.linspace(0.06, 0.94, PROFILES)[:, None] * (end - start) + start
        outwards = np.array([(end - start)[1], -(end - start)[0], 0.0]) / np.linalg.norm(end - start)
        middle = pose.in_camera((start + end) / 2)
        step_mm = middle[2] / lens.fx / STEPS_PER_PX
        smaller = min(np.linalg.norm(corners[1] - corners[0]), np.linalg.norm(corners[3] - corners[0]))
        reach = np.arange(0.0, REACH_SHARE * smaller + 2 * GONE_PX * STEPS_PER_PX * step_mm, step_mm)
        points = pose.in_camera(along[:, None] + reach[:, None] * outwards)
        pixels = project(points.reshape(-1, 3), lens).reshape(*points.shape[:2], 2)
        steps = (pixels[:, -1] - pixels[:, 0]) / (len(reach) - 1)
        side = pixels[-1, 0] - pixels[0, 0]
        normal = np.array([side[1], -side[0]]) / np.linalg.norm(side)
        step_px = np.linalg.norm(steps, axis=1, keepdims=True)
        slant = (steps @ normal)[:, None] / step_px
        return cls(pixels, points[..., 2], step_px, normal, slant, float(np.abs(side).min()))


def _depth_edges(
    profiles: _Profiles, depth_mm: NDArray[np.uint16], true_to_read: float, lens: Intrinsics
) -> Floats:
    """The step at which each profile leaves the target's plane, (PROFILES,); NaN where it does not."""
    column, row = np.rint(profiles.pixels).astype(np.int64).transpose(2, 0, 1)
    seen = (column >= 0) & (column < lens.width) & (row >= 0) & (row < lens.height)
    read = depth_mm[np.clip(row, 0, lens.height - 1), np.clip(column, 0, lens.width - 1)].astype(np.float64)
    plane = profiles.depth_mm * true_to_read
    on_plane = np.abs(read - plane) <= np.maximum(PLANE_FLOOR_MM, PLANE_SHARE * plane)
    return _leaves(on_plane, seen)


def _leaves(on_plane: Bools, seen: Bools) -> Floats:
    """Where a run of True ends for GONE_PX or more, in steps, between two of them."""
    gone = GONE_PX * STEPS_PER_PX
    later = np.cumsum(on_plane[:, ::-1], axis=1)[:, ::-1]
    ahead = np.zeros_like(later)
    ahead[:, :-gone] = later[:, gone:]
    off = (later == ahead)[:, :-gone]
    first = off.argmax(axis=1)
    index = np.arange(len(first))
    clear = (
        off.any(axis=1) & (first > 0) & seen[index, np.minimum(first + gone, seen.shape[1] - 1)] & seen[:, 0]
    )
    return np.asarray(np.where(clear, first - 0.5, np.nan))


def _colour_edges(profiles: _Profiles, gray: NDArray[np.float32], near: Floats) -> Floats:
    """The step at which colour changes most, near another one, (PROFILES,); NaN where it hardly does."""
    x, y = profiles.pixels.astype(np.float32).transpose(2, 0, 1)
    levels = cv2.remap(gray, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    smooth = cv2.GaussianBlur(levels, (0, 0), sigmaX=STEPS_PER_PX, sigmaY=1.5)
    slope = np.abs(np.gradient(smooth.astype(np.float64), axis=1))
    window = np.minimum(COLOUR_WINDOW_PX * STEPS_PER_PX, np.maximum(2.0 * STEPS_PER_PX, 0.7 * near))
    steps = np.arange(slope.shape[1])
    allowed = np.abs(steps - np.nan_to_num(near, nan=-1e9)[:, None]) <= np.nan_to_num(window)[:, None]
    peak = np.where(allowed, slope, 0.0).argmax(axis=1).clip(1, slope.shape[1] - 2)
    index = np.arange(len(peak))
    before, at, after = slope[index, peak - 1], slope[index, peak], slope[index, peak + 1]
    bend = before - 2 * at + after
    finer = np.where(bend < 0, 0.5 * (before - after) / np.where(bend < 0, bend, 1.0), 0.0)
    inside = (np.abs(peak - near) < window) & (np.abs(finer) <= 1) & (at * STEPS_PER_PX >= STEP_MIN_PER_PX)
    return np.asarray(np.where(inside, peak + finer, np.nan))


def _side(profiles: _Profiles, apart_steps: Floats) -> EdgeOffset | None:
    """The median over one side's profiles."""
    apart_px = (apart_steps[:, None] * profiles.step_px * profiles.slant).ravel()
    good = apart_px[np.isfinite(apart_px)]
    if len(good) < FEWEST_PROFILES:
        return None
    middle = float(np.median(good))
    scatter = 1.4826 * float(np.median(np.abs(good - middle))) / np.sqrt(len(good))
    raster = PIXEL_SD_PX / np.sqrt(1 + profiles.crossings)
    return EdgeOffset(profiles.normal, middle, float(np.hypot(scatter, raster)))
