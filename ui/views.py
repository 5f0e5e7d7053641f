"""All views of one item: one large, the others as a strip of thumbnails below it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QScrollArea, QScroller, QVBoxLayout, QWidget

from booth.domain.picture import Capture
from booth.domain.sample import Annotation
from booth.domain.verdict import HeatMap, Verdict
from ui import theme as look
from ui.pictures import PictureView, picture_of
from ui.targets import Rank, Target
from ui.theme import Text, Theme


class Thumbnail(Target):
    """A small picture that brings its view to the front."""

    def __init__(self, theme: Theme, view: str, picture: QPixmap) -> None:
        super().__init__(theme, f"view:{view}", view, rank=Rank.SECONDARY, text_size=Text.CAPTION)
        self.setCheckable(True)
        self.setFixedSize(theme.px(25), theme.px(19))
        self._picture = picture.scaled(
            self.size(),
            Qt.AspectRatioMode.KeepAspectRatioByExpanding,
            Qt.TransformationMode.SmoothTransformation,
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the picture, and a dark frame round the chosen one."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        inside = self.rect().adjusted(4, 4, -4, -4)
        source = self._picture.rect()
        source.setSize(inside.size())
        source.moveCenter(self._picture.rect().center())
        painter.drawPixmap(inside, self._picture, source)
        if self.isChecked():
            painter.setPen(QPen(look.INK, 4))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(2, 2, -2, -2), 5, 5)
        painter.end()


class Views(QWidget):
    """The pictures of a capture; `canvas` shows the chosen one."""

    view_changed = Signal(str)

    def __init__(self, theme: Theme, canvas: PictureView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.canvas = canvas
        self._pictures: dict[str, QPixmap] = {}
        self._heat: dict[str, HeatMap] = {}
        self._marks: tuple[Annotation, ...] = ()
        self._capture: Capture | None = None
        self._judged = ""
        self._heat_on = True
        self.view = ""
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.px(2))
        rows.addWidget(canvas, 1)
        self._buttons = QButtonGroup(self)
        self._strip = self._make_strip()
        rows.addWidget(self._strip)

    def _make_strip(self) -> QScrollArea:
        strip = QScrollArea()
        strip.setFrameShape(QFrame.Shape.NoFrame)
        strip.setWidgetResizable(True)
        strip.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        strip.setFixedHeight(self._theme.px(20))
        strip.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        strip.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        QScroller.grabGesture(strip.viewport(), QScroller.ScrollerGestureType.LeftMouseButtonGesture)
        return strip

    def show_capture(
        self, capture: Capture | None, verdict: Verdict | None, marks: Sequence[Annotation]
    ) -> None:
        """Show the pictures with what is known of them.

        A new verdict brings its hottest view to the front; else the same capture keeps the chosen view.
        """
        judged = verdict.verdict_id if verdict else ""
        news, self._judged = judged not in ("", self._judged), judged
        self._heat = {heat.view: heat for heat in verdict.heat_maps} if verdict else {}
        self._marks = tuple(marks)
        if capture is not self._capture:
            self._capture = capture
            self._load(capture)
            news = True
        if news:
            self.choose(self._worst())
        elif self.view:
            self.choose(self.view)

    @property
    def has_heat(self) -> bool:
        """Whether any view has a heat map."""
        return bool(self._heat)

    def set_heat(self, on: bool) -> None:
        """Show or hide the heat maps."""
        self._heat_on = on
        self.choose(self.view)

    def choose(self, view: str) -> None:
        """Bring a view to the front."""
        if view not in self._pictures:
            return
        if view != self.view:
            self.view = view
            self.canvas.show_picture(self._pictures[view])
            self.view_changed.emit(view)
        self.canvas.show_heat(self._heat.get(view) if self._heat_on else None)
        self.canvas.show_marks([mark for mark in self._marks if mark.view == view])
        for button in self._buttons.buttons():
            button.setChecked(button.text() == view)

    @property
    def names(self) -> tuple[str, ...]:
        """The views of the capture."""
        return tuple(self._pictures)

    def _load(self, capture: Capture | None) -> None:
        self.view = ""
        views = list(capture.views()) if capture is not None else []
        self._pictures = {view.name: picture_of(view.frame.rgb) for view in views}
        for button in self._buttons.buttons():
            self._buttons.removeButton(button)
        row = QWidget()
        columns = QHBoxLayout(row)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(self._theme.px(1.5))
        for name, picture in self._pictures.items():
            columns.addWidget(self._thumbnail(name, picture))
        columns.addStretch(1)
        self._strip.setWidget(row)
        self._strip.setVisible(len(self._pictures) > 1)
        if not self._pictures:
            self.canvas.show_picture(QPixmap())
            self.canvas.show_heat(None)
            self.canvas.show_marks([])

    def _thumbnail(self, view: str, picture: QPixmap) -> Thumbnail:
        button = Thumbnail(self._theme, view, picture)
        button.clicked.connect(lambda: self.choose(view))
        self._buttons.addButton(button)
        return button

    def _worst(self) -> str:
        def heat(view: str) -> float:
            values = self._heat[view].values if view in self._heat else None
            return float(values.max()) if values is not None and values.size else 0.0

        return max(self._pictures, key=heat, default="")
