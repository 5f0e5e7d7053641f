"""The lines above the pages: where the item is in its flow, and what is wrong."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from booth.domain.sample import SiteIdentity
from booth.events import Phase, Trouble
from ui import theme as look
from ui.paper import writing
from ui.symbols import Symbol, draw
from ui.targets import Kind, Rank, Target
from ui.theme import Text, Theme
from ui.words import identity_line

STEP_OF = {
    Phase.PLACE: 0,
    Phase.JUDGING: 0,
    Phase.PRODUCT: 1,
    Phase.VERDICT: 2,
    Phase.SAVED: 3,
    Phase.CLOSED: 3,
}


class Steps(QWidget):
    """The four steps of an item, the present one in dark writing and underlined."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._step = 0
        self._words = (self.tr("Place"), self.tr("Product"), self.tr("Verdict"), self.tr("Saved"))
        metrics = QFontMetrics(theme.font(Text.BODY, bold=True))
        self._widths = [metrics.horizontalAdvance(word) + theme.px(9) for word in self._words]
        self.setFixedWidth(sum(self._widths))

    def show_step(self, step: int) -> None:
        """Mark another step as the present one; -1 marks none."""
        self._step = step
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the words and the underline."""
        painter = QPainter(self)
        left = 0
        for index, (word, width) in enumerate(zip(self._words, self._widths, strict=True)):
            here = index == self._step
            painter.setFont(self._theme.font(Text.BODY, bold=here))
            painter.setPen(look.INK if here else look.SOFT_INK)
            where = QRectF(left, 0, width, self.height())
            painter.drawText(where, Qt.AlignmentFlag.AlignCenter, word)
            if here:
                span = QFontMetrics(painter.font()).horizontalAdvance(word)
                middle = left + width / 2
                thick = self._theme.px(0.9)
                top = self.height() / 2 + self._theme.px(5)
                painter.fillRect(QRectF(middle - span / 2, top, span, thick), look.INK)
            left += width
        painter.end()


class Header(QWidget):
    """Booth, steps, identity, and the ways to the last items and to the technician's part."""

    identity_asked = Signal()
    recent_asked = Signal()
    technician_asked = Signal()

    def __init__(self, theme: Theme, booth_id: str) -> None:
        super().__init__()
        self._steps = Steps(theme)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(3))
        row.addWidget(self._steps)
        row.addStretch(1)
        self._booth = writing(theme, booth_id, Text.CAPTION, colour=look.SOFT_INK)
        row.addWidget(self._booth)
        row.addSpacing(theme.px(2))
        self.identity = Target(theme, "header_identity", "", Symbol.TAG, rank=Rank.SECONDARY)
        self.identity.setMaximumWidth(theme.px(86))
        self.identity.clicked.connect(self.identity_asked)
        row.addWidget(self.identity)
        self.recent = Target(theme, "recent", self.tr("Last items"), Symbol.CLOCK, rank=Rank.SECONDARY)
        self.recent.clicked.connect(self.recent_asked)
        row.addWidget(self.recent)
        self.technician = Target(theme, "technician", "", Symbol.GEAR, kind=Kind.QUIET, rank=Rank.SECONDARY)
        self.technician.setAccessibleName(self.tr("Technician"))
        self.technician.clicked.connect(self.technician_asked)
        row.addWidget(self.technician)
        self.show_identity(SiteIdentity())

    def show_phase(self, phase: Phase | None) -> None:
        """Mark the step that the item is in; None while something else is looked at."""
        self._steps.show_step(-1 if phase is None else STEP_OF[phase])

    def show_identity(self, identity: SiteIdentity) -> None:
        """What the site calls the item."""
        self.identity.set_face(identity_line(identity) or self.tr("No plate"), Symbol.TAG)


class Banner(QWidget):
    """What is wrong now, in one sentence; hidden when all is well."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._troubles: dict[str, str] = {}
        self.setFixedHeight(theme.px(13))
        self.hide()

    @property
    def sentence(self) -> str:
        """The newest trouble that is not over; empty when all is well."""
        return next(reversed(self._troubles.values()), "")

    def take(self, trouble: Trouble) -> None:
        """Show a trouble, or take the one of the same part away."""
        self._troubles.pop(trouble.part, None)
        if not trouble.over:
            self._troubles[trouble.part] = " ".join(trouble.message.split())
        self.setAccessibleName(self.sentence)
        self.setVisible(bool(self._troubles))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the diamond, the sentence and how many more there are."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.AMBER_GROUND)
        radius = self._theme.px(2.2)
        painter.drawRoundedRect(QRectF(self.rect()), radius, radius)
        side, margin = self._theme.px(8), self._theme.px(3)
        draw(painter, Symbol.UNSURE, QRectF(margin, (self.height() - side) / 2, side, side), look.AMBER)
        left = margin * 2 + side
        painter.setPen(look.INK)
        self._paint_sentence(painter, QRectF(left, 0, self.width() - left - margin, self.height()))
        painter.end()

    def _paint_sentence(self, painter: QPainter, room: QRectF) -> None:
        """On one line, or smaller on two; what to do often comes last, so little is cut off."""
        size, most_px = Text.BODY, room.width()
        if QFontMetrics(self._theme.font(size)).horizontalAdvance(self._whole()) > most_px:
            size, most_px = Text.CAPTION, 1.9 * room.width()  # wrapping leaves part of the first line free
        font = self._theme.font(size)
        shown = QFontMetrics(font).elidedText(self._whole(), Qt.TextElideMode.ElideRight, int(most_px))
        painter.setFont(font)
        left = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(room, left | Qt.TextFlag.TextWordWrap, shown)

    def _whole(self) -> str:
        more = len(self._troubles) - 1
        return self.sentence if more < 1 else f"(+{more})  {self.sentence}"
