"""Died: a part of the booth ended; it starts again by itself."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from booth.events import Died
from ui import theme as look
from ui.paper import Card, Lines, Sign, writing
from ui.symbols import Symbol
from ui.theme import Text, Theme


class DiedPage(QWidget):
    """One clear sentence."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        card = Card(theme)
        card.setFixedWidth(theme.px(200))
        margin = theme.px(11)
        card.rows.setContentsMargins(margin, margin, margin, margin)
        card.rows.addWidget(Sign(theme, Symbol.DAMAGED, 30, look.RED))
        card.rows.addSpacing(theme.px(4))
        card.rows.addWidget(writing(theme, self.tr("The booth restarts"), Text.HERO, bold=True))
        self._sentence = Lines(theme, Text.LEAD, lines=4)
        card.rows.addWidget(self._sentence)
        rows = QVBoxLayout(self)
        rows.addStretch(1)
        rows.addWidget(card, 0, Qt.AlignmentFlag.AlignHCenter)
        rows.addStretch(1)

    def show_death(self, died: Died) -> None:
        """Say what ended, and that kept items are safe."""
        sentence = self.tr("The part “{0}” stopped. Items that were saved are safe; please wait.")
        self._sentence.set_text(sentence.format(died.worker))
