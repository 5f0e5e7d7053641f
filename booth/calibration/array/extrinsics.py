"""Where all cameras of an array stand, from one board that several of them see at the same time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from booth.calibration.array.measures import (
    FEWEST_SHARED,
    advice_on,
    details_of,
    measures_of,
    rms,
    weakest_link,
)
from booth.calibration.array.solving import Solved, solve
from booth.calibration.outcome import UNPLACED, Outcome
from booth.calibration.poses import anchor, as_numbers, inverse, transform
from booth.calibration.targets.board import Board, Sighting, points_mm
from booth.domain.calibrating import Step
from booth.domain.picture import Calibration, Intrinsics

Floats = NDArray[np.float64]

MAX_RMS_PX = 2.0
"""1.5 mm at 0.7 m and f = 920 px: an array that misses by more does not measure items. So much is left for
cameras without a common trigger: a board that a hand moves by 100 mm/s is 20 ms later 2.6 px further on."""


def calibrate(
    board: Board,
    sightings: Sequence[Sighting],
    lenses: Mapping[str, Intrinsics],
    in_force: Calibration | None = None,
) -> Outcome:
    """Place every camera that saw the board together with another one; partial views count.

    Args:
        lenses: of every camera that is to be placed; they stay as they are.
        in_force: when its cameras have places, the new ones are laid upon them by best fit, so that the
            tray stays where it was; else the world is the board where it was seen first.

    Raises:
        InputError: a camera has no lens, no two cameras saw the board together, or it is the wrong board.
    """
    solved = solve(board, sightings, lenses)
    old = placed_cameras(in_force)
    cameras = _anchored(solved, old)
    isolated = tuple(camera_id for camera_id in lenses if camera_id not in cameras)
    enough = weakest_link(solved)[1] >= FEWEST_SHARED
    return Outcome(
        Step.ARRAY,
        measures_of(solved, isolated, cameras, old),
        passed=not isolated and enough and rms(solved.used_residuals_px) <= MAX_RMS_PX,
        advice=advice_on(solved, isolated),
        intrinsics={camera_id: lenses[camera_id] for camera_id in cameras},
        poses={camera_id: as_numbers(pose) for camera_id, pose in cameras.items()},
        details=details_of(solved),
    )


def placed_cameras(calibration: Calibration | None) -> dict[str, Floats]:
    """`tray_from_camera` of every camera that has a place, not just a lens."""
    cameras = calibration.cameras if calibration else {}
    return {
        camera_id: camera.pose()
        for camera_id, camera in cameras.items()
        if tuple(camera.tray_from_camera) != UNPLACED
    }


def _anchored(solved: Solved, old: Mapping[str, Floats]) -> dict[str, Floats]:
    """`tray_from_camera` of each camera, in the old tray frame where there is one.

    Without one the origin is the middle of the board where it was seen first, x along its rows and z towards
    the cameras, as on a tray. A camera must not be the origin: there stand those that have no place yet.
    """
    cameras = dict(zip(solved.camera_ids, solved.bundle.layout.cameras, strict=True))
    both = [camera_id for camera_id in cameras if camera_id in old]
    if both:
        onto = anchor(np.stack([cameras[one] for one in both]), np.stack([old[one] for one in both]))
    else:
        middle = transform(np.diag([1.0, -1.0, -1.0]), points_mm(solved.board).mean(axis=0))
        onto = inverse(solved.bundle.layout.boards[0] @ middle)
    return {camera_id: onto @ pose for camera_id, pose in cameras.items()}
