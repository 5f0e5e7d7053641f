"""A quick check of the fixed markers against the calibration in force: hold, or recalibrate, with a number.

A marker that every camera sees elsewhere, while the others stay, was moved itself; a camera that sees
markers elsewhere which the other cameras see in place was moved; a marker that is not seen is covered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.calibration.outcome import Outcome
from booth.calibration.pinhole import project, rays
from booth.calibration.poses import angle_deg, distance_mm, inverse, moved, transform
from booth.calibration.tray.fixed_markers import checked_camera, dictionary_of, find_markers, on_plane
from booth.domain.calibrating import Step
from booth.domain.picture import Calibration, CameraCalibration, Intrinsics
from booth.errors import InputError

Floats = NDArray[np.float64]

LIMIT_PX = 1.5
"""Several times what the corners of a sharp marker scatter; 1.1 mm on a tray at 0.7 m and f = 920 px."""
SMALLEST_PX = 16.0
"""A marker whose side is shorter in the picture, or is seen more flatly, is not expected to be found."""
FLATTEST = 0.3
EDGE_PX = 4.0
TURNED_BACK = 0.01
"""Of the distance; a ray that leads back to its point is some millionths off."""
FEWEST_FOR_POSE = 2
"""Markers; from one alone a camera's pose is known to centimetres only."""

WITNESSES = 2
"""Views of other markers in place, before a marker is said to have moved and not the camera."""


@dataclass(frozen=True, slots=True, eq=False)
class Shift:
    """One marker in one camera: its corners where they should be and where they are, (4, 2) px."""

    expected_px: Floats
    seen_px: Floats
    on_tray_mm: float | None

    @property
    def px(self) -> float:
        """How far it lies off, the median of its corners."""
        return float(np.median(np.linalg.norm(self.seen_px - self.expected_px, axis=1)))


Shifts = Mapping[str, Mapping[str, Shift]]
"""By camera id, then by marker id."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What has moved, by the votes of all cameras and markers."""

    cameras: frozenset[str]
    markers: frozenset[str]


def check(
    rgb: Mapping[str, NDArray[np.uint8]], calibration: Calibration, limit_px: float = LIMIT_PX
) -> Outcome:
    """Compare where the fixed markers are seen with where they should be.

    Args:
        rgb: one picture a camera, (H, W, 3) uint8, of the size that its lens was calibrated at.

    Raises:
        InputError: there are no markers or no pictures to check, or a camera is not calibrated.
    """
    if not 0 < limit_px < 1000:
        raise InputError(f"a limit of {limit_px:g} px makes no sense")
    if not calibration.markers:
        raise InputError("there are no fixed markers in the calibration in force: measure the tray with them")
    if not rgb:
        raise InputError("there is no picture to check")
    dictionaries = sorted({dictionary_of(name) for name in calibration.markers})
    normal = np.array(calibration.tray_plane[:3])
    shifts: dict[str, dict[str, Shift]] = {}
    covered: dict[str, tuple[str, ...]] = {}
    for camera_id, picture in rgb.items():
        camera = checked_camera(camera_id, picture, calibration)
        found = find_markers(picture, dictionaries)
        expected = _expected(camera, calibration.markers)
        shifts[camera_id] = {
            name: _shift(expected[name], found[name], np.reshape(known, (4, 3)), camera, normal)
            for name, known in calibration.markers.items()
            if name in expected and name in found
        }
        covered[camera_id] = tuple(sorted(expected.keys() - found.keys()))
    return _outcome(shifts, covered, calibration, limit_px)


def cause_of(shifts: Shifts, limit_px: float) -> Cause:
    """What moved: the fewest cameras and markers that explain every shift over the limit.

    Greedily what explains most comes first, as in covering sets (Chvátal, 1979). A marker can only be to
    blame when it is off wherever it is seen, and when markers beside it are in place.
    """
    seen = {(camera_id, name): shift.px for camera_id, row in shifts.items() for name, shift in row.items()}
    off = {pair for pair, px in seen.items() if px > limit_px}
    suspects = {name for _, name in off if _may_have_moved(name, seen.keys(), off)}
    cameras: set[str] = set()
    markers: set[str] = set()
    while off:
        by_camera = Counter(camera_id for camera_id, _ in off)
        by_marker = Counter(name for _, name in off if name in suspects)
        camera_id, most = by_camera.most_common(1)[0]
        name, more = by_marker.most_common(1)[0] if by_marker else ("", 0)
        if more >= most:
            markers.add(name)
        else:
            cameras.add(camera_id)
        off = {pair for pair in off if pair[0] not in cameras and pair[1] not in markers}
    return Cause(frozenset(cameras), frozenset(markers))


