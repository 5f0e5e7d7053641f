"""The step that measures one camera's lens: views of a target, picked as it is moved about."""

from __future__ import annotations

from collections.abc import Mapping

from booth.calibration.lens import intrinsics
from booth.calibration.lens.picking import Picker
from booth.calibration.outcome import Outcome
from booth.calibration.targets.board import board_from
from booth.calibration.targets.detect import find
from booth.calibration.versions.recording import Evidence, photographed
from booth.domain.picture import Frame
from booth.errors import InputError
from booth.ports.workbench import Job, Watched
from booth.store.calibrations import Calibrations


class LensCollector:
    """Views of one camera."""

    def __init__(self, job: Job, cameras: tuple[str, ...], store: Calibrations) -> None:
        if len(cameras) != 1:
            raise InputError(f"a lens is measured one camera at a time: choose one of {', '.join(cameras)}")
        (self._camera_id,) = cameras
        self._board = board_from(job.board)
        self._picker = Picker(self._board)
        self._evidence: list[Evidence] = []

    def look(self, frames: Mapping[str, Frame]) -> None:
        """Take in the newest frame."""
        frame = frames[self._camera_id]
        number = len(self._evidence)
        if self._picker.offer(find(self._board, frame.rgb, self._camera_id, number), frame.rgb):
            self._evidence.append(photographed(number, self._camera_id, frame.rgb))

    def watched(self) -> Mapping[str, Watched]:
        """What was seen so far."""
        return {self._camera_id: self._picker.watched()}

    def solve(self) -> Outcome:
        """The lens. Raises: InputError."""
        names = [picture.name for picture in self._evidence]
        return intrinsics.calibrate(self._board, self._picker.sightings(), names)

    def evidence(self) -> tuple[Evidence, ...]:
        """The views that were picked."""
        return tuple(self._evidence)
