"""The technician's part of the screen: a menu, and the pages that it leads to."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from booth.domain.device import DeviceState
from booth.ports.screen import Station
from ui import theme as look
from ui.asking import Ask
from ui.pages.calibrate import CalibratePage
from ui.pages.devices import DevicesPage
from ui.pages.history import HistoryPage
from ui.pages.menu import MenuPage, Place
from ui.paper import writing
from ui.symbols import Symbol
from ui.targets import Rank, Target
from ui.theme import Text, Theme


class Technician(QWidget):
    """One page at a time under a line with the way back, what is shown, and the booth's name."""

    closed = Signal()

    def __init__(self, theme: Theme, station: Station, ask: Ask, signer: str) -> None:
        super().__init__()
        self._theme = theme
        self.menu = MenuPage(theme, station, ask)
        self.devices = DevicesPage(theme, station)
        self.calibrate = CalibratePage(theme, station, ask, signer)
        self.history = HistoryPage(theme, station.workbench, ask)
        self.back = Target(theme, "technician_back", "", Symbol.BACK, rank=Rank.SECONDARY)
        self.back.setMinimumWidth(theme.px(34))
        self.title = writing(theme, "", Text.TITLE, bold=True)
        self._pages = QStackedWidget()
        for page in (self.menu, self.devices, self.calibrate, self.history):
            self._pages.addWidget(page)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.px(3))
        rows.addLayout(self._head(station.booth_id))
        rows.addWidget(self._pages, 1)
        self.back.clicked.connect(self._go_back)
        self.menu.chosen.connect(self.go_to)
        self.calibrate.turned.connect(self._show_head)
        self.calibrate.decided.connect(lambda: self.go_to(Place.HISTORY))
        self._show_head()

    @property
    def page(self) -> QWidget:
        """The page that is shown."""
        return self._pages.currentWidget() or self.menu

    @property
    def busy(self) -> bool:
        """Whether a calibration is under way, so that items have to wait."""
        return self.calibrate.is_open

    def open(self) -> None:
        """Begin at the menu, or at the calibration that is under way."""
        self.calibrate.refresh()
        self._turn_to(self.calibrate if self.busy else self.menu)

    def go_to(self, place: Place) -> None:
        """Show one of the menu's pages."""
        self._turn_to(
            {Place.DEVICES: self.devices, Place.CALIBRATE: self.calibrate, Place.HISTORY: self.history}[place]
        )

    def show_feed(self, camera_id: str, state: DeviceState, message: str) -> None:
        """Say how one camera is doing."""
        self.calibrate.show_feed(camera_id, state, message)

    def type(self, characters: str) -> bool:
        """Characters from a keyboard; whether they were of use here."""
        return self.page is self.calibrate and self.calibrate.type(characters)

    def _head(self, booth_id: str) -> QHBoxLayout:
        theme = self._theme
        row = QHBoxLayout()
        row.setSpacing(theme.px(5))
        row.addWidget(self.back)
        row.addWidget(self.title)
        row.addStretch(1)
        row.addWidget(writing(theme, booth_id, Text.CAPTION, colour=look.SOFT_INK))
        return row

    def _turn_to(self, page: QWidget) -> None:
        self._pages.setCurrentWidget(page)
        self._show_head()

    def _show_head(self) -> None:
        leaves = self.page is self.calibrate and self.busy
        face = self.tr("Leave") if leaves else self.tr("Back")
        if face != self.back.text():
            self.back.set_face(face, Symbol.CROSS if leaves else Symbol.BACK)
        titles = {
            self.menu: self.tr("Technician"),
            self.devices: self.tr("Devices"),
            self.calibrate: self.calibrate.title,
            self.history: self.tr("History"),
        }
        self.title.setText(titles[self.page])

    def _go_back(self) -> None:
        if self.page is self.menu:
            self.closed.emit()
        elif self.page is not self.calibrate or not self.calibrate.back():
            self._turn_to(self.menu)
