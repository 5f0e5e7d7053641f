"""What the workbench has seen of the target: where in the picture, how tilted, and its corners now."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPaintEvent, QPen, QPolygonF, QTransform
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from ui import theme as look
from ui.live import USUAL_ASPECT, LiveTile
from ui.theme import Text, Theme

CELLS = 5
FULL = 3
"""From so many views on a cell of the map is as dark as it gets."""
SHADES = (look.CARD, QColor("#C3C9CF"), QColor("#636D77"), look.INK)
WRITING = (look.SOFT_INK, look.INK, QColor("white"), QColor("white"))
LEAN = 0.24
"""How much shorter the far side of a drawn target is on each end, as a share of its length."""


class CoverageMap(QWidget):
    """The picture in 5×5 cells: how many picked views had corners in each; empty cells are hatched."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.counts = np.zeros((CELLS, CELLS), dtype=np.int64)
        self._aspect = USUAL_ASPECT
        self.setMinimumHeight(theme.px(38))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_counts(self, counts: NDArray[Any], aspect: float) -> None:
        """Show other counts, (5, 5), over a picture of width / height `aspect`."""
        whole = np.nan_to_num(np.asarray(counts, dtype=np.float64))
        fits = whole.shape == (CELLS, CELLS)
        self.counts = np.clip(whole if fits else np.zeros((CELLS, CELLS)), 0, 9_999).astype(np.int64)
        self._aspect = min(4.0, max(0.25, aspect))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the cells in the shape of the picture."""
        painter = QPainter(self)
        painter.setFont(self._theme.font(Text.CAPTION, bold=True))
        width = min(float(self.width()), self.height() * self._aspect)
        height = width / self._aspect
        left, top = (self.width() - width) / 2, (self.height() - height) / 2
        gap = self._theme.px(0.6)
        for row, column in np.ndindex(CELLS, CELLS):
            x, y = left + column * width / CELLS, top + row * height / CELLS
            cell = QRectF(x, y, width / CELLS, height / CELLS).adjusted(0, 0, -gap, -gap)
            self._paint_cell(painter, cell, int(self.counts[row, column]))
        painter.end()

    def _paint_cell(self, painter: QPainter, cell: QRectF, count: int) -> None:
        level = min(count, FULL)
        painter.fillRect(cell, SHADES[level])
        if not count:
            painter.fillRect(cell, QBrush(look.LINE, Qt.BrushStyle.BDiagPattern))
            painter.setPen(QPen(look.LINE, 1))
            painter.drawRect(cell.adjusted(0.5, 0.5, -0.5, -0.5))
            return
        painter.setPen(WRITING[level])
        painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, str(count))


class TiltSign(QWidget):
    """One way to tilt the target: how it looks then, the word, and how many picked views were so."""

    def __init__(self, theme: Theme, word: str, corners: QPolygonF) -> None:
        super().__init__()
        self._theme = theme
        self._word = word
        self._corners = corners
        self.count = 0
        self.setFixedHeight(theme.px(21))

    def show_count(self, count: int) -> None:
        """Show another count."""
        self.count = count
        self.setAccessibleName(f"{self._word}: {count}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the leaning target, dark once it was seen, and the word below it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = self._theme.px(6)
        side = self.height() - line
        square = QRectF((self.width() - side) / 2, 0, side, side)
        seen = self.count > 0
        painter.setBrush(look.INK if seen else QBrush(look.LINE, Qt.BrushStyle.BDiagPattern))
        painter.setPen(QPen(look.INK if seen else look.LINE, 1.5))
        place = QTransform.fromTranslate(square.left(), square.top()).scale(side, side)
        painter.drawPolygon(place.map(self._corners))
        if seen:
            painter.setFont(self._theme.font(Text.BODY, bold=True))
            painter.setPen(QColor("white"))
            painter.drawText(square, Qt.AlignmentFlag.AlignCenter, str(self.count))
        painter.setFont(self._theme.font(Text.CAPTION))
        painter.setPen(look.INK if seen else look.SOFT_INK)
        below = QRectF(0, side, self.width(), line)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, self._word)
        painter.end()


class Tilts(QWidget):
    """The four ways side by side: left, right, top, bottom."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        words = (self.tr("Left"), self.tr("Right"), self.tr("Top"), self.tr("Bottom"))
        self.signs = [TiltSign(theme, word, leaning(way)) for way, word in enumerate(words)]
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # as the picture, which is not mirrored
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(1))
        for sign in self.signs:
            row.addWidget(sign)

    def show_tilts(self, tilts: tuple[int, int, int, int]) -> None:
        """Show how many picked views were tilted each way."""
        for sign, count in zip(self.signs, tilts, strict=False):
            sign.show_count(max(0, int(count)))


class CornersTile(LiveTile):
    """A live picture with the points of the target that were found in it."""

    def __init__(self, theme: Theme, camera_id: str) -> None:
        super().__init__(theme, camera_id)
        self.corners_px: NDArray[np.float64] = np.empty((0, 2))

    def show_corners(self, corners_px: NDArray[Any]) -> None:
        """Show other points, (n, 2) in pixels of the picture."""
        points = np.asarray(corners_px, dtype=np.float64)
        points = points.reshape(-1, 2) if points.size % 2 == 0 else np.empty((0, 2))
        self.corners_px = points[np.isfinite(points).all(axis=1)]
        self.update()

    def paint_over(self, painter: QPainter, where: QRectF) -> None:
        """Paint a ring round each point: white in dark, to be seen on every ground."""
        if self.picture_px.isEmpty():
            return
        painter.save()
        painter.setClipRect(where, Qt.ClipOperation.IntersectClip)
        across = where.width() / self.picture_px.width()
        down = where.height() / self.picture_px.height()
        radius = max(3.0, self.height() / 110)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width in ((look.INK, radius * 0.95), (QColor("white"), radius * 0.45)):
            painter.setPen(QPen(colour, width))
            for x, y in self.corners_px:
                spot = QPointF(where.left() + (x + 0.5) * across, where.top() + (y + 0.5) * down)
                painter.drawEllipse(spot, radius, radius)
        painter.restore()


def leaning(way: int) -> QPolygonF:
    """A square target in a unit square with one side far away: left, right, top, bottom by number."""
    near, far = 0.08, 0.08 + LEAN
    left = [(0.2, far), (0.8, near), (0.8, 1 - near), (0.2, 1 - far)]
    right = [(1 - x, y) for x, y in left]
    points = (left, right, [(y, x) for x, y in left], [(y, x) for x, y in right])[way]
    return QPolygonF([QPointF(x, y) for x, y in points])
