"""Recent: the last items again, with their pictures, their verdict and a later word on where they go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QScroller,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from booth.domain.sample import Amendment, Sample
from booth.domain.terms import DispositionKind, Outcome, new_id, now
from booth.ports.screen import Recent
from ui import theme as look
from ui.choices import dispositions
from ui.paper import Card, Lines, Sign, writing
from ui.pictures import PictureView
from ui.symbols import BY_OUTCOME, Symbol, draw
from ui.targets import Kind, Target
from ui.theme import Text, Theme, outcome_colour
from ui.views import Views
from ui.why import Explaining
from ui.words import disposition_word, outcome_word

SIDE_MM = 96


class RecentRow(Target):
    """One kept item: when, what, how it was judged, where it went."""

    def __init__(self, theme: Theme, row: Recent) -> None:
        super().__init__(theme, f"recent:{row.sample_id}", row.title)
        self.row = row
        self.setCheckable(True)
        self.setFixedHeight(theme.px(20))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """As wide as the list."""
        return QSize(self._theme.px(60), self._theme.px(20))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint symbol, title and a line of details."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(look.CARD)
        chosen = self.isChecked() or self.isDown()
        painter.setPen(QPen(look.INK, 3) if chosen else QPen(look.HAIR, 1.5))
        radius, margin, side = self._theme.px(2.2), self._theme.px(3.4), self._theme.px(8)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(2, 2, -2, -2), radius, radius)
        symbol = BY_OUTCOME[self.row.outcome] if self.row.outcome else Symbol.UNSURE
        where = QRectF(margin, (self.height() - side) / 2, side, side)
        draw(painter, symbol, where, outcome_colour(self.row.outcome))
        inside = QRectF(self.rect()).adjusted(margin * 2 + side, margin, -margin, -margin)
        self._line(
            painter, inside, Qt.AlignmentFlag.AlignTop, self.row.title or self.tr("Unknown product"), True
        )
        self._line(painter, inside, Qt.AlignmentFlag.AlignBottom, self._details(), False)
        painter.end()

    def _details(self) -> str:
        way = disposition_word(self.row.disposition) if self.row.disposition else ""
        state = "" if self.row.closed else self.tr("open")
        return "  ·  ".join(part for part in (clock(self.row.kept_at), way, state) if part)

    def _line(
        self, painter: QPainter, inside: QRectF, where: Qt.AlignmentFlag, text: str, strong: bool
    ) -> None:
        font = self._theme.font(Text.CAPTION, bold=strong)
        painter.setFont(font)
        painter.setPen(look.INK if strong else look.SOFT_INK)
        shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, int(inside.width()))
        painter.drawText(inside, where | Qt.AlignmentFlag.AlignLeft, shown)


class RecentPage(QWidget):
    """The list on the left, the opened item on the right."""

    opened = Signal(str)
    amended = Signal(Amendment)
    closed = Signal()

    def __init__(self, theme: Theme, associate: str) -> None:
        super().__init__()
        self._theme = theme
        self._associate = associate
        self._sample: Sample | None = None
        self._rows = QButtonGroup(self)
        self._list = QScrollArea()
        self.views = Views(theme, PictureView())
        self.why = Explaining(theme, self.views)
        self._empty = writing(theme, self.tr("Choose an item"), Text.TITLE, colour=look.SOFT_INK)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._detail = self._detail_panel()
        columns = QHBoxLayout(self)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(theme.px(4))
        columns.addLayout(self._left())
        columns.addWidget(self._empty, 1)
        columns.addWidget(self._detail, 1)
        self._detail.hide()

    @property
    def opened_id(self) -> str:
        """The sample that is open; empty when none is."""
        return self._sample.sample_id if self._sample else ""

    def show_rows(self, rows: Sequence[Recent]) -> None:
        """Show the list, with nothing opened."""
        self._sample = None
        self._detail.hide()
        self._empty.setText(self.tr("Choose an item") if rows else self.tr("No items yet"))
        self._empty.show()
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(self._theme.px(2))
        for row in rows:
            target = RecentRow(self._theme, row)
            target.clicked.connect(lambda _=False, sample_id=row.sample_id: self.opened.emit(sample_id))
            self._rows.addButton(target)
            column.addWidget(target)
        column.addStretch(1)
        self._list.setWidget(inside)

    def show_sample(self, sample: Sample, title: str) -> None:
        """Open one item."""
        self._sample = sample
        for button in self._rows.buttons():
            button.setChecked(button.objectName() == f"recent:{sample.sample_id}")
        verdict = sample.verdicts[-1] if sample.verdicts else None
        closing = sample.closing
        if closing is not None and closing.verdicts:
            verdict = closing.verdicts[-1]
        self.views.show_capture(sample.capture, verdict, closing.annotations if closing else ())
        self.why.show_verdict(sample.capture, verdict)
        outcome = verdict.outcome if verdict else None
        self._sign.set_symbol(BY_OUTCOME[outcome] if outcome else Symbol.UNSURE, outcome_colour(outcome))
        self._words.setText(outcome_word(outcome))
        self._title.set_text(title or self.tr("Unknown product"))
        self._facts.set_text(self._facts_of(sample, closing.person_outcome if closing else None))
        self._decisions.show_choice(last_disposition(sample))
        self._decisions.setEnabled(closing is not None)
        self._empty.hide()
        self._detail.show()

    def _facts_of(self, sample: Sample, person: Outcome | None) -> str:
        said = self.tr("Person said: {0}").format(outcome_word(person).lower()) if person else ""
        parts = [clock(sample.kept_at.isoformat()), said]
        return "  ·  ".join(part for part in parts if part)

    def _left(self) -> QVBoxLayout:
        self._list.setWidgetResizable(True)
        self._list.setFrameShape(QFrame.Shape.NoFrame)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setFixedWidth(self._theme.px(SIDE_MM))
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        QScroller.grabGesture(self._list.viewport(), QScroller.ScrollerGestureType.LeftMouseButtonGesture)
        back = Target(self._theme, "recent_back", self.tr("Back"), Symbol.BACK, kind=Kind.STRONG)
        back.clicked.connect(self.closed)
        column = QVBoxLayout()
        column.setSpacing(self._theme.px(3))
        column.addWidget(self._list, 1)
        column.addWidget(back)
        return column

    def _detail_panel(self) -> QWidget:
        theme = self._theme
        self._sign = Sign(theme, Symbol.OK, 14)
        self._words = writing(theme, "", Text.TITLE, bold=True)
        self._title = Lines(theme, Text.BODY, lines=2)
        self._facts = Lines(theme, Text.CAPTION, colour=look.SOFT_INK)
        self._decisions = dispositions(theme, "amend", self._amend)
        card = Card(theme)
        top = QHBoxLayout()
        top.setSpacing(theme.px(3))
        top.addWidget(self._sign)
        top.addWidget(self._words)
        top.addSpacing(theme.px(4))
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._title)
        words.addWidget(self._facts)
        top.addLayout(words, 1)
        card.rows.addLayout(top)
        panel = QWidget()
        rows = QVBoxLayout(panel)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.px(3))
        rows.addWidget(self.why, 1)
        rows.addWidget(card)
        rows.addWidget(self._decisions)
        return panel

    def _amend(self, kind: DispositionKind) -> None:
        if self._sample is None:
            return
        made_at = now()
        changes = {
            "disposition": {
                "kind": kind.value,
                "decided_by": self._associate,
                "decided_at": made_at.isoformat(),
            }
        }
        before = self._sample.amendments[-1].amendment_id if self._sample.amendments else ""
        sample_id = self._sample.sample_id
        word = Amendment(new_id("amendment"), sample_id, before, made_at, self._associate, changes)
        self._sample = replace(self._sample, amendments=(*self._sample.amendments, word))
        self.amended.emit(word)


def clock(kept_at: str) -> str:
    """Hours and minutes of the booth's own clock, from an ISO time."""
    try:
        return datetime.fromisoformat(kept_at).astimezone().strftime("%H:%M")
    except ValueError:
        return kept_at


def last_disposition(sample: Sample) -> DispositionKind | None:
    """The disposition as last amended."""
    for amendment in reversed(sample.amendments):
        changed = amendment.changes.get("disposition")
        if isinstance(changed, dict) and changed.get("kind") in list(DispositionKind):
            return DispositionKind(changed["kind"])
    decided = sample.closing.disposition if sample.closing else None
    return decided.kind if decided else None
