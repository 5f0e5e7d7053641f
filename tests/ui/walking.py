"""Pressing buttons, laying items, and waiting until the window has followed."""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractButton, QWidget
from pytestqt.qtbot import QtBot

from booth.ports.scene import ItemWish
from tests.ui.fake_station import FakeStation
from ui.targets import Rank, Target
from ui.theme import PRIMARY_MM, SECONDARY_MM, Profile
from ui.window import Window


def button(within: QWidget, name: str) -> Target:
    target = within.findChild(Target, name)
    assert target is not None, name
    return target


def press(within: QWidget, name: str) -> None:
    assert button(within, name).isEnabled(), name
    button(within, name).click()


def lay(qtbot: QtBot, station: FakeStation, window: Window, wish: ItemWish) -> None:
    """Lay an item and wait until the window shows it."""
    station.lay(wish)
    qtbot.waitUntil(lambda: window.item is station.item)


def settled(qtbot: QtBot, station: FakeStation, window: Window) -> None:
    qtbot.waitUntil(lambda: window.item is station.item)


def assert_sizes(window: Window, profile: Profile, step: str) -> int:
    """Check every visible target's size, in mm of the glass; gives how many there were."""
    visible = [target for target in window.findChildren(QAbstractButton) if target.isVisible()]
    for target in visible:
        assert isinstance(target, Target), target
        assert_size(target, profile, step)
    return len(visible)


def assert_size(target: Target, profile: Profile, step: str) -> None:
    per_mm = profile.width_px / profile.width_mm
    least = PRIMARY_MM if target.rank is Rank.PRIMARY else SECONDARY_MM
    size_mm = min(target.width(), target.height()) / per_mm
    assert size_mm >= least, f"{target.objectName()} is {size_mm:.1f} mm on {step}"
