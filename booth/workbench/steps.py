"""How each step collects what it needs from live cameras."""

from __future__ import annotations

from collections.abc import Mapping

from booth.calibration import colour, exposure, light
from booth.calibration.outcome import Outcome
from booth.domain.calibrating import Step
from booth.domain.picture import Calibration
from booth.ports.workbench import Job
from booth.workbench.boards import ArrayCollector, DepthCollector
from booth.workbench.collect import Collector, CollectorFactory
from booth.workbench.frames import Frames, FramesCollector
from booth.workbench.lens import LensCollector

CHARTED, LIT, EXPOSED = 4, 12, 12
"""Frames of each camera: enough for noise to fall, and for a flicker to show."""


def _colour(job: Job, cameras: tuple[str, ...], in_force: Calibration | None) -> Collector:
    def measure(frames: Frames) -> Outcome:
        return colour.measure({name: of[-1].rgb for name, of in frames.items()})

    return FramesCollector(cameras, CHARTED, "Lay the colour chart flat on the tray, then solve.", measure)


def _light(job: Job, cameras: tuple[str, ...], in_force: Calibration | None) -> Collector:
    def measure(frames: Frames) -> Outcome:
        return light.measure({name: [frame.rgb for frame in of] for name, of in frames.items()})

    return FramesCollector(cameras, LIT, "Cover the tray with a plain grey sheet, then solve.", measure)


def _exposure(job: Job, cameras: tuple[str, ...], in_force: Calibration | None) -> Collector:
    def measure(frames: Frames) -> Outcome:
        return exposure.measure({name: [frame.rgb for frame in of] for name, of in frames.items()})

    hint = "Lay a bright and a dark item on the tray, then solve."
    return FramesCollector(cameras, EXPOSED, hint, measure)


COLLECTORS: Mapping[Step, CollectorFactory] = {
    Step.INTRINSICS: LensCollector,
    Step.ARRAY: ArrayCollector,
    Step.DEPTH: DepthCollector,
    Step.COLOUR: _colour,
    Step.LIGHT: _light,
    Step.EXPOSURE: _exposure,
}
