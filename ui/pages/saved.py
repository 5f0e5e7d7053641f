"""Saved: the item is decided, and stored or about to be; for some seconds the save can be taken back."""

from __future__ import annotations

import math
import time

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from booth.events import Item, Phase
from ui import theme as look
from ui.paper import Card, Lines, Sign, writing
from ui.symbols import BY_DISPOSITION, Symbol
from ui.targets import Target
from ui.theme import Text, Theme
from ui.words import disposition_word, identity_line

NS_PER_S = 1_000_000_000
TICK_MS = 100


class SavedPage(QWidget):
    """A large tick, what was decided, and the undo with its seconds."""

    undo_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._until_ns = 0
        self.words = writing(theme, "", Text.HERO, bold=True)
        self.sign = Sign(theme, Symbol.BUSY, 44)
        self._next = writing(theme, self.tr("Remove item"), Text.TITLE, bold=True)
        self._next_sign = Sign(theme, Symbol.REMOVE, 16)
        self._title = Lines(theme, Text.LEAD, lines=2)
        self._identity = Lines(theme, Text.CAPTION, colour=look.SOFT_INK)
        self._way = Sign(theme, Symbol.TAG, 12)
        self._decision = writing(theme, "", Text.TITLE, bold=True)
        self.undo = Target(theme, "undo", self.tr("Undo"), Symbol.UNDO, text_size=Text.LEAD)
        self.undo.setMinimumWidth(theme.px(64))
        self.undo.clicked.connect(self.undo_asked)
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._count)
        rows = QVBoxLayout(self)
        rows.addStretch(1)
        rows.addWidget(self._card(), 0, Qt.AlignmentFlag.AlignHCenter)
        rows.addStretch(1)

    def show_item(self, item: Item) -> None:
        """Show what was saved, and how long it can be taken back; the tick comes once the item is stored."""
        self.words.setText(self.tr("Saved") if item.kept else self.tr("Not stored yet"))
        self.sign.set_symbol(
            Symbol.OK if item.kept else Symbol.BUSY, look.INK if item.kept else look.SOFT_INK
        )
        self._title.set_text(item.product.title if item.product else self.tr("Unknown product"))
        self._identity.set_text(identity_line(item.identity))
        kind = item.disposition.kind if item.disposition else None
        self._decision.setText(disposition_word(kind) if kind else "")
        self._way.setVisible(kind is not None)
        if kind:
            self._way.set_symbol(BY_DISPOSITION[kind], look.INK)
        self._until_ns = item.undo_until_ns if item.phase is Phase.SAVED else 0
        self._count()

    def showEvent(self, event: object) -> None:
        """Count while seen."""
        self._timer.start()

    def hideEvent(self, event: object) -> None:
        """Rest while hidden."""
        self._timer.stop()

    def _count(self) -> None:
        left = math.ceil((self._until_ns - time.monotonic_ns()) / NS_PER_S)
        self.undo.setVisible(left > 0)
        self._next.setVisible(left <= 0)
        self._next_sign.setVisible(left <= 0)
        if left > 0:
            self.undo.set_face(self.tr("Undo  {0}").format(left), Symbol.UNDO)

    def _card(self) -> Card:
        theme = self._theme
        card = Card(theme)
        card.setFixedWidth(theme.px(170))
        margin = theme.px(11)
        card.rows.setContentsMargins(margin, margin, margin, margin)
        top = QHBoxLayout()
        top.setSpacing(theme.px(9))
        top.addWidget(self.sign)
        words = QVBoxLayout()
        words.addStretch(1)
        words.addWidget(self.words)
        way = QHBoxLayout()
        way.setSpacing(theme.px(3))
        way.addWidget(self._way)
        way.addWidget(self._decision, 1)
        words.addLayout(way)
        words.addStretch(1)
        top.addLayout(words, 1)
        card.rows.addLayout(top)
        card.rows.addSpacing(theme.px(5))
        card.rows.addWidget(self._title)
        card.rows.addWidget(self._identity)
        card.rows.addSpacing(theme.px(7))
        last = QWidget()
        last.setFixedHeight(theme.px(20))
        bottom = QHBoxLayout(last)
        bottom.setContentsMargins(0, 0, 0, 0)
        bottom.setSpacing(theme.px(4))
        bottom.addWidget(self.undo)
        bottom.addWidget(self._next_sign)
        bottom.addWidget(self._next)
        bottom.addStretch(1)
        card.rows.addWidget(last)
        return card
