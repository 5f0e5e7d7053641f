"""The stack light's thread: shows what the booth is doing."""

from __future__ import annotations

import threading
import time

from booth.domain.device import DeviceState, DeviceStatus, Signal
from booth.domain.terms import Outcome
from booth.events import Bus, Died, FeedChanged, Item, ItemChanged, Phase
from booth.feed.supervise import Told, supervise
from booth.feed.tally import Tally
from booth.feed.trouble import told_of
from booth.ports.devices import Beacon
from booth.worker import Worker

PART = "beacon"
REFRESH_S = 1.0
"""It is shown again this often, so that a pulled cable is noticed."""
STOP_S = 10.0


class BeaconFeed:
    """Shows the newest signal; a beacon that comes back is shown it again."""

    def __init__(self, beacon: Beacon, bus: Bus) -> None:
        self._beacon = beacon
        self._bus = bus
        self._item = Signal.READY
        self._lost: frozenset[str] = frozenset()
        self._died = False
        self._hearing = threading.Lock()
        """Events come from the threads of every part; two cameras may be lost at once."""
        self._change = threading.Event()
        self._tally = Tally(PART, beacon.info)
        self._worker = Worker(PART, bus, self._work)
        self._stop_hearing = bus.subscribe(self._hear)

    def start(self) -> None:
        """Start showing."""
        self._worker.start()

    def stop(self) -> None:
        """Show nothing more."""
        self._stop_hearing()
        self._worker.stop(STOP_S)

    def status(self) -> DeviceStatus:
        """How the stack light is doing; any thread may ask."""
        return self._tally.status(time.monotonic_ns())

    def signal(self) -> Signal:
        """What it is to show now: a fault first, then what the item asks for."""
        return Signal.FAULT if self._died or self._lost else self._item

    def _hear(self, event: object) -> None:
        match event:
            case ItemChanged(item):
                self._item = signal_of(item)
            case FeedChanged(camera_id, state) if state is not DeviceState.OPENING:
                with self._hearing:
                    well = state is DeviceState.LIVE
                    self._lost = self._lost - {camera_id} if well else self._lost | {camera_id}
            case Died():
                self._died = True
            case _:
                return
        self._change.set()

    def _work(self, stopping: threading.Event) -> None:
        told = told_of(PART, self._bus, self._tally)
        supervise(PART, self._beacon, self._show, told, None, stopping)

    def _show(self, stopping: threading.Event, told: Told) -> None:
        self._tally.measured(self._beacon.info, None)
        while not stopping.is_set():
            self._beacon.show(self.signal())
            self._tally.came(time.monotonic_ns())
            told(DeviceState.LIVE, "")
            self._change.wait(REFRESH_S)
            self._change.clear()
        self._beacon.show(Signal.DARK)


def signal_of(item: Item) -> Signal:
    """What the item on the tray asks for."""
    match item.phase:
        case Phase.JUDGING:
            return Signal.BUSY
        case Phase.PRODUCT:
            return Signal.ASK
        case Phase.VERDICT:
            outcome = item.person_outcome or (item.verdict.outcome if item.verdict else None)
            by_outcome = {Outcome.OK: Signal.READY, Outcome.DAMAGED: Signal.ALARM}
            return by_outcome.get(outcome, Signal.ASK) if outcome else Signal.ASK
    return Signal.READY
