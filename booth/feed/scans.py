"""The hand scanner's thread: tells every code that it reads."""

from __future__ import annotations

import threading
import time

from booth.domain.device import DeviceState, DeviceStatus
from booth.events import Bus, Scanned
from booth.feed.supervise import Told, supervise
from booth.feed.tally import Tally
from booth.feed.trouble import told_of
from booth.ports.devices import Scanner
from booth.worker import Worker

PART = "scanner"
READ_TIMEOUT_S = 0.5
"""A scanner speaks only when it is used: silence is no fault, and this is how soon a stop is seen."""
STOP_S = 10.0


class ScanFeed:
    """Reads the hand scanner."""

    def __init__(self, scanner: Scanner, bus: Bus) -> None:
        self._scanner = scanner
        self._bus = bus
        self._tally = Tally(PART, scanner.info)
        self._worker = Worker(PART, bus, self._work)

    def start(self) -> None:
        """Start reading."""
        self._worker.start()

    def stop(self) -> None:
        """Stop reading and let the line go."""
        self._worker.stop(STOP_S)

    def status(self) -> DeviceStatus:
        """How the scanner is doing; any thread may ask."""
        return self._tally.status(time.monotonic_ns())

    def _work(self, stopping: threading.Event) -> None:
        told = told_of(PART, self._bus, self._tally)
        supervise(PART, self._scanner, self._listen, told, None, stopping)

    def _listen(self, stopping: threading.Event, told: Told) -> None:
        self._tally.measured(self._scanner.info, None)
        told(DeviceState.LIVE, "")
        while not stopping.is_set():
            scan = self._scanner.read(READ_TIMEOUT_S)
            if scan is not None:
                self._tally.came(scan.host_ns)
                self._bus.tell(Scanned(scan))
