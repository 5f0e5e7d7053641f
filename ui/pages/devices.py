"""Devices: how every camera and serial device is doing, live."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QHideEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from booth.domain.device import DeviceState, DeviceStatus
from booth.ports.screen import Station
from ui import theme as look
from ui.live import LiveTile
from ui.paper import Card, Lines, Sign, write, writing
from ui.polled import Polled
from ui.scrolling import Scrolled
from ui.symbols import BY_DEVICE_STATE, Symbol
from ui.theme import Text, Theme
from ui.words import device_state_word

LOOK_MS = 1_000
PULL_MS = 200
PICTURE_MM = (28.0, 21.0)
SIDE_MM = 2.8
NAME_MM = 62.0
STATE_MM = 37.0
NONE = "–"
MOST_LINES_OF_ERROR = 200
BY_PART = {
    "scale": Symbol.SCALE,
    "light": Symbol.LIGHT,
    "scanner": Symbol.SCANNER,
    "beacon": Symbol.BEACON,
}
STATE_INK = {DeviceState.LOST: look.RED, DeviceState.STALE: look.AMBER}
STATE_GROUND = {DeviceState.LOST: look.RED_GROUND, DeviceState.STALE: look.AMBER_GROUND}


class Columns(QWidget):
    """Words or numbers in columns of one width, flush right; the same shape in the head and in every row."""

    def __init__(self, theme: Theme, cells: tuple[str, ...], size: Text, colour: QColor) -> None:
        super().__init__()
        self._font = theme.font(size)
        self._colour = colour
        self._gap = theme.px(2)
        self.cells = cells
        self.setFixedHeight(theme.px(9))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_cells(self, cells: tuple[str, ...]) -> None:
        """Change the words."""
        if cells != self.cells:
            self.cells = cells
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint each cell flush right in its column."""
        painter = QPainter(self)
        width = self.width() / len(self.cells)
        for number, cell in enumerate(self.cells):
            where = QRectF(number * width + self._gap, 0, width - self._gap, self.height())
            write(painter, where, cell, self._font, self._colour, right=True)
        painter.end()


class DeviceRow(QWidget):
    """One device: picture, name, state, six numbers, and its last error in full."""

    def __init__(self, theme: Theme, status: DeviceStatus, is_camera: bool) -> None:
        super().__init__()
        self._theme = theme
        self._radius = theme.px(2.6)
        self.status = status
        self.tile = LiveTile(theme, status.part, small=True) if is_camera else None
        self._sign = Sign(theme, Symbol.BUSY, 7.4)
        self._state = writing(theme, "", Text.BODY, bold=True)
        self._name = Lines(theme, Text.BODY, bold=True)
        self._model = Lines(theme, Text.CAPTION, colour=look.SOFT_INK)
        self._serial = Lines(theme, Text.CAPTION, colour=look.SOFT_INK)
        self._numbers = Columns(theme, ("",) * 6, Text.BODY, look.INK)
        self.error = Lines(theme, Text.CAPTION, lines=MOST_LINES_OF_ERROR)
        self.error.set_text("")
        self._lay()
        self.show_status(status)

    def show_status(self, status: DeviceStatus) -> None:
        """Show how it is doing now."""
        self.status = status
        colour = STATE_INK.get(status.state, look.INK)
        self._sign.set_symbol(BY_DEVICE_STATE[status.state], colour)
        self._state.setText(device_state_word(status.state))
        self._name.set_text(status.part)
        self._model.set_text(status.info.model or status.info.kind)
        info = (status.info.serial, status.info.firmware)
        self._serial.set_text("  ·  ".join(part for part in info if part))
        self._numbers.show_cells(numbers_of(status))
        live = status.state is DeviceState.LIVE
        if self.error.text != status.last_error:
            self.error.set_text(status.last_error)
        self.error.set_colour(look.SOFT_INK if live else look.INK)
        if self.tile is not None:
            self.tile.show_state(status.state, "")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the sheet, tinted while the device is not well."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(STATE_GROUND.get(self.status.state, look.CARD))
        painter.drawRoundedRect(QRectF(self.rect()), self._radius, self._radius)
        painter.end()

    def _lay(self) -> None:
        theme = self._theme
        margin = theme.px(2)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.px(SIDE_MM), margin, theme.px(SIDE_MM), margin)
        row.setSpacing(theme.px(3))
        row.addWidget(self._picture(), 0, Qt.AlignmentFlag.AlignTop)
        name = _narrow(theme, NAME_MM, self._name, self._model, self._serial)
        state = QWidget()
        state.setFixedWidth(theme.px(STATE_MM))
        inside = QHBoxLayout(state)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(theme.px(2))
        inside.addWidget(self._sign)
        inside.addWidget(self._state, 1)
        line = QHBoxLayout()
        line.setSpacing(theme.px(2))
        for widget in (name, state):
            line.addWidget(widget)
        line.addWidget(self._numbers, 1)
        rows = QVBoxLayout()
        rows.setSpacing(theme.px(1))
        rows.addStretch(1)
        rows.addLayout(line)
        rows.addWidget(self.error)
        rows.addStretch(1)
        row.addLayout(rows, 1)

    def _picture(self) -> QWidget:
        width, height = (self._theme.px(side) for side in PICTURE_MM)
        if self.tile is not None:
            self.tile.setFixedSize(width, height)
            return self.tile
        place = QWidget()
        place.setFixedSize(width, self._theme.px(14))
        middle = QHBoxLayout(place)
        middle.setContentsMargins(0, 0, 0, 0)
        symbol = BY_PART.get(self.status.part, Symbol.PLUG)
        middle.addWidget(Sign(self._theme, symbol, 10, look.SOFT_INK), 0, Qt.AlignmentFlag.AlignCenter)
        return place


