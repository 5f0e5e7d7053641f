"""Small groups of choices: the dispositions, and what a mark is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Generic, TypeVar

from PySide6.QtWidgets import QButtonGroup, QGridLayout, QWidget

from booth.domain.terms import DispositionKind
from ui.symbols import BY_DISPOSITION, Symbol
from ui.targets import Target
from ui.theme import PRIMARY_MM, Theme
from ui.words import disposition_word

Choice = TypeVar("Choice", bound=StrEnum)


class Choices(QWidget, Generic[Choice]):
    """Targets of which at most one is chosen."""

    def __init__(
        self,
        theme: Theme,
        prefix: str,
        faces: Sequence[tuple[Choice, str, Symbol | None]],
        columns: int,
        picked: Callable[[Choice], None],
        *,
        above: bool = False,
        symbol_mm: float | None = None,
        high_mm: float = PRIMARY_MM,
    ) -> None:
        super().__init__()
        self._group = QButtonGroup(self)
        self._group.setExclusive(False)
        self._targets: dict[Choice, Target] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(theme.px(2))
        for index, (choice, words, symbol) in enumerate(faces):
            target = Target(
                theme, f"{prefix}:{choice.value}", words, symbol, above=above, symbol_mm=symbol_mm
            )
            target.setCheckable(True)
            target.setMinimumHeight(theme.px(high_mm))
            target.clicked.connect(lambda _=False, chosen=choice: self._pick(chosen, picked))
            self._targets[choice] = target
            grid.addWidget(target, index // columns, index % columns)
        for column in range(columns):
            grid.setColumnStretch(column, 1)

    def show_choice(self, choice: Choice | None) -> None:
        """Mark one as chosen, or none."""
        for each, target in self._targets.items():
            target.setChecked(each == choice)

    def _pick(self, choice: Choice, picked: Callable[[Choice], None]) -> None:
        self.show_choice(choice)
        picked(choice)


def dispositions(
    theme: Theme, prefix: str, picked: Callable[[DispositionKind], None]
) -> Choices[DispositionKind]:
    """The six ways an item can go."""
    faces = [(kind, disposition_word(kind), BY_DISPOSITION[kind]) for kind in DispositionKind]
    return Choices(theme, prefix, faces, 3, picked, above=True)
