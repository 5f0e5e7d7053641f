"""Simulated arrays with known truth: cameras around a tray, a board shown here and there, seen in part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from booth.calibration.pinhole import project
from booth.calibration.poses import inverse, moved, transform
from booth.calibration.targets.board import Board, Sighting, board_from, points_mm
from booth.domain.picture import CameraCalibration, Intrinsics

Floats = NDArray[np.float64]

BOARD = "charuco:8x6:30mm:22mm:DICT_5X5_100"
"""240 x 180 mm: it lies within an A4 sheet."""
STEEPEST = 0.35
"""A board whose plane is seen at less than about 20 degrees is not found in a picture."""
NAMES = ("top", "front", "right", "left", "back", "low", "seventh", "eighth")


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedArray:
    """What was simulated, and what the cameras saw of it."""

    board: Board
    cameras: Mapping[str, CameraCalibration]
    sightings: tuple[Sighting, ...]

    @property
    def lenses(self) -> dict[str, Intrinsics]:
        """The true lenses."""
        return {camera_id: camera.intrinsics for camera_id, camera in self.cameras.items()}


def simulate(seed: int, board_poses: int, noise_px: float = 0.2, cameras: int = 6) -> SimulatedArray:
    """An array of 1280 x 720 px cameras, 0.5 to 0.9 m from the tray, and a board moved about over it."""
    rng = np.random.default_rng(seed)
    board = board_from(BOARD)
    array = {NAMES[index]: _camera(rng, index, cameras) for index in range(cameras)}
    shape = points_mm(board)
    sightings = []
    for instant in range(board_poses):
        pose = _board_pose(rng, shape)
        for camera_id, camera in array.items():
            seen = _look(rng, shape, pose, camera, noise_px)
            if seen is not None:
                size = (camera.intrinsics.width, camera.intrinsics.height)
                sightings.append(Sighting(camera_id, instant, size, *seen))
    return SimulatedArray(board, array, tuple(sightings))


def _camera(rng: np.random.Generator, index: int, count: int) -> CameraCalibration:
    """One from above and the others around, each aimed near the tray's middle, lens like a D435's."""
    azimuth = np.radians(360 * index / max(count - 1, 1) + rng.uniform(-15, 15))
    elevation = np.radians(88.0 if index == 0 else rng.uniform(35, 60))
    away = np.array(
        [np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), np.sin(elevation)]
    )
    place = away * rng.uniform(500, 900)
    forward = rng.uniform(-40, 40, 3) * (1, 1, 0.5) - place
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, (0.0, 0.0, 1.0))
    right /= np.linalg.norm(right)
    roll = Rotation.from_rotvec(forward * rng.uniform(-0.1, 0.1)).as_matrix()
    turn = roll @ np.stack([right, np.cross(forward, right), forward], axis=1)
    focal = rng.uniform(880, 960)
    bent = (*rng.uniform((-0.1, -0.05, -0.001, -0.001), (0.1, 0.05, 0.001, 0.001)).tolist(), 0.0)
    cx, cy = rng.uniform((630, 350), (650, 370)).tolist()
    lens = Intrinsics(1280, 720, focal, focal, cx, cy, bent)
    return CameraCalibration(lens, tuple(transform(turn, place).reshape(-1).tolist()))


def _board_pose(rng: np.random.Generator, shape: Floats) -> Floats:
    """The board up to 150 mm beside the tray's middle and 200 mm over it, tilted up to 35 degrees."""
    tilt = Rotation.from_rotvec(np.append(rng.normal(size=2), 0) * np.radians(15))
    spin = Rotation.from_euler("z", rng.uniform(0, 360), degrees=True)
    upright = Rotation.from_euler("x", 180, degrees=True)
    turn = (tilt * spin * upright).as_matrix()
    place = rng.uniform((-150, -150, 10), (150, 150, 210))
    return transform(turn, place - turn @ shape.mean(axis=0))


def _look(
    rng: np.random.Generator, shape: Floats, pose: Floats, camera: CameraCalibration, noise_px: float
) -> tuple[NDArray[np.int64], Floats] | None:
    """What one camera sees of the board: nothing from too flat an angle, and often a part of it."""
    lens, world_from_camera = camera.intrinsics, camera.pose()
    sight = pose[:3, :3] @ shape.mean(axis=0) + pose[:3, 3] - world_from_camera[:3, 3]
    if float(pose[:3, 2] @ sight) / float(np.linalg.norm(sight)) < STEEPEST:
        return None
    exact = project(moved(inverse(world_from_camera) @ pose, shape), lens)
    seen_px = exact + rng.normal(0, noise_px, exact.shape)
    inside = np.all((seen_px > 4) & (seen_px < (lens.width - 4, lens.height - 4)), axis=1)
    seen = inside & _uncovered(rng, shape)
    ids = np.flatnonzero(seen)
    return (ids, seen_px[ids]) if len(ids) >= 4 else None


def _uncovered(rng: np.random.Generator, shape: Floats) -> NDArray[np.bool_]:
    """In every third view a hand or another thing covers up to half of the board."""
    if rng.random() > 1 / 3:
        return np.ones(len(shape), np.bool_)
    angle = rng.uniform(0, 2 * np.pi)
    along = shape[:, :2] @ (np.cos(angle), np.sin(angle))
    return np.asarray(along > np.quantile(along, rng.uniform(0.1, 0.6)))
