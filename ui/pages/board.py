"""Typing a calibration target that is none of the usual ones."""

from __future__ import annotations

import re

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ui import theme as look
from ui.keypad import Field, KeyPad
from ui.paper import Lines, writing
from ui.symbols import Symbol
from ui.targets import Kind, Target
from ui.theme import Text, Theme

LONGEST = 120
FORMS = (
    "charuco:8x6:30mm:22mm:DICT_5X5_100",
    "chessboard:9x6:25mm",
    "aprilgrid:6x6:35mm:0.3",
)
"""One of each kind, as `booth calibrate` writes them."""


class BoardPage(QWidget):
    """A field and a pad; `done` gives the target as it was typed, kinds and lengths in small letters."""

    done = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.field = Field(theme, self.tr("Kind:columns x rows:size"), Symbol.BOARD)
        pad = KeyPad(theme, extra=":_")
        pad.pressed.connect(self.add)
        pad.erased.connect(self.erase)
        pad.cleared.connect(lambda: self.field.set_text(""))
        button = Target(theme, "board_done", self.tr("Use it"), Symbol.TICK, kind=Kind.STRONG)
        button.clicked.connect(lambda: self.done.emit(self.field.text))
        columns = QHBoxLayout(self)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(theme.px(5))
        left = QVBoxLayout()
        left.setSpacing(theme.px(3))
        left.addWidget(self.field)
        left.addWidget(writing(theme, self.tr("Written like one of these"), Text.BODY))
        for form in FORMS:
            line = Lines(theme, Text.BODY, colour=look.SOFT_INK, lines=2)
            line.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
            line.set_text(form)
            left.addWidget(line)
        left.addStretch(1)
        columns.addLayout(left, 1)
        right = QVBoxLayout()
        right.setSpacing(theme.px(3))
        right.addStretch(1)
        right.addWidget(pad)
        right.addWidget(button)
        columns.addLayout(right)

    def show_board(self, text: str) -> None:
        """Begin with this text."""
        self.field.set_text(text)

    def add(self, characters: str) -> None:
        """Characters typed on the pad or on a keyboard."""
        self.field.set_text(as_written(self.field.text + characters)[:LONGEST])

    def erase(self) -> None:
        """Take the last character back."""
        self.field.set_text(self.field.text[:-1])


def as_written(text: str) -> str:
    """Small letters but for a dictionary's name, such as `DICT_APRILTAG_36h11`: the pad has capitals only."""
    return ":".join(_part_as_written(part.lower()) for part in text.split(":"))


def _part_as_written(part: str) -> str:
    if not part.startswith("dict"):
        return part
    return re.sub(r"(\d)H(\d|$)", r"\1h\2", part.upper())
