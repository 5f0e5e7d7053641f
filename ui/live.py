"""The live picture of every camera, pulled on a timer and painted only where it changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QWidget

from booth.domain.device import DeviceState
from booth.domain.picture import Frame
from ui import theme as look
from ui.pictures import image_of, rgb32_buffer, thinned
from ui.symbols import Symbol, draw
from ui.theme import Text, Theme

PULL_MS = 66
"""About 15 pictures a second: enough to see a hand, half of what the cameras give."""
USUAL_ASPECT = 4 / 3
"""Width over height of a tile before its camera has given a picture."""


class LiveTile(QWidget):
    """One camera's picture with its name; says in words when the camera is lost.

    A `small` one has room for neither: it shows the picture, or one symbol.
    """

    def __init__(self, theme: Theme, camera_id: str, *, small: bool = False) -> None:
        super().__init__()
        self.camera_id = camera_id
        self.picture_px = QSize()
        self._small = small
        self.setAccessibleName(camera_id)
        self._theme = theme
        self._buffer: NDArray[np.uint8] | None = None
        self._image = QImage()
        self._sequence: int | None = None
        self._state = DeviceState.OPENING
        self._message = ""
        self.painted_frames = 0

    @property
    def state(self) -> DeviceState:
        """How the camera is doing, as last told."""
        return self._state

    def show_frame(self, frame: Frame | None) -> None:
        """Take a new frame; the same sequence again costs nothing."""
        if frame is None or frame.sequence == self._sequence:
            return
        self._sequence = frame.sequence
        self.picture_px = QSize(frame.rgb.shape[1], frame.rgb.shape[0])
        self._buffer = rgb32_buffer(thinned(frame.rgb, self.width(), self.height()))
        self._image = image_of(self._buffer)
        self.painted_frames += 1
        if self._state is DeviceState.OPENING:
            self._state = DeviceState.LIVE
        self.update()

    def show_state(self, state: DeviceState, message: str) -> None:
        """Say how the camera is doing."""
        self._state = state
        self._message = message
        if state is DeviceState.LOST:  # what it saw last must not pass for what it sees once it opens again
            self._image, self._buffer, self._sequence = QImage(), None, None
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the picture, or what stands in its place."""
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        whole = QRectF(self.rect())
        clip = QPainterPath()
        clip.addRoundedRect(whole, self._theme.px(2.6), self._theme.px(2.6))
        painter.setClipPath(clip)
        lost = self._state is DeviceState.LOST
        painter.fillRect(whole, look.RED_GROUND if lost else look.PRESSED)
        if lost:
            self._paint_lost(painter)
        elif not self._image.isNull():
            self._paint_picture(painter, whole)
        else:
            self._paint_starting(painter, whole)
        if not self._small:
            self._paint_name(painter)
        painter.end()

    def _paint_picture(self, painter: QPainter, whole: QRectF) -> None:
        size = self._image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        where = QRectF(0, 0, size.width(), size.height())
        where.moveCenter(whole.center())
        painter.drawImage(where, self._image)
        self.paint_over(painter, where)

    def paint_over(self, painter: QPainter, where: QRectF) -> None:
        """Paint on the picture, which lies in `where`."""

    def _paint_starting(self, painter: QPainter, whole: QRectF) -> None:
        if self._small:
            side = self._theme.px(8)
            square = QRectF(0, 0, side, side)
            square.moveCenter(whole.center())
            draw(painter, Symbol.BUSY, square, look.SOFT_INK)
        else:
            self._paint_words(painter, self.tr("Camera starting"), whole, look.SOFT_INK)

    def _paint_lost(self, painter: QPainter) -> None:
        if self._small:
            side = self._theme.px(9)
            square = QRectF(0, 0, side, side)
            square.moveCenter(QRectF(self.rect()).center())
            draw(painter, Symbol.DAMAGED, square, look.RED)
            return
        side = min(self._theme.px(13), self.height() // 3)
        middle = self.width() / 2
        top = self.height() / 2 - side
        draw(painter, Symbol.DAMAGED, QRectF(middle - side / 2, top, side, side), look.RED)
        below = QRectF(0, top + side, self.width(), self._theme.px(10))
        self._paint_words(painter, self.tr("Camera lost"), below, look.RED, bold=True)
        below.translate(0, self._theme.px(8.5))
        below.setBottom(self.height())
        painter.setFont(self._theme.font(Text.CAPTION))
        painter.setPen(look.INK)
        centred = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
        room = below.adjusted(self._theme.px(2), 0, -self._theme.px(2), 0)
        painter.drawText(room, centred, self._message or self.tr("Check its cable"))

    def _paint_words(
        self, painter: QPainter, words: str, where: QRectF, colour: QColor, bold: bool = False
    ) -> None:
        font = self._theme.font(Text.CAPTION, bold)
        room = where.adjusted(self._theme.px(2), 0, -self._theme.px(2), 0)
        painter.setFont(font)
        painter.setPen(colour)
        shown = QFontMetrics(font).elidedText(words, Qt.TextElideMode.ElideRight, int(room.width()))
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, shown)

    def _paint_name(self, painter: QPainter) -> None:
        font = self._theme.font(Text.CAPTION)
        width = QFontMetrics(font).horizontalAdvance(self.camera_id) + self._theme.px(4)
        height = self._theme.px(7)
        where = QRectF(self._theme.px(2), self.height() - height - self._theme.px(2), width, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(255, 255, 255, 225))
        painter.drawRoundedRect(where, height / 2, height / 2)
        painter.setPen(look.INK)
        painter.setFont(font)
        painter.drawText(where, Qt.AlignmentFlag.AlignCenter, self.camera_id)


