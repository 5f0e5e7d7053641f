"""What a finger can hit: one painted button of a size given in millimetres."""

from __future__ import annotations

import time
from enum import Enum

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QMouseEvent, QPainter, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from ui import theme as look
from ui.symbols import Symbol, draw
from ui.theme import PRIMARY_MM, SECONDARY_MM, Text, Theme

SETTLING_MS = 400
"""A target takes no touch so soon after it came to sight: the second tap of a double one was not for it."""
NS_PER_MS = 1_000_000


class Rank(Enum):
    """How large a target is at least, in mm of its shorter side."""

    PRIMARY = PRIMARY_MM
    SECONDARY = SECONDARY_MM


class Kind(Enum):
    """How loud a target looks: the one next step, any other, or a faint aside."""

    STRONG = "strong"
    PLAIN = "plain"
    QUIET = "quiet"


class Target(QAbstractButton):
    """A button with a symbol and at most three words; a checkable one turns dark when chosen."""

    def __init__(
        self,
        theme: Theme,
        name: str,
        text: str,
        symbol: Symbol | None = None,
        *,
        kind: Kind = Kind.PLAIN,
        rank: Rank = Rank.PRIMARY,
        text_size: Text = Text.BODY,
        above: bool = False,
        symbol_mm: float | None = None,
    ) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setText(text)
        self.setAccessibleName(text or name)
        self.setFont(theme.font(text_size, bold=kind is Kind.STRONG))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        side = theme.px(rank.value)
        self.setMinimumSize(side, side)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self.rank = rank
        self._theme = theme
        self._kind = kind
        self._symbol = symbol
        self._above = above
        self._symbol_mm = symbol_mm or (8 if rank is Rank.PRIMARY else 5.8)
        self._shown_ns = 0

    def showEvent(self, event: QShowEvent) -> None:
        """Note when it came to sight."""
        self._shown_ns = time.monotonic_ns()
        super().showEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take a touch, unless the target has only just come under the finger."""
        if time.monotonic_ns() - self._shown_ns >= SETTLING_MS * NS_PER_MS:
            super().mousePressEvent(event)

    def set_face(self, text: str, symbol: Symbol | None) -> None:
        """Change the words and the symbol."""
        self._symbol = symbol
        self.setText(text)
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def set_kind(self, kind: Kind) -> None:
        """Look louder or quieter."""
        if kind is not self._kind:
            self._kind = kind
            self.update()

    def sizeHint(self) -> QSize:
        """Room for the symbol, the words and a margin."""
        side = self._theme.px(self.rank.value)
        words = QFontMetrics(self.font()).horizontalAdvance(self.text()) if self.text() else 0
        symbol = self._symbol_px() + (self._theme.px(2.4) if words else 0) if self._symbol else 0
        if self._above:
            return QSize(max(side, words + self._theme.px(4)), side)
        return QSize(max(side, words + symbol + self._theme.px(8)), side)

    def minimumSizeHint(self) -> QSize:
        """Never smaller than a glove."""
        return self.minimumSize()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the face for the state it is in."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        back, front, edge = self._colours()
        painter.setBrush(back)
        painter.setPen(QPen(edge, 1.5) if edge is not None else Qt.PenStyle.NoPen)
        radius = self._theme.px(2.2)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), radius, radius)
        self._paint_face(painter, front)
        painter.end()

    def _paint_face(self, painter: QPainter, colour: QColor) -> None:
        if self._above and self._symbol:
            self._paint_above(painter, self._symbol, colour)
            return
        metrics = QFontMetrics(self.font())
        side = self._symbol_px() if self._symbol else 0
        gap = self._theme.px(2.4) if self._symbol and self.text() else 0
        room = self.width() - side - gap - self._theme.px(3)
        words = metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, room)
        width = metrics.horizontalAdvance(words)
        left = (self.width() - side - gap - width) / 2
        if self._symbol:
            draw(painter, self._symbol, QRectF(left, (self.height() - side) / 2, side, side), colour)
        painter.setPen(colour)
        painter.setFont(self.font())
        where = QRectF(left + side + gap, 0, width + 4, self.height())
        painter.drawText(where, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)

    def _paint_above(self, painter: QPainter, symbol: Symbol, colour: QColor) -> None:
        metrics = QFontMetrics(self.font())
        side, line = self._symbol_px(), metrics.height()
        top = (self.height() - side - line - self._theme.px(0.6)) / 2
        draw(painter, symbol, QRectF((self.width() - side) / 2, top, side, side), colour)
        words = metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width() - 6)
        painter.setPen(colour)
        painter.setFont(self.font())
        where = QRectF(0, top + side + self._theme.px(0.6), self.width(), line)
        painter.drawText(where, Qt.AlignmentFlag.AlignCenter, words)

    def _symbol_px(self) -> int:
        return self._theme.px(self._symbol_mm)

    def _colours(self) -> tuple[QColor, QColor, QColor | None]:
        if not self.isEnabled():
            return look.GROUND, look.FADED, look.HAIR
        if self.isChecked() or self._kind is Kind.STRONG:
            return (QColor("#3A4550") if self.isDown() else look.INK), QColor("white"), None
        if self._kind is Kind.QUIET:
            return (look.PRESSED if self.isDown() else QColor(0, 0, 0, 0)), look.INK, None
        return (look.PRESSED if self.isDown() else look.CARD), look.INK, look.LINE
