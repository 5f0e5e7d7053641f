"""What was understood of the typed words, as chips: a tap takes one away."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from booth.domain.evidence import Understood
from ui.symbols import Symbol
from ui.targets import Rank, Target
from ui.theme import Text, Theme

MOST = 4
"""The most probable are shown; more would push the products from the page."""
COLUMNS = 2


class Chips(QWidget):
    """At most MOST chips in two columns; no room is taken where nothing was understood."""

    removed = Signal(object)
    """An Understood that a person took away."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._shown: tuple[Understood, ...] = ()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(theme.px(2))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.hide()

    @property
    def shown(self) -> Sequence[Understood]:
        """What is shown, the most probable first."""
        return self._shown

    def show_understood(self, understood: Sequence[Understood]) -> None:
        """Show these in place of the others."""
        best = tuple(sorted(understood, key=lambda each: -each.probability)[:MOST])
        if best == self._shown:
            return
        self._shown = best
        self._clear()
        for place, each in enumerate(best):
            self._grid.addWidget(self._chip(each), place // COLUMNS, place % COLUMNS)
        self.setVisible(bool(best))

    def _clear(self) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            chip = item.widget()
            if chip is not None:
                chip.hide()
                chip.deleteLater()

    def _chip(self, understood: Understood) -> Target:
        name = f"chip:{understood.field}:{understood.value}"
        words = f"{field_word(understood.field)}: {understood.value}"
        chip = Target(
            self._theme, name, words, Symbol.CROSS, rank=Rank.SECONDARY, text_size=Text.CAPTION, symbol_mm=4.4
        )
        chip.setAccessibleDescription(f"{understood.probability:.0%}")
        chip.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        chip.clicked.connect(lambda: self.removed.emit(understood))
        return chip


def field_word(field: str) -> str:
    """What a field of the catalogue is called."""
    tr = QCoreApplication.translate
    words = {
        "brand": tr("Chips", "Brand"),
        "category": tr("Chips", "Kind"),
        "size": tr("Chips", "Size"),
        "title": tr("Chips", "Name"),
    }
    return words.get(field, field)
