"""A workbench that fits the port, and devices with every kind of trouble, for the technician's pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.domain.calibrating import CalibratedDevice, CalibrationRun, Decision, Step
from booth.domain.device import DeviceInfo, DeviceState, DeviceStatus
from booth.errors import InputError, StoreError
from booth.ports.workbench import BenchPhase, BenchState, Job, Watched

ENOUGH = 14
COLUMNS, ROWS = 9, 6
VERSION = "calibration-20261120T093107120044-9f3a1c"
EARLIER = "calibration-20261002T141022907311-04be77"
HINTS = (
    "Move the board into the upper right corner of the picture.",
    "Tilt the board by about 30° and hold it: its left side away from the camera.",
    "Hold the board still.",
    "A chessboard is seen, with 7x3 inner corners as far as they can be counted, and "
    "charuco:8x6:19mm:13.3mm:DICT_5X5_100 was asked for: show the whole board, or name the right one.",
    "Bring the board closer, until it fills a third of the picture",
)


def seen(picked: int, corners_px: NDArray[np.float64] | None = None, enough: bool | None = None) -> Watched:
    """What a camera has seen after so many picked views; the map fills from the middle outwards."""
    rows, columns = np.mgrid[0:5, 0:5]
    far = np.hypot(rows - 2.2, columns - 1.8)
    coverage = np.maximum(0, np.rint(picked * 0.55 - 2.2 * far)).astype(np.int64)
    done = picked >= ENOUGH if enough is None else enough
    if done:
        coverage = np.maximum(coverage, 1)
    tilts = (picked // 3, max(0, picked // 2 - 3), 1 if picked > 4 else 0, 2 if done else 0)
    hint = "" if done else HINTS[picked % len(HINTS)]
    points = np.empty((0, 2)) if corners_px is None else corners_px
    return Watched(points, coverage, picked, tilts, hint, done)


@cache
def board_view(seed: int) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """A chessboard held before the camera, (480, 640, 3) uint8, and its inner corners in pixels."""
    random = np.random.default_rng(seed)
    squares = (np.indices((ROWS + 1, COLUMNS + 1)).sum(axis=0) % 2 * 215 + 20).astype(np.uint8)
    print_px = cv2.copyMakeBorder(
        np.kron(squares, np.ones((40, 40), np.uint8)), 30, 30, 30, 30, cv2.BORDER_CONSTANT, value=[240]
    )
    high, wide = print_px.shape
    corners = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)
    placed = np.array([[150, 110], [470, 130], [455, 365], [165, 345]]) + random.integers(-28, 28, (4, 2))
    warp = cv2.getPerspectiveTransform(corners, placed.astype(np.float32))
    ground = np.tile(np.linspace(120, 165, 480)[:, None], (1, 640)).astype(np.uint8)
    mask = cv2.warpPerspective(np.full_like(print_px, 255), warp, (640, 480))
    held = cv2.warpPerspective(print_px, warp, (640, 480))
    gray = np.where(mask > 127, held, ground).astype(np.uint8)
    inner = np.stack(np.meshgrid(np.arange(1, COLUMNS + 1), np.arange(1, ROWS + 1)), -1).reshape(-1, 1, 2)
    points = cv2.perspectiveTransform((inner * 40 + 30).astype(np.float64), warp.astype(np.float64))
    return np.repeat(gray[..., None], 3, axis=2), np.asarray(points, np.float64).reshape(-1, 2)


def run_of(
    step: Step = Step.INTRINSICS,
    version: str = VERSION,
    passed: bool = True,
    **changes: object,
) -> CalibrationRun:
    """A run as the booth keeps it."""
    info = DeviceInfo("realsense", "825412070317", "D435", "5.17.0.10")
    devices = (CalibratedDevice("left", info, 36.5), CalibratedDevice("right", info, 37.0))
    advice = (
        ()
        if passed
        else (
            "The held-out error of camera right is twice the error: take ten more views, tilted.",
            "Camera right has no view in the lower left corner.",
        )
    )
    made_at = datetime(2026, 11, 20, 9, 31, tzinfo=UTC)
    run = CalibrationRun(
        version, step, made_at, "technician", devices, (), RESULTS, passed, advice,
        EARLIER, DIFFERENCE,
    )  # fmt: skip
    return replace(run, **changes)  # type: ignore[arg-type]


def lens(rms_px: float) -> Mapping[str, object]:
    return {
        "views": 22,
        "rms_px": rms_px,
        "heldout_rms_px": rms_px * 1.1,
        "camera_matrix": [[535.92, 0.0, 342.28], [0.0, 536.01, 235.57], [0.0, 0.0, 1.0]],
        "distortion": [-0.2663, -0.0386, 0.0018, -0.0003, 0.2384],
        "std": {"fx_px": 0.31, "fy_px": 0.33, "cx_px": 0.58, "cy_px": 0.49},
    }


DIFFERENCE = {
    "left.fx_px": 0.42,
    "left.cx_px": -1.3,
    "right.fx_px": -0.18,
    "right.moved_mm": 0.75,
    "left.turned_deg": -0.02,
}
RESULTS: Mapping[str, object] = {"left": lens(0.2312), "right": lens(0.2574)}


def history() -> tuple[CalibrationRun, ...]:
    """A few weeks of work, newest first."""
    runs = [
        run_of(Step.DRIFT, "v6", results={"moved_mm": 0.31, "worst": "front", "markers": 8}, difference={}),
        run_of(Step.INTRINSICS, "v5", based_on="v4"),
        run_of(Step.ARRAY, "v4", based_on="v3", made_by="A. Kowalska"),
        run_of(Step.ARRAY, "v3b", passed=False, based_on="v3"),
        run_of(Step.COLOUR, "v3", based_on="v2"),
        run_of(Step.TRAY, "v2", based_on="", difference={}),
    ]
    return tuple(
        replace(run, made_at=run.made_at - timedelta(days=6 * age, hours=age)) for age, run in enumerate(runs)
    )


class FakeWorkbench:
    """Fits booth.ports.workbench.Workbench; with `lively`, every look at it gets a job one view further."""

    def __init__(self, camera_ids: Sequence[str], lively: bool = False) -> None:
        self._camera_ids = tuple(camera_ids)
        self._state = BenchState()
        self._lively = lively
        self.asked: list[tuple[str, object]] = []
        self.kept: tuple[CalibrationRun, ...] = ()
        self.version = ""
        self.said: dict[str, Decision] = {}
        self.refusal = ""
        self.unreadable = ""
        self.failure = ""

    def state(self) -> BenchState:
        if self._lively and self._state.phase is BenchPhase.WATCHING:
            picked = min(seen_so_far(self._state) + 1, ENOUGH)
            self.see(**{camera_id: seen(picked, board_view(picked)[1]) for camera_id in self._state.cameras})
        elif self._lively and self._state.phase is BenchPhase.SOLVING:
            self.finish(run_of(self._job.step, based_on=""))
        return self._state

    def begin(self, job: Job) -> None:
        self.asked.append(("begin", job))
        if self.refusal:
            raise InputError(self.refusal)
        if job.step is Step.INTRINSICS and len(job.camera_ids) != 1:
            raise InputError("a lens is measured one camera at a time: choose one")
        cameras = {camera_id: seen(0) for camera_id in job.camera_ids or self._camera_ids}
        self._state = BenchState(BenchPhase.WATCHING, job, cameras)

    def see(self, **cameras: Watched) -> None:
        """Change what was seen: these cameras are there now, and no other."""
        self._state = replace(self._state, cameras=cameras)

    def solve(self) -> None:
        self.asked.append(("solve", None))
        self._state = replace(self._state, phase=BenchPhase.SOLVING, message="Bundle adjustment, 212 views")

    def finish(self, run: CalibrationRun) -> None:
        """The computing is over."""
        self.kept = (run, *self.kept)
        self._state = replace(self._state, phase=BenchPhase.DONE, run=run)

    def fail(self, message: str) -> None:
        """Something went wrong."""
        self._state = replace(self._state, phase=BenchPhase.FAILED, message=message)

    def decide(self, accepted: bool, decided_by: str) -> None:
        self.asked.append(("decide", (accepted, decided_by)))
        if self.failure:
            self.fail(self.failure)
            return
        if self._state.run is not None:
            self.say(self._state.run.version, accepted)
        self._state = BenchState()

    def say(self, version: str, accepted: bool) -> None:
        """Somebody's word on a run."""
        self.said[version] = Decision(version, accepted, datetime(2026, 11, 20, 9, 40, tzinfo=UTC), "tina")
        self.version = version if accepted else self.version

    def leave(self) -> None:
        self.asked.append(("leave", None))
        self._state = BenchState()

    def runs(self, limit: int = 20) -> tuple[CalibrationRun, ...]:
        if self.unreadable:
            raise StoreError(self.unreadable)
        return self.kept[:limit]

    def decisions(self) -> Mapping[str, Decision]:
        if self.unreadable:
            raise StoreError(self.unreadable)
        return self.said

    def in_force(self) -> str:
        if self.unreadable:
            raise StoreError(self.unreadable)
        return self.version

    @property
    def _job(self) -> Job:
        assert self._state.job is not None
        return self._state.job


