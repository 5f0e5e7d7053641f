"""Brings the booth's events from whatever thread told them to Qt's main thread."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from booth.ports import Station


class Bridge(QObject):
    """Subscribes to a station; connect to `told` with a queued connection."""

    told = Signal(object)

    def __init__(self, station: Station, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._leave = station.tell_me(self._tell)

    def _tell(self, event: object) -> None:
        self.told.emit(event)

    def close(self) -> None:
        """Hear nothing more; call before the object goes."""
        self._leave()
