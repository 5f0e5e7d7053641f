"""The technician's workbench: calibration on the cameras of the running booth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from numpy.typing import NDArray

from booth.domain.calibrating import CalibrationRun, Decision, Step


@dataclass(frozen=True, slots=True)
class Job:
    """What a technician wants calibrated; no camera ids means every camera.

    Attributes:
        board: the target, as `booth calibrate` writes it, such as `charuco:8x6:30mm:22mm:DICT_5X5_100`.
    """

    step: Step
    board: str = ""
    camera_ids: tuple[str, ...] = ()
    made_by: str = ""


class BenchPhase(StrEnum):
    """How far the work is."""

    IDLE = "idle"
    WATCHING = "watching"
    """Looking for the target, and picking the views that add something."""
    SOLVING = "solving"
    DONE = "done"
    """There is a run to accept or to reject."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True, eq=False)
class Watched:
    """What the workbench has seen through one camera.

    Attributes:
        corners_px: (n, 2) the target's points in the newest picture that was looked at; empty when none.
        coverage: (5, 5) how often a picked view had points in each cell of the picture.
        picked: how many views were picked.
        tilts: how many of them were tilted to the left, right, top and bottom.
        hint: what to do with the target, for this camera; empty when there is nothing left to do.
        enough: whether this camera has all it needs.
    """

    corners_px: NDArray[Any]
    coverage: NDArray[Any]
    picked: int
    tilts: tuple[int, int, int, int]
    hint: str
    enough: bool


@dataclass(frozen=True, slots=True, eq=False)
class BenchState:
    """The workbench as it stands now; every change makes a new one.

    Attributes:
        message: what went wrong and what to do, when the phase is FAILED; else how far it is.
    """

    phase: BenchPhase = BenchPhase.IDLE
    job: Job | None = None
    cameras: Mapping[str, Watched] = field(default_factory=dict)
    run: CalibrationRun | None = None
    message: str = ""


class Workbench(Protocol):
    """Every call returns at once, from any thread; the tray takes no captures while a job is open."""

    def state(self) -> BenchState:
        """How it stands; poll it to show it live."""

    def begin(self, job: Job) -> None:
        """Start watching for the target, or take the pictures that the step needs.

        Raises:
            InputError: there is no such board or camera, or an item is on the tray.
        """

    def solve(self) -> None:
        """Compute with what was picked so far."""

    def decide(self, accepted: bool, decided_by: str) -> None:
        """Keep the person's word on the run, and end the job."""

    def leave(self) -> None:
        """End the job; what was not solved is dropped."""

    def runs(self, limit: int = 20) -> tuple[CalibrationRun, ...]:
        """The last runs, newest first. Raises: StoreError."""

    def decisions(self) -> Mapping[str, Decision]:
        """The last word on each version that one was said on. Raises: StoreError."""

    def in_force(self) -> str:
        """The version of the calibration that captures are taken under, or empty."""
