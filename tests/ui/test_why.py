"""Why an item is thought damaged: on the verdict's page, and of a kept item."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from booth.domain.terms import DamageType, Outcome
from booth.domain.verdict import Finding
from booth.events import Explained, Item, Phase
from booth.ports.scene import ItemWish
from tests.ui.fake_station import PRODUCTS, FakeStation, capture, finding, reason, verdict
from tests.ui.walking import assert_sizes, button, lay, press, settled
from ui.theme import Profile
from ui.why import Caption, Patch, percent, second
from ui.window import Window
from ui.words import evidence_words

KINDS = ("foreign", "missing", "supervised", "conditioned", "height", "beside", "parts")


@pytest.fixture
def mirrored(qapp: QApplication) -> Iterator[None]:
    """Writing from right to left."""
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    yield
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


def judged(qtbot: QtBot, station: FakeStation, window: Window, *findings: Finding) -> None:
    """Lay an item whose verdict has these findings."""
    lay(qtbot, station, window, ItemWish(1, PRODUCTS[0].gtin, DamageType.TEAR))
    made = replace(verdict(Outcome.DAMAGED, 0.9, station.camera_ids[:1]), findings=findings)
    station.change(replace(station.item, verdict=made))
    settled(qtbot, station, window)


def opened(qtbot: QtBot, window: Window, count: int) -> tuple[list[Patch], list[Caption]]:
    """Ask why on the verdict's page, and wait for so many places."""
    press(window.verdict, "why")
    panel = window.verdict.why.panel
    qtbot.waitUntil(lambda: len(panel.findChildren(Caption)) == count)
    return panel.findChildren(Patch), panel.findChildren(Caption)


