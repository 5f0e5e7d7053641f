"""What a calibration step collects from live cameras before it can be solved."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from booth.calibration.outcome import Outcome
from booth.calibration.versions.recording import Evidence
from booth.domain.calibrating import CalibratedDevice
from booth.domain.picture import Frame
from booth.feed.frames import Feed
from booth.ports.workbench import Job, Watched
from booth.store.calibrations import Calibrations


class Collector(Protocol):
    """Looks at frames until it has enough. The workbench's thread alone calls it."""

    def look(self, frames: Mapping[str, Frame]) -> None:
        """Take in the newest frames of the cameras, by their ids."""

    def watched(self) -> Mapping[str, Watched]:
        """What was seen through each camera so far."""

    def solve(self) -> Outcome:
        """The outcome of what was collected. Raises: InputError: it is not enough, and what is missing."""

    def evidence(self) -> tuple[Evidence, ...]:
        """The pictures that the outcome rests on."""


CollectorFactory = Callable[[Job, tuple[str, ...], Calibrations], Collector]
"""Makes the collector of a job on these cameras, with what was measured before. Raises: InputError."""


def devices_of(feeds: Iterable[Feed]) -> tuple[CalibratedDevice, ...]:
    """The cameras as they are while they are calibrated."""
    statuses = [feed.status() for feed in feeds]
    return tuple(CalibratedDevice(each.part, each.info, each.temperature_c) for each in statuses)