def _may_have_moved(name: str, seen: Set[tuple[str, str]], off: Set[tuple[str, str]]) -> bool:
    """Whether a marker is off wherever it is seen, by cameras that see others in place."""
    seeing = {camera_id for camera_id, other in seen if other == name}
    in_place = [pair for pair in seen - off if pair[0] in seeing]
    return all((camera_id, name) in off for camera_id in seeing) and len(in_place) >= WITNESSES


def _outcome(
    shifts: Shifts, covered: Mapping[str, tuple[str, ...]], calibration: Calibration, limit_px: float
) -> Outcome:
    cause = cause_of(shifts, limit_px)
    blind = [camera_id for camera_id, seen in shifts.items() if covered[camera_id] and not seen]
    cameras = {
        camera_id: _row(seen, covered[camera_id], cause, calibration.cameras[camera_id], calibration)
        for camera_id, seen in shifts.items()
    }
    checked = any(shifts.values())
    verdict = "recalibrate" if cause.cameras else "holds" if checked and not blind else "unchecked"
    return Outcome(
        Step.DRIFT,
        {
            "verdict": verdict,
            "worst_px": max((row["worst_px"] or 0.0 for row in cameras.values()), default=0.0),
            "limit_px": limit_px,
            "moved_cameras": sorted(cause.cameras),
            "moved_markers": sorted(cause.markers),
            "cameras": cameras,
        },
        passed=verdict == "holds",
        advice=tuple(_advice(shifts, covered, cause, cameras)),
        details={f"{camera_id}/residuals": _arrows(seen) for camera_id, seen in shifts.items() if seen},
    )


def _expected(camera: CameraCalibration, markers: Mapping[str, tuple[float, ...]]) -> dict[str, Floats]:
    """Where the camera should see each marker, (4, 2) px, of those that it should see well."""
    lens, camera_from_tray = camera.intrinsics, inverse(camera.pose())
    found = {}
    for name, numbers in markers.items():
        corners = moved(camera_from_tray, np.reshape(numbers, (4, 3)))
        if corners[:, 2].min() <= 0:
            continue
        seen = project(corners, lens)
        if _in_view(seen, corners, lens) and _faces(corners) and _shortest(seen) > SMALLEST_PX:
            found[name] = seen
    return found


def _in_view(seen_px: Floats, corners: Floats, lens: Intrinsics) -> bool:
    """Whether corners (4, 3) in camera coordinates lie in the picture, by their pixels (4, 2).

    Far outside of it a distortion that was fitted inside turns back, and lays them into the picture: the
    rays of those pixels do not lead to the corners.
    """
    far = (lens.width - EDGE_PX, lens.height - EDGE_PX)
    if not (np.all(seen_px > EDGE_PX) and np.all(seen_px < far)):
        return False
    apart = np.abs(rays(seen_px, lens) - corners / corners[:, 2:])
    return bool(apart.max() < TURNED_BACK)


def _faces(corners: Floats) -> bool:
    """Whether the camera sees the marker's front, (4, 3) in its coordinates, not too flatly."""
    normal = np.cross(corners[1] - corners[0], corners[3] - corners[0])
    middle = corners.mean(axis=0)
    return bool(normal @ middle > FLATTEST * np.linalg.norm(normal) * np.linalg.norm(middle))


def _shortest(corners_px: Floats) -> float:
    return float(np.linalg.norm(corners_px - np.roll(corners_px, 1, axis=0), axis=1).min())


def _shift(
    expected_px: Floats, seen_px: Floats, known_mm: Floats, camera: CameraCalibration, normal: Floats
) -> Shift:
    """How far a marker is off, in the picture and on the plane through it that is parallel to the tray."""
    plane = (*normal.tolist(), -float(normal @ known_mm.mean(axis=0)))
    there, here = on_plane(expected_px, camera, plane), on_plane(seen_px, camera, plane)
    if there is None or here is None:
        return Shift(expected_px, seen_px, None)
    return Shift(expected_px, seen_px, float(np.median(np.linalg.norm(here - there, axis=1))))


