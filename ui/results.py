"""One calibration run to look at: whether it holds, what to do, what was measured, what has changed."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from booth.domain.calibrating import CalibrationRun
from ui import theme as look
from ui.figures import changes_of, figures_of
from ui.paper import Card, Lines, Sign, writing
from ui.scrolling import Scrolled
from ui.symbols import Symbol
from ui.tables import Advice, FigureTable
from ui.theme import Text, Theme
from ui.words import moment, step_word, version_line


class ResultView(QWidget):
    """The verdict above; the measures on the left, advice and changes on the right."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.run: CalibrationRun | None = None
        self.sign = Sign(theme, Symbol.OK, 16)
        self.words = writing(theme, "", Text.TITLE, bold=True)
        self.facts = Lines(theme, Text.CAPTION, colour=look.SOFT_INK, lines=2)
        self.measures = FigureTable(theme)
        self.changes = FigureTable(theme)
        self.advice = Advice(theme)
        self._changed_from = Lines(theme, Text.CAPTION, colour=look.SOFT_INK, lines=2)
        self._no_advice = Lines(theme, Text.BODY, colour=look.SOFT_INK, lines=2)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.px(3))
        rows.addWidget(self._verdict())
        below = QHBoxLayout()
        below.setSpacing(theme.px(3))
        below.addWidget(self._measures(), 11)
        below.addWidget(self._aside(), 9)
        rows.addLayout(below, 1)

    def show_run(self, run: CalibrationRun) -> None:
        """Show another run."""
        self.run = run
        self.sign.set_symbol(
            Symbol.OK if run.passed else Symbol.DAMAGED, look.INK if run.passed else look.RED
        )
        self.words.setText(self.tr("Good") if run.passed else self.tr("Not good enough"))
        self.facts.set_text(self._facts_of(run))
        self.measures.show_figures(figures_of(run.results))
        self.advice.show_advice(run.advice)
        self._no_advice.set_text("" if run.advice else self.tr("Nothing to do"))
        self.changes.show_figures(changes_of(run.difference))
        self._changed_from.set_text(self._compared_with(run))

    def _facts_of(self, run: CalibrationRun) -> str:
        cameras = ", ".join(device.camera_id for device in run.devices)
        parts = (step_word(run.step), cameras, moment(run.made_at), run.made_by, run.version)
        return "  ·  ".join(part for part in parts if part)

    def _compared_with(self, run: CalibrationRun) -> str:
        if not run.based_on:
            return self.tr("There is no earlier calibration to compare it with")
        if not run.difference:
            return self.tr("No change against {0}").format(version_line(run.based_on))
        return self.tr("Change against {0}").format(version_line(run.based_on))

    def _verdict(self) -> Card:
        theme = self._theme
        card = Card(theme)
        margin = theme.px(4.4)
        card.rows.setContentsMargins(margin, theme.px(2.4), margin, theme.px(2.4))
        row = QHBoxLayout()
        row.setSpacing(theme.px(4))
        row.addWidget(self.sign)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self.words)
        words.addWidget(self.facts)
        row.addLayout(words, 1)
        card.rows.addLayout(row)
        return card

    def _measures(self) -> Card:
        inside = QWidget()
        rows = QVBoxLayout(inside)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self.measures)
        rows.addStretch(1)
        return _titled(self._theme, self.tr("Measured"), inside)

    def _aside(self) -> Card:
        theme = self._theme
        inside = QWidget()
        rows = QVBoxLayout(inside)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.px(2))
        rows.addWidget(self._no_advice)
        rows.addWidget(self.advice)
        rows.addSpacing(theme.px(3))
        rows.addWidget(self._changed_from)
        rows.addWidget(self.changes)
        rows.addStretch(1)
        return _titled(theme, self.tr("To do"), inside)


def _titled(theme: Theme, title: str, inside: QWidget) -> Card:
    card = Card(theme)
    card.rows.addWidget(writing(theme, title, Text.CAPTION, colour=look.SOFT_INK))
    card.rows.addWidget(Scrolled(inside), 1)
    return card
