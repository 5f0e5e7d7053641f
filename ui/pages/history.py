"""History: the last calibration runs, and any of them in full."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from booth.domain.calibrating import CalibrationRun, Decision, Step
from booth.ports.workbench import Workbench
from ui import theme as look
from ui.asking import Ask
from ui.paper import placed, write, writing
from ui.results import ResultView
from ui.scrolling import Scrolled
from ui.symbols import Symbol, draw
from ui.targets import Target
from ui.theme import Text, Theme
from ui.words import moment, step_word

SIDE_MM = 100
MOST = 50
MEASURES = frozenset({Step.LIGHT, Step.FOCUS, Step.EXPOSURE})
"""Steps that lead to no calibration which could be in force."""


class Standing(Enum):
    """What became of a run."""

    NOW = "now"
    ONCE = "once"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    OPEN = "open"
    CHECK = "check"


class RunRow(Target):
    """One run: whether it passed, which step, when, by whom, and whether it is in force."""

    def __init__(self, theme: Theme, run: CalibrationRun, standing: str) -> None:
        super().__init__(theme, f"run:{run.version}", step_word(run.step))
        self.run = run
        self.standing = standing
        self.setCheckable(True)
        self.setFixedHeight(theme.px(21))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleDescription(standing)

    def sizeHint(self) -> QSize:
        """As wide as the list."""
        return QSize(self._theme.px(60), self._theme.px(21))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint symbol, step, standing, and when and who below."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = self.isChecked() or self.isDown()
        painter.setBrush(look.CARD)
        painter.setPen(QPen(look.INK, 3) if chosen else QPen(look.HAIR, 1.5))
        px = self._theme.px
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(2, 2, -2, -2), px(2.2), px(2.2))
        side, margin = px(8), px(3.4)
        passed = self.run.passed
        where = QRectF(margin, (self.height() - side) / 2, side, side)
        symbol, colour = (Symbol.OK, look.INK) if passed else (Symbol.DAMAGED, look.RED)
        draw(painter, symbol, placed(painter, where), colour)
        inside = QRectF(self.rect()).adjusted(margin * 2 + side, px(2.6), -margin, -px(2.6))
        upper = inside.adjusted(0, 0, 0, -inside.height() / 2)
        lower = inside.adjusted(0, inside.height() / 2, 0, 0)
        body, small = self._theme.font(Text.BODY, bold=True), self._theme.font(Text.CAPTION)
        strong = self._theme.font(Text.CAPTION, bold=True)
        taken = write(painter, upper, self.standing, strong, look.INK, right=True)
        write(painter, upper.adjusted(0, 0, -taken - margin, 0), self.text(), body, look.INK)
        line = "  ·  ".join((moment(self.run.made_at), self.run.made_by))
        write(painter, lower, line, small, look.SOFT_INK)
        painter.end()


class HistoryPage(QWidget):
    """The list on the left, the opened run on the right."""

    def __init__(self, theme: Theme, bench: Workbench, ask: Ask) -> None:
        super().__init__()
        self._theme = theme
        self._bench = bench
        self._ask = ask
        self.rows: dict[str, RunRow] = {}
        self._group = QButtonGroup(self)
        self.result = ResultView(theme)
        self._empty = writing(theme, "", Text.TITLE, colour=look.SOFT_INK)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._list = Scrolled(QWidget())
        self._list.setFixedWidth(theme.px(SIDE_MM))
        columns = QHBoxLayout(self)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(theme.px(4))
        columns.addWidget(self._list)
        columns.addWidget(self._empty, 1)
        columns.addWidget(self.result, 1)

    def showEvent(self, event: QShowEvent) -> None:
        """Read the runs anew."""
        super().showEvent(event)
        self.refresh()

    def refresh(self) -> None:
        """Read the runs, and open the newest."""
        runs: list[CalibrationRun] = []
        in_force: list[str] = []
        self._ask(lambda: runs.extend(self._bench.runs(MOST)))
        self._ask(lambda: in_force.append(self._bench.in_force()))
        said: dict[str, Decision] = {}
        self._ask(lambda: said.update(self._bench.decisions()))
        self._make_rows(runs, in_force[0] if in_force else "", said)
        self.result.setVisible(bool(runs))
        self._list.setVisible(bool(runs))
        self._empty.setText(self.tr("Nothing has been calibrated yet"))
        self._empty.setVisible(not runs)
        if runs:
            self._open(runs[0])

    def _make_rows(self, runs: Sequence[CalibrationRun], in_force: str, said: Mapping[str, Decision]) -> None:
        words = {
            Standing.NOW: self.tr("In force"),
            Standing.ONCE: self.tr("Was in force"),
            Standing.ACCEPTED: self.tr("Accepted"),
            Standing.REJECTED: self.tr("Rejected"),
            Standing.OPEN: self.tr("Not decided"),
            Standing.CHECK: self.tr("Check"),
        }
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(self._theme.px(2))
        self.rows = {}
        for run in runs:
            row = RunRow(self._theme, run, words[standing_of(run, in_force, said.get(run.version))])
            row.clicked.connect(lambda _=False, chosen=run: self._open(chosen))
            self._group.addButton(row)
            self.rows[run.version] = row
            column.addWidget(row)
        column.addStretch(1)
        self._list.fill(inside)

    def _open(self, run: CalibrationRun) -> None:
        self.result.show_run(run)
        self.rows[run.version].setChecked(True)


def standing_of(run: CalibrationRun, in_force: str, decision: Decision | None) -> Standing:
    """How a run stands, by the version in force and the last word on it."""
    if run.version == in_force:
        return Standing.NOW
    if run.step is Step.DRIFT:
        return Standing.CHECK
    if decision is None:
        return Standing.OPEN
    if not decision.accepted:
        return Standing.REJECTED
    return Standing.ACCEPTED if run.step in MEASURES else Standing.ONCE
