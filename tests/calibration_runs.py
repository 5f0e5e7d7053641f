"""Made-up calibration runs for tests of every room."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np

from booth.domain.calibrating import CalibratedDevice, CalibrationRun, Decision, KeptPicture, Step
from booth.domain.device import DeviceInfo
from booth.domain.picture import Calibration, Picture
from booth.store.documents import Array
from booth.store.durable import sha256_of
from tests.samples import STARTED_AT, make_calibration

PICTURE = "0001-board.png"


def make_run(
    number: int = 1,
    *,
    step: Step = Step.INTRINSICS,
    passed: bool = True,
    based_on: str = "",
    pictures: dict[str, bytes] | None = None,
    results: dict[str, object] | None = None,
) -> CalibrationRun:
    """A run of two cameras, whose version sorts by `number`."""
    info = DeviceInfo("realsense", "f1230001", "D455", "5.17.0.9", "2-1")
    return CalibrationRun(
        version(number),
        step,
        STARTED_AT + timedelta(hours=number),
        "t1",
        (CalibratedDevice("left", info, 38.5), CalibratedDevice("right", replace(info, serial="f1230002"))),
        tuple(KeptPicture(name, "left", sha256_of(data)) for name, data in (pictures or {}).items()),
        {"left": {"rms_px": 0.21 + number / 100}} if results is None else results,
        passed,
        based_on=based_on,
    )


def version(number: int) -> str:
    """The version of the run of this number."""
    return f"calibration-20261120T0925{number:02d}000000-00000{number % 10}"


def make_led_to(number: int = 1, fx: float = 100.0) -> Calibration:
    """The calibration that the run of this number leads to, with one empty-tray picture."""
    calibration = replace(make_calibration(("left", "right"), 96, 72), version=version(number))
    left = calibration.cameras["left"]
    moved = replace(left, intrinsics=replace(left.intrinsics, fx=fx))
    tray = Picture(np.full((72, 96, 3), 30 + number, np.uint8), np.full((72, 96), 800 + number, np.uint16))
    return replace(calibration, cameras={**calibration.cameras, "left": moved}, empty_tray={"left": tray})


def make_details() -> dict[str, Array]:
    """Residuals, coverage and a map of light as a calibration gives them."""
    random = np.random.default_rng(5)
    points = random.uniform((0, 0), (640, 480), (400, 2))
    return {
        "left/residuals": np.column_stack((points, random.normal(0, 0.2, (400, 2)))),
        "left/coverage": random.integers(0, 40, (5, 5)),
        "left/heat": random.uniform(0.8, 1.0, (12, 16)),
    }


def make_decision(number: int = 1, accepted: bool = True) -> Decision:
    """The technician's word on the run of this number."""
    return Decision(version(number), accepted, STARTED_AT, "t1")
