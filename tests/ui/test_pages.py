"""Each page, driven through the window by its own buttons."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from booth.domain.device import DeviceState
from booth.domain.sample import Amendment, Disposition, SiteIdentity
from booth.domain.terms import DamageType, DispositionKind, Outcome, now
from booth.events import Closed, Died, FeedChanged, Item, Phase, Placement, TrayChanged, Trouble
from booth.ports.scene import ItemWish
from tests.ui.fake_station import PRODUCTS, FakeStation, capture, verdict
from tests.ui.walking import button, lay, press, settled
from ui.paper import Lines
from ui.symbols import Symbol
from ui.theme import Profile, Text, Theme
from ui.window import Window

SIX = ("top", "front left", "front right", "back", "left", "right")


def test_each_placement_gives_one_instruction(qtbot: QtBot, station: FakeStation, window: Window) -> None:
    seen = set()
    for placement in Placement:
        station.tell(TrayChanged(placement))
        QApplication.processEvents()
        seen.add(window.place.instruction)
    assert len(seen) == len(Placement)
    assert "Remove item" in seen


def test_a_lost_camera_says_so_on_its_own_tile(qtbot: QtBot, station: FakeStation, window: Window) -> None:
    station.tell(FeedChanged("left", DeviceState.LOST, "USB cable of camera left"))
    tiles = window.place.live.tiles
    qtbot.waitUntil(lambda: tiles["left"].state is DeviceState.LOST)
    assert tiles["top"].state is not DeviceState.LOST


def test_the_live_view_paints_only_what_changed(qtbot: QtBot, window: Window, station: FakeStation) -> None:
    tile = window.place.live.tiles["top"]
    frame = station.newest("top")
    tile.show_frame(frame)
    painted = tile.painted_frames
    tile.show_frame(frame)
    assert tile.painted_frames == painted


def test_the_product_is_found_by_typing_on_the_pad(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    lay(qtbot, station, window, ItemWish(1, PRODUCTS[3].gtin, barcode="missing"))
    assert window.page is window.product
    assert [card.product for card in window.product.cards] == list(PRODUCTS[:3])
    for key in "OAT":
        press(window.product, f"key:{key}")
    qtbot.waitUntil(lambda: [card.product for card in window.product.cards] == [PRODUCTS[3]])
    press(window.product, f"product:{PRODUCTS[3].gtin}")
    qtbot.waitUntil(lambda: window.page is window.verdict)
    assert ("choose_product", PRODUCTS[3].gtin) in station.asked


def test_a_product_that_cannot_be_found_is_chosen_as_none(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    lay(qtbot, station, window, ItemWish(1, barcode="missing"))
    press(window.product, "not_found")
    qtbot.waitUntil(lambda: window.page is window.verdict)
    assert station.asked == [("choose_product", "")]


def test_a_wrong_product_leads_to_the_search_and_back(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    lay(qtbot, station, window, ItemWish(1, PRODUCTS[0].gtin))
    press(window.verdict, "wrong_product")
    assert window.product.isVisible()
    press(window.product, "product_back")
    assert window.verdict.isVisible()


@pytest.mark.parametrize(
    ("said", "name", "answer"),
    [
        (Outcome.OK, "correct", Outcome.OK),
        (Outcome.OK, "not_correct", Outcome.DAMAGED),
        (Outcome.DAMAGED, "correct", Outcome.DAMAGED),
        (Outcome.DAMAGED, "not_correct", Outcome.OK),
        (Outcome.UNSURE, "correct", Outcome.OK),
        (Outcome.UNSURE, "not_correct", Outcome.DAMAGED),
    ],
)
def test_the_answer_agrees_or_disagrees_with_the_verdict(
    qtbot: QtBot, station: FakeStation, window: Window, said: Outcome, name: str, answer: Outcome
) -> None:
    lay(qtbot, station, window, ItemWish(1, PRODUCTS[0].gtin))
    station.change(replace(station.item, verdict=verdict(said, 0.5)))
    settled(qtbot, station, window)
    press(window.verdict, name)
    assert ("answer", answer) in station.asked


def test_correct_and_not_correct_are_of_one_size(qtbot: QtBot, station: FakeStation, window: Window) -> None:
    lay(qtbot, station, window, ItemWish(1, PRODUCTS[0].gtin))
    first, second = (button(window.verdict, name) for name in ("correct", "not_correct"))
    assert first.size() == second.size()


def test_an_undamaged_item_is_sold_unless_another_way_is_chosen(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    lay(qtbot, station, window, ItemWish(1, PRODUCTS[0].gtin))
    assert not window.verdict.save.isEnabled()
    press(window.verdict, "correct")
    settled(qtbot, station, window)
    press(window.verdict, "save")
    assert [name for name, _ in station.asked] == ["answer", "decide", "save"]
    assert ("decide", DispositionKind.SELL) in station.asked
    qtbot.waitUntil(lambda: window.page is window.saved)


def test_a_proposal_is_chosen_beforehand_and_a_person_still_saves(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    lay(qtbot, station, window, ItemWish(1, PRODUCTS[0].gtin))
    proposal = replace(verdict(Outcome.DAMAGED, 0.9), disposition=DispositionKind.REFURBISH)
    station.change(replace(station.item, verdict=proposal))
    settled(qtbot, station, window)
    press(window.verdict, "correct")
    settled(qtbot, station, window)
    press(window.mark, "mark_done")
    assert button(window.verdict, "disposition:refurbish").isChecked()
    assert station.item.disposition is None
    press(window.verdict, "save")
    assert ("decide", DispositionKind.REFURBISH) in station.asked


@pytest.mark.parametrize(
    ("said", "answer", "offered"),
    [
        (Outcome.DAMAGED, Outcome.OK, DispositionKind.SELL),
        (Outcome.UNSURE, Outcome.DAMAGED, None),
        (Outcome.OK, Outcome.DAMAGED, None),
    ],
)
def test_a_proposal_falls_where_the_person_says_otherwise(
    window: Window, said: Outcome, answer: Outcome, offered: DispositionKind | None
) -> None:
    proposal = replace(verdict(said, 0.7), disposition=DispositionKind.DISPOSE)
    assert window.verdict.offered(Item(verdict=proposal, person_outcome=answer)) is offered


def test_a_damaged_item_is_not_saved_without_a_disposition(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    lay(qtbot, station, window, ItemWish(1, PRODUCTS[0].gtin, DamageType.TEAR))
    press(window.verdict, "correct")
    settled(qtbot, station, window)
    assert window.page is window.mark
    press(window.mark, "mark_done")
    assert not window.verdict.save.isEnabled()
    press(window.verdict, "disposition:isolate")
    settled(qtbot, station, window)
    assert window.verdict.save.isEnabled()


def test_a_verdict_brings_its_hottest_view_to_the_front(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    taken = capture(station.camera_ids)
    station.change(Item(Phase.JUDGING, "sample-1", taken))
    settled(qtbot, station, window)
    assert window.verdict.views.view == "top"
    made = verdict(Outcome.DAMAGED, 0.9, ("right",))
    station.change(replace(station.item, phase=Phase.VERDICT, verdict=made))
    settled(qtbot, station, window)
    assert window.verdict.views.view == "right"
    press(window.verdict, "view:left")
    station.change(replace(station.item, kept=True))
    settled(qtbot, station, window)
    assert window.verdict.views.view == "left"


def test_the_heat_map_can_be_hidden(qtbot: QtBot, station: FakeStation, window: Window) -> None:
    lay(qtbot, station, window, ItemWish(1, PRODUCTS[0].gtin, DamageType.TEAR))
    canvas = window.verdict.views.canvas
    assert canvas.heat_shown
    press(window.verdict, "heat")
    assert not canvas.heat_shown


def test_without_a_heat_map_there_is_nothing_to_hide(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    lay(qtbot, station, window, ItemWish(1, PRODUCTS[0].gtin))
    assert not window.verdict.heat.isVisible()
    assert not window.verdict.views.canvas.heat_shown


def test_an_item_that_nothing_judged_is_asked_about(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    taken = capture(station.camera_ids)
    station.change(Item(Phase.VERDICT, "sample-1", taken))
    settled(qtbot, station, window)
    assert window.verdict.words.text() == "Not judged"
    press(window.verdict, "not_correct")
    assert ("answer", Outcome.DAMAGED) in station.asked


def test_undo_brings_the_verdict_back_while_there_is_time(qtbot: QtBot, profile: Profile) -> None:
    station = FakeStation(undo_s=60)
    window = Window(station, profile)
    qtbot.addWidget(window)
    window.show()
    lay(qtbot, station, window, ItemWish(1, PRODUCTS[0].gtin))
    press(window.verdict, "correct")
    settled(qtbot, station, window)
    press(window.verdict, "save")
    qtbot.waitUntil(lambda: window.saved.undo.isVisible())
    assert window.saved.undo.text() == "Undo  60"
    press(window.saved, "undo")
    qtbot.waitUntil(lambda: window.page is window.verdict)


def test_a_closed_item_cannot_be_undone(qtbot: QtBot, station: FakeStation, window: Window) -> None:
    lay(qtbot, station, window, ItemWish(1, PRODUCTS[0].gtin))
    station.change(replace(station.item, phase=Phase.CLOSED))
    settled(qtbot, station, window)
    assert window.page is window.saved
    assert not window.saved.undo.isVisible()


def test_a_kept_item_opens_again_and_takes_a_later_word(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    lay(qtbot, station, window, ItemWish(1, PRODUCTS[0].gtin, DamageType.TEAR))
    sold = Disposition(DispositionKind.SELL, "associate", now())
    sample = station.keep(replace(station.item, person_outcome=Outcome.OK, disposition=sold))
    station.change(Item())
    settled(qtbot, station, window)
    press(window, "recent")
    press(window.recent, f"recent:{sample.sample_id}")
    assert window.recent.views.names == station.camera_ids
    press(window.recent, "amend:donate")
    press(window.recent, "amend:dispose")
    words = [word for name, word in station.asked if name == "amend" and isinstance(word, Amendment)]
    assert [word.predecessor for word in words] == ["", words[0].amendment_id]
    assert words[1].changes["disposition"]["kind"] == "dispose"  # type: ignore[index]


def test_an_item_is_called_saved_only_once_it_is_stored(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    lay(qtbot, station, window, ItemWish(1, PRODUCTS[0].gtin))
    station.change(replace(station.item, phase=Phase.CLOSED, kept=False))
    settled(qtbot, station, window)
    assert (window.saved.words.text(), window.saved.sign.symbol) == ("Not stored yet", Symbol.BUSY)
    station.change(replace(station.item, kept=True))
    settled(qtbot, station, window)
    assert (window.saved.words.text(), window.saved.sign.symbol) == ("Saved", Symbol.OK)


def test_an_item_that_closes_while_it_is_looked_at_can_be_amended(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    lay(qtbot, station, window, ItemWish(1, PRODUCTS[0].gtin))
    whole = station.keep(station.item)
    station.samples[whole.sample_id] = replace(whole, closing=None)
    press(window, "recent")
    press(window.recent, f"recent:{whole.sample_id}")
    assert not button(window.recent, "amend:donate").isEnabled()
    station.samples[whole.sample_id] = whole
    station.tell(Closed(whole.sample_id))
    qtbot.waitUntil(lambda: button(window.recent, "amend:donate").isEnabled())
    assert button(window.recent, f"recent:{whole.sample_id}").isChecked()


def test_the_simulated_tray_holds_one_item_at_a_time(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    assert window.tray is not None
    assert not window.tray.clear_tray.isEnabled()
    press(window.tray, "next_item")
    assert not window.tray.next_item.isEnabled()
    press(window.tray, "clear_tray")
    assert window.tray.next_item.isEnabled()
    settled(qtbot, station, window)


def test_a_sample_that_cannot_be_opened_is_told_on_the_banner(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    window.recent.opened.emit("gone")
    assert "gone" in window.banner.sentence


def test_a_scan_names_the_item_and_the_pad_types_a_tote(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    QTest.keyClicks(window, "lp-42")
    QTest.keyClick(window, Qt.Key.Key_Return)
    assert ("identify_as", SiteIdentity("lp-42", source="scanned")) in station.asked
    settled(qtbot, station, window)
    press(window.place, "identity")
    press(window.identity, "field:tote")
    for key in "T7":
        press(window.identity, f"key:{key}")
    press(window.identity, "identity_done")
    settled(qtbot, station, window)
    assert station.item.identity == SiteIdentity("lp-42", "T7", source="typed")
    assert window.page is window.place


def test_a_trouble_stays_until_it_is_over(qtbot: QtBot, station: FakeStation, window: Window) -> None:
    station.tell(Trouble("disk", "The disk is nearly full"))
    station.tell(Trouble("capture", "No picture from top"))
    station.tell(Trouble("capture", "", over=True))
    qtbot.waitUntil(lambda: window.banner.sentence == "The disk is nearly full")
    assert window.banner.isVisible()
    station.tell(Trouble("disk", "", over=True))
    qtbot.waitUntil(lambda: not window.banner.isVisible())


def test_a_trouble_of_several_lines_is_one_sentence(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    station.tell(Trouble("host", "The site does not answer:\n  check its share"))
    qtbot.waitUntil(lambda: window.banner.sentence == "The site does not answer: check its share")


def test_a_word_that_is_wider_than_its_line_is_broken_or_cut_off_visibly(qtbot: QtBot, theme: Theme) -> None:
    lines = Lines(theme, Text.LEAD, lines=2)
    qtbot.addWidget(lines)
    lines.resize(200, 100)
    lines.set_text("LP-" + "9" * 20)
    assert lines.sizeHint().height() == 2 * QFontMetrics(lines.font()).lineSpacing()


def test_a_death_is_one_sentence_over_everything(qtbot: QtBot, station: FakeStation, window: Window) -> None:
    station.tell(Died("lane", "ValueError: broken"))
    qtbot.waitUntil(lambda: window.page is window.death)
