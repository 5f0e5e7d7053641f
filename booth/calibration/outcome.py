"""What a piece of calibration work gives, and how it changes the calibration in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from numpy.typing import NDArray

from booth.domain.calibrating import Step
from booth.domain.picture import (
    Calibration,
    CameraCalibration,
    ColourCorrection,
    DepthCorrection,
    Intrinsics,
    Picture,
)

UNPLACED = (1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0)
"""Where a camera stands whose lens alone is known: at the origin, until the array is calibrated."""


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """The measures of one step, by camera id, and what they mean.

    Attributes:
        results: JSON-ready, units in the keys; what `--json` prints and the store keeps.
        passed: whether it is good enough to be accepted.
        advice: what to do or look at, one sentence each; empty when all is well.
        poses: `tray_from_camera` as in CameraCalibration.
        details: what the report plots, under these names: `CAMERA/residuals` (n, 4) x, y, dx, dy in px;
            `CAMERA/coverage` (5, 5) corners seen in each cell of the picture; `CAMERA/heat` (h, w) a map.
    """

    step: Step
    results: Mapping[str, object]
    passed: bool
    advice: tuple[str, ...] = ()
    intrinsics: Mapping[str, Intrinsics] = field(default_factory=dict)
    poses: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    tray_plane: tuple[float, float, float, float] | None = None
    empty_tray: Mapping[str, Picture] = field(default_factory=dict)
    depth: Mapping[str, DepthCorrection] = field(default_factory=dict)
    colour: Mapping[str, ColourCorrection] = field(default_factory=dict)
    markers: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    details: Mapping[str, NDArray[Any]] = field(default_factory=dict)


def applied(outcome: Outcome, before: Calibration | None, version: str) -> Calibration:
    """The calibration in force with what the outcome measured put in its place, under a new version."""
    old = before or Calibration("", {})
    return replace(
        old,
        version=version,
        cameras=_cameras(outcome, old),
        tray_plane=outcome.tray_plane or old.tray_plane,
        empty_tray={**old.empty_tray, **outcome.empty_tray},
        depth={**old.depth, **outcome.depth},
        colour={**old.colour, **outcome.colour},
        markers=outcome.markers or old.markers,
    )


def _cameras(outcome: Outcome, old: Calibration) -> dict[str, CameraCalibration]:
    cameras = dict(old.cameras)
    for camera_id, lens in outcome.intrinsics.items():
        pose = cameras[camera_id].tray_from_camera if camera_id in cameras else UNPLACED
        cameras[camera_id] = CameraCalibration(lens, pose)
    for camera_id, pose in outcome.poses.items():
        cameras[camera_id] = CameraCalibration(cameras[camera_id].intrinsics, pose)
    return cameras
