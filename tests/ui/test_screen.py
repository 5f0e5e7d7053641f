"""The screen as a part: options, threads, references, and the rehearsal."""

from __future__ import annotations

import re
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QThread, QTimer
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from booth.errors import ConfigError, DeviceError
from booth.events import Bus, Item, ItemChanged, Trouble
from booth.ports.screen import Rehearsal
from booth.worker import Worker
from tests.ui.fake_station import FakeStation
from ui.app import screen
from ui.live import best_grid
from ui.pictures import heat_image, image_of, rgb32_buffer
from ui.scanner import KeyLine
from ui.theme import Profile
from ui.tray import COURSE, wish_number
from ui.window import Window

SHOTS = ("place", "product", "verdict", "why", "mark", "saved", "recent")


def test_an_unknown_option_is_refused_by_name() -> None:
    with pytest.raises(ConfigError, match=r"screen\.colour"):
        screen({"colour": "pink"})


def test_an_impossible_option_is_refused_by_name() -> None:
    with pytest.raises(ConfigError, match=r"screen\.width_mm"):
        screen({"width_mm": -3})


def test_a_screen_without_a_display_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, station: FakeStation
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ConfigError, match="--offscreen"):
        screen({}).run(station)


def test_a_display_that_does_not_answer_is_told_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DISPLAY", ":4711")
    with pytest.raises(ConfigError, match=":4711"):
        screen({}).check()


def test_events_from_a_plain_thread_arrive_on_the_main_thread(
    qtbot: QtBot, qapp: QApplication, station: FakeStation, window: Window
) -> None:
    threads: list[tuple[str, QThread]] = []
    teller: list[str] = []
    window.heard.connect(
        lambda event: threads.append((threading.current_thread().name, QThread.currentThread()))
    )

    def tell(stopping: threading.Event) -> None:
        teller.append(threading.current_thread().name)
        station.tell(ItemChanged(Item(sample_id="from-a-thread")))

    worker = Worker("teller", Bus(), tell)
    worker.start()
    qtbot.waitUntil(lambda: window.item.sample_id == "from-a-thread")
    assert worker.stop(5)
    assert teller == ["teller"]
    assert threads == [(threading.main_thread().name, qapp.thread())]


def test_a_closed_window_hears_nothing_more(qtbot: QtBot, station: FakeStation, window: Window) -> None:
    window.close()
    station.tell(Trouble("disk", "The disk is nearly full"))
    QApplication.processEvents()
    assert window.banner.sentence == ""


def test_none_keeps_its_references_over_a_thousand_repaints(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    """PySide6 6.12.0 lost one reference to None at every void call on CPython 3.11."""
    grid = window.place.live
    for _ in range(50):
        grid.repaint()
    before = sys.getrefcount(None)
    for _ in range(1_000):
        grid.tiles["top"].repaint()
    assert abs(sys.getrefcount(None) - before) < 200


def test_a_picture_keeps_its_colours_on_the_way_to_the_glass() -> None:
    rgb = np.array([[[10, 20, 30], [200, 100, 50]]], np.uint8)
    buffer = rgb32_buffer(rgb)
    image = image_of(buffer)
    assert image.pixelColor(0, 0) == QColor(10, 20, 30)
    assert image.pixelColor(1, 0) == QColor(200, 100, 50)


def test_low_heat_is_clear_and_high_heat_is_not() -> None:
    image = heat_image(np.array([[0.0, 1.0, np.nan]], np.float32))
    assert image.pixelColor(0, 0).alpha() == 0
    assert image.pixelColor(1, 0).alpha() > 120
    assert image.pixelColor(2, 0).alpha() == 0


@pytest.mark.parametrize(("count", "columns"), [(1, 1), (2, 2), (4, 2), (6, 3)])
def test_the_tiles_fill_the_grid(count: int, columns: int) -> None:
    found, width, height = best_grid(count, 900, 480, 9, 4 / 3)
    rows = -(-count // found)
    assert found == columns
    assert found * width + (found - 1) * 9 <= 900
    assert rows * height + (rows - 1) * 9 <= 480


def test_a_scanner_is_told_from_a_person_by_its_speed() -> None:
    line = KeyLine()
    for index, key in enumerate("LP-1"):
        line.key(key, index * 5_000_000)
    assert line.end(20_000_000) == ("LP-1", "scanned")
    for index, key in enumerate("LP-2"):
        line.key(key, index * 300_000_000)
    assert line.end(1_200_000_000) == ("LP-2", "typed")


def test_a_long_pause_begins_a_new_line() -> None:
    line = KeyLine()
    line.key("x", 0)
    line.key("A", 10_000_000_000)
    assert line.end(10_010_000_000)[0] == "A"


def test_the_course_of_the_simulated_tray_shows_every_kind_of_item(station: FakeStation) -> None:
    assert station.scene is not None
    wishes = [wish_number(number, station.scene.products) for number in range(len(COURSE))]
    assert {wish.barcode for wish in wishes} == {"clear", "smudged", "missing"}
    assert {wish.damage for wish in wishes} >= {None}
    assert len({wish.seed for wish in wishes}) == len(wishes)
    assert wish_number(3, ()).gtin == ""


def test_a_rehearsal_walks_items_and_leaves_a_picture_of_every_screen(tmp_path: Path) -> None:
    station = FakeStation(undo_s=0.1)
    lines = list(screen({}).rehearse(station, Rehearsal(3, tmp_path / "out")))
    assert len(lines) == 3
    assert "ok 0.04" in lines[0]
    assert "damaged 0.93" in lines[1]
    assert all("stored" in line for line in lines)
    for name in SHOTS:
        assert (tmp_path / "out" / f"{name}.png").stat().st_size > 5_000
    assert len(station.samples) == 3
    assert sum(len(sample.closing.annotations) for sample in station.samples.values() if sample.closing) == 1


@pytest.mark.parametrize("raised", [KeyboardInterrupt, ZeroDivisionError])
def test_what_a_slot_raises_ends_a_rehearsal(tmp_path: Path, raised: type[BaseException]) -> None:
    def fail() -> None:
        raise raised

    station = FakeStation(undo_s=0.1)
    lines = screen({}).rehearse(station, Rehearsal(3, tmp_path / "out"))
    next(lines)
    QTimer.singleShot(0, fail)
    with pytest.raises(raised):
        next(lines)


def test_a_rehearsal_needs_a_simulated_tray(tmp_path: Path) -> None:
    station = FakeStation()
    station.scene = None
    with pytest.raises(ConfigError, match="simulated"):
        list(screen({}).rehearse(station, Rehearsal(1, tmp_path)))


def test_no_text_for_translation_is_an_f_string() -> None:
    """The extractor accepts `tr(f"…")`, and then it never matches."""
    folder = Path(__file__).parents[2] / "ui"
    sources = {path: path.read_text() for path in folder.rglob("*.py")}
    assert len(sources) > 15
    found = [str(path) for path, text in sources.items() if re.search(r"\b(tr|translate)\(\s*f[\"']", text)]
    assert found == []


def test_a_refused_request_is_shown_and_not_raised(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    class Refusing(FakeStation):
        def capture(self) -> None:
            raise DeviceError("the booth is busy; try again in a moment")

    refusing = Refusing()
    made = Window(refusing, Profile())
    qtbot.addWidget(made)
    made.place.capture_asked.emit()
    assert made.banner.sentence == "the booth is busy; try again in a moment"