def _row(
    seen: Mapping[str, Shift],
    covered: tuple[str, ...],
    cause: Cause,
    camera: CameraCalibration,
    calibration: Calibration,
) -> dict[str, Any]:
    """What is printed of one camera; what has moved itself does not count."""
    fixed = {name: shift for name, shift in seen.items() if name not in cause.markers}
    off_px = [shift.px for shift in fixed.values()]
    off_mm = [shift.on_tray_mm for shift in fixed.values() if shift.on_tray_mm is not None]
    return {
        "markers": len(seen),
        "covered": list(covered),
        "median_px": float(np.median(off_px)) if off_px else None,
        "worst_px": max(off_px, default=None),
        "median_mm": float(np.median(off_mm)) if off_mm else None,
        "worst_mm": max(off_mm, default=None),
        **_movement(fixed, camera, calibration),
    }


def _movement(
    fixed: Mapping[str, Shift], camera: CameraCalibration, calibration: Calibration
) -> dict[str, float | None]:
    """How far the camera itself moved: its pose by the markers against the calibrated one."""
    if len(fixed) < FEWEST_FOR_POSE:
        return {"moved_mm": None, "turned_deg": None}
    points = np.concatenate([np.reshape(calibration.markers[name], (4, 3)) for name in fixed])
    seen_px = np.concatenate([shift.seen_px for shift in fixed.values()])
    start, lens = inverse(camera.pose()), camera.intrinsics
    turn, shift = cv2.solvePnPRefineLM(
        points,
        seen_px,
        lens.matrix(),
        np.array(lens.distortion, np.float64),
        cv2.Rodrigues(start[:3, :3])[0],
        start[:3, 3:].copy(),
    )
    turned = np.asarray(cv2.Rodrigues(turn)[0], np.float64)
    now = inverse(transform(turned, np.asarray(shift, np.float64)))
    return {"moved_mm": distance_mm(now, camera.pose()), "turned_deg": angle_deg(now, camera.pose())}


def _advice(
    shifts: Shifts, covered: Mapping[str, tuple[str, ...]], cause: Cause, rows: Mapping[str, dict[str, Any]]
) -> Iterator[str]:
    """What to do, the most urgent first."""
    if len(cause.cameras) > 1 and len(cause.cameras) == sum(1 for seen in shifts.values() if seen):
        yield "recalibrate: every camera sees the markers elsewhere; they, or the tray, were moved together"
    for camera_id in sorted(cause.cameras):
        row = rows[camera_id]
        by = "" if row["moved_mm"] is None else f", as if moved {row['moved_mm']:.1f} mm"
        by += "" if row["turned_deg"] is None else f" and turned {row['turned_deg']:.2f} degrees"
        yield f"recalibrate: camera '{camera_id}' is off by {row['worst_px']:.1f} px{by}"
    for name in sorted(cause.markers):
        off_mm = [seen[name].on_tray_mm for seen in shifts.values() if name in seen]
        far = max((value for value in off_mm if value is not None), default=None)
        by = "" if far is None else f" by {far:.1f} mm"
        yield f"marker {name} was moved{by}, the cameras were not: put it back, or measure the tray again"
    yield from _on_covered(shifts, covered)


def _on_covered(shifts: Shifts, covered: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    for camera_id, names in covered.items():
        if names and not shifts[camera_id]:
            yield (
                f"camera '{camera_id}' sees none of its {len(names)} markers: clear them and its lens, and "
                "check again; when that does not help it was turned away: recalibrate"
            )
        elif names:
            which = f"marker {names[0]} is" if len(names) == 1 else f"markers {', '.join(names)} are"
            yield f"{which} covered, or too dark, for camera '{camera_id}': look there"


def _arrows(seen: Mapping[str, Shift]) -> Floats:
    expected = np.concatenate([shift.expected_px for shift in seen.values()])
    return np.hstack([expected, np.concatenate([shift.seen_px for shift in seen.values()]) - expected])
