"""Place: the live pictures, one instruction at a time, and what the site calls the item."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
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

SIDE_MM = 92


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
        self._sign = Sign(theme, Symbol.PLACE, 38)
        self._words = writing(theme, "", Text.HERO, bold=True)
        self._hint = Lines(theme, Text.BODY, lines=2, colour=look.SOFT_INK)
        self._identity: dict[str, Lines] = {}
        columns = QHBoxLayout(self)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(theme.px(4))
        columns.addWidget(self.live, 1)
        side = QVBoxLayout()
        side.setSpacing(theme.px(4))
        side.addWidget(self._instruction(), 1)
        side.addWidget(self._identity_card())
        columns.addLayout(side)
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
        card = Card(self._theme)
        card.setFixedWidth(self._theme.px(SIDE_MM))
        card.rows.addStretch(2)
        card.rows.addWidget(self._sign)
        card.rows.addSpacing(self._theme.px(3))
        card.rows.addWidget(self._words)
        card.rows.addWidget(self._hint)
        card.rows.addStretch(3)
        button = Target(self._theme, "capture", self.tr("Take picture"), Symbol.CAMERA, rank=Rank.SECONDARY)
        button.clicked.connect(self.capture_asked)
        card.rows.addWidget(button)
        return card

    def _identity_card(self) -> Card:
        card = Card(self._theme)
        card.setFixedWidth(self._theme.px(SIDE_MM))
        for name, words in (
            ("licence_plate", self.tr("Plate")),
            ("tote", self.tr("Tote")),
            ("order", self.tr("Order")),
        ):
            row = QHBoxLayout()
            label = writing(self._theme, words, Text.CAPTION, colour=look.SOFT_INK)
            label.setFixedWidth(self._theme.px(18))
            label.setAlignment(Qt.AlignmentFlag.AlignVCenter)
            row.addWidget(label)
            self._identity[name] = Lines(self._theme, Text.BODY, bold=True)
            row.addWidget(self._identity[name], 1)
            card.rows.addLayout(row)
        button = Target(self._theme, "identity", self.tr("Scan or type"), None, rank=Rank.SECONDARY)
        button.clicked.connect(self.identity_asked)
        card.rows.addSpacing(self._theme.px(1))
        card.rows.addWidget(button)
        return card
