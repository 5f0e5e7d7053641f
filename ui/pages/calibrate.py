"""Calibrate: one page at a time, chosen by the workbench as it stands."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from booth.calibration.targets.board import board_from
from booth.domain.device import DeviceState
from booth.ports.screen import Station
from booth.ports.workbench import BenchPhase, BenchState, Job
from ui.asking import Ask
from ui.pages.board import BoardPage
from ui.pages.choosing import TARGETS, ChoosingPage
from ui.pages.solved import FailedPage, SolvedPage, SolvingPage
from ui.pages.watching import WatchingPage
from ui.polled import Polled
from ui.theme import Theme
from ui.words import step_word

LOOK_MS = 100
SMALL, USUAL = TARGETS[0][1], TARGETS[1][1]
"""What is chosen at first: simulated cameras look close, on a field no wider than a sheet of A3."""


class CalibratePage(Polled):
    """From the choice of the work to the word on what came out."""

    turned = Signal()
    """Another page is shown, or `is_open` has changed."""
    decided = Signal()
    """The person's word on a run was taken."""

    def __init__(self, theme: Theme, station: Station, ask: Ask, signer: str) -> None:
        super().__init__(LOOK_MS)
        self._bench = station.workbench
        self._ask = ask
        self._signer = signer
        self._typing = False
        self._deciding = False
        self._reconsidering = False
        """A word could not be kept: the result is shown again, for another."""
        self.state = BenchState()
        board = SMALL if station.scene is not None else USUAL
        self.choosing = ChoosingPage(theme, station.camera_ids, signer, board)
        self.board = BoardPage(theme)
        self.watching = WatchingPage(theme, station)
        self.solving = SolvingPage(theme)
        self.solved = SolvedPage(theme)
        self.failed = FailedPage(theme)
        self._pages = QStackedWidget()
        pages = (self.choosing, self.board, self.watching, self.solving, self.solved, self.failed)
        for page in pages:
            self._pages.addWidget(page)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self._pages)
        self._connect()

    @property
    def page(self) -> QWidget:
        """The page that is shown."""
        return self._pages.currentWidget() or self.choosing

    @property
    def is_open(self) -> bool:
        """Whether a job is under way or waits for a word."""
        return self.state.phase is not BenchPhase.IDLE

    @property
    def title(self) -> str:
        """What the page is about."""
        if self.is_open and self.state.job is not None:
            return self.tr("Calibrate: {0}").format(step_word(self.state.job.step))
        return self.tr("Target") if self._typing else self.tr("Calibrate")

    def refresh(self) -> None:
        """Show the workbench as it stands now."""
        state = self._bench.state()
        if state is not self.state:
            self._take(state)
        if self.page is self.solving:
            self.solving.show_message(self.state.message)

    def show_feed(self, camera_id: str, state: DeviceState, message: str) -> None:
        """Say how one camera is doing."""
        self.watching.show_feed(camera_id, state, message)

    def back(self) -> bool:
        """One step back; False when there is none on this page."""
        if self.is_open:
            self._ask(self._bench.leave)
            self.refresh()
            return True
        if self._typing:
            self._type(False)
            return True
        return False

    def type(self, characters: str) -> bool:
        """Characters from a keyboard; whether they were of use here."""
        if self.page is self.board:
            self.board.add(characters)
        return self.page is self.board

    def _connect(self) -> None:
        self.choosing.begun.connect(self._begin)
        self.choosing.board_asked.connect(lambda: self._type(True))
        self.board.done.connect(lambda text: self._ask(lambda: self._use_board(text)))
        self.watching.solve_asked.connect(lambda: self._ask(self._bench.solve))
        self.solved.decided.connect(self._decide)
        self.solved.left.connect(self.back)
        self.failed.again.connect(self._again)

    def _take(self, state: BenchState) -> None:
        before, self.state = self.state, state
        match state.phase:
            case BenchPhase.WATCHING:
                self.watching.show_state(state)
            case BenchPhase.SOLVING if before.phase is not BenchPhase.SOLVING:
                self.solving.begin()
            case BenchPhase.DONE if state.run is not None:
                self.solved.show_run(state.run)
            case BenchPhase.DONE | BenchPhase.FAILED:
                self.failed.show_message(state.message)
            case _:
                pass
        if before.phase is not state.phase or self._reconsidering:
            self._reconsidering = False
            self._turn()
        if self._deciding and state.phase is not BenchPhase.DONE:
            self._deciding = False
            if state.phase is BenchPhase.IDLE:
                self.decided.emit()

    def _turn(self) -> None:
        self._pages.setCurrentWidget(self._page_now())
        self.turned.emit()

    def _page_now(self) -> QWidget:
        idle = self.board if self._typing else self.choosing
        done = self.solved if self.state.run is not None else self.failed
        return {
            BenchPhase.IDLE: idle,
            BenchPhase.WATCHING: self.watching,
            BenchPhase.SOLVING: self.solving,
            BenchPhase.DONE: done,
            BenchPhase.FAILED: self.solved if self._reconsidering else self.failed,
        }[self.state.phase]

    def _begin(self, job: Job) -> None:
        self._ask(lambda: self._bench.begin(job))
        self.refresh()

    def _again(self) -> None:
        job, run = self.state.job, self.state.run
        if run is not None:
            self._reconsidering = True
            self.solved.show_run(run)
            self._turn()
        elif job is None:
            self._ask(self._bench.leave)
        else:
            self._begin(job)

    def _decide(self, accepted: bool) -> None:
        self._deciding = True
        self._ask(lambda: self._bench.decide(accepted, self._signer))
        self.refresh()

    def _type(self, typing: bool) -> None:
        if typing:
            self.board.show_board(self.choosing.board)
        self._typing = typing
        self._turn()

    def _use_board(self, text: str) -> None:
        board_from(text)
        self.choosing.set_board(text)
        self._type(False)
