"""A hand scanner on a serial line says the same as one that types: a plate, or the product."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from booth.domain.device import Scan
from booth.domain.sample import SiteIdentity
from booth.events import Scanned
from booth.ports.scene import ItemWish
from tests.ui.fake_station import PRODUCTS, FakeStation
from tests.ui.technician_walk import go
from tests.ui.walking import lay, press
from ui.window import Window


def test_a_scan_is_the_plate_of_the_item(qtbot: QtBot, station: FakeStation, window: Window) -> None:
    station.tell(Scanned(Scan("lp-42", "Code128", 0)))
    qtbot.waitUntil(lambda: station.item.identity == SiteIdentity("lp-42", source="scanned"))


def test_a_scanned_product_code_is_searched_for_where_the_product_is_asked(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    lay(qtbot, station, window, ItemWish(1, barcode="missing"))
    assert window.page is window.product
    station.tell(Scanned(Scan(PRODUCTS[1].gtin, "EAN13", 0)))
    qtbot.waitUntil(lambda: PRODUCTS[1].gtin in window.product.field.text)
    assert station.item.identity == SiteIdentity()


def test_a_scan_before_the_technicians_pages_names_no_item_and_says_so(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    go(window, "devices")
    station.tell(Scanned(Scan("lp-42", "Code128", 0)))
    qtbot.waitUntil(lambda: "lp-42" in window.banner.sentence)
    assert window.page is window.technician
    assert station.item.identity == SiteIdentity()
    QTest.keyClicks(window, "lp-43")
    QTest.keyClick(window, Qt.Key.Key_Return)
    assert station.item.identity == SiteIdentity()
    press(window.technician, "technician_back")
    press(window.technician, "technician_back")
    station.tell(Scanned(Scan("lp-44", "Code128", 0)))
    qtbot.waitUntil(lambda: station.item.identity == SiteIdentity("lp-44", source="scanned"))
