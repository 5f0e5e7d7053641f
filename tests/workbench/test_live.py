"""A technician calibrates simulated cameras, live, and finds what is true."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from booth.assembly.stock import true_calibration
from booth.calibration.targets.board import board_from
from booth.calibration.targets.detect import find
from booth.domain.calibrating import CalibrationRun, Step
from booth.domain.picture import Calibration
from booth.errors import InputError
from booth.events import Bus
from booth.feed.frames import Feed
from booth.ports.service import Service
from booth.ports.workbench import BenchPhase, Job
from booth.store.calibrations import Calibrations
from booth.workbench.bench import Bench, Tray
from booth.workbench.hand import Hand, printed
from booth.workbench.steps import COLLECTORS
from drivers import simulated
from models.synthetic.scene import scene
from tests.fakes import wait_until

BOARD = "charuco:8x6:20mm:14mm:DICT_5X5_100"
LIVE_S = 100.0
SIGMAS = 4.0
"""Of what the run itself says of its errors; the views that are picked differ from run to run."""


@contextmanager
def booth(folder: Path, cameras: int) -> Iterator[tuple[Bench, Calibration]]:
    """A workbench over simulated cameras, and their true calibration."""
    shown = scene({"cameras": cameras, "products": 1, "width": 640, "height": 480})
    bus, store = Bus(), Calibrations(folder)
    true = true_calibration(shown, store)
    feeds = [Feed(camera, bus, 5.0) for camera in simulated.cameras({"fps": 10}, shown)]
    idle = Tray(lambda: None, lambda: None, lambda _: None)
    bench = Bench(feeds, store, COLLECTORS, idle, bus, Hand(shown))
    services: list[Service] = [*feeds, bench]
    for service in services:
        service.start()
    try:
        yield bench, true
    finally:
        for service in reversed(services):
            service.stop()


def solved(bench: Bench, job: Job) -> CalibrationRun:
    """The run of a job that is solved as soon as every camera has enough."""
    bench.begin(job)
    wait_until(lambda: bool(bench.state().cameras), LIVE_S)
    wait_until(lambda: all(each.enough for each in bench.state().cameras.values()), LIVE_S)
    bench.solve()
    wait_until(lambda: bench.state().phase in (BenchPhase.DONE, BenchPhase.FAILED), LIVE_S)
    state = bench.state()
    assert state.run is not None, state.message
    return state.run


@pytest.mark.parametrize(
    "text", [BOARD, "chessboard:8x5:20mm", "aprilgrid:5x4:25mm:0.3", f"{BOARD}:inverted"]
)
def test_a_printed_board_is_found_where_it_was_drawn(text: str) -> None:
    board = board_from(text)
    rgb, _ = printed(board)
    sighting = find(board, np.ascontiguousarray(rgb[::2, ::2]))
    assert sighting is not None
    assert len(sighting.ids) >= 20


def test_a_lens_comes_out_as_it_is(tmp_path: Path) -> None:
    with booth(tmp_path, 1) as (bench, true):
        run = solved(bench, Job(Step.INTRINSICS, BOARD, ("top",), "tina"))
        assert run.passed
        bench.decide(True, "tina")
        wait_until(lambda: bench.in_force() == run.version)
    lens = Calibrations(tmp_path).load(run.version).cameras["top"].intrinsics
    std: dict[str, float] = run.results["std"]  # type: ignore[assignment]
    real = true.cameras["top"].intrinsics
    assert std["fx_px"] < 0.005 * real.fx
    assert std["cx_px"] < 0.01 * real.width
    assert abs(lens.fx - real.fx) < SIGMAS * std["fx_px"]
    assert abs(lens.cx - real.cx) < SIGMAS * std["cx_px"]


def test_an_array_comes_out_as_it_stands(tmp_path: Path) -> None:
    with booth(tmp_path, 2) as (bench, true):
        run = solved(bench, Job(Step.ARRAY, BOARD, (), "tina"))
    assert run.passed
    assert run.based_on == true.version
    found = Calibrations(tmp_path).load(run.version).cameras
    apart_mm = [
        np.linalg.norm(found[name].pose()[:3, 3] - camera.pose()[:3, 3])
        for name, camera in true.cameras.items()
    ]
    assert max(apart_mm) < 0.5


def test_an_array_without_lenses_says_to_measure_them_first(tmp_path: Path) -> None:
    shown = scene({"cameras": 2, "products": 1, "width": 160, "height": 120})
    feeds = [Feed(camera, Bus(), 5.0) for camera in simulated.cameras({}, shown)]
    idle = Tray(lambda: None, lambda: None, lambda _: None)
    bench = Bench(feeds, Calibrations(tmp_path), COLLECTORS, idle, Bus())
    with pytest.raises(InputError, match="calibrate its intrinsics first"):
        bench.begin(Job(Step.ARRAY, BOARD))
