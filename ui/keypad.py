"""Typing with gloved fingers: a pad of large keys, and the line that shows what was typed."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QWidget

from ui import theme as look
from ui.symbols import Symbol, draw
from ui.targets import Rank, Target
from ui.theme import Text, Theme

ROWS = ("1234567890", "QWERTYUIOP", "ASDFGHJKL-", "ZXCVBNM.")
ERASE = "erase"
SPACE = "space"


class KeyPad(QWidget):
    """Keys of 15 mm; the text that they make belongs to whoever listens.

    Keys for the `extra` characters stand beside a shorter space bar.
    """

    pressed = Signal(str)
    erased = Signal()
    cleared = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None, extra: str = "") -> None:
        super().__init__(parent)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(theme.px(1.2))
        for row, keys in enumerate(ROWS):
            for column, key in enumerate(keys):
                grid.addWidget(self._key(theme, key, key), row, column)
        erase = self._button(theme, ERASE, "", Symbol.ERASE)
        erase.clicked.connect(self.erased)
        grid.addWidget(erase, 3, 8, 1, 2)
        clear = self._button(theme, "clear", self.tr("Clear"), None)
        clear.clicked.connect(self.cleared)
        grid.addWidget(clear, 4, 0, 1, 2)
        for place, character in enumerate(extra):
            grid.addWidget(self._key(theme, character, character), 4, 2 + place)
        space = self._key(theme, " ", self.tr("Space"))
        space.setObjectName(f"key:{SPACE}")
        grid.addWidget(space, 4, 2 + len(extra), 1, 8 - len(extra))

    def _button(self, theme: Theme, name: str, text: str, symbol: Symbol | None) -> Target:
        return Target(theme, f"key:{name}", text, symbol, rank=Rank.SECONDARY, text_size=Text.LEAD)

    def _key(self, theme: Theme, character: str, face: str) -> Target:
        button = self._button(theme, character, face, None)
        button.clicked.connect(lambda: self.pressed.emit(character))
        return button


class Field(QWidget):
    """The line that shows what has been typed."""

    def __init__(self, theme: Theme, hint: str, symbol: Symbol) -> None:
        super().__init__()
        self._theme = theme
        self._symbol = symbol
        self._hint = hint
        self.text = ""
        self.setFixedHeight(theme.px(17))

    def set_text(self, text: str) -> None:
        """Show other writing."""
        self.text = text
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the line with its symbol, the writing and a caret."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(look.CARD)
        painter.setPen(QPen(look.INK, 2))
        radius = self._theme.px(2.2)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), radius, radius)
        side, margin = self._theme.px(6), self._theme.px(4)
        draw(painter, self._symbol, QRectF(margin, (self.height() - side) / 2, side, side), look.SOFT_INK)
        left = margin + side + self._theme.px(3)
        where = QRectF(left, 0, self.width() - left - margin, self.height())
        painter.setFont(self._theme.font(Text.LEAD))
        painter.setPen(look.INK if self.text else look.FADED)
        metrics = QFontMetrics(painter.font())
        shown = metrics.elidedText(self.text or self._hint, Qt.TextElideMode.ElideLeft, int(where.width()))
        painter.drawText(where, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        if self.text:
            caret = left + metrics.horizontalAdvance(shown) + 3
            painter.setPen(QPen(look.INK, 2))
            painter.drawLine(int(caret), int(self.height() * 0.25), int(caret), int(self.height() * 0.75))
        painter.end()
