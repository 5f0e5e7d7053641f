"""What only tells: cards, writing, symbols and the score's bar."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from ui import theme as look
from ui.symbols import Symbol, draw
from ui.theme import Text, Theme

LOST_BY_WRAPPING = 0.15
"""How much of each line but the last stays free when words are not broken."""
FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"
"""Unicode's marks (UAX 9) that keep a line's own direction apart from that of what surrounds it."""


class Card(QFrame):
    """A white sheet with rounded corners; its layout is `rows`."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._radius = theme.px(3.2)
        self.rows = QVBoxLayout(self)
        margin = theme.px(4.4)
        self.rows.setContentsMargins(margin, margin, margin, margin)
        self.rows.setSpacing(theme.px(2))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the sheet."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.CARD)
        painter.drawRoundedRect(QRectF(self.rect()), self._radius, self._radius)
        painter.end()


class Lines(QWidget):
    """Writing that wraps over at most so many lines, the last one elided."""

    def __init__(
        self, theme: Theme, size: Text, *, bold: bool = False, lines: int = 1, colour: QColor = look.INK
    ) -> None:
        super().__init__()
        self.setFont(theme.font(size, bold))
        self._lines = lines
        self._colour = colour
        self._text = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def text(self) -> str:
        """The whole text, as set."""
        return self._text

    def set_text(self, text: str, colour: QColor | None = None) -> None:
        """Change the writing; an empty one takes no room."""
        self._text = text
        self._colour = colour if colour is not None else self._colour
        self.setAccessibleName(text)
        self.setVisible(bool(text))
        self.updateGeometry()
        self.update()

    def set_colour(self, colour: QColor) -> None:
        """Write in another colour."""
        self._colour = colour
        self.update()

    def set_most_lines(self, lines: int) -> None:
        """Let the text wrap over so many lines at most."""
        self._lines = lines
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """The height of the lines that the text takes at the present width."""
        height = QFontMetrics(self.font()).lineSpacing()
        count = min(self._lines, max(1, len(self._broken(max(self.width(), 1)))))
        return QSize(60, height * count)

    def resizeEvent(self, event: object) -> None:
        """Ask for another height when the width breaks the text anew."""
        self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the lines."""
        painter = QPainter(self)
        painter.setPen(self._colour)
        painter.setFont(self.font())
        height = QFontMetrics(self.font()).lineSpacing()
        for index, line in enumerate(self.shown()):
            where = QRectF(0, index * height, self.width(), height)
            own = f"{FIRST_STRONG_ISOLATE}{line}{POP_ISOLATE}" if self.isRightToLeft() else line
            painter.drawText(where, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, own)
        painter.end()

    def shown(self) -> list[str]:
        """The lines as they are painted at the present width."""
        broken = self._broken(max(self.width(), 1))
        if len(broken) <= self._lines:
            return broken
        rest = "".join(broken[self._lines - 1 :])
        metrics = QFontMetrics(self.font())
        return [
            *broken[: self._lines - 1],
            metrics.elidedText(rest, Qt.TextElideMode.ElideRight, self.width()),
        ]

    def _broken(self, width: int) -> list[str]:
        text = self._text.replace("\n", " ")
        units = text.encode("utf-16-le", "surrogatepass")  # Qt counts in these
        layout = QTextLayout(text, self.font())
        wrapping = QTextOption()
        wrapping.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(wrapping)
        layout.beginLayout()
        found: list[str] = []
        while (line := layout.createLine()).isValid():
            line.setLineWidth(width)
            part = units[2 * line.textStart() : 2 * (line.textStart() + line.textLength())]
            found.append(part.decode("utf-16-le", "surrogatepass"))
        layout.endLayout()
        return found


class Sign(QWidget):
    """One symbol at a fixed size."""

    def __init__(self, theme: Theme, symbol: Symbol, size_mm: float, colour: QColor = look.INK) -> None:
        super().__init__()
        side = theme.px(size_mm)
        self.setFixedSize(side, side)
        self.symbol = symbol
        self._colour = colour

    def set_symbol(self, symbol: Symbol, colour: QColor) -> None:
        """Show another symbol."""
        self.symbol = symbol
        self._colour = colour
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint it."""
        painter = QPainter(self)
        draw(painter, self.symbol, QRectF(self.rect()).adjusted(1, 1, -1, -1), self._colour)
        painter.end()


