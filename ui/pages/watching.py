"""Watching: the live picture with the target's corners, what was seen of it, and what to do with it next."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from booth.domain.calibrating import Step
from booth.domain.device import DeviceState
from booth.domain.picture import Frame
from booth.ports.screen import Station
from booth.ports.workbench import BenchState, Watched
from ui import theme as look
from ui.coverage import CornersTile, CoverageMap, Tilts
from ui.live import USUAL_ASPECT
from ui.pages.choosing import WITH_TARGET
from ui.paper import Card, Headline, Sign, placed, write, writing
from ui.pictures import image_of, rgb32_buffer, thinned
from ui.polled import Polled
from ui.scrolling import Scrolled
from ui.symbols import Symbol, draw
from ui.targets import Kind, Rank, Target
from ui.theme import Text, Theme

PULL_MS = 66
COVERED = (Step.INTRINSICS, Step.ARRAY, Step.DEPTH)
"""The steps that want the target in many places; for the others one will do."""
SIDE_MM = 124.0
TILE_MM = (30.0, 22.0)
VEIL = QColor(255, 255, 255, 232)
"""What lies under writing on a picture."""


class CameraTile(Target):
    """A small live picture with how many views were picked; tapping it brings the camera to the front."""

    def __init__(self, theme: Theme, camera_id: str) -> None:
        super().__init__(theme, f"watch:{camera_id}", camera_id, rank=Rank.SECONDARY, text_size=Text.CAPTION)
        self.setCheckable(True)
        self.setFixedSize(theme.px(TILE_MM[0]), theme.px(TILE_MM[1]))
        self.picked = 0
        self.enough = False
        self._frame: Frame | None = None

    def show_frame(self, frame: Frame | None) -> None:
        """Show a newer picture."""
        if frame is not None and (self._frame is None or frame.sequence != self._frame.sequence):
            self._frame = frame
            self.update()

    def show_watched(self, watched: Watched) -> None:
        """Show how far this camera is."""
        if (watched.picked, watched.enough) != (self.picked, self.enough):
            self.picked, self.enough = watched.picked, watched.enough
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the picture, the count over it, and a dark frame round the chosen one."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        inside = QRectF(self.rect()).adjusted(4, 4, -4, -4)
        clip = QPainterPath()
        clip.addRoundedRect(inside, self._theme.px(1.6), self._theme.px(1.6))
        painter.setClipPath(clip)
        painter.fillRect(inside, look.PRESSED)
        if self._frame is not None:
            buffer = rgb32_buffer(thinned(self._frame.rgb, self.width(), self.height()))
            painter.drawImage(inside, image_of(buffer))
        self._paint_name(painter, inside)
        self._paint_count(painter, inside)
        painter.setClipping(False)
        if self.isChecked():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(look.INK, 4))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(2, 2, -2, -2), 6, 6)
        painter.end()

    def _paint_name(self, painter: QPainter, inside: QRectF) -> None:
        height, margin = self._theme.px(6.6), self._theme.px(1.4)
        bar = QRectF(inside.left(), inside.bottom() - height, inside.width(), height)
        painter.fillRect(bar, VEIL)
        words = bar.adjusted(margin, 0, -margin, 0)
        write(painter, words, self.text(), self._theme.font(Text.CAPTION), look.INK)

    def _paint_count(self, painter: QPainter, inside: QRectF) -> None:
        font = self._theme.font(Text.BODY, bold=True)
        height, margin, side = self._theme.px(7.4), self._theme.px(1.4), self._theme.px(5.4)
        width = QFontMetrics(font).horizontalAdvance(str(self.picked)) + 2 * margin
        width += side + margin if self.enough else 0
        badge = QRectF(inside.right() - width, inside.top(), width, height)
        painter.fillRect(placed(painter, badge), VEIL)
        write(painter, badge.adjusted(margin, 0, 0, 0), str(self.picked), font, look.INK)
        if self.enough:
            square = QRectF(badge.right() - margin - side, badge.center().y() - side / 2, side, side)
            draw(painter, Symbol.OK, placed(painter, square), look.INK)


class WatchingPage(Polled):
    """One instruction above; the chosen camera on the left, its coverage on the right."""

    solve_asked = Signal()

    def __init__(self, theme: Theme, station: Station) -> None:
        super().__init__(PULL_MS)
        self._theme = theme
        self._station = station
        self._watched: Mapping[str, Watched] = {}
        self._step = Step.INTRINSICS
        self._states: dict[str, tuple[DeviceState, str]] = {}
        self.camera_id = ""
        self.tiles: dict[str, CameraTile] = {}
        self.sign = Sign(theme, Symbol.BOARD, 18)
        self.hint = Headline(theme)
        self.picked = writing(theme, "0", Text.HERO, bold=True)
        self.coverage = CoverageMap(theme)
        self.tilts = Tilts(theme)
        self.solve = Target(theme, "solve", "", None)
        self.solve.setFixedWidth(theme.px(SIDE_MM))
        self.solve.clicked.connect(self.solve_asked)
        self.big = CornersTile(theme, "")
        self._strip = self._make_strip()
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.px(3))
        rows.addWidget(self._instruction())
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(theme.px(4))
        self._grid.setVerticalSpacing(theme.px(3))
        self._grid.setColumnStretch(0, 1)
        self._grid.setRowStretch(0, 1)
        self._grid.addWidget(self._coverage(), 0, 1)
        self._grid.addWidget(self._strip, 1, 0)
        self._grid.addWidget(self.solve, 1, 1)
        self._lay_picture()
        rows.addLayout(self._grid, 1)

    def refresh(self) -> None:
        """Pull the newest pictures."""
        self.big.show_frame(self._station.newest(self.camera_id) if self.camera_id else None)
        for camera_id, tile in self.tiles.items():
            tile.show_frame(self._station.newest(camera_id))

    def show_feed(self, camera_id: str, state: DeviceState, message: str) -> None:
        """Say how one camera is doing."""
        self._states[camera_id] = (state, message)
        if camera_id == self.camera_id:
            self.big.show_state(state, message)

    def show_state(self, state: BenchState) -> None:
        """Show what the workbench has seen."""
        self._watched = state.cameras
        self._step = state.job.step if state.job is not None else Step.INTRINSICS
        if list(self._watched) != list(self.tiles):
            self._make_tiles()
        if self.camera_id not in self._watched:
            self._turn_to(next(iter(self._watched), ""))
        for camera_id, watched in self._watched.items():
            self.tiles[camera_id].show_watched(watched)
        self._show_camera(state.message)
        self._show_solve()

    def _show_camera(self, message: str) -> None:
        watched = self._watched.get(self.camera_id)
        self.big.setVisible(watched is not None)
        if watched is None:
            self.hint.set_text(message or self.tr("Looking at the cameras"))
            return
        enough = all(each.enough for each in self._watched.values())
        self.sign.set_symbol(self._symbol(watched), look.INK)
        self.hint.set_text(sentence(watched.hint) or self._nothing_more(enough))
        self.picked.setText(str(watched.picked))
        size = self.big.picture_px
        aspect = size.width() / size.height() if not size.isEmpty() else USUAL_ASPECT
        self.coverage.show_counts(watched.coverage, aspect)
        self.tilts.show_tilts(watched.tilts)
        self.big.show_corners(watched.corners_px)

    def _symbol(self, watched: Watched) -> Symbol:
        if watched.enough and not watched.hint:
            return Symbol.OK
        return Symbol.BOARD if self._step in WITH_TARGET else Symbol.CAMERA

    def _nothing_more(self, enough: bool) -> str:
        if enough:
            return self.tr("Enough: solve it")
        watched = self._watched[self.camera_id]
        return self.tr("Go on with another camera") if watched.enough else self.tr("Show the target")

    def _show_solve(self) -> None:
        enough = bool(self._watched) and all(each.enough for each in self._watched.values())
        some = any(each.picked for each in self._watched.values())
        face = self.tr("Solve") if enough else self.tr("Solve anyway")
        if self.solve.text() != face:
            self.solve.set_face(face, Symbol.TICK if enough else None)
        self.solve.set_kind(Kind.STRONG if enough else Kind.PLAIN)
        self.solve.setEnabled(enough or some)
        covered = self._step in COVERED
        if self._coverage_card.isHidden() == covered:
            self._coverage_card.setVisible(covered)
            self._lay_picture()

    def _turn_to(self, camera_id: str) -> None:
        if camera_id == self.camera_id:
            return
        self.camera_id = camera_id
        old, self.big = self.big, CornersTile(self._theme, camera_id)
        self._grid.removeWidget(old)
        old.hide()
        old.deleteLater()
        self._lay_picture()
        if camera_id in self._states:
            self.big.show_state(*self._states[camera_id])
        for each, tile in self.tiles.items():
            tile.setChecked(each == camera_id)

    def _choose(self, camera_id: str) -> None:
        self._turn_to(camera_id)
        self.tiles[camera_id].setChecked(True)
        self.refresh()
        self._show_camera("")

    def _make_tiles(self) -> None:
        inside = QWidget()
        row = QHBoxLayout(inside)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(self._theme.px(2))
        self.tiles = {}
        for camera_id in self._watched:
            tile = CameraTile(self._theme, camera_id)
            tile.clicked.connect(lambda _=False, chosen=camera_id: self._choose(chosen))
            tile.setChecked(camera_id == self.camera_id)
            self.tiles[camera_id] = tile
            row.addWidget(tile)
        row.addStretch(1)
        self._strip.fill(inside)
        self._strip.setVisible(len(self.tiles) > 1)
        self._lay_picture()

    def _lay_picture(self) -> None:
        """Give the picture the room that neither the strip below nor the card beside it needs."""
        self._grid.removeWidget(self.big)
        covered = self._step in COVERED
        down = 2 if covered and self._strip.isHidden() else 1
        self._grid.addWidget(self.big, 0, 0, down, 1 if covered else 2)

    def _instruction(self) -> Card:
        theme = self._theme
        card = Card(theme)
        margin = theme.px(4.4)
        card.rows.setContentsMargins(margin, theme.px(1), margin, theme.px(1))
        row = QHBoxLayout()
        row.setSpacing(theme.px(5))
        row.addWidget(self.sign)
        row.addWidget(self.hint, 1)
        count = QVBoxLayout()
        count.setSpacing(0)
        self.picked.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.picked.setMinimumWidth(theme.px(26))
        word = writing(theme, self.tr("picked"), Text.CAPTION, colour=look.SOFT_INK)
        word.setAlignment(Qt.AlignmentFlag.AlignRight)
        count.addWidget(self.picked)
        count.addWidget(word)
        row.addLayout(count)
        card.rows.addLayout(row)
        return card

    def _make_strip(self) -> Scrolled:
        strip = Scrolled(QWidget())
        strip.setFixedHeight(self._theme.px(TILE_MM[1]) + 2)
        strip.hide()
        return strip

    def _coverage(self) -> Card:
        theme = self._theme
        self._coverage_card = card = Card(theme)
        card.setFixedWidth(theme.px(SIDE_MM))
        card.rows.addWidget(writing(theme, self.tr("Seen where"), Text.CAPTION, colour=look.SOFT_INK))
        card.rows.addWidget(self.coverage, 1)
        card.rows.addSpacing(theme.px(1))
        card.rows.addWidget(writing(theme, self.tr("Tilted to"), Text.CAPTION, colour=look.SOFT_INK))
        card.rows.addWidget(self.tilts)
        return card


def sentence(words: str) -> str:
    """The words on one line, beginning with a capital."""
    line = " ".join(words.split())
    return line[:1].upper() + line[1:]
