"""Taps, keys and signals as they really come: doubled, fast, and while nobody looks."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Sequence

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from booth.domain.device import DeviceState
from booth.domain.evidence import Understood
from booth.domain.product import Product
from booth.domain.sample import SiteIdentity
from booth.domain.terms import DamageType
from booth.errors import StoreError
from booth.events import Bus, Died, FeedChanged, Trouble
from booth.ports.scene import ItemWish
from booth.ports.screen import Found, Recent
from booth.worker import Worker
from tests.ui.fake_station import PRODUCTS, FakeStation
from tests.ui.walking import button, lay, press, settled
from ui.app import Touchscreen
from ui.live import LiveTile
from ui.scanner import KeyLine
from ui.targets import SETTLING_MS
from ui.theme import Profile, Theme
from ui.window import Window

LEFT = Qt.MouseButton.LeftButton
DEADLINE_MS = 10_000


def tap(window: Window, where: QPoint) -> None:
    """Touch the glass at a point of the window, whatever lies there now."""
    found = window.childAt(where) or window
    QTest.mouseClick(found, LEFT, pos=found.mapFrom(window, where))


def middle_of(window: Window, target: QWidget) -> QPoint:
    return target.mapTo(window, target.rect().center())


def rest() -> None:
    """As long as a finger takes to its next target."""
    end_s = time.monotonic() + 1.1 * SETTLING_MS / 1000
    while time.monotonic() < end_s:
        QApplication.processEvents()
        time.sleep(0.005)


def scan(window: Window, text: str) -> None:
    """Keys in one burst, ended by Enter."""
    QTest.keyClicks(window, text)
    QTest.keyClick(window, Qt.Key.Key_Return)


def test_the_second_tap_of_a_double_one_does_not_reach_the_next_page(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    lay(qtbot, station, window, ItemWish(1, PRODUCTS[0].gtin))
    rest()
    where = middle_of(window, button(window.verdict, "not_correct"))
    tap(window, where)
    assert window.mark.isVisible()
    done = button(window.mark, "mark_done")
    assert done.rect().contains(done.mapFrom(window, where))
    tap(window, where)
    settled(qtbot, station, window)
    assert window.mark.isVisible()
    rest()
    tap(window, where)
    assert window.verdict.isVisible()


def test_a_double_tap_on_the_answer_chooses_no_disposition_and_saves_nothing(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    for damage, name in ((None, "correct"), (DamageType.TEAR, "not_correct")):
        lay(qtbot, station, window, ItemWish(1, PRODUCTS[0].gtin, damage))
        rest()
        where = middle_of(window, button(window.verdict, name))
        tap(window, where)
        settled(qtbot, station, window)
        tap(window, where)
        settled(qtbot, station, window)
        assert station.item.disposition is None
        assert "save" not in [asked for asked, _ in station.asked]


def test_a_plate_that_is_scanned_while_a_product_is_searched_is_the_plate(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    lay(qtbot, station, window, ItemWish(1, barcode="missing"))
    press(window.product, "key:O")
    scan(window, "lp-42")
    assert station.asked == [("identify_as", SiteIdentity("lp-42", source="scanned"))]
    assert window.product.field.text == "O"


def test_a_number_that_is_scanned_while_a_product_is_searched_is_searched_for(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    lay(qtbot, station, window, ItemWish(1, barcode="missing"))
    press(window.product, "key:O")
    scan(window, PRODUCTS[3].gtin)
    assert station.asked == []
    qtbot.waitUntil(lambda: [card.product for card in window.product.cards] == [PRODUCTS[3]])


def test_a_scan_that_is_cut_by_a_new_page_is_still_the_whole_plate(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    QTest.keyClicks(window, "lp")
    lay(qtbot, station, window, ItemWish(1, barcode="missing"))
    scan(window, "-42")
    assert station.asked == [("identify_as", SiteIdentity("lp-42", source="scanned"))]
    assert window.product.field.text == ""


def test_one_letter_and_a_late_enter_are_typed() -> None:
    line = KeyLine()
    line.key("x", 0)
    assert line.end(300_000_000) == ("x", "typed")


def test_of_a_scan_that_follows_typing_only_the_scan_is_the_line() -> None:
    line = KeyLine()
    for place, key in enumerate("jun"):
        line.key(key, place * 120_000_000)
    for place, key in enumerate("LP-77"):
        line.key(key, 800_000_000 + place * 5_000_000)
    assert line.end(825_000_000) == ("LP-77", "scanned")


def test_a_scan_that_a_busy_screen_held_up_is_whole() -> None:
    line = KeyLine()
    for place, key in enumerate("LP-0000042"):
        line.key(key, place * 5_000_000 + (300_000_000 if place > 6 else 0))
    assert line.end(360_000_000) == ("LP-0000042", "scanned")


def test_enter_alone_is_no_line() -> None:
    assert KeyLine().end(0)[0] == ""


def test_what_was_told_before_the_screen_came_is_shown(qtbot: QtBot, profile: Profile) -> None:
    class Earlier(FakeStation):
        """Tells a late listener the last words at once, as the running booth does."""

        def tell_me(self, listener: Callable[[object], None]) -> Callable[[], None]:
            leave = super().tell_me(listener)
            listener(Trouble("host", "the site's system does not answer"))
            listener(FeedChanged("left", DeviceState.LOST, "check its cable"))
            return leave

    window = Window(Earlier(), profile)
    qtbot.addWidget(window)
    qtbot.waitUntil(lambda: window.banner.sentence == "the site's system does not answer")
    assert window.place.live.tiles["left"].state is DeviceState.LOST


def test_a_store_that_fails_is_told_and_ends_nothing(qtbot: QtBot, profile: Profile) -> None:
    class Failing(FakeStation):
        def recent(self, limit: int = 20) -> Sequence[Recent]:
            raise StoreError("the disk cannot be read")

        def search(self, text: str, limit: int = 20, without: Sequence[Understood] = ()) -> Found:
            raise StoreError("the catalogue cannot be read")

        def products(self, gtins: Sequence[str]) -> Sequence[Product]:
            raise StoreError("the catalogue cannot be read")

    station = Failing()
    window = Window(station, profile)
    qtbot.addWidget(window)
    window.show()
    window.recent.opened.emit("sample-1")
    assert window.banner.sentence == "the disk cannot be read"
    lay(qtbot, station, window, ItemWish(1, barcode="missing"))
    assert window.banner.sentence == "the catalogue cannot be read"
    assert window.product.cards == []


def test_a_lost_camera_does_not_show_its_last_picture_while_it_opens_again(
    qtbot: QtBot, theme: Theme, station: FakeStation
) -> None:
    tile = LiveTile(theme, "top")
    qtbot.addWidget(tile)
    tile.resize(320, 240)
    tile.show_state(DeviceState.OPENING, "")
    starting = tile.grab().toImage()
    tile.show_frame(station.newest("top"))
    tile.show_state(DeviceState.LIVE, "")
    assert tile.grab().toImage() != starting
    tile.show_state(DeviceState.LOST, "check its cable")
    tile.show_state(DeviceState.OPENING, "")
    assert tile.grab().toImage() == starting


def ended(station: FakeStation, begin: Callable[[], None], read_death_ms: int = 50) -> tuple[int, bool]:
    """Run the screen; its exit code, and whether it had to be ended from here."""
    late: list[bool] = []
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    guard = QTimer()
    guard.setSingleShot(True)
    guard.timeout.connect(lambda: late.append(True))
    guard.timeout.connect(application.quit)
    guard.start(DEADLINE_MS)
    QTimer.singleShot(0, begin)
    code = Touchscreen(Profile(), read_death_ms).run(station)
    guard.stop()
    QApplication.removePostedEvents(application, QEvent.Type.Quit)  # else it ends the next test's loops
    return code, bool(late)


def test_the_screen_ends_with_1_when_a_part_of_the_booth_died(qapp: QApplication) -> None:
    station = FakeStation()
    assert ended(station, lambda: station.tell(Died("lane", "ValueError: broken"))) == (1, False)


def test_closing_the_window_after_a_death_still_ends_with_1(qapp: QApplication) -> None:
    station = FakeStation()

    def begin() -> None:
        station.tell(Died("lane", "ValueError: broken"))
        QTimer.singleShot(50, qapp, qapp.closeAllWindows)

    assert ended(station, begin, read_death_ms=60_000) == (1, False)


def test_closing_the_window_ends_with_0(qapp: QApplication) -> None:
    assert ended(FakeStation(), qapp.closeAllWindows) == (0, False)


def test_an_error_in_the_screen_itself_ends_with_1(
    qapp: QApplication, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(FakeStation):
        def identify_as(self, identity: SiteIdentity) -> None:
            raise ValueError("a bug")

    def begin() -> None:
        [window] = [each for each in qapp.topLevelWidgets() if isinstance(each, Window)]
        for key in ("x", "\r"):
            code = Qt.Key.Key_Return if key == "\r" else Qt.Key.Key_X
            qapp.postEvent(window, QKeyEvent(QEvent.Type.KeyPress, code, Qt.KeyboardModifier.NoModifier, key))

    assert ended(Broken(), begin) == (1, False)
    assert "a bug" in caplog.text


def test_a_signal_ends_the_screen_while_nobody_touches_it(qapp: QApplication) -> None:
    station = FakeStation()

    def begin() -> None:
        station.lay(ItemWish(1, PRODUCTS[0].gtin))
        killer.start()

    def kill(stopping: threading.Event) -> None:
        stopping.wait(0.3)
        os.kill(os.getpid(), signal.SIGTERM)

    killer = Worker("killer", Bus(), kill)
    assert ended(station, begin) == (0, False)
    assert killer.stop(5)
