"""The workbench watches, solves, records and decides, and never meets an item on the tray."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from booth.calibration.outcome import Outcome
from booth.calibration.versions.recording import Evidence, photographed
from booth.domain.calibrating import CalibrationRun, Step
from booth.domain.picture import Calibration, Frame, Intrinsics
from booth.errors import InputError
from booth.events import Bus, Died
from booth.feed.frames import Feed
from booth.ports.service import Service
from booth.ports.workbench import BenchPhase, BenchState, Job, Watched
from booth.store.calibrations import DECISIONS, Calibrations
from booth.workbench.bench import Bench, Tray
from tests.fakes import HEIGHT, WIDTH, FakeCamera, Heard, wait_until

LENS = Intrinsics(WIDTH, HEIGHT, 100.0, 100.0, WIDTH / 2, HEIGHT / 2)


class CountingCollector:
    """Needs three frames of each camera; then gives the same lens to all."""

    def __init__(self, job: Job, cameras: tuple[str, ...], store: Calibrations) -> None:
        if job.board == "nonsense":
            raise InputError("there is no board 'nonsense'")
        self._counts = dict.fromkeys(cameras, 0)
        self._trips = job.board == "trips"
        self._passed = job.board != "poor"

    def look(self, frames: Mapping[str, Frame]) -> None:
        if self._trips:
            raise InputError("this picture cannot be looked at")
        for camera_id in frames:
            self._counts[camera_id] += 1

    def watched(self) -> Mapping[str, Watched]:
        empty = np.zeros((0, 2))
        grid = np.zeros((5, 5), int)
        return {
            camera_id: Watched(empty, grid, count, (0, 0, 0, 0), "", count >= 3)
            for camera_id, count in self._counts.items()
        }

    def solve(self) -> Outcome:
        if min(self._counts.values()) < 3:
            raise InputError("show the board to every camera")
        lenses = dict.fromkeys(self._counts, LENS)
        return Outcome(Step.INTRINSICS, {"rms_px": 0.1}, self._passed, intrinsics=lenses)

    def evidence(self) -> tuple[Evidence, ...]:
        return tuple(photographed(0, camera_id, np.zeros((8, 8, 3), np.uint8)) for camera_id in self._counts)


@dataclass
class FakeTray:
    held: int = 0
    let_go: int = 0
    busy: bool = False
    used: Calibration | None = None

    def hold(self) -> None:
        if self.busy:
            raise InputError("an item is being inspected")
        self.held += 1

    def go_on(self) -> None:
        self.held = 0
        self.let_go += 1

    def use(self, calibration: Calibration) -> None:
        self.used = calibration


@contextmanager
def bench(folder: Path, tray: FakeTray | None = None) -> Iterator[Bench]:
    bus, heard, tray = Bus(), Heard(), tray or FakeTray()
    bus.subscribe(heard)
    feeds = [Feed(FakeCamera(name), bus, 1.0) for name in ("left", "top")]
    made = Bench(
        feeds,
        Calibrations(folder),
        {Step.INTRINSICS: CountingCollector},
        Tray(tray.hold, tray.go_on, tray.use),
        bus,
    )
    services: list[Service] = [*feeds, made]
    for service in services:
        service.start()
    try:
        yield made
    finally:
        for service in reversed(services):
            service.stop()
    assert not heard.of(Died)


def wait_for(made: Bench, phase: BenchPhase) -> BenchState:
    wait_until(lambda: made.state().phase is phase)
    return made.state()


def enough(made: Bench) -> bool:
    watched = made.state().cameras
    return bool(watched) and all(each.enough for each in watched.values())


def solved(made: Bench) -> CalibrationRun:
    """The run of a job that tina began, as it waits for a word."""
    made.begin(Job(Step.INTRINSICS, made_by="tina"))
    wait_until(lambda: enough(made))
    made.solve()
    run = wait_for(made, BenchPhase.DONE).run
    assert run is not None
    return run


def test_a_job_is_watched_solved_recorded_and_put_in_force(tmp_path: Path) -> None:
    tray = FakeTray()
    with bench(tmp_path, tray) as made:
        made.begin(Job(Step.INTRINSICS, "some", made_by="tina"))
        wait_until(lambda: enough(made))
        assert tray.held == 1
        made.solve()
        run = wait_for(made, BenchPhase.DONE).run
        assert run is not None
        assert (run.made_by, [each.camera_id for each in run.devices]) == ("tina", ["left", "top"])
        assert made.in_force() == ""
        made.decide(True, "tina")
        wait_for(made, BenchPhase.IDLE)
        assert tray.held == 0
        assert made.in_force() == run.version
        assert tray.used is not None
        assert tray.used.version == run.version
        assert made.runs()[0] == run
    assert Calibrations(tmp_path).load(run.version).cameras["left"].intrinsics == LENS


def test_a_rejected_run_is_kept_and_changes_nothing(tmp_path: Path) -> None:
    tray = FakeTray()
    with bench(tmp_path, tray) as made:
        solved(made)
        made.decide(False, "tina")
        wait_for(made, BenchPhase.IDLE)
        assert (made.in_force(), tray.used) == ("", None)
        assert len(made.runs()) == 1


def test_a_run_that_did_not_pass_is_not_put_in_force(tmp_path: Path) -> None:
    tray = FakeTray()
    with bench(tmp_path, tray) as made:
        made.begin(Job(Step.INTRINSICS, "poor", made_by="tina"))
        wait_until(lambda: enough(made))
        made.solve()
        wait_for(made, BenchPhase.DONE)
        made.decide(True, "tina")
        assert "did not pass" in wait_for(made, BenchPhase.FAILED).message
        assert tray.used is None


def test_solving_too_early_says_what_is_missing_and_the_tray_stays_held_until_one_leaves(
    tmp_path: Path,
) -> None:
    tray = FakeTray()
    with bench(tmp_path, tray) as made:
        made.begin(Job(Step.INTRINSICS))
        made.solve()
        assert "every camera" in wait_for(made, BenchPhase.FAILED).message
        assert tray.held == 1
        made.leave()
        wait_for(made, BenchPhase.IDLE)
        assert tray.held == 0


@pytest.mark.parametrize(
    ("job", "message"),
    [
        (Job(Step.INTRINSICS, camera_ids=("nose",)), "left, top"),
        (Job(Step.INTRINSICS, "nonsense"), "nonsense"),
        (Job(Step.STEREO), "stereo"),
    ],
)
def test_an_impossible_job_is_refused_at_once(tmp_path: Path, job: Job, message: str) -> None:
    tray = FakeTray()
    with bench(tmp_path, tray) as made, pytest.raises(InputError, match=message):
        made.begin(job)
    assert tray.held == 0


def test_no_job_begins_while_an_item_is_inspected_or_another_is_open(tmp_path: Path) -> None:
    tray = FakeTray(busy=True)
    with bench(tmp_path, tray) as made:
        with pytest.raises(InputError, match="item"):
            made.begin(Job(Step.INTRINSICS))
        tray.busy = False
        made.begin(Job(Step.INTRINSICS))
        wait_for(made, BenchPhase.WATCHING)
        with pytest.raises(InputError, match="leave it first"):
            made.begin(Job(Step.INTRINSICS))


def test_of_two_jobs_begun_at_once_one_is_let_in(tmp_path: Path) -> None:
    with bench(tmp_path) as made:
        answers: list[str] = []

        def begin(maker: str) -> None:
            try:
                made.begin(Job(Step.INTRINSICS, made_by=maker))
                answers.append(maker)
            except InputError as error:
                answers.append(str(error))

        threads = [threading.Thread(target=begin, args=(maker,)) for maker in ("tina", "tom")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10.0)
        (let_in,) = {"tina", "tom"} & set(answers)
        assert [answer for answer in answers if answer != let_in] == [
            "a calibration is under way: leave it first"
        ]
        job = wait_for(made, BenchPhase.WATCHING).job
        assert job is not None
        assert job.made_by == let_in


def test_a_job_begun_while_the_last_word_is_being_kept_holds_the_tray(tmp_path: Path) -> None:
    tray = FakeTray()
    with bench(tmp_path, tray) as made:
        solved(made)
        made.decide(False, "tina")
        made.begin(Job(Step.INTRINSICS, made_by="tom"))
        wait_until(lambda: made.state().job is not None and made.state().phase is BenchPhase.WATCHING)
        assert tray.let_go == 0
        assert tray.held > 0


def test_a_job_that_was_refused_leaves_the_door_open(tmp_path: Path) -> None:
    with bench(tmp_path) as made:
        with pytest.raises(InputError, match="nonsense"):
            made.begin(Job(Step.INTRINSICS, "nonsense"))
        made.begin(Job(Step.INTRINSICS))
        wait_for(made, BenchPhase.WATCHING)


def test_a_picture_that_cannot_be_looked_at_ends_the_job_and_not_the_booth(tmp_path: Path) -> None:
    with bench(tmp_path) as made:
        made.begin(Job(Step.INTRINSICS, "trips"))
        assert "looked at" in wait_for(made, BenchPhase.FAILED).message
        made.leave()
        wait_for(made, BenchPhase.IDLE)


def test_a_run_is_solved_once_however_often_it_is_asked_for(tmp_path: Path) -> None:
    with bench(tmp_path) as made:
        made.begin(Job(Step.INTRINSICS, made_by="tina"))
        wait_until(lambda: enough(made))
        for _ in range(3):
            made.solve()
        wait_for(made, BenchPhase.DONE)
        made.decide(True, "tina")
        wait_for(made, BenchPhase.IDLE)
        assert len(made.runs()) == 1


def test_a_word_that_the_store_refuses_is_told_and_can_be_said_again(tmp_path: Path) -> None:
    tray = FakeTray()
    with bench(tmp_path, tray) as made:
        run = solved(made)
        (tmp_path / DECISIONS).write_text("not a folder")
        made.decide(True, "tina")
        assert wait_for(made, BenchPhase.FAILED).message
        assert made.state().run is run
        assert (tray.used, tray.held) == (None, 1)
        (tmp_path / DECISIONS).unlink()
        made.decide(True, "tina")
        wait_for(made, BenchPhase.IDLE)
        assert run is not None
        assert made.in_force() == run.version
        assert made.decisions()[run.version].accepted


def test_a_booth_that_ends_while_a_job_is_open_drops_it(tmp_path: Path) -> None:
    with bench(tmp_path) as made:
        made.begin(Job(Step.INTRINSICS, made_by="tina"))
        wait_until(lambda: enough(made))
    assert Calibrations(tmp_path).runs() == []
