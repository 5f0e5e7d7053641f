"""The technician's part of the screen, driven through the window by its own buttons."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from pytestqt.qtbot import QtBot

from booth.calibration.boards import board_from, board_text
from booth.calibration.targets import board_for, page
from booth.domain.calibrating import Step
from booth.domain.device import DeviceState
from booth.errors import BoothError
from booth.events import FeedChanged, Item, Phase
from booth.ports.scene import ItemWish
from booth.ports.screen import Rehearsal
from booth.ports.workbench import BenchState, Job, Watched
from tests.ui.fake_station import PRODUCTS, FakeStation
from tests.ui.fake_workbench import ENOUGH, HINTS, FakeWorkbench, board_view, history, run_of, seen
from tests.ui.test_pages import assert_size, button, lay, press
from ui.app import screen
from ui.pages.calibrate import CalibratePage
from ui.pages.choosing import TARGETS
from ui.paper import Lines
from ui.targets import Target
from ui.theme import Profile, Text, Theme
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


def test_the_technicians_part_is_reached_and_left_by_its_buttons(qtbot: QtBot, window: Window) -> None:
    press(window.header, "technician")
    assert shown(window) is window.technician
    assert not window.header.isVisible()
    for place in ("devices", "calibrate", "history"):
        press(window.technician, f"menu:{place}")
        assert window.technician.page is not window.technician.menu
        press(window.technician, "technician_back")
        assert window.technician.page is window.technician.menu
    press(window.technician, "technician_back")
    assert shown(window) is window.place
    assert window.header.isVisible()


def test_the_menu_says_how_things_stand(qtbot: QtBot, station: FakeStation, window: Window) -> None:
    station.workbench.version = "calibration-20261120T093107120044-9f3a1c"
    press(window.header, "technician")
    devices, calibrate = (
        window.technician.menu.cards[place] for place in list(window.technician.menu.cards)[:2]
    )
    assert devices.line == "6 of 8 live" or devices.line.endswith("live")
    assert calibrate.line.endswith("9f3a1c")


def test_a_store_that_cannot_be_read_is_told_and_nothing_is_claimed(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    station.workbench.unreadable = "the calibration store cannot be read: call for service"
    press(window.header, "technician")
    lines = [card.line for card in window.technician.menu.cards.values()]
    assert "Cannot be read" in lines
    assert "Not calibrated yet" not in lines
    assert window.banner.sentence == station.workbench.unreadable
    press(window.technician, "menu:history")
    assert window.technician.history.rows == {}


def test_an_item_that_comes_takes_the_screen_unless_a_calibration_is_under_way(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    go(window, "history")
    lay(qtbot, station, window, ItemWish(1, PRODUCTS[0].gtin))
    assert shown(window) is window.verdict
    station.change(Item())
    qtbot.waitUntil(lambda: window.item is station.item)
    begin(qtbot, window)
    station.change(Item(Phase.JUDGING, "sample-1"))
    qtbot.waitUntil(lambda: window.item is station.item)
    assert shown(window) is window.technician


def test_signs_beyond_the_basic_plane_are_all_there_when_a_line_is_broken(qtbot: QtBot, theme: Theme) -> None:
    lines = Lines(theme, Text.BODY, lines=40)
    qtbot.addWidget(lines)
    lines.resize(120, 400)
    lines.set_text("📦 " * 30 + "end\nof it")
    assert "".join(lines.shown()) == "📦 " * 30 + "end of it"


def test_every_device_shows_its_numbers_and_its_last_error_in_full(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    go(window, "devices")
    rows = window.technician.devices.rows
    assert list(rows) == [status.part for status in station.statuses]
    lost = rows["left"]
    assert lost.status.state is DeviceState.LOST
    assert lost.error.text == lost.status.last_error
    assert rows["top"].tile is not None
    assert rows["scale"].tile is None


def test_device_rows_stay_the_same_while_their_numbers_change(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    go(window, "devices")
    page = window.technician.devices
    before = page.rows["top"]
    at = before.geometry()
    station.statuses[0] = replace(station.statuses[0], rate_hz=7.5, dropped=1_000_000, longest_gap_ms=99_999)
    page.refresh()
    assert page.rows["top"] is before
    assert before.status.dropped == 1_000_000
    assert before.geometry() == at


def test_a_device_that_comes_and_one_that_goes_are_shown(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    go(window, "devices")
    page = window.technician.devices
    gone = station.statuses.pop(0)
    page.refresh()
    assert gone.part not in page.rows
    station.statuses.clear()
    page.refresh()
    assert page.rows == {}
    station.statuses.append(replace(gone, last_error=LONG))
    page.refresh()
    assert page.rows[gone.part].error.text == LONG


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


def test_a_calibration_is_begun_watched_solved_and_accepted(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    bench = station.workbench
    page = begin(qtbot, window)
    assert bench.asked[-1:] == [("begin", Job(Step.ARRAY, TARGETS[0][1], (), "technician"))]
    assert not page.watching.solve.isEnabled()
    points = board_view(3)[1]
    see(qtbot, station, page, **{name: seen(4, points) for name in station.camera_ids})
    assert page.watching.solve.text() == "Solve anyway"
    assert page.watching.hint.text == HINTS[4 % len(HINTS)]
    assert page.watching.big.corners_px.shape == points.shape
    see(qtbot, station, page, **{name: seen(ENOUGH, points) for name in station.camera_ids})
    assert page.watching.solve.text() == "Solve"
    assert page.watching.coverage.counts.min() >= 1
    press(page, "solve")
    qtbot.waitUntil(lambda: page.page is page.solving)
    bench.finish(run_of(Step.ARRAY))
    qtbot.waitUntil(lambda: page.page is page.solved)
    press(page, "accept")
    assert bench.asked[-1:] == [("decide", (True, "technician"))]
    qtbot.waitUntil(lambda: window.technician.page is window.technician.history)
    [row] = window.technician.history.rows.values()
    assert row.standing == "In force"


def test_a_result_that_is_not_good_enough_cannot_be_accepted(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    page = begin(qtbot, window)
    station.workbench.finish(run_of(Step.ARRAY, passed=False))
    qtbot.waitUntil(lambda: page.page is page.solved)
    assert not page.solved.accept.isEnabled()
    assert len(page.solved.result.advice.sentences) == 2
    press(page, "reject")
    assert station.workbench.asked[-1] == ("decide", (False, "technician"))
    qtbot.waitUntil(lambda: window.technician.page is window.technician.history)


def test_a_word_that_cannot_be_kept_is_shown_as_a_failure(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    page = begin(qtbot, window)
    station.workbench.finish(run_of(Step.ARRAY))
    station.workbench.failure = "a later calibration was accepted meanwhile"
    qtbot.waitUntil(lambda: page.page is page.solved)
    press(page, "accept")
    qtbot.waitUntil(lambda: page.page is page.failed)
    assert page.failed.message.text == station.workbench.failure
    assert window.technician.page is page


def test_a_drift_check_asks_for_no_word(qtbot: QtBot, station: FakeStation, window: Window) -> None:
    page = begin(qtbot, window, "drift")
    station.workbench.finish(history()[0])
    qtbot.waitUntil(lambda: page.page is page.solved)
    assert not page.solved.accept.isVisible()
    press(page, "calibration_done")
    assert station.workbench.asked[-1] == ("leave", None)
    assert page.page is page.choosing


def test_a_failure_is_told_in_full_and_can_be_tried_again(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    page = begin(qtbot, window)
    job = page.state.job
    station.workbench.fail(LONG * 4)
    qtbot.waitUntil(lambda: page.page is page.failed)
    assert page.failed.message.text == LONG * 4
    assert page.failed.message.height() > window.height()
    press(page, "try_again")
    assert station.workbench.asked[-1] == ("begin", job)
    assert page.page is page.watching


def test_a_refused_beginning_is_told_on_the_banner(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    station.workbench.refusal = "an item is on the tray: take it away first"
    go(window, "calibrate")
    press(window.technician, "begin")
    assert window.banner.sentence == station.workbench.refusal
    assert window.technician.calibrate.page is window.technician.calibrate.choosing


def test_leaving_ends_the_job_and_shows_the_choice_as_it_was(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    page = begin(qtbot, window, "depth")
    assert window.technician.back.text() == "Leave"
    press(window.technician, "technician_back")
    assert station.workbench.asked[-1] == ("leave", None)
    assert page.page is page.choosing
    assert page.choosing.job().step is Step.DEPTH
    assert window.technician.back.text() == "Back"


def test_a_lens_is_measured_through_one_camera_and_the_rest_through_those_chosen(
    qtbot: QtBot, window: Window
) -> None:
    go(window, "calibrate")
    choosing = window.technician.calibrate.choosing
    assert choosing.job().camera_ids == ("top",)
    press(choosing, "camera:left")
    assert choosing.job().camera_ids == ("left",)
    assert not button(choosing, "camera:all").isEnabled()
    press(choosing, "step:array")
    assert choosing.job().camera_ids == ()
    press(choosing, "camera:right")
    press(choosing, "camera:top")
    assert choosing.job().camera_ids == ("top", "right")
    press(choosing, "camera:all")
    assert choosing.job().camera_ids == ()


def test_a_step_without_a_target_asks_for_none(qtbot: QtBot, window: Window) -> None:
    go(window, "calibrate")
    choosing = window.technician.calibrate.choosing
    for step in ("colour", "light", "exposure", "drift"):
        press(choosing, f"step:{step}")
        assert choosing.job().board == ""
        assert not button(choosing, "board:other").isEnabled()
    press(choosing, "step:tray")
    assert choosing.job().board == TARGETS[0][1]


@pytest.mark.parametrize(("name", "text"), TARGETS)
def test_each_usual_target_fits_on_its_paper(name: str, text: str) -> None:
    kind, paper = name.split()
    assert board_from(text).kind == kind.lower()
    assert page(board_from(text), paper) is not None


@pytest.mark.parametrize(("number", "paper"), [(0, "A5"), (1, "A4"), (2, "A3")])
def test_the_usual_targets_are_those_that_are_printed_when_none_is_named(number: int, paper: str) -> None:
    assert TARGETS[number][1] == board_text(board_for(paper))


def test_another_target_is_typed_and_remembered(qtbot: QtBot, station: FakeStation, window: Window) -> None:
    go(window, "calibrate")
    calibrate = window.technician.calibrate
    press(calibrate, "board:other")
    press(calibrate, "key:clear")
    for key in "CHESSBOARD:":
        press(calibrate, f"key:{key}")
    QTest.keyClicks(window, "7x5:40mm")
    press(calibrate, "board_done")
    assert calibrate.page is calibrate.choosing
    assert calibrate.choosing.job().board == "chessboard:7x5:40mm"
    assert button(calibrate, "board:other").isChecked()
    press(calibrate, "board:other")
    assert calibrate.board.field.text == "chessboard:7x5:40mm"
    assert station.asked == []


def test_a_target_that_is_none_is_told_and_not_taken(qtbot: QtBot, window: Window) -> None:
    go(window, "calibrate")
    calibrate = window.technician.calibrate
    press(calibrate, "board:other")
    press(calibrate, "key:clear")
    press(calibrate, "board_done")
    assert "kind of board" in window.banner.sentence
    assert calibrate.page is calibrate.board
    press(window.technician, "technician_back")
    assert calibrate.choosing.board == TARGETS[0][1]


def test_the_words_of_a_dictionary_stay_capital(qtbot: QtBot, window: Window) -> None:
    board = window.technician.calibrate.board
    for name in ("DICT_5X5_100", "DICT_APRILTAG_36h11"):
        board.show_board("")
        for character in f"CHARUCO:8X6:30MM:0.7:{name.upper()}:INVERTED":
            board.add(character)
        assert board.field.text == f"charuco:8x6:30mm:0.7:{name}:inverted"


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


def test_a_run_with_forty_results_and_deep_ones_is_shown_whole(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    results: dict[str, object] = {f"camera {number}": {"rms_px": 0.1 * number} for number in range(40)}
    results |= {"deep": {"a": {"b": {"c": {"d": {"e": {"f": {"g": 1}}}}}}}, "": {}, "nan_px": float("nan")}
    results |= {"list": list(range(10_000)), "flag": True, "none": None, "text": LONG, "empty": []}
    page = begin(qtbot, window)
    station.workbench.finish(run_of(Step.ARRAY, results=results, advice=(LONG, "x" * 2_000), difference={}))
    qtbot.waitUntil(lambda: page.page is page.solved)
    assert len(page.solved.result.measures.figures) >= 46
    assert not window.grab().isNull()


def test_a_done_job_without_a_run_is_a_failure(qtbot: QtBot, station: FakeStation, window: Window) -> None:
    page = begin(qtbot, window)
    bench = station.workbench
    bench.finish(run_of())
    bench._state = replace(bench.state(), run=None)
    qtbot.waitUntil(lambda: page.page is page.failed)


def test_the_history_shows_how_each_run_stands(qtbot: QtBot, station: FakeStation, window: Window) -> None:
    station.workbench.kept = history()
    station.workbench.version = "v5"
    go(window, "history")
    rows = window.technician.history.rows
    standings = {version: row.standing for version, row in rows.items()}
    assert standings == {
        "v6": "Check", "v5": "In force", "v4": "Was in force", "v3b": "", "v3": "Was in force",
        "v2": "Was in force",
    }  # fmt: skip
    press(window.technician, "run:v3b")
    assert window.technician.history.result.words.text() == "Not good enough"
    assert rows["v3b"].isChecked()


def test_the_job_that_is_under_way_is_shown_when_the_technician_comes_back(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    station.workbench.begin(Job(Step.ARRAY))
    press(window.header, "technician")
    assert window.technician.page is window.technician.calibrate
    assert window.technician.calibrate.page is window.technician.calibrate.watching


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
        for target in window.findChildren(QAbstractButton):
            if target.isVisible():
                assert isinstance(target, Target), target
                checked += 1
                assert_size(target, profile, stop)
        assert_inside(window, stop)
    assert checked > 60


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
