"""Fixtures of the screen's tests: offscreen, and no widget may survive a test."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import gc
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.ui.fake_station import FakeStation
from ui.theme import Profile, Theme
from ui.window import Window


@pytest.fixture(autouse=True)
def no_widget_survives(qapp: QApplication) -> Iterator[None]:
    """Whatever a test made is gone after it. It is set up first, so it looks last."""
    delete_later(qapp)
    before = set(qapp.allWidgets())
    yield
    delete_later(qapp)
    left = [widget for widget in qapp.allWidgets() if widget not in before]
    assert not left, f"{len(left)} widgets survived, for example {left[0]!r}"


@pytest.fixture
def profile() -> Profile:
    return Profile()


@pytest.fixture
def theme(qapp: QApplication, profile: Profile) -> Theme:
    return Theme(profile)


@pytest.fixture
def station() -> FakeStation:
    return FakeStation()


@pytest.fixture
def window(qtbot: QtBot, station: FakeStation, profile: Profile) -> Window:
    made = Window(station, profile)
    qtbot.addWidget(made)
    made.show()
    return made


def delete_later(application: QApplication) -> None:
    """Carry out every deletion that is due."""
    gc.collect()
    application.processEvents()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    application.processEvents()
