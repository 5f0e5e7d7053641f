"""Calibration on the screen, from the choice of the work to the word on what came out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from booth.calibration.targets.board import board_from, board_text
from booth.calibration.targets.drawing import board_for, page
from booth.domain.calibrating import Step
from booth.ports.workbench import Job
from tests.ui.fake_station import FakeStation
from tests.ui.fake_workbench import ENOUGH, HINTS, board_view, history, run_of, seen
from tests.ui.technician_walk import LONG, begin, go, see
from tests.ui.walking import button, press
from ui.pages.choosing import TARGETS
from ui.window import Window


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


def test_after_a_word_that_could_not_be_kept_the_same_result_takes_another(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    page = begin(qtbot, window)
    station.workbench.finish(run_of(Step.ARRAY))
    qtbot.waitUntil(lambda: page.page is page.solved)
    for failure in ("the disk is full", "the disk is full still"):
        station.workbench.failure = failure
        press(page, "accept")
        qtbot.waitUntil(lambda: page.page is page.failed)
        assert page.failed.message.text == failure
        press(page, "try_again")
        assert page.page is page.solved
    station.workbench.failure = ""
    press(page, "accept")
    qtbot.waitUntil(lambda: window.technician.page is window.technician.history)
    assert station.workbench.version == run_of(Step.ARRAY).version
    assert [what for what, _ in station.workbench.asked].count("begin") == 1


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