def test_each_place_stands_beside_the_reference_with_what_speaks_against_it(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    lowered = replace(finding("left", "height"), shares={"height": 0.9, "foreign": 0.1}, type=None)
    judged(qtbot, station, window, finding("top"), lowered)
    patches, captions = opened(qtbot, window, 2)
    assert not window.verdict.views.isVisible()
    assert [patch.objectName() for patch in patches] == ["seen", "reference"] * 2
    assert not any(patch.picture.isNull() for patch in patches)
    assert patches[0].picture.toImage() != patches[1].picture.toImage()
    first, other = captions
    assert first.headline.text == evidence_words("foreign")
    assert (first.type.text, first.share.text) == ("Tear", "top  ·  71 % of the evidence")
    assert first.also.text == "also 29 %: looks damaged beside the reference"
    assert (other.headline.text, other.type.text, other.also.text) == ("Lower than the reference", "", "")
    press(window.verdict, "why_back")
    assert window.verdict.views.isVisible()


def test_a_reason_without_its_reference_says_so(qtbot: QtBot, station: FakeStation, window: Window) -> None:
    station.explains = False
    alone, unread = finding("top", reference_id=""), finding("left")
    judged(qtbot, station, window, alone, unread)
    press(window.verdict, "why")
    item = station.item
    assert item.verdict is not None
    assert item.capture is not None
    told = tuple(reason(each, item.capture, with_reference=False) for each in (alone, unread))
    station.tell(Explained(item.verdict.verdict_id, told))
    panel = window.verdict.why.panel
    qtbot.waitUntil(lambda: len(panel.findChildren(Patch)) == 4)
    lacking = [patch.accessibleName() for patch in panel.findChildren(Patch) if patch.picture.isNull()]
    assert lacking == ["Not compared with a reference", "The reference picture cannot be read"]
    assert panel.grab().toImage() != window.verdict.views.grab().toImage()


def test_without_findings_nobody_asks_why(qtbot: QtBot, station: FakeStation, window: Window) -> None:
    lay(qtbot, station, window, ItemWish(1, PRODUCTS[0].gtin))
    assert not button(window.verdict, "why").isVisible()
    station.change(Item(Phase.VERDICT, "sample-1", capture(station.camera_ids)))
    settled(qtbot, station, window)
    assert not button(window.verdict, "why").isVisible()


def test_the_station_is_asked_once_a_verdict_and_a_late_answer_of_another_is_passed_over(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    judged(qtbot, station, window, finding("top"))
    opened(qtbot, window, 1)
    press(window.verdict, "why_back")
    press(window.verdict, "why")
    assert [name for name, _ in station.asked] == ["explain"]
    station.tell(Explained("verdict-of-another-item"))
    QApplication.processEvents()
    assert len(window.verdict.why.panel.findChildren(Caption)) == 1


def test_another_verdict_brings_the_pictures_back(qtbot: QtBot, station: FakeStation, window: Window) -> None:
    judged(qtbot, station, window, finding("top"))
    opened(qtbot, window, 1)
    station.change(replace(station.item, kept=True))
    settled(qtbot, station, window)
    assert window.verdict.why.open
    station.change(replace(station.item, verdict=verdict(Outcome.OK, 0.1)))
    settled(qtbot, station, window)
    assert not window.verdict.why.open
    assert not button(window.verdict, "why").isVisible()


def test_places_that_cannot_be_shown_are_told(qtbot: QtBot, station: FakeStation, window: Window) -> None:
    station.explains = False
    judged(qtbot, station, window, finding("top"))
    press(window.verdict, "why")
    panel = window.verdict.why.panel
    assert panel.said == "One moment"
    assert station.item.verdict is not None
    station.tell(Explained(station.item.verdict.verdict_id))
    qtbot.waitUntil(lambda: panel.said == "The places cannot be shown")


def test_more_places_than_three_are_not_shown(qtbot: QtBot, station: FakeStation, window: Window) -> None:
    judged(qtbot, station, window, *(finding("top") for _ in range(5)))
    opened(qtbot, window, 3)


def test_a_kept_item_tells_why_too(qtbot: QtBot, station: FakeStation, window: Window) -> None:
    judged(qtbot, station, window, finding("top"))
    sample = station.keep(station.item)
    station.change(Item())
    settled(qtbot, station, window)
    press(window, "recent")
    press(window.recent, f"recent:{sample.sample_id}")
    press(window.recent, "why")
    panel = window.recent.why.panel
    qtbot.waitUntil(lambda: len(panel.findChildren(Caption)) == 1)
    assert panel.isVisible()
    assert ("explain", sample.verdicts[0].verdict_id) in station.asked


@pytest.mark.parametrize("shape", [(1280, 800), (1920, 1080), (1024, 600)])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_whatever_is_shown_stays_within_the_glass(qtbot: QtBot, shape: tuple[int, int], count: int) -> None:
    profile, station = Profile(width_px=shape[0], height_px=shape[1]), FakeStation()
    window = Window(station, profile)
    qtbot.addWidget(window)
    window.show()
    judged(qtbot, station, window, *(finding("top", kind) for kind in KINDS[:count]))
    patches, _ = opened(qtbot, window, count)
    QApplication.processEvents()
    assert (window.width(), window.height()) == shape
    panel = window.verdict.why.panel
    assert panel.geometry().width() == window.verdict.why.width()
    for patch in patches:
        assert min(patch.square().width(), patch.square().height()) >= 60 * shape[0] / 1280
        assert patch.square().width() == patch.square().height()
    assert assert_sizes(window, profile, "why") > 3


@pytest.mark.usefixtures("mirrored")
def test_from_right_to_left_the_item_stands_at_the_right_and_its_picture_is_not_mirrored(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    judged(qtbot, station, window, finding("top"), finding("left"))
    patches, captions = opened(qtbot, window, 2)
    QApplication.processEvents()
    seen, reference = patches[:2]
    assert seen.x() > reference.x() > captions[0].x()
    square = seen.square()
    where = square.topLeft() + (square.bottomRight() - square.topLeft()) * 0.05
    painted = seen.grab().toImage()
    ratio = painted.width() / seen.width()
    corner = painted.pixelColor(int(where.x() * ratio), int(where.y() * ratio))
    source = seen.picture.toImage()
    own = source.pixelColor(int(source.width() * 0.05), int(source.height() * 0.05))
    assert abs(corner.red() - own.red()) < 8


def test_every_kind_of_evidence_has_words_of_its_own() -> None:
    words = [evidence_words(kind) for kind in KINDS]
    assert len(set(words)) == len(KINDS)
    assert evidence_words("coverage") == evidence_words("missing")
    assert evidence_words("unheard of") not in words


def test_a_second_kind_is_named_where_it_says_enough() -> None:
    assert second({"foreign": 0.7, "height": 0.3}, "foreign") == "height"
    assert second({"foreign": 0.9, "height": 0.1}, "foreign") == ""
    assert second({"foreign": 1.0}, "foreign") == ""
    assert (percent(0.705), percent(-1.0), percent(7.0)) == (70, 0, 100)
