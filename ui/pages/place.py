"""Place: the live pictures, one instruction at a time, and what the site calls the item."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from booth.domain.picture import Frame
from booth.domain.sample import SiteIdentity
from booth.events import Item, Placement
from ui import theme as look
from ui.live import LiveGrid
from ui.paper import Card, Lines, Sign, writing
from ui.symbols import Symbol
from ui.targets import Rank, Target
from ui.theme import Text, Theme

SIDE_MM = 80


class PlacePage(QWidget):
    """What the associate sees between two items."""

    capture_asked = Signal()
    identity_asked = Signal()

    def __init__(
        self, theme: Theme, camera_ids: Sequence[str], newest: Callable[[str], Frame | None]
    ) -> None:
        super().__init__()
        self._theme = theme
        self.live = LiveGrid(theme, camera_ids, newest)
        self._sign = Sign(theme, Symbol.PLACE, 26)
        self._words = writing(theme, "", Text.HERO, bold=True)
        self._hint = Lines(theme, Text.BODY, colour=look.SOFT_INK)
        self._identity: dict[str, Lines] = {}
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.px(3.4))
        rows.addWidget(self._instruction())
        below = QHBoxLayout()
        below.setSpacing(theme.px(3.4))
        below.addWidget(self.live, 1)
        below.addWidget(self._identity_card())
        rows.addLayout(below, 1)
        self.show_placement(Placement.EMPTY)

    @property
    def instruction(self) -> str:
        """What it tells the associate to do now."""
        return self._words.text()

    def show_item(self, item: Item) -> None:
        """Show what the site calls the item."""
        identity: SiteIdentity = item.identity
        for name, value in (
            ("licence_plate", identity.licence_plate),
            ("tote", identity.tote),
            ("order", identity.order),
        ):
            self._identity[name].set_text(value or "–", look.INK if value else look.FADED)

    def show_placement(self, placement: Placement) -> None:
        """Give the one instruction that the tray asks for."""
        symbol, words, hint = {
            Placement.EMPTY: (
                Symbol.PLACE,
                self.tr("Place item"),
                self.tr("One item, in the middle of the tray"),
            ),
            Placement.MOVING: (Symbol.HOLD, self.tr("Hold still"), self.tr("Take your hands off the tray")),
            Placement.STILL: (
                Symbol.CAMERA,
                self.tr("Taking picture"),
                self.tr("Leave the item where it is"),
            ),
            Placement.REMOVE: (Symbol.REMOVE, self.tr("Remove item"), self.tr("This one is done")),
        }[placement]
        self._sign.set_symbol(symbol, look.INK)
        self._words.setText(words)
        self._hint.set_text(hint)

    def _instruction(self) -> Card:
        theme = self._theme
        card = Card(theme)
        row = QHBoxLayout()
        row.setSpacing(theme.px(6))
        row.addWidget(self._sign)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addStretch(1)
        words.addWidget(self._words)
        words.addWidget(self._hint)
        words.addStretch(1)
        row.addLayout(words, 1)
        button = Target(theme, "capture", self.tr("Take picture"), Symbol.CAMERA, rank=Rank.SECONDARY)
        button.clicked.connect(self.capture_asked)
        row.addWidget(button)
        card.rows.addLayout(row)
        return card

    def _identity_card(self) -> Card:
        theme = self._theme
        card = Card(theme)
        card.setFixedWidth(theme.px(SIDE_MM))
        for name, words in (
            ("licence_plate", self.tr("Licence plate")),
            ("tote", self.tr("Tote")),
            ("order", self.tr("Order")),
        ):
            rows = QVBoxLayout()
            rows.setSpacing(0)
            rows.addWidget(writing(theme, words, Text.CAPTION, colour=look.SOFT_INK))
            self._identity[name] = Lines(theme, Text.LEAD, bold=True)
            rows.addWidget(self._identity[name])
            card.rows.addLayout(rows)
            card.rows.addSpacing(theme.px(2))
        card.rows.addStretch(1)
        button = Target(theme, "identity", self.tr("Scan or type"), Symbol.TAG)
        button.clicked.connect(self.identity_asked)
        card.rows.addWidget(button)
        return card
