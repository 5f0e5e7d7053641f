"""A page that looks again and again while it can be seen, and rests while it cannot."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QWidget


class Polled(QWidget):
    """Calls `refresh` when it comes to sight, and then every `interval_ms` until it goes."""

    def __init__(self, interval_ms: int) -> None:
        super().__init__()
        self.timer = QTimer(self)
        self.timer.setInterval(interval_ms)
        self.timer.timeout.connect(self.refresh)

    def refresh(self) -> None:
        """Show how things stand now."""
        raise NotImplementedError

    def showEvent(self, event: QShowEvent) -> None:
        """Look at once, then on."""
        super().showEvent(event)
        self.refresh()
        self.timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Rest while hidden."""
        self.timer.stop()
        super().hideEvent(event)
