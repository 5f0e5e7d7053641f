"""Why an item is thought damaged: each place beside the like place of a reference, said in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QStackedLayout, QVBoxLayout, QWidget

from booth.domain.picture import Capture
from booth.domain.reason import Reason, Rgb
from booth.domain.verdict import Finding, Verdict
from booth.events import Explained
from ui import theme as look
from ui.paper import Card, Lines, Sign, writing
from ui.pictures import pen, picture_of
from ui.scrolling import Scrolled
from ui.symbols import BY_DAMAGE, Symbol
from ui.targets import Rank, Target
from ui.theme import Text, Theme
from ui.views import Views
from ui.words import damage_word, evidence_words

MOST = 3
MATTERS = 0.2
"""From this share on a second kind of evidence is named too."""

COLUMNS = {1: (1, 1), 2: (6, 6, 7), 3: (5, 5, 9)}
"""How wide this item, the reference and the words are beside each other, by the number of places."""


class Patch(QWidget):
    """A square picture with the place outlined, as large as it goes; words where there is no picture."""

    def __init__(
        self, theme: Theme, name: str, words: str, rgb: Rgb | None, box: tuple[float, float, float, float]
    ) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(words)
        self.setFont(theme.font(Text.CAPTION))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.setMinimumHeight(theme.px(18))
        self.picture = picture_of(rgb) if rgb is not None else QPixmap()
        self._words = words
        self._box = box
        self._margin = theme.px(2.4)

    def sizeHint(self) -> QSize:
        """No wish: it takes what there is."""
        return QSize(0, 0)

    def square(self) -> QRectF:
        """Where the picture is painted: at the top, in the middle of the width."""
        side = min(self.width(), self.height())
        return QRectF((self.width() - side) / 2, 0, side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the picture with its place, or the words."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        where = self.square()
        if self.picture.isNull():
            self._paint_words(painter, where)
        else:
            painter.drawPixmap(where, self.picture, QRectF(self.picture.rect()))
            self._paint_place(painter, where)
        painter.end()

    def _paint_place(self, painter: QPainter, where: QRectF) -> None:
        left, top, right, bottom = (where.width() * share for share in self._box)
        place = QRectF(where.left() + left, where.top() + top, right - left, bottom - top)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width in ((look.CARD, 5.0), (look.INK, 2.0)):
            painter.setPen(pen(colour, width))
            painter.drawRect(place)

    def _paint_words(self, painter: QPainter, where: QRectF) -> None:
        painter.setPen(QPen(look.LINE, 1.5, Qt.PenStyle.DashLine))
        painter.setBrush(look.SHADE)
        painter.drawRect(where.adjusted(1, 1, -1, -1))
        painter.setPen(look.SOFT_INK)
        inside = where.adjusted(self._margin, self._margin, -self._margin, -self._margin)
        middle = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(inside, middle, self._words)


class Caption(QWidget):
    """What speaks against a place, what it looks like, and how much of the evidence that is."""

    def __init__(self, theme: Theme, finding: Finding, view: str) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(1))
        self.headline = Lines(theme, Text.BODY, bold=True, lines=3)
        self.share = Lines(theme, Text.CAPTION, lines=2, colour=look.SOFT_INK)
        self.also = Lines(theme, Text.CAPTION, lines=2, colour=look.SOFT_INK)
        column.addWidget(self.headline)
        self.headline.set_text(evidence_words(finding.carried_by))
        self.type = Lines(theme, Text.BODY)
        if finding.type is not None:
            row = QHBoxLayout()
            row.setSpacing(theme.px(2))
            row.addWidget(Sign(theme, BY_DAMAGE[finding.type], 7))
            row.addWidget(self.type, 1)
            column.addLayout(row)
            self.type.set_text(damage_word(finding.type))
        column.addWidget(self.share)
        column.addWidget(self.also)
        column.addStretch(1)
        self._weigh(finding, view)

    def _weigh(self, finding: Finding, view: str) -> None:
        shares, first = finding.shares, finding.carried_by
        other = second(shares, first)
        share = self.tr("{0} % of the evidence").format(percent(shares[first])) if first in shares else ""
        words = evidence_words(other)
        said = words[:1].lower() + words[1:]
        self.share.set_text("  ·  ".join(part for part in (view, share) if part))
        self.also.set_text(self.tr("also {0} %: {1}").format(percent(shares[other]), said) if other else "")


class WhyPanel(Card):
    """Up to three places; what it shows before they are there is said in words."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._theme = theme
        self.back = Target(theme, "why_back", self.tr("Pictures"), Symbol.BACK, rank=Rank.SECONDARY)
        self._words = writing(theme, "", Text.LEAD, bold=True)
        head = QHBoxLayout()
        head.addWidget(self._words, 1)
        head.addWidget(self.back)
        self.rows.addLayout(head)
        self._places = Scrolled(QWidget())
        self.rows.addWidget(self._places, 1)

    @property
    def said(self) -> str:
        """The words over the places."""
        return self._words.text()

    def wait(self) -> None:
        """Say that the places are being cut out."""
        self._places.fill(QWidget())
        self._words.setText(self.tr("One moment"))

    def show_reasons(self, reasons: Sequence[Reason], with_view: bool) -> None:
        """Show the places, the worst first.

        Args:
            with_view: whether it matters which camera saw it.
        """
        shown = reasons[:MOST]
        words = self.tr("What stands out") if shown else self.tr("The places cannot be shown")
        self._words.setText(words)
        inside = QWidget()
        grid = QGridLayout(inside)
        aside = self._theme.px(2)
        grid.setContentsMargins(aside, 0, aside, 0)
        grid.setHorizontalSpacing(self._theme.px(3))
        grid.setVerticalSpacing(self._theme.px(2.4))
        self._fill_grid(grid, shown, with_view)
        self._places.fill(inside)

    def _fill_grid(self, grid: QGridLayout, shown: Sequence[Reason], with_view: bool) -> None:
        """The words stand beside the pictures, or above them where there is one place only."""
        alone = len(shown) == 1
        for column, weight in enumerate(COLUMNS.get(len(shown), ())):
            grid.setColumnStretch(column, weight)
        for column, words in enumerate((self.tr("This item"), self.tr("Reference")) if shown else ()):
            head = writing(self._theme, words, Text.CAPTION, colour=look.SOFT_INK)
            grid.addWidget(head, 1, column, Qt.AlignmentFlag.AlignHCenter)
        for row, reason in enumerate(shown, start=2):
            grid.setRowStretch(row, 1)
            grid.addWidget(self._patch("seen", self.tr("The place"), reason.seen, reason), row, 0)
            lacking = self._lacking(reason.finding)
            grid.addWidget(self._patch("reference", lacking, reason.reference, reason), row, 1)
            caption = Caption(self._theme, reason.finding, reason.finding.view if with_view else "")
            where = (0, 0, 1, 2) if alone else (row, 2, 1, 1)
            grid.addWidget(caption, *where)

    def _patch(self, name: str, words: str, rgb: Rgb | None, reason: Reason) -> Patch:
        return Patch(self._theme, name, words, rgb, reason.box)

    def _lacking(self, finding: Finding) -> str:
        if finding.reference_id:
            return self.tr("The reference picture cannot be read")
        return self.tr("Not compared with a reference")