class Doubt(QWidget):
    """What the booth does not believe, in one sentence beside a diamond; hidden where there is nothing."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._radius = theme.px(2.2)
        self._lines = Lines(theme, Text.BODY, lines=3)
        row = QHBoxLayout(self)
        margin = theme.px(3)
        row.setContentsMargins(margin, margin, margin, margin)
        row.setSpacing(margin)
        row.addWidget(Sign(theme, Symbol.UNSURE, 8, look.AMBER))
        row.addWidget(self._lines, 1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.hide()

    @property
    def text(self) -> str:
        """The sentence."""
        return self._lines.text

    def set_text(self, text: str) -> None:
        """Change the sentence."""
        whole = text[:1].upper() + text[1:]
        self._lines.set_text(whole)
        self.setAccessibleName(whole)
        self.setVisible(bool(whole))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the ground."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.AMBER_GROUND)
        painter.drawRoundedRect(QRectF(self.rect()), self._radius, self._radius)
        painter.end()


class ScoreBar(QWidget):
    """A score from 0 to 1 as a marker on a track."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setFixedHeight(theme.px(4.2))
        self._score = 0.0
        self._colour = look.INK

    def set_score(self, score: float, colour: QColor) -> None:
        """Move the marker; the score is clipped to 0..1."""
        self._score = min(1.0, max(0.0, score))
        self._colour = colour
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint track, filled part and marker."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        radius = self.height() / 2
        middle, thin = self.height() / 2, self.height() / 4
        span = self.width() - 2 * radius
        painter.setBrush(look.PRESSED)
        painter.drawRoundedRect(QRectF(0, middle - thin, self.width(), 2 * thin), thin, thin)
        painter.setBrush(self._colour)
        painter.drawRoundedRect(QRectF(0, middle - thin, radius + span * self._score, 2 * thin), thin, thin)
        painter.drawEllipse(QPointF(radius + span * self._score, middle), radius, radius)
        painter.end()


class Headline(QWidget):
    """One sentence as large as it goes: on one line, or smaller on two or three; its height stays."""

    SIZES = ((Text.HERO, True, 1), (Text.TITLE, True, 2), (Text.BODY, False, 3))

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.text = ""
        self.setFixedHeight(theme.px(24))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_text(self, text: str) -> None:
        """Change the sentence."""
        if text != self.text:
            self.text = text
            self.setAccessibleName(text)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint it."""
        painter = QPainter(self)
        painter.setPen(look.INK)
        for size, bold, lines in self.SIZES:
            font = self._theme.font(size, bold)
            room = int((lines - LOST_BY_WRAPPING * (lines - 1)) * self.width())
            if QFontMetrics(font).horizontalAdvance(self.text) <= room:
                break
        painter.setFont(font)
        shown = QFontMetrics(font).elidedText(self.text, Qt.TextElideMode.ElideRight, room)
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(QRectF(self.rect()), left, shown)
        painter.end()


def writing(theme: Theme, text: str, size: Text, *, bold: bool = False, colour: QColor = look.INK) -> QLabel:
    """A short label of one line."""
    label = QLabel(text)
    label.setFont(theme.font(size, bold))
    ink(label, colour)
    return label


def ink(label: QLabel, colour: QColor) -> None:
    """Write `label` in `colour`."""
    palette = label.palette()
    palette.setColor(label.foregroundRole(), colour)
    label.setPalette(palette)


def write(
    painter: QPainter, where: QRectF, text: str, font: QFont, colour: QColor, *, right: bool = False
) -> float:
    """Write one line into `where`, in the middle of its height; gives the width that it took.

    Where writing runs from right to left, `where` and its side are mirrored, and the line keeps its own
    direction, so that numbers stand as they are.
    """
    metrics = QFontMetrics(font)
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0, int(where.width())))
    painter.setFont(font)
    painter.setPen(colour)
    side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    width = float(metrics.horizontalAdvance(shown))
    if painter.layoutDirection() is Qt.LayoutDirection.RightToLeft:
        where, shown = placed(painter, where), f"{FIRST_STRONG_ISOLATE}{shown}{POP_ISOLATE}"
    painter.drawText(where, side | Qt.AlignmentFlag.AlignVCenter, shown)
    return width


def placed(painter: QPainter, where: QRectF) -> QRectF:
    """A place of a painted widget, mirrored where writing runs from right to left."""
    if painter.layoutDirection() is not Qt.LayoutDirection.RightToLeft:
        return where
    return QRectF(painter.device().width() - where.right(), where.top(), where.width(), where.height())
