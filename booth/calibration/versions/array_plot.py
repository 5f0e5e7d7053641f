"""The array seen from above: where the cameras stand, what they look at, and the markers beside the tray."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from booth.calibration.outcome import UNPLACED
from booth.calibration.versions.plots import LINE_COLOURS, SMALL, TITLE, new_axes, plain, png_of
from booth.domain.picture import Calibration, CameraCalibration

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FURTHEST_MM = 5000.0
"""A ray that meets the tray further off than this is nearly level: it shows nothing of the tray."""
MARGIN = 0.18

FloatArray = NDArray[np.float64]


def layout_from_above(calibration: Calibration) -> bytes | None:
    """A PNG of the tray's x and y in mm, or None while no camera was placed.

    Each camera has its own colour: a dot where it stands, an outline of what it sees of the tray's plane.
    """
    placed = {name: each for name, each in calibration.cameras.items() if each.tray_from_camera != UNPLACED}
    if not placed:
        return None
    figure, axes = new_axes(6.0, 5.0)
    reach = [
        _draw_camera(axes, name, camera, calibration.tray_plane, LINE_COLOURS[index % len(LINE_COLOURS)])
        for index, (name, camera) in enumerate(placed.items())
    ]
    reach += [_draw_marker(axes, name, corners) for name, corners in calibration.markers.items()]
    _frame(axes, np.concatenate(reach))
    axes.set_title("From above, tray coordinates; outlines: what each camera sees of the tray", **TITLE)
    return png_of(figure)


def _draw_camera(
    axes: Axes, name: str, camera: CameraCalibration, plane: tuple[float, ...], colour: str
) -> FloatArray:
    """Draw one camera, and give the points that must lie in the plot, (n, 2)."""
    x, y, z = camera.pose()[:3, 3]
    outline = footprint(camera, plane)
    if outline is not None:
        axes.fill(*outline.T, facecolor=colour, alpha=0.08)
        axes.plot(*np.vstack((outline, outline[:1])).T, color=colour, linewidth=0.8)
    axes.plot(x, y, "o", color=colour, markersize=6)
    axes.annotate(
        f"{plain(name)}  z {z:.0f}", (x, y), (0, 6), textcoords="offset points", ha="center", color=colour,
        **SMALL,
    )  # fmt: skip
    here = np.array([[x, y]])
    return here if outline is None else np.vstack((here, outline))


def _draw_marker(axes: Axes, name: str, corners: tuple[float, ...]) -> FloatArray:
    outline = np.reshape(corners, (-1, 3))[:, :2]
    axes.fill(*outline.T, facecolor="black")
    axes.annotate(plain(name.rpartition(":")[2]), outline[0], (2, 2), textcoords="offset points", **SMALL)
    return outline


def _frame(axes: Axes, points: FloatArray) -> None:
    low, high = points.min(axis=0), points.max(axis=0)
    margin = MARGIN * max(float((high - low).max()), 1.0)
    axes.plot(0, 0, "+", color="black", markersize=10)
    axes.set(xlim=(low[0] - margin, high[0] + margin), ylim=(low[1] - margin, high[1] + margin))
    axes.set_aspect("equal")
    axes.set_xlabel("x mm", **SMALL)
    axes.set_ylabel("y mm", **SMALL)
    axes.grid(linewidth=0.3)


def footprint(camera: CameraCalibration, plane: tuple[float, ...]) -> FloatArray | None:
    """The corners of the picture on the tray's plane, x and y in mm, (4, 2); None where they miss it.

    The lens's distortion is left out: it is less than the outline is meant to tell.
    """
    lens, pose = camera.intrinsics, camera.pose()
    corners = np.array([(0, 0, 1), (lens.width, 0, 1), (lens.width, lens.height, 1), (0, lens.height, 1)])
    rays: NDArray[Any] = corners @ np.linalg.inv(lens.matrix()).T @ pose[:3, :3].T
    normal, origin = np.array(plane[:3]), pose[:3, 3]
    toward = rays @ normal
    away = -(normal @ origin + plane[3])
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = away / toward
    hits = origin + distance[:, None] * rays
    if not (np.isfinite(distance) & (distance > 0)).all():
        return None
    if np.linalg.norm(hits - origin, axis=1).max() > FURTHEST_MM:
        return None
    return np.asarray(hits[:, :2], np.float64)
