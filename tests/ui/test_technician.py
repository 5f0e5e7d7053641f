"""The technician's part of the screen: the way in, the devices, the history."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from booth.domain.calibrating import Step
from booth.domain.device import DeviceState
from booth.events import Item, Phase
from booth.ports.scene import ItemWish
from booth.ports.workbench import Job
from tests.ui.fake_station import PRODUCTS, FakeStation
from tests.ui.fake_workbench import history, run_of
from tests.ui.technician_walk import LONG, begin, go, shown
from tests.ui.walking import lay, press
from ui.window import Window


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


def test_the_history_shows_how_each_run_stands(qtbot: QtBot, station: FakeStation, window: Window) -> None:
    station.workbench.kept = history()
    for version, accepted in {"v2": True, "v3": True, "v3b": False, "v4": True, "v5": True}.items():
        station.workbench.say(version, accepted)
    go(window, "history")
    rows = window.technician.history.rows
    standings = {version: row.standing for version, row in rows.items()}
    assert standings == {
        "v6": "Check", "v5": "In force", "v4": "Was in force", "v3b": "Rejected", "v3": "Was in force",
        "v2": "Was in force",
    }  # fmt: skip
    press(window.technician, "run:v3b")
    assert window.technician.history.result.words.text() == "Not good enough"
    assert rows["v3b"].isChecked()


@pytest.mark.parametrize(
    ("step", "accepted", "standing"),
    [
        (Step.ARRAY, None, "Not decided"),
        (Step.ARRAY, False, "Rejected"),
        (Step.LIGHT, True, "Accepted"),
        (Step.DRIFT, None, "Check"),
    ],
)
def test_a_run_that_was_rejected_and_one_that_waits_for_a_word_do_not_look_alike(
    qtbot: QtBot, station: FakeStation, window: Window, step: Step, accepted: bool | None, standing: str
) -> None:
    station.workbench.kept = (run_of(step, "v1"),)
    if accepted is not None:
        station.workbench.say("v1", accepted)
        station.workbench.version = ""
    go(window, "history")
    assert window.technician.history.rows["v1"].standing == standing


def test_the_job_that_is_under_way_is_shown_when_the_technician_comes_back(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    station.workbench.begin(Job(Step.ARRAY))
    press(window.header, "technician")
    assert window.technician.page is window.technician.calibrate
    assert window.technician.calibrate.page is window.technician.calibrate.watching
