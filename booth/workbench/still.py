"""Tells when a target is held still before the cameras, and whether it has moved on since it was taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from booth.calibration.targets.board import Sighting

STILL_PX = 1.0
"""Between two frames; more would smear, and cameras without a common trigger would see different poses."""
MOVED_SHARE = 0.04
"""Of the picture's width: views that lie closer add nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Rest:
    """What a camera saw last, and since when the target has been there."""

    sighting: Sighting
    since_ns: int
    until_ns: int


class Stillness:
    """Where each camera sees the target, and whether it rests there."""

    def __init__(self) -> None:
        self._rests: dict[str, Rest] = {}

    def note(self, camera_id: str, host_ns: int, sighting: Sighting | None) -> None:
        """Take in what a camera sees now."""
        before = self._rests.pop(camera_id, None)
        if sighting is None:
            return
        stayed = before is not None and shift_px(before.sighting, sighting) <= STILL_PX
        since_ns = before.since_ns if before is not None and stayed else host_ns
        self._rests[camera_id] = Rest(sighting, since_ns, host_ns)

    def newest(self, camera_id: str) -> Sighting | None:
        """What the camera saw last, if it saw the target."""
        rest = self._rests.get(camera_id)
        return rest.sighting if rest else None

    def resting(self) -> dict[str, Sighting]:
        """What the cameras that see the target see; nothing unless it rests before all of them at once."""
        rests = self._rests
        if not rests or max(one.since_ns for one in rests.values()) >= min(
            one.until_ns for one in rests.values()
        ):
            return {}
        return {camera_id: one.sighting for camera_id, one in rests.items()}


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
