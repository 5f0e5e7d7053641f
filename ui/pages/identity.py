"""Identity: licence plate, tote and order of the item, scanned or typed on the pad."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QVBoxLayout, QWidget

from booth.domain.sample import SiteIdentity
from booth.events import Item
from ui import theme as look
from ui.keypad import KeyPad
from ui.paper import Card, Lines, writing
from ui.symbols import Symbol
from ui.targets import Kind, Target
from ui.theme import Text, Theme

LONGEST = 64
Field = Literal["licence_plate", "tote", "order"]
FIELDS: tuple[Field, ...] = ("licence_plate", "tote", "order")


class IdentityPage(QWidget):
    """Three fields and a pad; a scan goes into the chosen field."""

    identified = Signal(SiteIdentity)
    closed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._field: Field = "licence_plate"
        self._identity = SiteIdentity()
        self._values: dict[Field, Lines] = {}
        self._group = QButtonGroup(self)
        columns = QHBoxLayout(self)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(theme.px(4))
        columns.addWidget(self._fields_card(), 1)
        columns.addLayout(self._pad_column())

    def show_item(self, item: Item) -> None:
        """Take the item's identity as it stands."""
        self._identity = item.identity
        self._refresh()

    def take(self, text: str, source: str) -> None:
        """A whole value for the chosen field, scanned or typed."""
        self._set(text[:LONGEST], source)

    def take_plate(self, text: str, source: str) -> None:
        """A scan that came while the page was closed is the licence plate."""
        field, self._field = self._field, "licence_plate"
        self.take(text, source)
        self._field = field

    def add(self, characters: str) -> None:
        """Characters typed for the chosen field."""
        self._set((self._value(self._field) + characters)[:LONGEST], "typed")

    def erase(self) -> None:
        """Take the last character back."""
        self._set(self._value(self._field)[:-1], "typed")

    def _fields_card(self) -> Card:
        card = Card(self._theme)
        card.rows.addWidget(writing(self._theme, self.tr("What the site calls it"), Text.TITLE, bold=True))
        words = {
            "licence_plate": self.tr("Licence plate"),
            "tote": self.tr("Tote"),
            "order": self.tr("Order"),
        }
        for name in FIELDS:
            card.rows.addSpacing(self._theme.px(3))
            row = QHBoxLayout()
            button = Target(self._theme, f"field:{name}", words[name], None)
            button.setCheckable(True)
            button.setFixedWidth(self._theme.px(46))
            button.setChecked(name == self._field)
            button.clicked.connect(lambda _=False, chosen=name: self._choose(chosen))
            self._group.addButton(button)
            self._values[name] = Lines(self._theme, Text.LEAD, bold=True, lines=2)
            row.addWidget(button)
            row.addSpacing(self._theme.px(3))
            row.addWidget(self._values[name], 1)
            card.rows.addLayout(row)
        card.rows.addStretch(1)
        return card

    def _pad_column(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(self._theme.px(4))
        pad = KeyPad(self._theme)
        pad.pressed.connect(self.add)
        pad.erased.connect(self.erase)
        pad.cleared.connect(lambda: self._set("", "typed"))
        done = Target(self._theme, "identity_done", self.tr("Done"), Symbol.TICK, kind=Kind.STRONG)
        done.clicked.connect(self.closed)
        column.addStretch(1)
        column.addWidget(pad)
        column.addWidget(done)
        return column

    def _choose(self, field: Field) -> None:
        self._field = field

    def _value(self, field: Field) -> str:
        return {
            "licence_plate": self._identity.licence_plate,
            "tote": self._identity.tote,
            "order": self._identity.order,
        }[field]

    def _set(self, text: str, source: str) -> None:
        match self._field:
            case "licence_plate":
                changed = replace(self._identity, licence_plate=text, source=source)
            case "tote":
                changed = replace(self._identity, tote=text, source=source)
            case "order":
                changed = replace(self._identity, order=text, source=source)
        self._identity = changed
        self._refresh()
        self.identified.emit(changed)

    def _refresh(self) -> None:
        for name, lines in self._values.items():
            value = self._value(name)
            lines.set_text(value or "–", look.INK if value else look.FADED)
