"""Every target on every page is large enough for a glove."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from booth.domain.terms import DamageType
from booth.ports.scene import ItemWish
from tests.ui.fake_station import PRODUCTS, FakeStation
from tests.ui.walking import assert_sizes, lay, press, settled
from ui.theme import Profile
from ui.window import Window

SIX = ("top", "front left", "front right", "back", "left", "right")


@pytest.mark.parametrize("shape", [(1280, 800), (1920, 1080)])
@pytest.mark.parametrize("camera_ids", [("top",), SIX])
def test_every_target_is_large_enough_for_a_glove(
    qtbot: QtBot, shape: tuple[int, int], camera_ids: tuple[str, ...]
) -> None:
    profile = Profile(width_px=shape[0], height_px=shape[1])
    station = FakeStation(camera_ids)
    window = Window(station, profile)
    qtbot.addWidget(window)
    window.show()
    checked = 0
    for step in walk(qtbot, station, window):
        qtbot.wait(30)
        checked += assert_sizes(window, profile, step)
    assert checked > 100


def walk(qtbot: QtBot, station: FakeStation, window: Window) -> Iterator[str]:
    """Show each page in turn; the caller looks at the window between two steps."""
    yield "place"
    press(window.place, "identity")
    yield "identity"
    press(window.identity, "identity_done")
    lay(qtbot, station, window, ItemWish(1, barcode="missing"))
    yield "product"
    press(window.product, "not_found")
    settled(qtbot, station, window)
    lay(qtbot, station, window, ItemWish(1, PRODUCTS[1].gtin, DamageType.CRUSH))
    yield "verdict"
    press(window.verdict, "correct")
    settled(qtbot, station, window)
    yield "mark"
    window.mark.canvas.drawn.emit(((10.0, 10.0), (50.0, 60.0)))
    yield "kind of mark"
    for name in ("type:hole", "severity:minor", "part:product"):
        press(window.mark, name)
    settled(qtbot, station, window)
    yield "marks"
    press(window.mark, "mark_done")
    yield "disposition"
    press(window.verdict, "disposition:donate")
    settled(qtbot, station, window)
    station.keep(station.item)
    press(window.verdict, "save")
    settled(qtbot, station, window)
    yield "saved"
    press(window, "recent")
    press(window.recent, f"recent:{station.item.sample_id}")
    yield "recent"
