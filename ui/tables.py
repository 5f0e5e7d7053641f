"""Tables that a person reads down: figures with their units, and sentences of advice."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from ui import theme as look
from ui.figures import Figure
from ui.paper import Lines, Sign, write
from ui.symbols import Symbol
from ui.theme import Text, Theme

LINE_MM = 9.0
SECOND_MM = 7.0
"""How much a value on a line of its own adds."""
UNIT_MM = 10.0
MOST_OF_LINE = 0.62
"""How much of a line its value may take."""
MOST_ADVICE = 50
MOST_LINES_OF_ADVICE = 60


class FigureTable(QWidget):
    """One line a figure: its name left, its value flush right, its unit in a column of its own."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.figures: Sequence[Figure] = ()
        self._tops = [0]
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_figures(self, figures: Sequence[Figure]) -> None:
        """Show other figures."""
        self.figures = figures
        self._tops = list(accumulate((self._height(figure) for figure in figures), initial=0))
        self.setFixedHeight(self._tops[-1])
        self.setAccessibleName(", ".join(f"{each.label} {each.value} {each.unit}" for each in figures[:20]))
        self.update()

    def sizeHint(self) -> QSize:
        """As high as its lines."""
        return QSize(self._theme.px(60), self._tops[-1])

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the lines that can be seen, with a hair between two."""
        painter = QPainter(self)
        for number, figure in enumerate(self.figures):
            top = self._tops[number]
            if top > event.rect().bottom() or self._tops[number + 1] < event.rect().top():
                continue
            line = QRectF(0, top, self.width(), self._theme.px(LINE_MM))
            if number:
                painter.setPen(look.HAIR)
                painter.drawLine(line.topLeft(), line.topRight())
            self._paint_line(painter, line, figure)
        painter.end()

    def _height(self, figure: Figure) -> int:
        return self._theme.px(LINE_MM + (SECOND_MM if figure.is_long else 0))

    def _paint_line(self, painter: QPainter, line: QRectF, figure: Figure) -> None:
        theme = self._theme
        body, strong, small = (
            theme.font(Text.BODY),
            theme.font(Text.BODY, bold=True),
            theme.font(Text.CAPTION),
        )
        unit = line.adjusted(line.width() - theme.px(UNIT_MM), 0, 0, 0)
        rest = line.adjusted(0, 0, -theme.px(UNIT_MM + 1.5), 0)
        value = rest.adjusted(rest.width() * (1 - MOST_OF_LINE), 0, 0, 0)
        taken = 0.0
        if figure.is_long:
            below = rest.translated(0, theme.px(SECOND_MM))
            write(painter, below, figure.value, theme.font(Text.CAPTION, bold=True), look.INK, right=True)
        else:
            taken = write(painter, value, figure.value, strong, look.INK, right=True)
        write(painter, unit, figure.unit, small, look.SOFT_INK)
        name = rest.adjusted(0, 0, -taken - theme.px(3), 0)
        after = write(painter, name, figure.label, body, look.INK) + theme.px(2.4)
        if name.width() - after > theme.px(8):
            of = f"({figure.of})" if figure.of else ""
            write(painter, name.adjusted(after, 0, 0, 0), of, small, look.SOFT_INK)


class Advice(QWidget):
    """Sentences below each other, a diamond before each, all of them whole."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(theme.px(2))
        self.sentences: tuple[str, ...] = ()

    def show_advice(self, sentences: tuple[str, ...]) -> None:
        """Show other sentences."""
        self.sentences = sentences
        while (item := self._rows.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for sentence in sentences[:MOST_ADVICE]:
            self._rows.addWidget(self._sentence(sentence))
        self.setVisible(bool(sentences))

    def _sentence(self, sentence: str) -> QWidget:
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(self._theme.px(2.4))
        row.addWidget(Sign(self._theme, Symbol.UNSURE, 6.4, look.AMBER), 0, Qt.AlignmentFlag.AlignTop)
        words = Lines(self._theme, Text.BODY, lines=MOST_LINES_OF_ADVICE)
        words.set_text(sentence)
        row.addWidget(words, 1)
        return line
