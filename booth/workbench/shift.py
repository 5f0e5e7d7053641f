"""The quick check before each shift: are the fixed markers still where the calibration has them?"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

from booth.calibration.tray import drift
from booth.calibration.versions.recording import photographed, recorded
from booth.domain.calibrating import CalibrationRun
from booth.domain.picture import Calibration, Frame
from booth.errors import BoothError
from booth.events import Bus, Placement, TrayChanged, Trouble
from booth.feed.frames import Feed
from booth.store.calibrations import Calibrations
from booth.workbench.collect import devices_of

log = logging.getLogger(__name__)

PART = "calibration"
AGAIN_S = 60.0
"""A check that could not be made, as when something stood before the markers, is made again so soon, and
after twice as long each time: every one is kept with its pictures."""
MADE_BY = "booth"


class ShiftCheck:
    """Checks at start and every so often, whenever the tray is empty; one thread calls `make_when_due`."""

    def __init__(
        self, feeds: Sequence[Feed], store: Calibrations, bus: Bus, every_h: float, limit_px: float
    ) -> None:
        self._feeds = tuple(feeds)
        self._store = store
        self._bus = bus
        self._every_s = every_h * 3600.0
        self._limit_px = limit_px
        self._due_s = 0.0
        self._again_s = AGAIN_S
        self._empty = False
        self.stop_hearing = bus.subscribe(self._hear)

    def make_when_due(self) -> CalibrationRun | None:
        """The check as it was kept, or None when none is due or there is nothing to check."""
        if not self._empty or time.monotonic() < self._due_s:
            return None
        self._due_s = time.monotonic() + self._again_s
        self._again_s = min(2 * self._again_s, self._every_s)
        try:
            run = self._made()
        except BoothError as error:
            log.warning("the drift check failed: %s", error)
            self._bus.tell(Trouble(PART, f"the cameras could not be checked for drift: {error}"))
            return None
        if run is None or run.results["verdict"] != "unchecked":
            self._due_s, self._again_s = time.monotonic() + self._every_s, AGAIN_S
        return run

    def _made(self) -> CalibrationRun | None:
        in_force = self._store.in_force()
        if in_force is None or not in_force.markers:
            return None
        frames = self._frames(in_force)
        outcome = drift.check({name: frame.rgb for name, frame in frames.items()}, in_force, self._limit_px)
        pictures = [
            photographed(number, name, frame.rgb) for number, (name, frame) in enumerate(frames.items())
        ]
        run = recorded(outcome, devices_of(self._feeds), pictures, MADE_BY, self._store)
        self._bus.tell(Trouble(PART, "; ".join(outcome.advice), over=outcome.passed))
        return run

    def _frames(self, in_force: Calibration) -> dict[str, Frame]:
        newest = {feed.camera_id: feed.newest() for feed in self._feeds if feed.camera_id in in_force.cameras}
        return {name: frame for name, frame in newest.items() if frame is not None}

    def _hear(self, event: object) -> None:
        if isinstance(event, TrayChanged):
            self._empty = event.placement is Placement.EMPTY
