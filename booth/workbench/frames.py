"""Steps that need some frames of what lies still: colour, light, focus, exposure, drift."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from booth.calibration.outcome import Outcome
from booth.calibration.versions.recording import Evidence, photographed
from booth.domain.picture import Frame
from booth.errors import InputError
from booth.ports.workbench import Watched

Frames = Mapping[str, Sequence[Frame]]
Measure = Callable[[Frames], Outcome]
NOTHING = np.zeros((0, 2))
NO_COVERAGE = np.zeros((5, 5), dtype=np.int64)


class FramesCollector:
    """The last frames of each camera, at most `wanted` of each, as they stand when it is solved."""

    def __init__(self, cameras: tuple[str, ...], wanted: int, hint: str, measure: Measure) -> None:
        self._recent = {camera_id: deque[Frame](maxlen=wanted) for camera_id in cameras}
        self._wanted = wanted
        self._hint = hint
        self._measure = measure

    def look(self, frames: Mapping[str, Frame]) -> None:
        """Take in the newest frames."""
        for camera_id, frame in frames.items():
            self._recent[camera_id].append(frame)

    def watched(self) -> Mapping[str, Watched]:
        """What was seen through each camera so far."""
        return {
            camera_id: Watched(
                NOTHING, NO_COVERAGE, len(frames), (0, 0, 0, 0), self._hint, len(frames) >= self._wanted
            )
            for camera_id, frames in self._recent.items()
        }

    def solve(self) -> Outcome:
        """What the frames show. Raises: InputError: a camera gave none, or not what is needed."""
        silent = [name for name, frames in self._recent.items() if not frames]
        if silent:
            raise InputError(f"no picture from {', '.join(silent)}: check the cable, or choose the others")
        return self._measure({name: tuple(frames) for name, frames in self._recent.items()})

    def evidence(self) -> tuple[Evidence, ...]:
        """The newest frame of each camera."""
        newest = [(name, frames[-1]) for name, frames in self._recent.items() if frames]
        return tuple(photographed(number, name, frame.rgb) for number, (name, frame) in enumerate(newest))
