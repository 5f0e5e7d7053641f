"""Tells when a target is held still before the cameras, and whether it has moved on since it was taken."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from booth.calibration.boards import Sighting

STILL_PX = 1.0
"""Between two frames; more would smear, and cameras without a common trigger would see different poses."""
FRESH_NS = 700_000_000
"""What was seen longer ago is no longer where the target is."""
MOVED_SHARE = 0.04
"""Of the picture's width: views that lie closer add nothing."""


class Stillness:
    """The newest sighting of each camera, and whether the target rests there."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[int, Sighting]] = {}
        self._still: dict[str, bool] = {}

    def note(self, camera_id: str, host_ns: int, sighting: Sighting | None) -> None:
        """Take in what a camera sees now."""
        before = self._seen.pop(camera_id, None)
        self._still[camera_id] = False
        if sighting is None:
            return
        self._seen[camera_id] = (host_ns, sighting)
        if before is not None and host_ns - before[0] <= FRESH_NS:
            self._still[camera_id] = shift_px(before[1], sighting) <= STILL_PX

    def newest(self, camera_id: str) -> Sighting | None:
        """What the camera saw last, if it saw the target."""
        seen = self._seen.get(camera_id)
        return seen[1] if seen else None

    def resting(self, now_ns: int) -> dict[str, Sighting]:
        """The sightings of the cameras that see the target at rest."""
        return {
            camera_id: sighting
            for camera_id, (host_ns, sighting) in self._seen.items()
            if self._still[camera_id] and now_ns - host_ns <= FRESH_NS
        }


def shift_px(one: Sighting, other: Sighting) -> float:
    """How far the points that both saw lie apart, in the middle; infinite when they share none."""
    shared, here, there = np.intersect1d(one.ids, other.ids, return_indices=True)
    if not len(shared):
        return float("inf")
    return float(np.median(np.linalg.norm(one.corners_px[here] - other.corners_px[there], axis=1)))


def has_moved(now: Mapping[str, Sighting], before: Mapping[str, Sighting]) -> bool:
    """Whether any camera sees the target elsewhere than `before`, or one sees it that did not."""
    if now.keys() - before.keys():
        return True
    return any(
        shift_px(sighting, before[camera_id]) > MOVED_SHARE * sighting.size_px[0]
        for camera_id, sighting in now.items()
    )
