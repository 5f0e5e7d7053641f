"""The simulated tray: a bar of two buttons in place of a hand, only where the cameras are simulated."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QHBoxLayout, QWidget

from booth.domain.product import Product
from booth.domain.terms import DamageType, Severity
from booth.ports.scene import ItemWish, Scene
from ui import theme as look
from ui.paper import writing
from ui.symbols import Symbol
from ui.targets import Rank, Target
from ui.theme import Text, Theme

COURSE: tuple[tuple[DamageType | None, str], ...] = (
    (None, "clear"),
    (DamageType.CRUSH, "clear"),
    (None, "missing"),
    (DamageType.SPILLAGE, "clear"),
    (DamageType.TEAR, "smudged"),
    (None, "clear"),
    (DamageType.HOLE, "clear"),
    (None, "smudged"),
    (DamageType.DECONSTRUCTION, "clear"),
    (None, "clear"),
    (DamageType.MISSING_UNIT, "missing"),
)
"""Damage and barcode of one item after the other."""


def wish_number(number: int, products: Sequence[Product]) -> ItemWish:
    """The wish for the `number`-th item, counted from 0: every product and every fault in turn."""
    damage, barcode = COURSE[number % len(COURSE)]
    gtin = products[number % len(products)].gtin if products else ""
    return ItemWish(1000 + number, gtin, damage, Severity.MAJOR, barcode)


class SimulatedTray(QWidget):
    """Lays one item at a time on the simulated tray, and takes it away."""

    def __init__(self, theme: Theme, scene: Scene) -> None:
        super().__init__()
        self._scene = scene
        self._number = 0
        self.wish: ItemWish | None = None
        self.next_item = Target(theme, "next_item", self.tr("Next item"), Symbol.NEXT, rank=Rank.SECONDARY)
        self.clear_tray = Target(
            theme, "clear_tray", self.tr("Clear tray"), Symbol.REMOVE, rank=Rank.SECONDARY
        )
        self.next_item.clicked.connect(self._place)
        self.clear_tray.clicked.connect(self._clear)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(3))
        row.addWidget(writing(theme, self.tr("Simulated tray"), Text.CAPTION, colour=look.SOFT_INK))
        row.addStretch(1)
        row.addWidget(self.clear_tray)
        row.addWidget(self.next_item)
        self._lay(None)

    def _place(self) -> None:
        wish = wish_number(self._number, self._scene.products)
        self._number += 1
        self._lay(wish)
        self._scene.place(wish)

    def _clear(self) -> None:
        self._lay(None)
        self._scene.clear()

    def _lay(self, wish: ItemWish | None) -> None:
        self.wish = wish
        self.next_item.setEnabled(wish is None)
        self.clear_tray.setEnabled(wish is not None)
