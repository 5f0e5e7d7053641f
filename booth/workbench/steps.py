"""How each step collects what it needs from live cameras."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from booth.calibration.outcome import Outcome
from booth.calibration.sensor.live import Known, measured
from booth.calibration.targets.board import board_from
from booth.calibration.tray import drift
from booth.calibration.versions.accepting import accepted_results
from booth.domain.calibrating import Step
from booth.errors import InputError
from booth.ports.workbench import Job
from booth.store.calibrations import Calibrations
from booth.workbench.boards import ArrayCollector, DepthCollector
from booth.workbench.collect import Collector, CollectorFactory
from booth.workbench.frames import Frames, FramesCollector
from booth.workbench.lens import LensCollector
from booth.workbench.tray import TrayCollector

WANTED = 12
"""Frames of each camera: enough for noise to fall, and for a flicker to show."""
DRIFT_WANTED = 3
INSTRUCTIONS: Mapping[Step, str] = {
    Step.COLOUR: "Lay the colour chart flat on the tray, then solve.",
    Step.LIGHT: "Cover the tray with a plain grey sheet, then solve.",
    Step.EXPOSURE: "Lay a bright and a dark item on the tray, then solve.",
    Step.FOCUS: "Lay the target where items lie, turned by 5°, then solve.",
    Step.DRIFT: "Clear the tray, then solve.",
}


def _frames(step: Step, job: Job, cameras: tuple[str, ...], store: Calibrations) -> Collector:
    """Frames of what lies still: colour, light, exposure and focus."""
    board = board_from(job.board) if step is Step.FOCUS else None
    known = Known(board=board, before=accepted_results(store, step))
    return FramesCollector(cameras, WANTED, INSTRUCTIONS[step], lambda frames: measured(step, frames, known))


def _drift(job: Job, cameras: tuple[str, ...], store: Calibrations) -> Collector:
    in_force = store.in_force()
    if in_force is None or not in_force.markers:
        raise InputError("no fixed markers are known: fix some beside the tray and calibrate the tray first")

    def measure(frames: Frames) -> Outcome:
        return drift.check({name: of[-1].rgb for name, of in frames.items()}, in_force)

    return FramesCollector(cameras, DRIFT_WANTED, INSTRUCTIONS[Step.DRIFT], measure)


COLLECTORS: Mapping[Step, CollectorFactory] = {
    Step.INTRINSICS: LensCollector,
    Step.ARRAY: ArrayCollector,
    Step.TRAY: TrayCollector,
    Step.DEPTH: DepthCollector,
    Step.DRIFT: _drift,
    **{step: partial(_frames, step) for step in (Step.COLOUR, Step.LIGHT, Step.EXPOSURE, Step.FOCUS)},
}
