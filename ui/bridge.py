"""Brings the booth's events from whatever thread told them to Qt's main thread."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal

from booth.ports.screen import Station


class Bridge(QObject):
    """Subscribes to a station; `take` is called on the main thread, later, with the last words first."""

    _told = Signal(object)

    def __init__(self, station: Station, take: Callable[[object], None], parent: QObject) -> None:
        super().__init__(parent)
        self._told.connect(take, Qt.ConnectionType.QueuedConnection)
        self._leave = station.tell_me(self._tell)

    def _tell(self, event: object) -> None:
        self._told.emit(event)

    def close(self) -> None:
        """Hear nothing more; call before the object goes."""
        self._leave()