class LiveGrid(QWidget):
    """One to six tiles; pulls the newest frames while it can be seen."""

    def __init__(
        self, theme: Theme, camera_ids: Sequence[str], newest: Callable[[str], Frame | None]
    ) -> None:
        super().__init__()
        self._newest = newest
        self.tiles = {camera_id: LiveTile(theme, camera_id) for camera_id in camera_ids}
        self._gap = theme.px(2.4)
        self._aspect = USUAL_ASPECT
        self.setMinimumSize(theme.px(40), theme.px(30))
        for tile in self.tiles.values():
            tile.setParent(self)
        self._timer = QTimer(self)
        self._timer.setInterval(PULL_MS)
        self._timer.timeout.connect(self.pull)

    def pull(self) -> None:
        """Show what is new."""
        for camera_id, tile in self.tiles.items():
            frame = self._newest(camera_id)
            tile.show_frame(frame)
            if frame is not None:
                self._fit_to(frame.rgb.shape[1] / frame.rgb.shape[0])

    def show_state(self, camera_id: str, state: DeviceState, message: str) -> None:
        """Say how one camera is doing."""
        if camera_id in self.tiles:
            self.tiles[camera_id].show_state(state, message)

    def resizeEvent(self, event: object) -> None:
        """Lay the tiles anew."""
        self._lay()

    def showEvent(self, event: object) -> None:
        """Pull while seen."""
        self._timer.start()

    def hideEvent(self, event: object) -> None:
        """Rest while hidden."""
        self._timer.stop()

    def _fit_to(self, aspect: float) -> None:
        if abs(aspect - self._aspect) > 0.01:
            self._aspect = aspect
            self._lay()

    def _lay(self) -> None:
        """Give every tile the shape of a picture, as large as the grid allows, in the middle."""
        if not self.tiles:
            return
        columns, width, height = best_grid(
            len(self.tiles), self.width(), self.height(), self._gap, self._aspect
        )
        rows = -(-len(self.tiles) // columns)
        left = (self.width() - columns * width - (columns - 1) * self._gap) // 2
        top = (self.height() - rows * height - (rows - 1) * self._gap) // 2
        for index, tile in enumerate(self.tiles.values()):
            row, column = divmod(index, columns)
            tile.setGeometry(
                left + column * (width + self._gap), top + row * (height + self._gap), width, height
            )


def best_grid(count: int, width: int, height: int, gap: int, aspect: float) -> tuple[int, int, int]:
    """Columns, and width and height of a cell, that make `count` cells of one aspect largest."""

    def cell(columns: int) -> tuple[int, int, int]:
        rows = -(-count // columns)
        wide = (width - (columns - 1) * gap) / columns
        high = (height - (rows - 1) * gap) / rows
        wide = max(1.0, min(wide, high * aspect))
        return columns, int(wide), max(1, int(wide / aspect))

    return max((cell(columns) for columns in range(1, count + 1)), key=lambda found: found[1])
