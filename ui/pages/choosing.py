"""Choosing a piece of calibration work: the step, the cameras, the target."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from booth.domain.calibrating import Step
from booth.ports.workbench import Job
from ui import theme as look
from ui.choices import Choices
from ui.paper import Card, Lines, writing
from ui.symbols import BY_STEP, Symbol
from ui.targets import Kind, Rank, Target
from ui.theme import Text, Theme
from ui.words import step_word

STEPS = (
    Step.INTRINSICS,
    Step.ARRAY,
    Step.TRAY,
    Step.DEPTH,
    Step.COLOUR,
    Step.LIGHT,
    Step.FOCUS,
    Step.EXPOSURE,
    Step.DRIFT,
)
WITH_TARGET = (Step.INTRINSICS, Step.ARRAY, Step.TRAY, Step.DEPTH, Step.FOCUS)
"""The steps that look for a printed target; the others look at the tray, at a chart or at a sheet."""
ONE_CAMERA = (Step.INTRINSICS,)
"""The steps that look through one camera at a time."""
TARGETS = (
    ("ChArUco A5", "charuco:8x6:19mm:13.3mm:DICT_5X5_100"),
    ("ChArUco A4", "charuco:8x6:30mm:21mm:DICT_5X5_100"),
    ("ChArUco A3", "charuco:8x6:44mm:30.8mm:DICT_5X5_100"),
    ("AprilGrid A3", "aprilgrid:6x6:34mm:0.3"),
    ("Chessboard A4", "chessboard:9x6:25mm"),
)
"""Prints that fill a sheet of that size, as `booth calibrate target` makes them; names of things."""
ALL = ""
SIDE_MM = 148.0


class ChoosingPage(QWidget):
    """Step on the left, cameras and target on the right; what was last chosen stays chosen."""

    begun = Signal(Job)
    board_asked = Signal()

    def __init__(self, theme: Theme, camera_ids: Sequence[str], signer: str, board: str) -> None:
        super().__init__()
        self._theme = theme
        self._signer = signer
        self._step = STEPS[0]
        self._one = next(iter(camera_ids), "")
        self._many: set[str] = set()
        self._board = board
        self.cameras: dict[str, Target] = {}
        self.boards: dict[str, Target] = {}
        self._what = Lines(theme, Text.TITLE, bold=True, lines=2)
        self._how = Lines(theme, Text.LEAD, colour=look.SOFT_INK, lines=5)
        self._board_line = Lines(theme, Text.CAPTION, colour=look.SOFT_INK, lines=2)
        self._steps = Choices(
            theme, "step", _faces(), 3, self._choose_step, above=True, symbol_mm=11, high_mm=28
        )
        columns = QHBoxLayout(self)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(theme.px(5))
        columns.addLayout(self._left(), 1)
        columns.addLayout(self._right(camera_ids))
        self._choose_step(self._step)

    @property
    def board(self) -> str:
        """The target as `booth calibrate` writes it."""
        return self._board

    @property
    def _chosen(self) -> set[str]:
        return {self._one} if self._step in ONE_CAMERA else self._many

    def set_board(self, text: str) -> None:
        """Choose another target."""
        self._board = text
        self._refresh()

    def job(self) -> Job:
        """What is chosen; no camera ids means every camera."""
        cameras = tuple(camera_id for camera_id in self.cameras if camera_id in self._chosen)
        board = self._board if self._step in WITH_TARGET else ""
        return Job(self._step, board, cameras, self._signer)

    def _left(self) -> QVBoxLayout:
        theme = self._theme
        card = Card(theme)
        card.rows.addWidget(self._what)
        card.rows.addWidget(self._how)
        card.rows.addStretch(1)
        column = QVBoxLayout()
        column.setSpacing(theme.px(3))
        column.addWidget(self._steps)
        column.addWidget(card, 1)
        return column

    def _right(self, camera_ids: Sequence[str]) -> QVBoxLayout:
        theme = self._theme
        column = QVBoxLayout()
        column.setSpacing(theme.px(2))
        column.addWidget(writing(theme, self.tr("Cameras"), Text.BODY, colour=look.SOFT_INK))
        column.addLayout(self._camera_grid(camera_ids))
        column.addSpacing(theme.px(2))
        self._board_word = writing(theme, self.tr("Target"), Text.BODY, colour=look.SOFT_INK)
        column.addWidget(self._board_word)
        column.addLayout(self._board_grid())
        column.addWidget(self._board_line)
        column.addStretch(1)
        begin = Target(theme, "begin", self.tr("Begin"), Symbol.NEXT, kind=Kind.STRONG)
        begin.setFixedWidth(theme.px(SIDE_MM))
        begin.clicked.connect(lambda: self.begun.emit(self.job()))
        column.addWidget(begin)
        return column

    def _camera_grid(self, camera_ids: Sequence[str]) -> QGridLayout:
        grid = _grid(self._theme, 3)
        for place, camera_id in enumerate((ALL, *camera_ids)):
            face = camera_id or self.tr("All cameras")
            target = self._choice(f"camera:{camera_id or 'all'}", face)
            target.clicked.connect(lambda _=False, chosen=camera_id: self._choose_camera(chosen))
            grid.addWidget(target, place // 3, place % 3)
            self.cameras[camera_id] = target
        return grid

    def _board_grid(self) -> QGridLayout:
        grid = _grid(self._theme, 3)
        for place, (name, board) in enumerate(TARGETS):
            target = self._choice(f"board:{name}", name)
            target.clicked.connect(lambda _=False, chosen=board: self.set_board(chosen))
            grid.addWidget(target, place // 3, place % 3)
            self.boards[board] = target
        self.other = self._choice("board:other", self.tr("Other"), Symbol.EDIT)
        self.other.clicked.connect(self._ask_board)
        grid.addWidget(self.other, len(TARGETS) // 3, len(TARGETS) % 3)
        return grid

    def _choice(self, name: str, face: str, symbol: Symbol | None = None) -> Target:
        target = Target(self._theme, name, face, symbol, rank=Rank.SECONDARY)
        target.setCheckable(True)
        target.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        return target

    def _ask_board(self) -> None:
        self._refresh()
        self.board_asked.emit()

    def _choose_step(self, step: Step) -> None:
        self._step = step
        self._steps.show_choice(step)
        self._refresh()

    def _choose_camera(self, camera_id: str) -> None:
        if self._step in ONE_CAMERA:
            self._one = camera_id
        elif camera_id == ALL:
            self._many.clear()
        else:
            self._many ^= {camera_id}
        self._refresh()

    def _refresh(self) -> None:
        what, how = self._words()[self._step]
        self._what.set_text(what)
        self._how.set_text(how)
        for camera_id, target in self.cameras.items():
            target.setChecked(camera_id in self._chosen if camera_id else not self._chosen)
        self.cameras[ALL].setEnabled(self._step not in ONE_CAMERA)
        wanted = self._step in WITH_TARGET
        for board, target in self.boards.items():
            target.setEnabled(wanted)
            target.setChecked(wanted and board == self._board)
        self.other.setEnabled(wanted)
        self.other.setChecked(wanted and self._board not in self.boards)
        self._board_line.set_text(self._board if wanted else self.tr("This step needs no printed target"))

    def _words(self) -> dict[Step, tuple[str, str]]:
        return {
            Step.INTRINSICS: (
                self.tr("The lens of one camera"),
                self.tr("Hold the target before the camera: near, far, in every corner, tilted every way."),
            ),
            Step.ARRAY: (
                self.tr("Where the cameras stand"),
                self.tr("Move the target through the booth so that two cameras see it at a time."),
            ),
            Step.TRAY: (
                self.tr("Where the tray lies, and how it looks empty"),
                self.tr("Lay the target flat on the tray; take it away when you are asked to."),
            ),
            Step.DEPTH: (
                self.tr("How true the depth is"),
                self.tr("Hold the target flat before the camera, at several distances."),
            ),
            Step.COLOUR: (
                self.tr("How true the colours are"),
                self.tr("Lay the colour chart flat on the tray, under the booth's own light."),
            ),
            Step.LIGHT: (
                self.tr("How even the light is"),
                self.tr("Cover the tray with a plain grey sheet."),
            ),
            Step.FOCUS: (
                self.tr("How sharp the pictures are"),
                self.tr("Lay the target where items lie, turned by about 5°."),
            ),
            Step.EXPOSURE: (
                self.tr("Whether pictures are too bright or too dark"),
                self.tr("Lay a bright and a dark item on the tray, under the booth's own light."),
            ),
            Step.DRIFT: (
                self.tr("Whether the cameras still stand where they stood"),
                self.tr("Clear the tray, so that the markers beside it can be seen. This changes nothing."),
            ),
        }


def _faces() -> list[tuple[Step, str, Symbol | None]]:
    return [(step, step_word(step), BY_STEP[step]) for step in STEPS]


def _grid(theme: Theme, columns: int) -> QGridLayout:
    grid = QGridLayout()
    grid.setSpacing(theme.px(2))
    for column in range(columns):
        grid.setColumnStretch(column, 1)
    return grid
