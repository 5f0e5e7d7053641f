"""`booth calibrate live`: a calibration step on the booth's own cameras, without the touchscreen."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from booth.cli.calibrate.arrays import user
from booth.cli.calibrate.keeping import KEEP, say
from booth.cli.context import AsJson, Groups, settings
from booth.domain.calibrating import CalibrationRun, Step
from booth.errors import InputError
from booth.events import Bus, Died
from booth.ports.service import Service
from booth.ports.workbench import BenchPhase, BenchState, Job, Workbench

if TYPE_CHECKING:
    from booth.config import Config

WITH_BOARD = frozenset({Step.INTRINSICS, Step.ARRAY, Step.TRAY, Step.DEPTH, Step.FOCUS})
"""The steps that look at a target."""
PERIOD_S = 0.2
SOLVING_S = 600.0


def add_commands(groups: Groups) -> None:
    """Add `booth calibrate live`."""
    groups["calibrate"].command("live")(calibrate_live)


def calibrate_live(
    step: Annotated[Step, typer.Argument(help="What to calibrate or check.")],
    board: Annotated[str, typer.Option(help="The target, such as charuco:8x6:30mm:0.7:DICT_5X5_100.")] = "",
    camera: Annotated[list[str] | None, typer.Option(help="A camera's id, once for each; else all.")] = None,
    seconds: Annotated[float, typer.Option(min=1, max=3600, help="How long to look at most.")] = 180.0,
    by: Annotated[str, typer.Option(help="Who does this; else the user of this machine.")] = "",
    as_json: AsJson = False,
) -> None:
    """Calibrate with the booth's own cameras; it says what to do. Exit code 1: it did not pass."""
    if not KEEP.get():
        raise InputError(
            "a live calibration is always kept: leave out --no-keep, and reject the version later"
        )
    if step in WITH_BOARD and not board:
        raise InputError(
            "which board is shown? Name it with --board, such as charuco:8x6:30mm:22mm:DICT_5X5_100"
        )
    job = Job(step, board, tuple(camera or ()), by or user())
    with _bench(settings()) as (bench, check):
        bench.begin(job)
        _watch(bench, check, seconds)
        bench.solve()
        run = _run(bench, check)
    say(run, run.version, as_json)
    if not run.passed:
        raise typer.Exit(1)


@contextmanager
def _bench(config: Config) -> Iterator[tuple[Workbench, Callable[[], None]]]:
    """A workbench on the cameras of the settings, and what raises when a thread of it has died."""
    from booth.assembly import parts
    from booth.assembly.bench import lone_workbench
    from booth.feed.frames import Feed

    bus, deaths = Bus(), list[Died]()
    bus.subscribe(lambda event: deaths.append(event) if isinstance(event, Died) else None)
    scene = parts.build_scene(config)
    feeds = [
        Feed(each, bus, config.settings.lane.frame_timeout_s) for each in parts.build_cameras(config, scene)
    ]
    bench = lone_workbench(config, feeds, bus, scene)

    def check() -> None:
        if deaths:
            raise RuntimeError(f"{deaths[0].worker} died: {deaths[0].message}")

    with ExitStack() as stack:
        services: list[Service] = [*feeds, bench]
        for service in services:
            stack.callback(service.stop)
            service.start()
        yield bench, check


def _watch(bench: Workbench, check: Callable[[], None], seconds: float) -> None:
    """Wait until every camera has enough, or the time is over; says what to do on stderr."""
    said: dict[str, str] = {}
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        check()
        state = bench.state()
        if state.phase is BenchPhase.FAILED:
            raise InputError(state.message)
        if state.cameras and all(each.enough for each in state.cameras.values()):
            return
        hints = {name: each.hint for name, each in state.cameras.items() if not each.enough}
        if hints != said:
            said = hints
            print(_line(state), file=sys.stderr, flush=True)
        time.sleep(PERIOD_S)


def _line(state: BenchState) -> str:
    """What to do, the cameras with the same hint together."""
    waiting: dict[str, list[str]] = {}
    for name, each in state.cameras.items():
        if not each.enough:
            waiting.setdefault(each.hint, []).append(f"{name} ({each.picked})")
    return " | ".join(f"{', '.join(names)}: {hint}" for hint, names in waiting.items())


def _run(bench: Workbench, check: Callable[[], None]) -> CalibrationRun:
    """What came out. Raises: InputError: it could not be solved."""
    end_s = time.monotonic() + SOLVING_S
    while time.monotonic() < end_s:
        check()
        state = bench.state()
        if state.phase is BenchPhase.FAILED:
            raise InputError(state.message)
        if state.phase is BenchPhase.DONE and state.run is not None:
            return state.run
        time.sleep(PERIOD_S)
    raise InputError(f"it was not solved within {SOLVING_S:.0f} s: take fewer views")