def seen_so_far(state: BenchState) -> int:
    return max((watched.picked for watched in state.cameras.values()), default=0)


def statuses(camera_ids: Sequence[str]) -> list[DeviceStatus]:
    """Every camera live, one of them lost, one silent, and four serial devices."""
    devices = [
        DeviceStatus(
            camera_id,
            DeviceInfo("realsense", f"8254120703{number:02d}", "Intel RealSense D435", "5.17.0.10"),
            DeviceState.LIVE,
            rate_hz=29.97 - number * 0.01,
            received=120_431 + number,
            dropped=number * 3,
            longest_gap_ms=67.0 + 40 * number,
            temperature_c=36.4 + number,
        )
        for number, camera_id in enumerate(camera_ids)
    ]
    if len(devices) > 2:
        lost, silent = devices[1], devices[2]
        devices[1] = replace(
            lost, state=DeviceState.LOST, rate_hz=None, dropped=1_204, reopened=3, restarted=1,
            longest_gap_ms=12_840.0, temperature_c=None,
            last_error=f"camera {lost.part} (825412070301) gives no picture: look at its USB cable and the "
            "port at the computer; it was opened again three times and restarted once",
        )  # fmt: skip
        devices[2] = replace(silent, state=DeviceState.STALE, rate_hz=2.1, longest_gap_ms=1_960.0)
    serial = [
        DeviceStatus("scale", DeviceInfo("mt_sics", "B512874301", "ICS449"), DeviceState.LIVE, 9.8, 40_210),
        DeviceStatus(
            "light", DeviceInfo("gardasoft", "0034718", "RT420F-20", "V044"), DeviceState.LIVE, reopened=1,
            temperature_c=44.1, last_error="the light answered Err 3 to RT1,200,0,120: the pulse is too long",
        ),
        DeviceStatus("scanner", DeviceInfo("scanner", "", "serial scanner"), DeviceState.OPENING),
        DeviceStatus("beacon", DeviceInfo("beacon", "", "stack light"), DeviceState.LIVE),
    ]  # fmt: skip
    return devices + serial
