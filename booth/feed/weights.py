"""The scale's thread: keeps its newest readings."""

from __future__ import annotations

import threading
import time

from booth.domain.device import DeviceState, DeviceStatus, Weight, WeightState
from booth.errors import DeviceTimeout
from booth.events import Bus
from booth.feed.supervise import Silences, Told, supervise
from booth.feed.tally import Tally
from booth.feed.trouble import told_of
from booth.ports.devices import Scale
from booth.worker import Worker

PART = "scale"
READ_TIMEOUT_S = 1.0
PERIOD_S = 0.1
STOP_S = 10.0


class WeightFeed:
    """The newest reading of the scale; any thread may ask for it."""

    def __init__(self, scale: Scale, bus: Bus) -> None:
        self._scale = scale
        self._arrived = threading.Condition()
        self._newest: Weight | None = None
        self._gone = False
        self._tally = Tally(PART, scale.info)
        self._tell = told_of(PART, bus, self._tally)
        self._worker = Worker(PART, bus, self._work)

    def start(self) -> None:
        """Start reading."""
        self._worker.start()

    def stop(self) -> None:
        """Stop reading and let the line go."""
        self._worker.stop(STOP_S)

    def settled(self, host_ns: int, timeout_s: float) -> Weight | None:
        """A stable reading that came later than `host_ns`; None when none comes in time, or it is gone."""

        def there() -> bool:
            newest = self._newest
            return newest is not None and newest.host_ns > host_ns and newest.state is WeightState.STABLE

        with self._arrived:
            self._arrived.wait_for(lambda: there() or self._gone, timeout_s)
            return self._newest if there() else None

    def status(self) -> DeviceStatus:
        """How the scale is doing."""
        return self._tally.status(time.monotonic_ns())

    def _work(self, stopping: threading.Event) -> None:
        supervise(PART, self._scale, self._weigh, self._changed, None, stopping)

    def _weigh(self, stopping: threading.Event, told: Told) -> None:
        silences = Silences(told)
        self._tally.measured(self._scale.info, None)
        while not stopping.wait(PERIOD_S):
            try:
                weight = self._scale.weigh(READ_TIMEOUT_S)
            except DeviceTimeout as error:
                if silences.missed(error):
                    raise
                continue
            silences.heard()
            self._tally.came(weight.host_ns)
            self._put(weight)

    def _changed(self, state: DeviceState, message: str) -> None:
        if state is not DeviceState.LIVE:
            self._put(None, gone=state is DeviceState.LOST)
        self._tell(state, message)

    def _put(self, weight: Weight | None, gone: bool = False) -> None:
        with self._arrived:
            self._newest, self._gone = weight, gone
            self._arrived.notify_all()
