"""The technician's menu: devices, calibration and its history, each with how it stands now."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy

from booth.domain.device import DeviceState
from booth.ports.screen import Station
from ui import theme as look
from ui.asking import Ask
from ui.paper import placed, write
from ui.polled import Polled
from ui.symbols import Symbol, draw
from ui.targets import Target
from ui.theme import Text, Theme
from ui.words import version_line

LOOK_MS = 1_000


class Place(Enum):
    """Where the menu leads."""

    DEVICES = "devices"
    CALIBRATE = "calibrate"
    HISTORY = "history"


class MenuCard(Target):
    """A large card: symbol, word, and one line on how it stands."""

    def __init__(self, theme: Theme, place: Place, word: str, symbol: Symbol) -> None:
        super().__init__(theme, f"menu:{place.value}", word, symbol)
        self._line = ""
        self._abnormal = False
        self.setMinimumHeight(theme.px(44))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self.setMaximumHeight(theme.px(84))

    @property
    def line(self) -> str:
        """How it stands."""
        return self._line

    def show_line(self, line: str, abnormal: bool = False) -> None:
        """Say how it stands; what is abnormal gets a diamond."""
        if (line, abnormal) != (self._line, self._abnormal):
            self._line, self._abnormal = line, abnormal
            self.setAccessibleDescription(line)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint symbol over word over line."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(look.PRESSED if self.isDown() else look.CARD)
        painter.setPen(QPen(look.LINE, 1.5))
        px = self._theme.px
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), px(3.2), px(3.2))
        high = px(22) + px(2) + px(11) + px(8)
        side, top = px(20), (self.height() - high) / 2
        if self._symbol is not None:
            draw(painter, self._symbol, QRectF((self.width() - side) / 2, top, side, side), look.INK)
        painter.setPen(look.INK)
        painter.setFont(self._theme.font(Text.TITLE, bold=True))
        word = QRectF(0, top + px(24), self.width(), px(11))
        painter.drawText(word, Qt.AlignmentFlag.AlignCenter, self.text())
        self._paint_line(painter, QRectF(px(4), word.bottom(), self.width() - px(8), px(8)))
        painter.end()

    def _paint_line(self, painter: QPainter, where: QRectF) -> None:
        whole = QFontMetrics(self._theme.font(Text.BODY)).horizontalAdvance(self._line) <= where.width()
        font = self._theme.font(Text.BODY if whole else Text.CAPTION)
        side = self._theme.px(6) if self._abnormal else 0
        gap = self._theme.px(2) if self._abnormal else 0
        painter.setFont(font)
        width = min(where.width() - side - gap, painter.fontMetrics().horizontalAdvance(self._line) + 2)
        left = where.center().x() - (side + gap + width) / 2
        if self._abnormal:
            square = QRectF(left, where.center().y() - side / 2, side, side)
            draw(painter, Symbol.UNSURE, placed(painter, square), look.AMBER)
        inside = QRectF(left + side + gap, where.top(), width, where.height())
        write(painter, inside, self._line, font, look.INK if self._abnormal else look.SOFT_INK)


class MenuPage(Polled):
    """Three cards side by side."""

    chosen = Signal(Place)

    def __init__(self, theme: Theme, station: Station, ask: Ask) -> None:
        super().__init__(LOOK_MS)
        self._station = station
        self._ask = ask
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(4))
        self.cards = {
            Place.DEVICES: MenuCard(theme, Place.DEVICES, self.tr("Devices"), Symbol.PLUG),
            Place.CALIBRATE: MenuCard(theme, Place.CALIBRATE, self.tr("Calibrate"), Symbol.BOARD),
            Place.HISTORY: MenuCard(theme, Place.HISTORY, self.tr("History"), Symbol.CLOCK),
        }
        for place, card in self.cards.items():
            card.clicked.connect(lambda _=False, there=place: self.chosen.emit(there))
            row.addWidget(card, 1)
        self.cards[Place.HISTORY].show_line(self.tr("What was done when"))

    def showEvent(self, event: QShowEvent) -> None:
        """Ask which calibration is in force, once a visit."""
        super().showEvent(event)
        said: list[str] = []
        self._ask(lambda: said.append(self._station.workbench.in_force()))
        version = version_line(said[0]) if said else self.tr("Cannot be read")
        self.cards[Place.CALIBRATE].show_line(version or self.tr("Not calibrated yet"), not any(said))

    def refresh(self) -> None:
        """Count the devices that are live."""
        devices = self._station.devices()
        live = sum(device.state is DeviceState.LIVE for device in devices)
        words = self.tr("{0} of {1} live").format(live, len(devices))
        self.cards[Place.DEVICES].show_line(words if devices else self.tr("None"), live < len(devices))
