"""The product page says what it understood and what it does not believe; a person's word stands on both."""

from __future__ import annotations

from dataclasses import replace

from pytestqt.qtbot import QtBot

from booth.domain.product import Candidate, Identification
from booth.events import Phase
from booth.ports.scene import ItemWish
from tests.ui.fake_station import PRODUCTS, FakeStation
from tests.ui.walking import assert_sizes, lay, press, settled
from ui.theme import Profile
from ui.window import Window

DOUBT = "the code says Kaffee Crema, ganze Bohne 1 kg; picture, words and weight say Oat biscuits 300 g"


def test_what_is_understood_of_the_words_is_shown_and_can_be_taken_away(
    qtbot: QtBot, station: FakeStation, window: Window, profile: Profile
) -> None:
    lay(qtbot, station, window, ItemWish(1, PRODUCTS[0].gtin, barcode="missing"))
    window.product.search_for("klar")
    qtbot.waitUntil(lambda: bool(window.product.chips.shown))
    assert [(each.field, each.value) for each in window.product.chips.shown] == [("brand", "Klar")]
    assert [card.product for card in window.product.cards] == [PRODUCTS[4]]
    assert assert_sizes(window, profile, "chips") > 1
    press(window.product, "chip:brand:Klar")
    assert window.product.chips.shown == ()
    assert not window.product.chips.isVisible()


def test_what_was_taken_away_counts_for_one_search_only(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    lay(qtbot, station, window, ItemWish(1, PRODUCTS[0].gtin, barcode="missing"))
    window.product.search_for("klar")
    qtbot.waitUntil(lambda: bool(window.product.chips.shown))
    press(window.product, "chip:brand:Klar")
    window.product.search_for("")
    window.product.search_for("klar")
    qtbot.waitUntil(lambda: bool(window.product.chips.shown))


def test_what_was_typed_goes_with_the_choice(qtbot: QtBot, station: FakeStation, window: Window) -> None:
    lay(qtbot, station, window, ItemWish(1, PRODUCTS[0].gtin, barcode="missing"))
    window.product.search_for("klar")
    qtbot.waitUntil(lambda: [card.product for card in window.product.cards] == [PRODUCTS[4]])
    press(window.product, f"product:{PRODUCTS[4].gtin}")
    assert station.asked == [("choose_product", PRODUCTS[4].gtin), ("typed", "klar")]


def test_a_code_that_is_not_believed_is_said_with_the_candidates(
    qtbot: QtBot, station: FakeStation, window: Window, profile: Profile
) -> None:
    lay(qtbot, station, window, ItemWish(1, PRODUCTS[0].gtin))
    assert not window.product.doubt.isVisible()
    candidates = tuple(Candidate(PRODUCTS[place].gtin, 1.0, "image") for place in (3, 0))
    found = Identification(candidates=candidates, doubt=DOUBT)
    station.change(replace(station.item, phase=Phase.PRODUCT, product=None, identification=found))
    settled(qtbot, station, window)
    assert window.page is window.product
    assert window.product.doubt.text.startswith("The code says Kaffee Crema")
    assert window.product.doubt.isVisible()
    assert [card.product for card in window.product.cards] == [PRODUCTS[3], PRODUCTS[0]]
    assert assert_sizes(window, profile, "doubt") > 1
