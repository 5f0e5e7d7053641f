"""Ways through the technician's part of the screen that its tests share."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from booth.domain.calibrating import Step
from booth.ports.workbench import BenchState, Watched
from tests.ui.fake_station import FakeStation
from tests.ui.fake_workbench import ENOUGH, run_of, seen
from tests.ui.walking import press
from ui.pages.calibrate import CalibratePage
from ui.targets import Target
from ui.window import Window

SIX = ("top", "front left", "front right", "back", "left", "right")
LONG = "كاميرا اليسار لا تعطي صورة: انظر إلى كابلها. " * 40


def shown(window: Window) -> QWidget:
    return window.page


def go(window: Window, place: str) -> None:
    press(window.header, "technician")
    press(window.technician.menu, f"menu:{place}")


def begin(qtbot: QtBot, window: Window, step: str = "array") -> CalibratePage:
    go(window, "calibrate")
    page = window.technician.calibrate
    press(page, f"step:{step}")
    press(page, "begin")
    assert page.page is page.watching
    return page


def see(qtbot: QtBot, station: FakeStation, page: CalibratePage, **cameras: Watched) -> BenchState:
    """Let the workbench have seen this, and wait until the page shows it."""
    station.workbench.see(**cameras)
    state = station.workbench.state()
    qtbot.waitUntil(lambda: page.state is state)
    return state


def assert_inside(window: Window, stop: str) -> None:
    """Nothing that can be pressed lies beyond the glass, but for what a list scrolls to."""
    area = window.technician.rect()
    for target in window.technician.findChildren(Target):
        if target.isVisible() and not target.objectName().startswith(("run:", "watch:")):
            corner = target.mapTo(window.technician, target.rect().bottomRight())
            assert area.contains(corner), f"{target.objectName()} lies outside on {stop}"


def walk(qtbot: QtBot, station: FakeStation, window: Window) -> Iterator[str]:
    """Show each page in turn; the caller looks at the window between two stops."""
    part, bench = window.technician, station.workbench
    yield "the way in"
    press(window.header, "technician")
    yield "menu"
    press(part, "menu:devices")
    yield "devices"
    press(part, "technician_back")
    press(part, "menu:calibrate")
    yield "lens"
    press(part, "board:other")
    yield "typing a target"
    press(part, "technician_back")
    press(part, "step:array")
    yield "array"
    press(part, "begin")
    yield "watching"
    see(qtbot, station, part.calibrate, **{name: seen(ENOUGH) for name in station.camera_ids})
    yield "enough"
    press(part, "solve")
    qtbot.waitUntil(lambda: part.calibrate.page is part.calibrate.solving)
    yield "solving"
    bench.fail("too few views")
    qtbot.waitUntil(lambda: part.calibrate.page is part.calibrate.failed)
    yield "failed"
    press(part, "try_again")
    bench.finish(run_of(Step.ARRAY, passed=False))
    qtbot.waitUntil(lambda: part.calibrate.page is part.calibrate.solved)
    yield "solved"
    press(part, "reject")
    qtbot.waitUntil(lambda: part.page is part.history)
    yield "history"
