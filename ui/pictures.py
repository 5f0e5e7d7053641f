"""Captured pictures on the screen: conversion to RGB32, the heat map over them, the marks on them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QImage,
    QPainter,
    QPainterPath,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
    QTransform,
)
from PySide6.QtWidgets import (
    QFrame,
    QGraphicsPathItem,
    QGraphicsPixmapItem,
    QGraphicsScene,
    QGraphicsView,
    QWidget,
)

from booth.domain.sample import Annotation
from booth.domain.verdict import HeatMap
from booth.regions import corners
from ui import theme as look

Point = tuple[float, float]
LEAST_HEAT = 0.25
"""Below this a heat map is left clear, so that it shows places and not a tint over everything."""

MOST_HEAT = 0.5
"""How much the hottest place is covered: the damage itself must stay in sight under it."""


def rgb32_buffer(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(H, W, 3) RGB to (H, W, 4) in the byte order of QImage's RGB32 on a little-endian machine."""
    buffer = np.empty((*rgb.shape[:2], 4), dtype=np.uint8)
    buffer[..., 0] = rgb[..., 2]
    buffer[..., 1] = rgb[..., 1]
    buffer[..., 2] = rgb[..., 0]
    buffer[..., 3] = 255
    return buffer


def image_of(buffer: NDArray[np.uint8], form: QImage.Format = QImage.Format.Format_RGB32) -> QImage:
    """A QImage that looks into `buffer`, (H, W, 4); the caller keeps `buffer` alive as long as the image."""
    height, width = buffer.shape[:2]
    return QImage(buffer.data, width, height, 4 * width, form)


def thinned(rgb: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """Every n-th row and column of (H, W, 3), so that it is just no smaller than what it is shown in."""
    step = max(1, min(rgb.shape[1] // max(1, width), rgb.shape[0] // max(1, height)))
    return rgb[::step, ::step]


def picture_of(rgb: NDArray[np.uint8]) -> QPixmap:
    """A picture of its own, from (H, W, 3) uint8."""
    buffer = rgb32_buffer(rgb)
    return QPixmap.fromImage(image_of(buffer))


def heat_image(values: NDArray[np.float32]) -> QImage:
    """Heat 0..1, (rows, columns), as a premultiplied image from clear through orange to red."""
    strength = np.clip((np.nan_to_num(values) - LEAST_HEAT) / (1 - LEAST_HEAT), 0, 1)
    alpha = np.minimum(strength * 1.6, 1.0) * MOST_HEAT
    buffer = np.empty((*values.shape, 4), dtype=np.uint8)
    buffer[..., 0] = (alpha * 20).astype(np.uint8)
    buffer[..., 1] = (alpha * (165 - 145 * strength)).astype(np.uint8)
    buffer[..., 2] = (alpha * (255 - 45 * strength)).astype(np.uint8)
    buffer[..., 3] = (alpha * 255).astype(np.uint8)
    return image_of(buffer, QImage.Format.Format_ARGB32_Premultiplied).copy()


class PictureView(QGraphicsView):
    """One captured picture, fitted whole; scene coordinates are the picture's pixels."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setScene(QGraphicsScene(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setBackgroundBrush(look.GROUND)
        self.setRenderHints(QPainter.RenderHint.SmoothPixmapTransform | QPainter.RenderHint.Antialiasing)
        for bars in (self.setHorizontalScrollBarPolicy, self.setVerticalScrollBarPolicy):
            bars(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignHCenter)
        self.setMinimumSize(120, 90)
        self._picture = QGraphicsPixmapItem()
        self._picture.setTransformationMode(Qt.TransformationMode.SmoothTransformation)
        self._heat = QGraphicsPixmapItem()
        self._heat.setTransformationMode(Qt.TransformationMode.SmoothTransformation)
        self.scene().addItem(self._picture)
        self.scene().addItem(self._heat)
        self._marks: list[QGraphicsPathItem] = []

    @property
    def heat_shown(self) -> bool:
        """Whether a heat map lies over the picture."""
        return self._heat.isVisible() and not self._heat.pixmap().isNull()

    def show_picture(self, picture: QPixmap) -> None:
        """Show another picture, fitted."""
        self._picture.setPixmap(picture)
        self.scene().setSceneRect(QRectF(picture.rect()))
        self.fit()

    def show_heat(self, heat: HeatMap | None) -> None:
        """Lay a heat map over the region it speaks of, or none."""
        if heat is None or not heat.values.size:
            self._heat.setPixmap(QPixmap())
            return
        rows, columns = heat.values.shape
        self._heat.setPixmap(QPixmap.fromImage(heat_image(heat.values)))
        self._heat.setPos(*corners(heat.region)[0])
        transform = QTransform().rotate(heat.region.turn_deg)
        self._heat.setTransform(transform.scale(heat.region.width / columns, heat.region.height / rows))

    def show_marks(self, marks: Sequence[Annotation]) -> None:
        """Outline what people marked on this picture."""
        for item in self._marks:
            self.scene().removeItem(item)
        self._marks = []
        for mark in marks:
            path = outline(mark.points)
            for colour, width in ((QColor("white"), 5.0), (look.RED, 2.5)):
                item = self.scene().addPath(path, pen(colour, width))
                self._marks.append(item)

    def fit(self) -> None:
        """Show the whole picture, as large as it goes."""
        self.fitInView(self.sceneRect(), Qt.AspectRatioMode.KeepAspectRatio)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit again."""
        super().resizeEvent(event)
        self.fit()


def outline(points: Sequence[Point]) -> QPainterPath:
    """Two points as a box, more as a closed polygon."""
    path = QPainterPath()
    if len(points) == 2:
        path.addRect(QRectF(QPointF(*points[0]), QPointF(*points[1])).normalized())
    elif points:
        path.addPolygon(QPolygonF([QPointF(x, y) for x, y in points]))
        path.closeSubpath()
    return path


def pen(colour: QColor, width_px: float) -> QPen:
    """A pen that keeps its width on the screen at every zoom."""
    made = QPen(colour, width_px)
    made.setCosmetic(True)
    made.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return made
