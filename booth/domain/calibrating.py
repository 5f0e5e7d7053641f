"""One piece of calibration work: what was looked at, what came out, and whether it holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from booth.domain.device import DeviceInfo


class Step(StrEnum):
    """What is calibrated or checked."""

    INTRINSICS = "intrinsics"
    STEREO = "stereo"
    ARRAY = "array"
    TRAY = "tray"
    """The tray's plane, its empty picture, and the fixed markers beside it."""
    DEPTH = "depth"
    COLOUR = "colour"
    LIGHT = "light"
    FOCUS = "focus"
    EXPOSURE = "exposure"
    DRIFT = "drift"
    """A quick check of the markers against the calibration in force; it changes nothing."""


@dataclass(frozen=True, slots=True)
class CalibratedDevice:
    """A camera as it was when it was calibrated."""

    camera_id: str
    info: DeviceInfo
    temperature_c: float | None = None


@dataclass(frozen=True, slots=True)
class KeptPicture:
    """A picture that the work rests on.

    Attributes:
        name: its file in the run's folder, or the path that it was read from where no copy is kept.
        used: False when it was left out, for the reason in `note`.
    """

    name: str
    camera_id: str
    sha256: str
    used: bool = True
    note: str = ""


@dataclass(frozen=True, slots=True)
class CalibrationRun:
    """One piece of calibration work, never changed once it is kept.

    Attributes:
        version: names it, and the calibration that it leads to.
        results: JSON-ready, units in the keys; what `--json` prints.
        advice: what the technician should do or look at, one sentence each; empty when all is well.
        passed: whether it is good enough to be accepted.
        based_on: the version that was in force, or empty.
        difference: how far it lies from the version in force, such as `left.fx_px`, `left.moved_mm`.
    """

    version: str
    step: Step
    made_at: datetime
    made_by: str
    devices: tuple[CalibratedDevice, ...]
    pictures: tuple[KeptPicture, ...]
    results: Mapping[str, object]
    passed: bool
    advice: tuple[str, ...] = ()
    based_on: str = ""
    difference: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """A person's word on a run: whether it is in force from then on.

    Attributes:
        reason: why it was accepted although it did not pass, or undoes another; else empty or a remark.
    """

    version: str
    accepted: bool
    decided_at: datetime
    decided_by: str
    reason: str = ""
