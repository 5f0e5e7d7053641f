"""Mark: where the damage is and what it is, at most four taps a mark."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QScroller,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from booth.domain.sample import Annotation
from booth.domain.terms import DamageType, Part, Severity, new_id, now
from booth.events import Item
from ui import theme as look
from ui.choices import Choices
from ui.marking import MarkingCanvas, Tool
from ui.paper import Card, Lines, Sign, writing
from ui.pictures import Point
from ui.symbols import BY_DAMAGE, BY_PART, BY_SEVERITY, Symbol
from ui.targets import Kind, Rank, Target
from ui.theme import SECONDARY_MM, Text, Theme
from ui.views import Views
from ui.words import damage_word, part_word, severity_word

SIDE_MM = 118


class MarkPage(QWidget):
    """Draw on the left; say what it is on the right."""

    marked = Signal(Annotation)
    unmarked = Signal(str)
    closed = Signal()

    def __init__(self, theme: Theme, associate: str) -> None:
        super().__init__()
        self._theme = theme
        self._associate = associate
        self._shape: tuple[Point, ...] = ()
        self._type: DamageType | None = None
        self._severity: Severity | None = None
        self._part: Part | None = None
        self.canvas = MarkingCanvas(theme.px(SECONDARY_MM / 2))
        self.canvas.drawn.connect(self._take_shape)
        self.views = Views(theme, self.canvas)
        self.views.set_heat(False)
        self.views.view_changed.connect(self._drop)
        self._marks = QScrollArea()
        self._panel = QStackedWidget()
        self._panel.setFixedWidth(theme.px(SIDE_MM))
        self._panel.addWidget(self._drawing_panel())
        self._panel.addWidget(self._kind_panel())
        columns = QHBoxLayout(self)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(theme.px(4))
        columns.addWidget(self.views, 1)
        columns.addWidget(self._panel)

    def show_item(self, item: Item) -> None:
        """Show the item's pictures and the marks it has."""
        self.views.show_capture(item.capture, item.verdict, item.annotations)
        self._list(item.annotations)

    def choose_view(self, view: str) -> None:
        """Begin on the view that was looked at."""
        self.views.choose(view)

    def _drawing_panel(self) -> QWidget:
        panel = QWidget()
        rows = QVBoxLayout(panel)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(self._theme.px(3))
        rows.addWidget(self._tool_card())
        rows.addWidget(self._marks, 1)
        done = Target(self._theme, "mark_done", self.tr("Done"), Symbol.TICK, kind=Kind.STRONG)
        done.clicked.connect(self.closed)
        rows.addWidget(done)
        self._marks.setWidgetResizable(True)
        self._marks.setFrameShape(QFrame.Shape.NoFrame)
        self._marks.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._marks.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._marks.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        QScroller.grabGesture(self._marks.viewport(), QScroller.ScrollerGestureType.LeftMouseButtonGesture)
        return panel

    def _tool_card(self) -> Card:
        card = Card(self._theme)
        card.rows.addWidget(writing(self._theme, self.tr("Show where"), Text.TITLE, bold=True))
        self._hint = Lines(self._theme, Text.BODY, lines=2, colour=look.SOFT_INK)
        card.rows.addWidget(self._hint)
        row = QHBoxLayout()
        row.setSpacing(self._theme.px(2))
        self._tools = {
            Tool.BOX: Target(self._theme, "tool:box", self.tr("Box"), Symbol.BOX),
            Tool.POLYGON: Target(self._theme, "tool:polygon", self.tr("Polygon"), Symbol.POLYGON),
        }
        for tool, target in self._tools.items():
            target.setCheckable(True)
            target.clicked.connect(lambda _=False, chosen=tool: self._use(chosen))
            row.addWidget(target, 1)
        card.rows.addLayout(row)
        self._use(Tool.BOX)
        return card

    def _kind_panel(self) -> QWidget:
        panel = QWidget()
        rows = QVBoxLayout(panel)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(self._theme.px(1.8))
        theme = self._theme
        self._types = Choices(
            theme,
            "type",
            [(each, damage_word(each), BY_DAMAGE[each]) for each in DamageType],
            2,
            self._set_type,
        )
        severities = (Severity.MINOR, Severity.MAJOR)
        self._severities = Choices(
            theme,
            "severity",
            [(each, severity_word(each), BY_SEVERITY[each]) for each in severities],
            2,
            self._set_severity,
        )
        self._parts = Choices(
            theme, "part", [(each, part_word(each), BY_PART[each]) for each in Part], 2, self._set_part
        )
        for words, choices in (
            (self.tr("What happened?"), self._types),
            (self.tr("How bad?"), self._severities),
            (self.tr("On what?"), self._parts),
        ):
            rows.addWidget(writing(theme, words, Text.CAPTION, colour=look.SOFT_INK))
            rows.addWidget(choices)
        rows.addStretch(1)
        cancel = Target(theme, "mark_cancel", self.tr("Draw again"), Symbol.UNDO, rank=Rank.SECONDARY)
        cancel.clicked.connect(self._drop)
        rows.addWidget(cancel)
        return panel

    def _use(self, tool: Tool) -> None:
        self.canvas.use(tool)
        for each, target in self._tools.items():
            target.setChecked(each is tool)
        box = self.tr("Drag a box round the damage")
        self._hint.set_text(box if tool is Tool.BOX else self.tr("Tap the corners; tap the first to close"))

    def _take_shape(self, points: tuple[Point, ...]) -> None:
        self._shape = points
        self._type, self._severity, self._part = None, None, None
        for choices in (self._types, self._severities, self._parts):
            choices.show_choice(None)
        self.canvas.show_draft(points)
        self._panel.setCurrentIndex(1)

    def _set_type(self, chosen: DamageType) -> None:
        self._type = chosen
        self._finish()

    def _set_severity(self, chosen: Severity) -> None:
        self._severity = chosen
        self._finish()

    def _set_part(self, chosen: Part) -> None:
        self._part = chosen
        self._finish()

    def _finish(self) -> None:
        """The third answer completes the mark."""
        if self._type is None or self._severity is None or self._part is None:
            return
        mark = Annotation(
            new_id("mark"),
            self.views.view,
            self._shape,
            self._type,
            self._severity,
            self._part,
            self._associate,
            now(),
        )
        self._drop()
        self.marked.emit(mark)

    def _drop(self, _told: object = None) -> None:
        self._shape = ()
        self.canvas.drop()
        self._panel.setCurrentIndex(0)

    def _list(self, marks: Sequence[Annotation]) -> None:
        inside = QWidget()
        rows = QVBoxLayout(inside)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(self._theme.px(2))
        for mark in marks:
            rows.addWidget(self._row(mark))
        rows.addStretch(1)
        self._marks.setWidget(inside)

    def _row(self, mark: Annotation) -> Card:
        card = Card(self._theme)
        margin = self._theme.px(2)
        card.rows.setContentsMargins(self._theme.px(4), margin, margin, margin)
        row = QHBoxLayout()
        row.setSpacing(self._theme.px(3))
        row.addWidget(Sign(self._theme, BY_DAMAGE[mark.type], 8))
        words = QVBoxLayout()
        words.setSpacing(0)
        title, details = Lines(self._theme, Text.BODY, bold=True), Lines(self._theme, Text.CAPTION)
        title.set_text(damage_word(mark.type))
        parts = (severity_word(mark.severity), part_word(mark.part), mark.view)
        details.set_text("  ·  ".join(parts), look.SOFT_INK)
        words.addWidget(title)
        words.addWidget(details)
        row.addLayout(words, 1)
        remove = Target(
            self._theme,
            f"unmark:{mark.annotation_id}",
            "",
            Symbol.CROSS,
            kind=Kind.QUIET,
            rank=Rank.SECONDARY,
        )
        remove.setAccessibleName(self.tr("Remove mark"))
        remove.clicked.connect(lambda: self.unmarked.emit(mark.annotation_id))
        row.addWidget(remove)
        card.rows.addLayout(row)
        return card
