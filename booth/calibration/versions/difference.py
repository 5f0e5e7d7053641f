"""How far two calibrations lie apart, in the units that a technician thinks in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.calibration.sensor.colour_difference import ciede2000, lab
from booth.calibration.versions.tables import numbers
from booth.domain.picture import Calibration, CameraCalibration, ColourCorrection, DepthCorrection, Intrinsics

GRID = 9
"""Points a side at which two lens models are compared."""
COEFFICIENTS = (4, 5, 8, 12, 14)
"""The numbers of distortion coefficients that OpenCV takes."""
LEVELS = (0.05, 0.2, 0.5, 0.8)
"""Linear light of the colours that two colour corrections are compared on, in all mixtures."""
Values = Iterator[tuple[str, float]]


def difference(before: Calibration | None, after: Calibration) -> dict[str, float]:
    """What changed, as after less before, only of what both have; empty without a `before`.

    Returns:
        For each camera `ID.fx_px`, `fy_px`, `cx_px`, `cy_px`; `ID.lens_px`, how far its two lens models put
        the same point apart, RMS over the picture; `ID.moved_mm` and `ID.turned_deg`; `ID.depth_scale`,
        `ID.depth_offset_mm`; `ID.colour_delta_e`, CIEDE2000. Then `tray.tilt_deg`, `tray.height_mm`, and
        `markers.moved_mm`, the furthest that a corner moved. What did not change at all is left out.
    """
    if before is None:
        return {}
    found = dict(_of_cameras(before, after))
    found.update(_of_tray(before.tray_plane, after.tray_plane))
    found.update(_of_markers(before, after))
    return {name: value for name, value in found.items() if value}


def results_difference(before: Mapping[str, object], after: Mapping[str, object]) -> dict[str, float]:
    """How far the numbers of two runs' results lie apart, after less before, of those that both have.

    What did not change at all is left out.
    """
    old = dict(numbers(before))
    changes = {".".join(path): value - old[path] for path, value in numbers(after) if path in old}
    return {name: change for name, change in changes.items() if change}


def _of_cameras(before: Calibration, after: Calibration) -> Values:
    for camera_id, now in after.cameras.items():
        if camera_id in before.cameras:
            yield from _named(camera_id, _of_camera(before.cameras[camera_id], now))
    for camera_id, depth in after.depth.items():
        yield from _named(camera_id, _of_depth(before.depth.get(camera_id, DepthCorrection()), depth))
    for camera_id, colour in after.colour.items():
        if camera_id in before.colour:
            yield f"{camera_id}.colour_delta_e", colour_delta_e(before.colour[camera_id], colour)


def _named(camera_id: str, values: Values) -> Values:
    return ((f"{camera_id}.{name}", value) for name, value in values)


def _of_camera(before: CameraCalibration, after: CameraCalibration) -> Values:
    old, new = before.intrinsics, after.intrinsics
    for name in ("fx", "fy", "cx", "cy"):
        yield f"{name}_px", getattr(new, name) - getattr(old, name)
    if (old.width, old.height) == (new.width, new.height):
        yield "lens_px", lens_difference_px(old, new)
    moved = np.linalg.inv(before.pose()) @ after.pose()
    if not np.array_equal(before.pose(), after.pose()):
        yield "moved_mm", float(np.linalg.norm(moved[:3, 3]))
        yield "turned_deg", float(np.degrees(np.linalg.norm(cv2.Rodrigues(moved[:3, :3])[0])))


def _of_depth(before: DepthCorrection, after: DepthCorrection) -> Values:
    yield "depth_scale", after.scale - before.scale
    yield "depth_offset_mm", after.offset_mm - before.offset_mm


def _of_tray(before: tuple[float, ...], after: tuple[float, ...]) -> Values:
    old, new = np.array(before), np.array(after)
    if np.array_equal(old, new):
        return
    if np.dot(old[:3], new[:3]) < 0:  # the same plane, seen from below
        new = -new
    sine = np.linalg.norm(np.cross(old[:3], new[:3]))
    yield "tray.tilt_deg", float(np.degrees(np.arctan2(sine, np.dot(old[:3], new[:3]))))
    yield "tray.height_mm", float(old[3] - new[3])


def _of_markers(before: Calibration, after: Calibration) -> Values:
    both = sorted(before.markers.keys() & after.markers.keys())
    moves = [_moved_mm(before.markers[name], after.markers[name]) for name in both]
    yield "markers.moved_mm", max(moves, default=0.0)


def _moved_mm(before: tuple[float, ...], after: tuple[float, ...]) -> float:
    corners = np.reshape(after, (-1, 3)) - np.reshape(before, (-1, 3))
    return float(np.linalg.norm(corners, axis=1).max(initial=0.0))


def lens_difference_px(before: Intrinsics, after: Intrinsics) -> float:
    """How far two models of one lens put the same ray apart, RMS over rays that fill the picture."""
    columns = (np.linspace(0, before.width - 1, GRID) - before.cx) / before.fx
    rows = (np.linspace(0, before.height - 1, GRID) - before.cy) / before.fy
    x, y = np.meshgrid(columns, rows)
    rays = np.stack((x, y, np.ones_like(x)), axis=-1).reshape(-1, 3)
    moved = _projected(rays, after) - _projected(rays, before)
    return float(np.sqrt((moved**2).sum(axis=-1).mean()))


def _projected(rays: NDArray[np.float64], lens: Intrinsics) -> NDArray[np.float64]:
    count = next(each for each in COEFFICIENTS if each >= len(lens.distortion))
    distortion = np.array(lens.distortion + (0.0,) * (count - len(lens.distortion)))
    seen, _ = cv2.projectPoints(rays, np.zeros(3), np.zeros(3), lens.matrix(), distortion)
    return np.asarray(seen, np.float64).reshape(-1, 2)


def colour_delta_e(before: ColourCorrection, after: ColourCorrection) -> float:
    """Mean CIEDE2000 of the same colours under two corrections."""
    grid = np.stack(np.meshgrid(LEVELS, LEVELS, LEVELS), axis=-1).reshape(-1, 3)
    first, second = (lab(grid @ np.reshape(each.matrix, (3, 3))) for each in (before, after))
    return float(ciede2000(first, second).mean())
