"""A pad of large keys for gloved fingers: letters, digits, erase."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from ui.symbols import Symbol
from ui.targets import Rank, Target
from ui.theme import Text, Theme

ROWS = ("1234567890", "QWERTYUIOP", "ASDFGHJKL-", "ZXCVBNM.")
ERASE = "erase"
SPACE = "space"


class KeyPad(QWidget):
    """Keys of 15 mm; the text that they make belongs to whoever listens."""

    pressed = Signal(str)
    erased = Signal()
    cleared = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
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
        space = self._key(theme, " ", self.tr("Space"))
        space.setObjectName(f"key:{SPACE}")
        grid.addWidget(space, 4, 2, 1, 8)

    def _button(self, theme: Theme, name: str, text: str, symbol: Symbol | None) -> Target:
        return Target(theme, f"key:{name}", text, symbol, rank=Rank.SECONDARY, text_size=Text.LEAD)

    def _key(self, theme: Theme, character: str, face: str) -> Target:
        button = self._button(theme, character, face, None)
        button.clicked.connect(lambda: self.pressed.emit(character))
        return button
