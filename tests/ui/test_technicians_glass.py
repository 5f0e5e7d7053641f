"""What the technician's pages show and how large: watched cameras, gloves, right to left, hostile input."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from booth.domain.device import DeviceState
from booth.errors import BoothError
from booth.events import FeedChanged
from booth.ports.screen import Rehearsal
from booth.ports.workbench import Watched
from tests.ui.fake_station import FakeStation
from tests.ui.fake_workbench import ENOUGH, FakeWorkbench, board_view, seen
from tests.ui.technician_walk import LONG, SIX, assert_inside, begin, go, see, shown, walk
from tests.ui.walking import assert_sizes, press
from ui.app import screen
from ui.paper import Lines
from ui.theme import Profile, Text, Theme
from ui.window import Window


def test_signs_beyond_the_basic_plane_are_all_there_when_a_line_is_broken(qtbot: QtBot, theme: Theme) -> None:
    lines = Lines(theme, Text.BODY, lines=40)
    qtbot.addWidget(lines)
    lines.resize(120, 400)
    lines.set_text("📦 " * 30 + "end\nof it")
    assert "".join(lines.shown()) == "📦 " * 30 + "end of it"


def test_nothing_is_polled_on_a_page_that_is_hidden(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    part = window.technician
    timers = [part.menu.timer, part.devices.timer, part.devices.pulls]
    timers += [part.calibrate.timer, part.calibrate.watching.timer]
    assert not any(timer.isActive() for timer in timers)
    go(window, "devices")
    assert [timer.isActive() for timer in timers] == [False, True, True, False, False]
    press(part, "technician_back")
    begin_by = (part, "menu:calibrate")
    press(*begin_by)
    press(part, "begin")
    assert [timer.isActive() for timer in timers] == [False, False, False, True, True]
    press(part, "technician_back")
    press(part, "technician_back")
    press(part, "technician_back")
    assert shown(window) is window.place
    assert not any(timer.isActive() for timer in timers)


def test_a_camera_is_brought_to_the_front_by_its_tile(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    page = begin(qtbot, window)
    see(qtbot, station, page, top=seen(2), left=seen(9), right=seen(ENOUGH))
    assert page.watching.camera_id == "top"
    press(page, "watch:left")
    assert (page.watching.camera_id, page.watching.picked.text()) == ("left", "9")
    assert [tile.isChecked() for tile in page.watching.tiles.values()] == [False, True, False]
    press(page, "watch:left")
    assert page.watching.tiles["left"].isChecked()


def test_a_camera_that_vanishes_makes_way_for_another(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    page = begin(qtbot, window)
    see(qtbot, station, page, top=seen(2), left=seen(9))
    press(page, "watch:left")
    see(qtbot, station, page, top=seen(3))
    assert page.watching.camera_id == "top"
    see(qtbot, station, page)
    assert page.watching.camera_id == ""
    assert not page.watching.solve.isEnabled()
    see(qtbot, station, page, right=seen(1))
    assert page.watching.camera_id == "right"


def test_a_lost_camera_says_so_while_it_is_watched(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    page = begin(qtbot, window)
    station.tell(FeedChanged("left", DeviceState.LOST, "look at its cable"))
    qtbot.wait(20)
    press(page, "watch:left")
    assert page.watching.big.state is DeviceState.LOST


@pytest.mark.parametrize(
    "watched",
    [
        Watched(np.empty((0, 2)), np.zeros((5, 5)), 0, (0, 0, 0, 0), LONG, False),
        Watched(
            np.array([[np.nan, 3.0], [1e9, -1e9], [5, 5]]), np.full((5, 5), np.nan), 1, (1, 2, 3, 4), "", True
        ),
        Watched(np.arange(5.0), np.ones((2, 2)), 10**9, (-1, 10**9, 0, 0), "x" * 3_000, False),
    ],
)
def test_whatever_was_seen_can_be_shown(
    qtbot: QtBot, station: FakeStation, window: Window, watched: Watched
) -> None:
    page = begin(qtbot, window)
    see(qtbot, station, page, top=watched, left=watched)
    assert not window.grab().isNull()
    assert np.isfinite(page.watching.big.corners_px).all()


@pytest.mark.parametrize("shape", [(640, 400), (1280, 800), (1920, 1080)])
@pytest.mark.parametrize("camera_ids", [("top",), SIX])
def test_every_target_of_the_technician_is_large_enough_for_a_glove(
    qtbot: QtBot, shape: tuple[int, int], camera_ids: tuple[str, ...]
) -> None:
    profile = Profile(width_px=shape[0], height_px=shape[1])
    station = FakeStation(camera_ids)
    window = Window(station, profile)
    qtbot.addWidget(window)
    window.show()
    checked = 0
    for stop in walk(qtbot, station, window):
        qtbot.wait(20)
        checked += assert_sizes(window, profile, stop)
        assert_inside(window, stop)
    assert checked > 60


def test_the_technicians_pages_hold_right_to_left(qtbot: QtBot, qapp: QApplication) -> None:
    before = qapp.layoutDirection()
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    try:
        station = FakeStation(SIX)
        window = Window(station, Profile())
        qtbot.addWidget(window)
        window.show()
        for stop in walk(qtbot, station, window):
            assert not window.grab().isNull(), stop
            assert_inside(window, stop)
        assert window.technician.back.x() > window.width() / 2
    finally:
        qapp.setLayoutDirection(before)


def test_none_keeps_its_references_while_a_calibration_is_watched(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    page = begin(qtbot, window)
    points = board_view(1)[1]
    see(qtbot, station, page, top=seen(5, points), left=seen(6, points))
    widgets = (page.watching.coverage, page.watching.tilts, page.watching.big, page.watching.hint)
    for _ in range(20):
        for widget in widgets:
            widget.repaint()
    before = sys.getrefcount(None)
    for _ in range(250):
        for widget in widgets:
            widget.repaint()
    assert abs(sys.getrefcount(None) - before) < 200


def test_a_technicians_round_leaves_a_picture_of_every_page(tmp_path: Path) -> None:
    station = FakeStation(undo_s=0.1)
    station.workbench = FakeWorkbench(station.camera_ids, lively=True)
    lines = list(screen({}).rehearse(station, Rehearsal(1, tmp_path, technician=True)))
    assert len(lines) == 4
    assert lines[1] == "devices  5 of 8 live"
    assert lines[2].endswith("intrinsics  top  14 views  accepted")
    assert lines[3] == "history  1 of the last runs"
    for name in ("technician", "devices", "calibrate", "watching", "calibrated", "history"):
        assert (tmp_path / f"{name}.png").stat().st_size > 5_000


def test_a_round_ends_with_what_went_wrong(tmp_path: Path) -> None:
    class Failing(FakeWorkbench):
        def solve(self) -> None:
            super().solve()
            self.fail("camera top saw the board twice only")

    station = FakeStation(undo_s=0.1)
    station.workbench = Failing(station.camera_ids, lively=True)
    with pytest.raises(BoothError, match="saw the board twice only"):
        list(screen({}).rehearse(station, Rehearsal(1, tmp_path, technician=True)))
