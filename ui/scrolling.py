"""A column that is dragged up and down by a finger, with a thread at its side that shows how far it goes."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QScroller, QWidget

from ui import theme as look

THREAD_PX = 5
LEAST_PX = 24


class Scrolled(QScrollArea):
    """`inside` under a finger: no frame, no bars."""

    def __init__(self, inside: QWidget) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        QScroller.grabGesture(self.viewport(), QScroller.ScrollerGestureType.LeftMouseButtonGesture)
        self._thread = Thread(self)
        self.fill(inside)

    def fill(self, inside: QWidget) -> None:
        """Put `inside` under the finger, in place of what was there; the ground shows through."""
        self.setWidget(inside)
        self.viewport().setAutoFillBackground(False)
        inside.setAutoFillBackground(False)
        self._thread.raise_()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the thread at the side."""
        super().resizeEvent(event)
        left = 0 if self.isRightToLeft() else self.width() - THREAD_PX
        self._thread.setGeometry(left, 0, THREAD_PX, self.height())


class Thread(QWidget):
    """Which part of a column is in sight; nothing while all of it is."""

    def __init__(self, area: QScrollArea) -> None:
        super().__init__(area)
        self._bar = area.verticalScrollBar()
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._bar.valueChanged.connect(self.update)
        self._bar.rangeChanged.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint it."""
        whole = self._bar.maximum() + self._bar.pageStep()
        if self._bar.maximum() <= 0:
            return
        long = max(LEAST_PX, self.height() * self._bar.pageStep() / whole)
        top = (self.height() - long) * self._bar.value() / self._bar.maximum()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.LINE)
        painter.drawRoundedRect(QRectF(0, top, THREAD_PX, long), THREAD_PX / 2, THREAD_PX / 2)
        painter.end()