class DevicesPage(Polled):
    """The rows under a head; rows stay as they are while the same devices are there."""

    def __init__(self, theme: Theme, station: Station) -> None:
        super().__init__(LOOK_MS)
        self._theme = theme
        self._station = station
        self.rows: dict[str, DeviceRow] = {}
        self.pulls = QTimer(self)
        self.pulls.setInterval(PULL_MS)
        self.pulls.timeout.connect(self.pull)
        self._none = Card(theme)
        self._none.rows.addWidget(writing(theme, self.tr("No devices"), Text.TITLE, bold=True))
        inside = QWidget()
        self._list = QVBoxLayout(inside)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(theme.px(2))
        self._list.addWidget(self._none)
        self._list.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(1))
        column.addWidget(self._head())
        column.addWidget(Scrolled(inside), 1)

    def showEvent(self, event: QShowEvent) -> None:
        """Pull pictures while seen."""
        super().showEvent(event)
        self.pulls.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Rest while hidden."""
        self.pulls.stop()
        super().hideEvent(event)

    def refresh(self) -> None:
        """Show how every device is doing now."""
        devices = {status.part: status for status in self._station.devices()}
        self._none.setVisible(not devices)
        if list(devices) != list(self.rows):
            self._make_rows(devices)
        for part, status in devices.items():
            self.rows[part].show_status(status)

    def pull(self) -> None:
        """Show the newest picture of every camera that is not lost."""
        for part, row in self.rows.items():
            if row.tile is not None and row.status.state is not DeviceState.LOST:
                row.tile.show_frame(self._station.newest(part))

    def _make_rows(self, devices: dict[str, DeviceStatus]) -> None:
        for row in self.rows.values():
            self._list.removeWidget(row)
            row.hide()
            row.deleteLater()
        cameras = set(self._station.camera_ids)
        self.rows = {
            part: DeviceRow(self._theme, status, part in cameras) for part, status in devices.items()
        }
        for number, row in enumerate(self.rows.values()):
            self._list.insertWidget(number, row)

    def _head(self) -> QWidget:
        theme = self._theme
        head = QWidget()
        row = QHBoxLayout(head)
        row.setContentsMargins(theme.px(SIDE_MM), 0, theme.px(SIDE_MM), 0)
        row.setSpacing(theme.px(2))
        row.addSpacing(theme.px(PICTURE_MM[0]) + theme.px(3))
        row.addWidget(_head_word(theme, self.tr("Device"), NAME_MM))
        row.addWidget(_head_word(theme, self.tr("State"), STATE_MM))
        words = (
            self.tr("Rate /s"),
            self.tr("Dropped"),
            self.tr("Longest gap"),
            self.tr("Temp. °C"),
            self.tr("Reopened"),
            self.tr("Restarted"),
        )
        row.addWidget(Columns(theme, words, Text.CAPTION, look.SOFT_INK), 1)
        return head


def numbers_of(status: DeviceStatus) -> tuple[str, ...]:
    """Rate, drops, longest gap, temperature, reopenings and restarts, as the row shows them."""
    rate = NONE if status.rate_hz is None else f"{status.rate_hz:.1f}"
    gap = f"{status.longest_gap_ms:,.0f} ms" if status.longest_gap_ms else NONE
    heat = NONE if status.temperature_c is None else f"{status.temperature_c:.1f}"
    return rate, f"{status.dropped:,}", gap, heat, str(status.reopened), str(status.restarted)


def _narrow(theme: Theme, width_mm: float, *lines: Lines) -> QWidget:
    box = QWidget()
    box.setFixedWidth(theme.px(width_mm))
    rows = QVBoxLayout(box)
    rows.setContentsMargins(0, 0, 0, 0)
    rows.setSpacing(0)
    for line in lines:
        rows.addWidget(line)
    return box


def _head_word(theme: Theme, words: str, width_mm: float) -> QWidget:
    label = writing(theme, words, Text.CAPTION, colour=look.SOFT_INK)
    label.setFixedWidth(theme.px(width_mm))
    return label
