"""The step that measures the tray: the target flat on it, then the empty tray with its fixed markers."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from booth.calibration.outcome import Outcome
from booth.calibration.tray.fixed_markers import APRILTAGS, find_markers
from booth.calibration.tray.survey import survey
from booth.calibration.versions.recording import Evidence, photographed
from booth.domain.picture import Frame, Picture
from booth.errors import InputError
from booth.ports.workbench import Job, Watched
from booth.store.calibrations import Calibrations
from booth.workbench.boards import Held

WANTED_PLACES = 1
WANTED_EMPTY = 8
LAY = "Lay the target flat on the tray, printed side up."
AWAY = "Take the target away, and leave the tray empty."
HOLD = "Leave the tray empty."


class TrayCollector:
    """Placements of the target on the tray, then frames of the tray without it."""

    def __init__(self, job: Job, cameras: tuple[str, ...], store: Calibrations) -> None:
        in_force = store.in_force()
        if in_force is None:
            raise InputError("the cameras have no places yet: calibrate the array first")
        self._in_force = in_force
        self._held = Held(job, cameras, together=1)
        self._empty = {camera_id: deque[Frame](maxlen=WANTED_EMPTY) for camera_id in cameras}

    def look(self, frames: Mapping[str, Frame]) -> None:
        """Take in the newest frames; those without the target count once it was on the tray."""
        self._held.look(frames)
        for camera_id, frame in frames.items():
            if self._held.sees(camera_id):
                for empty in self._empty.values():
                    empty.clear()
            elif len(self._held.taken) >= WANTED_PLACES:
                self._empty[camera_id].append(frame)

    def watched(self) -> Mapping[str, Watched]:
        """What was seen through each camera so far."""
        if len(self._held.taken) < WANTED_PLACES:
            return self._held.watched(WANTED_PLACES, dict.fromkeys(self._empty, LAY))
        hints = {name: self._hint(name) for name in self._empty}
        return self._held.watched(0, hints)

    def solve(self) -> Outcome:
        """The tray. Raises: InputError."""
        empty = {
            name: [Picture(frame.rgb, frame.depth_mm) for frame in frames]
            for name, frames in self._empty.items()
            if frames
        }
        newest = [frames[-1].rgb for frames in empty.values()]
        marked = any(find_markers(rgb, [APRILTAGS]) for rgb in newest)
        return survey(
            self._in_force, self._held.board, self._held.sightings(), empty, APRILTAGS if marked else ""
        )

    def evidence(self) -> tuple[Evidence, ...]:
        """The target where it lay, and one picture of the empty tray for each camera."""
        shown = [(name, frames[-1]) for name, frames in self._empty.items() if frames]
        first = len(self._held.evidence)
        empty = [photographed(first + number, name, frame.rgb) for number, (name, frame) in enumerate(shown)]
        return (*self._held.evidence, *empty)

    def _hint(self, camera_id: str) -> str:
        if self._held.sees(camera_id):
            return AWAY
        return "" if len(self._empty[camera_id]) >= WANTED_EMPTY else HOLD
