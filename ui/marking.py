"""Drawing on a captured picture: a box by dragging, a polygon by tapping, in the picture's own pixels."""

from __future__ import annotations

import math
from enum import Enum

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPixmap, QTouchEvent
from PySide6.QtWidgets import QGraphicsPathItem, QWidget

from ui import theme as look
from ui.pictures import PictureView, Point, outline, pen

LEAST_BOX_PX = 6
"""A drag shorter than this on the screen is a slip, not a box."""


class Tool(Enum):
    """How a mark is drawn."""

    BOX = "box"
    POLYGON = "polygon"


class MarkingCanvas(PictureView):
    """A picture to draw on with finger or mouse; two fingers zoom.

    `drawn` gives the points of a finished shape: two opposite corners of a box, or a polygon's corners.
    """

    drawn = Signal(tuple)

    def __init__(self, reach_px: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tool = Tool.BOX
        self._reach_px = reach_px
        self._points: list[Point] = []
        self._finished = False
        self._pressed_at: QPoint | None = None
        self._spread = 0.0
        self._draft = QGraphicsPathItem()
        self._draft.setPen(pen(look.RED, 3.0))
        self._draft.setZValue(1)
        self.scene().addItem(self._draft)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents)

    def use(self, tool: Tool) -> None:
        """Choose the tool; what was begun is dropped."""
        self.tool = tool
        self.drop()

    def drop(self) -> None:
        """Forget the shape that was begun or finished."""
        self._points = []
        self._finished = False
        self._pressed_at = None
        self._show_draft()

    def show_picture(self, picture: QPixmap) -> None:
        """Show another picture; what was begun on the last one is dropped."""
        self.drop()
        super().show_picture(picture)

    def show_draft(self, points: tuple[Point, ...]) -> None:
        """Keep a finished shape in sight until its kind is known; nothing else is drawn until `drop`."""
        self._points = list(points)
        self._finished = True
        self._show_draft(closed=True)

    def viewportEvent(self, event: QEvent) -> bool:
        """Take touches here, so that no mouse event is made of them."""
        if isinstance(event, QTouchEvent):
            self._touch(event)
            event.accept()
            return True
        return super().viewportEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a box."""
        self._press(event.position().toPoint())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pull the box open."""
        self._move(event.position().toPoint())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a box, or set a corner of a polygon."""
        self._release(event.position().toPoint())

    def _touch(self, event: QTouchEvent) -> None:
        points = event.points()
        if len(points) >= 2:
            self._pressed_at = None
            self._pinch(points[0].position(), points[1].position())
            return
        self._spread = 0.0
        where = points[0].position().toPoint()
        match event.type():
            case QEvent.Type.TouchBegin:
                self._press(where)
            case QEvent.Type.TouchUpdate:
                self._move(where)
            case QEvent.Type.TouchEnd:
                self._release(where)
            case _:
                self.drop()

    def _pinch(self, first: QPointF, second: QPointF) -> None:
        spread = math.hypot(first.x() - second.x(), first.y() - second.y())
        if self._spread > 0 and spread > 0:
            self.setTransformationAnchor(PictureView.ViewportAnchor.AnchorViewCenter)
            factor = spread / self._spread
            self.scale(factor, factor)
            if self.viewport().width() > self.transform().m11() * self.sceneRect().width():
                self.fit()
        self._spread = spread

    def _press(self, where: QPoint) -> None:
        self._pressed_at = None if self._finished else where

    def _move(self, where: QPoint) -> None:
        if self._pressed_at is not None and self.tool is Tool.BOX:
            self._points = [self._pixel(self._pressed_at), self._pixel(where)]
            self._show_draft()

    def _release(self, where: QPoint) -> None:
        start, self._pressed_at = self._pressed_at, None
        if start is None:
            return
        if self.tool is Tool.BOX:
            self._end_box(start, where)
        else:
            self._add_corner(where)

    def _end_box(self, start: QPoint, end: QPoint) -> None:
        if min(abs(start.x() - end.x()), abs(start.y() - end.y())) < LEAST_BOX_PX:
            self.drop()
            return
        (x1, y1), (x2, y2) = self._pixel(start), self._pixel(end)
        self.drawn.emit(((min(x1, x2), min(y1, y2)), (max(x1, x2), max(y1, y2))))

    def _add_corner(self, where: QPoint) -> None:
        if len(self._points) >= 3 and self._near_first(where):
            self.drawn.emit(tuple(self._points))
            return
        self._points.append(self._pixel(where))
        self._show_draft()

    def _near_first(self, where: QPoint) -> bool:
        first = self.mapFromScene(QPointF(*self._points[0]))
        return math.hypot(first.x() - where.x(), first.y() - where.y()) <= self._reach_px

    def _pixel(self, where: QPoint) -> Point:
        """The picture's pixel under a point of the viewport, kept within the picture."""
        inside = self.sceneRect()
        point = self.viewportTransform().inverted()[0].map(QPointF(where))
        return (
            min(max(point.x(), inside.left()), inside.right()),
            min(max(point.y(), inside.top()), inside.bottom()),
        )

    def _show_draft(self, closed: bool = False) -> None:
        if closed or self.tool is Tool.BOX:
            self._draft.setPath(outline(self._points))
            return
        path = outline(())
        for index, (x, y) in enumerate(self._points):
            if index:
                path.lineTo(x, y)
            else:
                path.moveTo(x, y)
        radius = self._reach_px / max(self.transform().m11(), 1e-6) / 2
        for x, y in self._points:
            path.addEllipse(QPointF(x, y), radius / 3, radius / 3)
            path.moveTo(x, y)
        if self._points:
            path.addEllipse(QPointF(*self._points[0]), radius, radius)
        self._draft.setPath(path)
