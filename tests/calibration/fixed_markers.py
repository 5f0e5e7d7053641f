"""Pictures of a tray with AprilTags fixed beside it, seen by the synthetic booth's cameras."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.calibration.poses import as_numbers, transform
from booth.domain.picture import Calibration, CameraCalibration, Picture
from booth.ports.scene import Sheet
from models.synthetic.rig import calibrations
from models.synthetic.sheet import show

Floats = NDArray[np.float64]

SIDE_MM = 25.0
PX_PER_MM = 8
WIDTH, HEIGHT = 960, 720
CAMERAS: Mapping[str, CameraCalibration] = calibrations(4, WIDTH, HEIGHT)
PLACES = {0: (-120.0, -70.0, 0.0), 1: (120.0, -70.0, 6.0), 2: (120.0, 70.0, 0.0), 3: (-120.0, 70.0, 12.0)}
"""Where the markers' middles are; some stand on blocks."""


def name_of(number: int) -> str:
    return f"apriltag36h11:{number}"


def corners_mm(place: tuple[float, float, float]) -> Floats:
    """The corners of a marker that lies level, clockwise from its upper left."""
    half = SIDE_MM / 2
    around: Floats = np.array([[-half, half, 0], [half, half, 0], [half, -half, 0], [-half, -half, 0]])
    return np.asarray(np.array(place) + around, np.float64)


def calibration(places: Mapping[int, tuple[float, float, float]] = PLACES) -> Calibration:
    markers = {name_of(number): tuple(corners_mm(place).ravel().tolist()) for number, place in places.items()}
    return Calibration("true", CAMERAS, markers=markers)


def look(
    cameras: Mapping[str, CameraCalibration] = CAMERAS,
    places: Mapping[int, tuple[float, float, float]] = PLACES,
    covered: Mapping[str, tuple[int, ...]] | None = None,
    seed: int = 0,
) -> dict[str, NDArray[np.uint8]]:
    """What each camera sees; `covered` names the markers that something hides from a camera."""
    rng = np.random.default_rng(seed)
    pictures = {}
    for camera_id, camera in cameras.items():
        lens = camera.intrinsics
        grey = np.full((lens.height, lens.width, 3), 120, np.uint8)
        picture = Picture(grey, np.full(grey.shape[:2], 5000, np.uint16))
        for number, place in places.items():
            if number not in (covered or {}).get(camera_id, ()):
                picture = show(_sheet(number, place), camera, picture)
        noise = rng.normal(0, 2, grey.shape)
        pictures[camera_id] = np.clip(picture.rgb + noise, 0, 255).astype(np.uint8)
    return pictures


def _sheet(number: int, place: tuple[float, float, float]) -> Sheet:
    """A printed marker with a white border of a quarter of its side."""
    side = round(SIDE_MM * PX_PER_MM)
    known = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h11)
    tag = np.pad(cv2.aruco.generateImageMarker(known, number, side), side // 4, constant_values=255)
    reach = tag.shape[0] / PX_PER_MM / 2
    turn = np.diag([1.0, -1.0, -1.0])
    corner = np.array(place) + np.array([-reach, reach, 0])
    return Sheet(np.dstack([tag] * 3), 1 / PX_PER_MM, as_numbers(transform(turn, corner)))
