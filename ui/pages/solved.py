"""What a calibration came to: still being computed, solved and waiting for a word, or failed."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from booth.domain.calibrating import CalibrationRun, Step
from ui import theme as look
from ui.paper import Card, Lines, Sign, writing
from ui.results import ResultView
from ui.scrolling import Scrolled
from ui.symbols import Symbol
from ui.targets import Kind, Target
from ui.theme import Text, Theme

NS_PER_S = 1_000_000_000
MOST_LINES = 200
MOST_LETTERS = 300


class SolvingPage(QWidget):
    """It is being computed; a count of seconds shows that the screen is alive."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._since_ns = 0
        self.message = writing(theme, "", Text.BODY, colour=look.SOFT_INK)
        self.message.setWordWrap(True)
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self._seconds = writing(theme, "", Text.LEAD, colour=look.SOFT_INK)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        card = Card(theme)
        card.rows.addStretch(1)
        for widget in (
            Sign(theme, Symbol.BUSY, 30),
            writing(theme, self.tr("Computing"), Text.HERO, bold=True),
            self._seconds,
        ):
            card.rows.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        card.rows.addWidget(self.message)
        card.rows.addStretch(1)
        rows.addWidget(card)

    def begin(self) -> None:
        """Count from now on."""
        self._since_ns = time.monotonic_ns()

    def show_message(self, message: str) -> None:
        """Show how far it is, and how long it has taken."""
        self.message.setText(message[:MOST_LETTERS])
        passed_s = (time.monotonic_ns() - self._since_ns) // NS_PER_S
        self._seconds.setText(self.tr("{0} s").format(passed_s))


class SolvedPage(QWidget):
    """The run, and the person's word on it."""

    decided = Signal(bool)
    left = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.result = ResultView(theme)
        self.reject = Target(theme, "reject", self.tr("Reject"), Symbol.CROSS)
        self.accept = Target(theme, "accept", self.tr("Accept"), Symbol.TICK, kind=Kind.STRONG)
        self.done = Target(theme, "calibration_done", self.tr("Done"), Symbol.TICK, kind=Kind.STRONG)
        self.reject.clicked.connect(lambda: self.decided.emit(False))
        self.accept.clicked.connect(lambda: self.decided.emit(True))
        self.done.clicked.connect(self.left)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.px(3))
        rows.addWidget(self.result, 1)
        row = QHBoxLayout()
        row.setSpacing(theme.px(3))
        for target in (self.reject, self.accept, self.done):
            row.addWidget(target, 1)
        rows.addLayout(row)

    def show_run(self, run: CalibrationRun) -> None:
        """Show a run; only a good one can be accepted, and a check changes nothing."""
        self.result.show_run(run)
        check = run.step is Step.DRIFT
        self.done.setVisible(check)
        self.reject.setVisible(not check)
        self.accept.setVisible(not check)
        self.accept.setEnabled(run.passed)
        self.reject.set_kind(Kind.PLAIN if run.passed else Kind.STRONG)


class FailedPage(QWidget):
    """What went wrong and what to do, in full."""

    again = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.message = Lines(theme, Text.LEAD, lines=MOST_LINES)
        inside = QWidget()
        words = QVBoxLayout(inside)
        words.setContentsMargins(0, 0, 0, 0)
        words.addWidget(self.message)
        words.addStretch(1)
        card = Card(theme)
        top = QHBoxLayout()
        top.setSpacing(theme.px(5))
        top.addWidget(Sign(theme, Symbol.DAMAGED, 18, look.RED))
        top.addWidget(writing(theme, self.tr("It did not work"), Text.HERO, bold=True), 1)
        card.rows.addLayout(top)
        card.rows.addSpacing(theme.px(4))
        card.rows.addWidget(Scrolled(inside), 1)
        again = Target(theme, "try_again", self.tr("Try again"), Symbol.REPAIR, kind=Kind.STRONG)
        again.clicked.connect(self.again)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.px(3))
        rows.addWidget(card, 1)
        rows.addWidget(again)

    def show_message(self, message: str) -> None:
        """Say what went wrong."""
        words = message or self.tr("The reason is not known: look into the log")
        if words != self.message.text:
            self.message.set_text(words)