class Explaining(QWidget):
    """The pictures of an item, and in place of them, when asked, why it is thought damaged."""

    asked = Signal(object, object)
    """A capture and a verdict that is to be explained."""

    def __init__(self, theme: Theme, views: Views, others: Sequence[Target] = ()) -> None:
        """Put `why` on the pictures, beside `others`."""
        super().__init__()
        self._views = views
        self._capture: Capture | None = None
        self._verdict: Verdict | None = None
        self._told: Explained | None = None
        self.why = Target(theme, "why", self.tr("Why"), Symbol.SEARCH, rank=Rank.SECONDARY)
        self.panel = WhyPanel(theme)
        self.why.clicked.connect(self._open)
        self.panel.back.clicked.connect(self.close_reasons)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(views)
        self._stack.addWidget(self.panel)
        on_picture = QVBoxLayout(views.canvas)
        on_picture.setContentsMargins(0, theme.px(2.4), theme.px(2.4), 0)
        row = QHBoxLayout()
        row.setSpacing(theme.px(2))
        row.addStretch(1)
        for target in (self.why, *others):
            row.addWidget(target)
        on_picture.addLayout(row)
        on_picture.addStretch(1)

    @property
    def open(self) -> bool:
        """Whether the reasons are in sight."""
        return self._stack.currentWidget() is self.panel

    @property
    def explained(self) -> bool:
        """Whether the reasons of the shown verdict are there."""
        return self._told is not None

    def show_verdict(self, capture: Capture | None, verdict: Verdict | None) -> None:
        """Offer the reasons of a verdict, if it has any; another one brings the pictures back."""
        before = self._verdict.verdict_id if self._verdict else ""
        self._capture, self._verdict = capture, verdict
        if verdict is None or verdict.verdict_id != before:
            self._told = None
            self.close_reasons()
        self.why.setVisible(capture is not None and verdict is not None and bool(verdict.findings))

    def take(self, event: object) -> None:
        """Take in the reasons of the verdict that is shown; any other event is passed over."""
        shown = self._verdict.verdict_id if self._verdict else ""
        if isinstance(event, Explained) and event.verdict_id == shown:
            self._told = event
            self.panel.show_reasons(event.reasons, len(self._views.names) > 1)

    def close_reasons(self) -> None:
        """Bring the pictures back."""
        self._stack.setCurrentWidget(self._views)

    def _open(self) -> None:
        if self._told is None:
            self.panel.wait()
            self.asked.emit(self._capture, self._verdict)
        self._stack.setCurrentWidget(self.panel)


def percent(share: float) -> int:
    """A share, 0..1, in whole percent."""
    return round(100 * min(1.0, max(0.0, share)))


def second(shares: Mapping[str, float], first: str) -> str:
    """The kind of evidence that says most beside the first, if it says enough; else empty."""
    others = {kind: share for kind, share in shares.items() if kind != first}
    kind = max(others, key=lambda each: others[each], default="")
    return kind if kind and others[kind] >= MATTERS else ""
