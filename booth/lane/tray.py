"""Watches the tray through the newest frames: is it empty, moving, or still?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.domain.picture import Calibration, Frame
from booth.events import Placement

THUMB_PX = (80, 60)
"""Width and height at which pictures are compared; area averaging takes most of the sensor's noise away."""
CHANGED_LEVELS = 22
"""Grey levels by which a thumbnail's pixel must differ to count as changed."""
MOVING_LEVELS = 14
OCCUPIED_SHARE = 0.006
MOVING_SHARE = 0.004

Thumb = NDArray[np.int16]


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    sequence: int
    thumb: Thumb


class TrayWatch:
    """Judges the tray's placement from frames; cameras without an empty-tray picture never see it empty."""

    def __init__(self, calibration: Calibration | None, settle_s: float) -> None:
        self.use(calibration)
        self._settle_ns = int(settle_s * 1e9)
        self._last: dict[str, _Seen] = {}
        self._taken: dict[str, Thumb] = {}
        self._moved_ns = 0

    def use(self, calibration: Calibration | None) -> None:
        """Compare with the empty-tray pictures of this calibration from now on."""
        empty = calibration.empty_tray if calibration else {}
        self._empty = {camera_id: _thumb(picture.rgb) for camera_id, picture in empty.items()}

    @property
    def knows_empty(self) -> bool:
        """Whether any camera has an empty-tray picture to compare with."""
        return bool(self._empty)

    def look(self, frames: Mapping[str, Frame], now_ns: int) -> Placement:
        """The placement at `now_ns`, on the clock of `time.monotonic_ns()`."""
        if self._any_moved(frames):
            self._moved_ns = now_ns
        if not frames or self._is_empty(frames):
            return Placement.EMPTY
        return Placement.STILL if now_ns - self._moved_ns >= self._settle_ns else Placement.MOVING

    def remember(self, frames: Mapping[str, Frame]) -> None:
        """Note what an item looks like when it is captured; see `has_left`."""
        self._taken = {camera_id: _thumb(frame.rgb) for camera_id, frame in frames.items()}

    def has_left(self, frames: Mapping[str, Frame]) -> bool:
        """Whether what was remembered is gone: the tray is empty, or shows something else."""
        if not frames or not self._taken:
            return False
        if self._empty:
            return self._is_empty(frames)
        return any(
            _changed(_thumb(frame.rgb), self._taken[camera_id], CHANGED_LEVELS) > OCCUPIED_SHARE
            for camera_id, frame in frames.items()
            if camera_id in self._taken
        )

    def _is_empty(self, frames: Mapping[str, Frame]) -> bool:
        known = [camera_id for camera_id in frames if camera_id in self._empty]
        return bool(known) and all(
            _changed(self._thumb_of(frames[camera_id]), self._empty[camera_id], CHANGED_LEVELS)
            <= OCCUPIED_SHARE
            for camera_id in known
        )

    def _any_moved(self, frames: Mapping[str, Frame]) -> bool:
        moved = False
        for camera_id, frame in frames.items():
            before = self._last.get(camera_id)
            if before is not None and before.sequence == frame.sequence:
                continue
            seen = _Seen(frame.sequence, _thumb(frame.rgb))
            self._last[camera_id] = seen
            moved |= before is None or _changed(seen.thumb, before.thumb, MOVING_LEVELS) > MOVING_SHARE
        return moved

    def _thumb_of(self, frame: Frame) -> Thumb:
        seen = self._last.get(frame.camera_id)
        return seen.thumb if seen and seen.sequence == frame.sequence else _thumb(frame.rgb)


def _thumb(rgb: NDArray[np.uint8]) -> Thumb:
    small = cv2.resize(rgb, THUMB_PX, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), dtype=np.int16)


def _changed(one: Thumb, other: Thumb, levels: int) -> float:
    return float(np.mean(np.abs(one - other) > levels))
