"""Hands of a rehearsal: they press the window's own buttons, wait for what comes of it, and take pictures."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEventLoop, QTimer
from PySide6.QtWidgets import QWidget

from booth.errors import BoothError
from ui.targets import Target
from ui.window import Window

STEP_S = 120.0
"""The longest that any step may take; a first look at an item on a busy machine takes a few seconds."""
SPIN_MS = 20


class Hands:
    """Main thread only; use them inside `slots_heard`."""

    def __init__(self, window: Window, out: Path) -> None:
        self._window = window
        self._out = out
        self._shots: set[str] = set()
        self._raised: list[BaseException] = []

    @contextmanager
    def slots_heard(self) -> Iterator[None]:
        """Keep what leaves a slot, which Qt would print and forget; the next wait raises it."""
        before = sys.excepthook
        sys.excepthook = lambda kind, error, trace: self._raised.append(error)
        try:
            yield
        finally:
            sys.excepthook = before

    def click(self, name: str, within: QWidget | None = None) -> None:
        """Press a button. Raises: BoothError: it is not there, or takes no press now."""
        target = (within or self._window).findChild(Target, name)
        if target is None or not target.isEnabled():
            raise BoothError(f"the screen has no button {name} to press now")
        target.click()

    def wait(self, what: str, reached: Callable[[], object], timeout_s: float = STEP_S) -> None:
        """Wait until it is so.

        Raises:
            BoothError: it did not come in time, or a part of the booth died.
            BaseException: whatever a slot raised, Ctrl-C too.
        """
        if not self.reached(reached, timeout_s):
            trouble = self._window.banner.sentence
            raise BoothError(f"waited {timeout_s:.0f} s for {what}" + (f": {trouble}" if trouble else ""))

    def reached(self, reached: Callable[[], object], timeout_s: float) -> bool:
        """Whether it came to be so in time. Raises: as `wait`."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            self.spin()
            if self._raised:
                raise self._raised[0]
            died = self._window.died
            if died is not None:
                raise BoothError(f"{died.worker} died: {died.message}")
            if reached():
                return True
        return False

    def spin(self) -> None:
        """Let Qt and every other thread run; QTest.qWait would keep Python's lock from the cameras."""
        loop = QEventLoop()
        QTimer.singleShot(SPIN_MS, loop.quit)
        loop.exec()

    def shoot(self, name: str, better: bool = False) -> None:
        """Keep a picture of the whole window: the first of each page, or a better one."""
        if name in self._shots and not better:
            return
        self._shots.add(name)
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, SPIN_MS)
        path = self._out / f"{name}.png"
        if not self._window.grab().save(str(path)):
            raise BoothError(f"{path} cannot be written")
