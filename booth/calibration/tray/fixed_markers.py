"""The fixed markers beside the tray: found in a picture, and placed by all cameras that see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.calibration.array.measures import rms
from booth.calibration.outcome import UNPLACED
from booth.calibration.pinhole import project, rays, triangulate
from booth.calibration.poses import inverse, moved
from booth.domain.picture import Calibration, CameraCalibration
from booth.errors import InputError

Floats = NDArray[np.float64]
Plane = tuple[float, float, float, float]

APRILTAGS = "DICT_APRILTAG_36h11"
GRAZING = 0.05
"""The cosine under which a ray runs along the tray and does not say where it meets it."""


@dataclass(frozen=True, slots=True, eq=False)
class Located:
    """Markers with their places.

    Attributes:
        corners: by id (`apriltag36h11:3`), (4, 3) mm in tray coordinates, clockwise from its upper left.
        seen_by: the cameras that saw each.
        error_px: RMS distance from where its corners fall to where they were seen.
    """

    corners: Mapping[str, Floats]
    seen_by: Mapping[str, tuple[str, ...]]
    error_px: Mapping[str, float]


def markers(
    rgb: Mapping[str, NDArray[np.uint8]], calibration: Calibration, dictionary: str = APRILTAGS
) -> dict[str, tuple[float, ...]]:
    """The places of the fixed markers, as a calibration keeps them. Raises: InputError: see `locate`."""
    found = locate(rgb, calibration, dictionary).corners
    return {name: as_kept(corners) for name, corners in found.items()}


def as_kept(corners: Floats) -> tuple[float, ...]:
    """Corners (4, 3) as twelve numbers."""
    return tuple(float(value) for value in corners.reshape(-1))


def locate(
    rgb: Mapping[str, NDArray[np.uint8]], calibration: Calibration, dictionary: str = APRILTAGS
) -> Located:
    """Where the markers in the pictures of one instant stand.

    Two cameras or more place a marker anywhere; one alone places it on the tray's plane.

    Args:
        rgb: by camera id, (H, W, 3) uint8, of the size that the lens was calibrated at.

    Raises:
        InputError: a camera is not calibrated, or the dictionary is unknown.
    """
    for camera_id, picture in rgb.items():
        checked_camera(camera_id, picture, calibration)
    seen = {camera_id: find_markers(picture, [dictionary]) for camera_id, picture in rgb.items()}
    corners: dict[str, Floats] = {}
    seen_by, error_px = {}, {}
    for name in sorted({name for found in seen.values() for name in found}, key=_number):
        views = {camera_id: found[name] for camera_id, found in seen.items() if name in found}
        placed = _placed(views, calibration)
        if placed is not None:
            corners[name], seen_by[name] = placed, tuple(views)
            error_px[name] = _error_px(placed, views, calibration)
    return Located(corners, seen_by, error_px)


def find_markers(rgb: NDArray[np.uint8], dictionaries: Sequence[str]) -> dict[str, Floats]:
    """The corners of each marker by its id, (4, 2) px, clockwise from its upper left; none seen twice.

    Raises:
        InputError: a dictionary is unknown.
    """
    gray = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    found: dict[str, Floats] = {}
    for dictionary in dictionaries:
        corners, ids, _ = _detector(dictionary).detectMarkers(gray)
        numbers = [] if ids is None else [int(number) for number in np.ravel(ids)]
        for number, four in zip(numbers, corners, strict=True):
            if numbers.count(number) == 1:
                found[marker_id(dictionary, number)] = np.asarray(four, np.float64).reshape(4, 2)
    return found


def marker_id(dictionary: str, number: int) -> str:
    """What a marker is called, such as `apriltag36h11:3`."""
    return f"{dictionary.removeprefix('DICT_').replace('APRILTAG_', 'APRILTAG').lower()}:{number}"


def dictionary_of(name: str) -> str:
    """OpenCV's name of the dictionary that a marker's id comes from. Raises: InputError."""
    family = name.partition(":")[0]
    for known in dir(cv2.aruco):
        if known.startswith("DICT_") and marker_id(known, 0) == f"{family}:0":
            return known
    raise InputError(f"{name!r} is no marker's id, such as apriltag36h11:3")


def checked_camera(camera_id: str, rgb: NDArray[np.uint8], calibration: Calibration) -> CameraCalibration:
    """The camera's calibration.

    Raises:
        InputError: it has none, its lens alone is known, or it is one for pictures of another size.
    """
    camera = calibration.cameras.get(camera_id)
    if camera is None:
        known = ", ".join(calibration.cameras) or "none"
        raise InputError(f"camera '{camera_id}' is not calibrated; these are: {known}")
    if tuple(camera.tray_from_camera) == UNPLACED:
        raise InputError(f"camera '{camera_id}' has no place yet: calibrate the array, or the tray, first")
    lens = camera.intrinsics
    if rgb.shape[:2] != (lens.height, lens.width):
        raise InputError(
            f"camera '{camera_id}': the picture has {rgb.shape[1]}x{rgb.shape[0]} px, "
            f"its lens was calibrated at {lens.width}x{lens.height}: use pictures of that size"
        )
    return camera


def on_plane(pixels: Floats, camera: CameraCalibration, plane: Plane) -> Floats | None:
    """Where the rays through pixels (n, 2) meet a plane, (n, 3) mm; None where they run along it, or away."""
    pose, normal = camera.pose(), np.array(plane[:3])
    directions = rays(pixels, camera.intrinsics) @ pose[:3, :3].T
    slope = directions @ normal
    if not np.all(np.abs(slope) > GRAZING * np.linalg.norm(directions, axis=1)):
        return None
    along = -(pose[:3, 3] @ normal + plane[3]) / slope
    if not np.all(along > 0):
        return None
    return np.asarray(pose[:3, 3] + along[:, None] * directions, np.float64)


def _detector(dictionary: str) -> cv2.aruco.ArucoDetector:
    known = getattr(cv2.aruco, dictionary, None) if dictionary.startswith("DICT_") else None
    if not isinstance(known, int):
        raise InputError(f"{dictionary!r} is no dictionary of markers, such as {APRILTAGS}")
    parameters = cv2.aruco.DetectorParameters()
    parameters.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
    return cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(known), parameters)


def _placed(views: Mapping[str, Floats], calibration: Calibration) -> Floats | None:
    cameras = [calibration.cameras[camera_id] for camera_id in views]
    if len(cameras) == 1:
        return on_plane(next(iter(views.values())), cameras[0], calibration.tray_plane)
    origins = np.repeat([camera.pose()[:3, 3] for camera in cameras], 4, axis=0)
    directions = np.concatenate(
        [
            rays(pixels, camera.intrinsics) @ camera.pose()[:3, :3].T
            for pixels, camera in zip(views.values(), cameras, strict=True)
        ]
    )
    return triangulate(origins, directions, np.tile(np.arange(4), len(cameras)), 4)


def _error_px(corners: Floats, views: Mapping[str, Floats], calibration: Calibration) -> float:
    apart = []
    for camera_id, pixels in views.items():
        camera = calibration.cameras[camera_id]
        apart.append(project(moved(inverse(camera.pose()), corners), camera.intrinsics) - pixels)
    return rms(np.concatenate(apart))


def _number(name: str) -> tuple[str, int]:
    family, _, number = name.partition(":")
    return family, int(number)
