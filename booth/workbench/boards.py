"""Steps that need a target held still in many places: the array, and depth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from booth.calibration.array import extrinsics
from booth.calibration.lens.coverage import tilt_of, tilts_of, views_in_cells
from booth.calibration.outcome import Outcome
from booth.calibration.sensor import depth
from booth.calibration.targets.board import Sighting, board_from
from booth.calibration.targets.detect import find
from booth.calibration.versions.recording import Evidence, photographed
from booth.domain.picture import Calibration, Frame, Intrinsics
from booth.errors import InputError
from booth.ports.workbench import Job, Watched
from booth.store.calibrations import Calibrations
from booth.workbench.still import Stillness, has_moved

WANTED_INSTANTS = 15
WANTED_DEPTHS = 8
MOST_TAKEN = 40
"""Their pictures wait in memory until the run is kept."""
DEPTH_SPREAD = 1.25
"""The furthest target over the nearest, from which on scale and offset of depth can be told apart."""
NOTHING = np.zeros((0, 2))


class Held:
    """Takes an instant whenever the target rests somewhere new in enough cameras.

    Args:
        together: how many cameras must see it at once.
    """

    def __init__(self, job: Job, cameras: tuple[str, ...], together: int) -> None:
        self.board = board_from(job.board)
        self.taken: list[dict[str, Sighting]] = []
        self.evidence: list[Evidence] = []
        self._cameras = cameras
        self._together = together
        self._stillness = Stillness()
        self._frames: dict[str, Frame] = {}

    def look(self, frames: Mapping[str, Frame]) -> dict[str, Frame]:
        """Take in the newest frames; gives those of an instant that was taken now, else none."""
        for camera_id, frame in frames.items():
            sighting = find(self.board, frame.rgb, camera_id, len(self.taken))
            self._stillness.note(camera_id, frame.host_ns, sighting)
            self._frames[camera_id] = frame
        resting = self._stillness.resting()
        known = len(self.taken) >= MOST_TAKEN or not all(has_moved(resting, at) for at in self.taken)
        if len(resting) < self._together or known:
            return {}
        instant = len(self.taken)
        self.taken.append({name: replace(each, instant=instant) for name, each in resting.items()})
        taken = {name: self._frames[name] for name in resting}
        for name, frame in taken.items():
            self.evidence.append(photographed(len(self.evidence), name, frame.rgb))
        return taken

    def of(self, camera_id: str) -> list[Sighting]:
        """What was taken through one camera."""
        return [instant[camera_id] for instant in self.taken if camera_id in instant]

    def sees(self, camera_id: str) -> bool:
        """Whether the camera sees the target now."""
        return self._stillness.newest(camera_id) is not None

    def sightings(self) -> list[Sighting]:
        """Every sighting that was taken, in order."""
        return [sighting for instant in self.taken for sighting in instant.values()]

    def watched(self, wanted: int, hints: Mapping[str, str]) -> dict[str, Watched]:
        """What the screen shows of each camera."""
        return {camera_id: self._watched(camera_id, wanted, hints) for camera_id in self._cameras}

    def _watched(self, camera_id: str, wanted: int, hints: Mapping[str, str]) -> Watched:
        views, newest = self.of(camera_id), self._stillness.newest(camera_id)
        hint = hints.get(camera_id, "") or ("" if len(views) >= wanted else _hint(newest))
        tilts = tilts_of(tilt_of(self.board, view) for view in views)
        seen = NOTHING if newest is None else newest.corners_px
        enough = len(views) >= wanted and not hint
        return Watched(seen, views_in_cells(views), len(views), tilts, hint, enough)


class ArrayCollector:
    """Instants at which two cameras or more see the target at rest."""

    def __init__(self, job: Job, cameras: tuple[str, ...], store: Calibrations) -> None:
        if len(cameras) < 2:
            raise InputError("an array has two cameras at least: choose more of them")
        self._in_force = store.in_force()
        self._lenses = lenses_of(cameras, self._in_force)
        self._held = Held(job, cameras, together=2)

    def look(self, frames: Mapping[str, Frame]) -> None:
        """Take in the newest frames."""
        self._held.look(frames)

    def watched(self) -> Mapping[str, Watched]:
        """What was seen through each camera so far."""
        return self._held.watched(WANTED_INSTANTS, {})

    def solve(self) -> Outcome:
        """Where the cameras stand. Raises: InputError."""
        return extrinsics.calibrate(self._held.board, self._held.sightings(), self._lenses, self._in_force)

    def evidence(self) -> tuple[Evidence, ...]:
        """The pictures that were taken."""
        return tuple(self._held.evidence)


class DepthCollector:
    """Views of the target at rest, near and far, with depth."""

    def __init__(self, job: Job, cameras: tuple[str, ...], store: Calibrations) -> None:
        self._cameras = cameras
        self._lenses = lenses_of(cameras, store.in_force())
        self._held = Held(job, cameras, together=1)
        self._views: dict[str, list[tuple[NDArray[np.uint8], NDArray[np.uint16]]]] = {}
        self._without: set[str] = set()

    def look(self, frames: Mapping[str, Frame]) -> None:
        """Take in the newest frames."""
        self._without |= {name for name, frame in frames.items() if frame.depth_mm is None}
        deep = {name: frame for name, frame in frames.items() if frame.depth_mm is not None}
        for name, frame in self._held.look(deep).items():
            if frame.depth_mm is not None:
                self._views.setdefault(name, []).append((frame.rgb, frame.depth_mm))

    def watched(self) -> Mapping[str, Watched]:
        """What was seen through each camera so far."""
        hints = {name: "this camera has no depth" for name in self._without}
        for name in self._cameras:
            views = self._held.of(name)
            if name not in hints and len(views) >= WANTED_DEPTHS and not _spread(views):
                hints[name] = "hold the target nearer, then further away"
        return self._held.watched(WANTED_DEPTHS, hints)

    def solve(self) -> Outcome:
        """How true the depth is. Raises: InputError."""
        views = {name: self._views.get(name, []) for name in self._cameras if name not in self._without}
        return depth.measure(self._held.board, views, self._lenses)

    def evidence(self) -> tuple[Evidence, ...]:
        """The pictures that were taken."""
        return tuple(self._held.evidence)


def lenses_of(cameras: tuple[str, ...], in_force: Calibration | None) -> dict[str, Intrinsics]:
    """The lenses of these cameras. Raises: InputError: one is not known yet."""
    known = in_force.cameras if in_force else {}
    for camera_id in cameras:
        if camera_id not in known:
            raise InputError(f"the lens of camera {camera_id} is not known: calibrate its intrinsics first")
    return {camera_id: known[camera_id].intrinsics for camera_id in cameras}


def _hint(newest: Sighting | None) -> str:
    return "show the target to this camera" if newest is None else "hold the target still, then move it on"


def _spread(views: list[Sighting]) -> bool:
    """Whether the target was seen near and far, by how large it was."""
    reaches = [np.linalg.norm(np.ptp(view.corners_px, axis=0)) for view in views]
    sizes = [float(reach / np.sqrt(len(view.ids))) for reach, view in zip(reaches, views, strict=True)]
    return max(sizes) >= DEPTH_SPREAD * min(sizes)
