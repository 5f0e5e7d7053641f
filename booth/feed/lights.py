"""The light's thread: keeps it burning, and asks it how it is; the lane flashes it."""

from __future__ import annotations

import threading
import time

from booth.domain.device import DeviceState, DeviceStatus
from booth.errors import DeviceError
from booth.events import Bus
from booth.feed.supervise import Told, supervise
from booth.feed.tally import Tally
from booth.feed.trouble import told_of
from booth.ports.devices import Light
from booth.worker import Worker

PART = "light"
CHECK_PERIOD_S = 2.0
STOP_S = 10.0
BUSY_S = 1.5
"""How long a flash waits for a check that is under way; a light that is well answers in milliseconds."""
GONE = "the light does not answer: check its cable and its power"


class LightFeed:
    """The light over the tray, at one brightness.

    Args:
        share: 0..1 of what the lamps are rated for.
    """

    def __init__(self, light: Light, share: float, bus: Bus) -> None:
        self._light = light
        self._share = share
        self._line = threading.Lock()
        """One thread at a time speaks to the light: the lane's flashes come between the checks."""
        self._live = False
        self._tally = Tally(PART, light.info)
        self._tell = told_of(PART, bus, self._tally)
        self._worker = Worker(PART, bus, self._work)

    @property
    def flash_s(self) -> float:
        """How long one flash lasts; 0 for a light that burns steadily."""
        return self._light.flash_s

    def start(self) -> None:
        """Switch it on."""
        self._worker.start()

    def stop(self) -> None:
        """Switch it off and let the line go."""
        self._worker.stop(STOP_S)

    def flash(self) -> int:
        """Light up for the exposures that follow; gives the instant on `time.monotonic_ns()`. Any thread.

        Raises:
            DeviceError: it refuses or is gone.
        """
        if not self._live or not self._line.acquire(timeout=BUSY_S):
            raise DeviceError(GONE)
        try:
            if not self._live:  # it was lost while this waited
                raise DeviceError(GONE)
            self._light.flash()
            return time.monotonic_ns()
        finally:
            self._line.release()

    def status(self) -> DeviceStatus:
        """How the light is doing; any thread may ask."""
        return self._tally.status(time.monotonic_ns())

    def _work(self, stopping: threading.Event) -> None:
        supervise(PART, _Locked(self._light, self._line), self._keep, self._changed, None, stopping)

    def _keep(self, stopping: threading.Event, told: Told) -> None:
        with self._line:
            self._tally.measured(self._light.info, None)
            self._light.shine(self._share)
        told(DeviceState.LIVE, "")
        while not stopping.wait(CHECK_PERIOD_S):
            with self._line:
                self._light.check()
            self._tally.came(time.monotonic_ns())
        with self._line:
            self._light.shine(0.0)

    def _changed(self, state: DeviceState, message: str) -> None:
        self._live = state is DeviceState.LIVE
        self._tell(state, message)


class _Locked:
    """The light, opened and closed while nobody else speaks to it."""

    def __init__(self, light: Light, line: threading.Lock) -> None:
        self._light = light
        self._line = line

    def open(self) -> None:
        with self._line:
            self._light.open()

    def close(self) -> None:
        with self._line:
            self._light.close()
