"""One device's life: opened, served, opened again when it is lost, restarted when it stays silent."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Protocol

from booth.domain.device import DeviceState
from booth.errors import DeviceError, DeviceTimeout

log = logging.getLogger(__name__)

FIRST_BACKOFF_S = 0.2
LONGEST_BACKOFF_S = 5.0
SILENCES = 3
"""So many timeouts in a row, and the device is opened again, as librealsense's issue tracker advises."""
SILENT_OPENINGS = 2
"""Opened so often without a word, it is restarted."""

Told = Callable[[DeviceState, str], None]
Serve = Callable[[threading.Event, Told], None]


class Opened(Protocol):
    """What can be opened and closed."""

    def open(self) -> None: ...

    def close(self) -> None: ...


class Silences:
    """Tells a device that misses a beat from one that has fallen silent. The device's own thread calls it."""

    def __init__(self, told: Told) -> None:
        self._told = told
        self._count: int | None = None

    def heard(self) -> None:
        """It spoke."""
        if self._count is None or self._count > 0:
            self._told(DeviceState.LIVE, "")
        self._count = 0

    def missed(self, error: DeviceTimeout) -> bool:
        """It did not, in time; True once too often, and the error is to be raised where it was caught.

        Raised again from here, it would hold this frame and be held by it, and the reader's last picture
        with them, until the next full garbage collection.
        """
        self._count = (self._count or 0) + 1
        if self._count >= SILENCES:
            return True
        self._told(DeviceState.STALE, str(error))
        return False


def supervise(
    name: str,
    device: Opened,
    serve: Serve,
    told: Told,
    restart: Callable[[], None] | None,
    stopping: threading.Event,
) -> None:
    """Keep a device served until `stopping`.

    Args:
        serve: reads the opened device until the event; says LIVE once it answers, and leaves with
            DeviceTimeout when it falls silent, with another DeviceError when it is gone.
        restart: restarts the closed device; tried when it stays silent after it was opened again.
    """
    backoff_s = FIRST_BACKOFF_S
    silent = 0

    def heard(state: DeviceState, message: str) -> None:
        nonlocal silent
        silent = 0 if state is DeviceState.LIVE else silent
        told(state, message)

    while not stopping.is_set():
        opened_at_s = time.monotonic()
        try:
            _once(device, serve, heard, stopping)
        except DeviceError as error:
            log.warning("%s lost: %s", name, str(error))  # a handler may keep what it is given
            told(DeviceState.LOST, str(error))
            silent += isinstance(error, DeviceTimeout)
            if silent >= SILENT_OPENINGS and restart is not None:
                _restart(name, restart, told)
                silent = 0
            lasted = time.monotonic() - opened_at_s > LONGEST_BACKOFF_S
            backoff_s = FIRST_BACKOFF_S if lasted else backoff_s
            stopping.wait(backoff_s)
            backoff_s = min(2 * backoff_s, LONGEST_BACKOFF_S)


def _once(device: Opened, serve: Serve, told: Told, stopping: threading.Event) -> None:
    told(DeviceState.OPENING, "")
    try:
        device.open()
        serve(stopping, told)
    finally:
        device.close()


def _restart(name: str, restart: Callable[[], None], told: Told) -> None:
    told(DeviceState.OPENING, f"{name} stays silent: it is restarted")
    try:
        restart()
    except DeviceError as error:
        log.warning("%s: %s", name, error)
        told(DeviceState.LOST, str(error))
