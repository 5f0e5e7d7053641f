"""Serial devices that fit their ports, for the threads that serve them."""

from __future__ import annotations

import threading
import time
from collections import deque

from booth.domain.device import DeviceInfo, Scan, Signal, Weight, WeightState
from booth.errors import DeviceError, DeviceTimeout


class FakeLine:
    """What the fakes share: a cable that can be pulled."""

    def __init__(self) -> None:
        self.info = DeviceInfo("fake", "7", address="/dev/fake")
        self.plugged = True
        self.opened = 0
        self._open = False

    def open(self) -> None:
        self._check()
        self.opened += 1
        self._open = True

    def close(self) -> None:
        self._open = False

    def _check(self) -> None:
        if not self.plugged:
            raise DeviceError("the line is gone: check its cable")


class FakeScale(FakeLine):
    def __init__(self) -> None:
        super().__init__()
        self.state, self.grams, self.silent = WeightState.STABLE, 100.0, False

    def weigh(self, timeout_s: float) -> Weight:
        self._check()
        if self.silent:
            raise DeviceTimeout("the scale said nothing")
        ranged = self.state in (WeightState.STABLE, WeightState.MOVING)
        return Weight(self.state, self.grams if ranged else None, time.monotonic_ns())

    def zero(self, timeout_s: float) -> None:
        self.grams = 0.0

    def tare(self, timeout_s: float) -> None:
        self.grams = 0.0


class FakeLight(FakeLine):
    def __init__(self, flash_s: float = 0.0) -> None:
        super().__init__()
        self.flash_s = flash_s
        self.share = -1.0
        self.flashes, self.flashed_ns = 0, 0
        self.checking = threading.Event()
        self.answers = threading.Event()
        self.answers.set()
        self.faulty = False

    def shine(self, share: float) -> None:
        self._check()
        self.share = share

    def flash(self) -> None:
        self._check()
        self.flashes, self.flashed_ns = self.flashes + 1, time.monotonic_ns()

    def check(self) -> None:
        self._check()
        self.checking.set()
        self.answers.wait(10.0)
        if self.faulty:
            raise DeviceError("the light answers Err 5: the lamp draws too much")


class FakeScanner(FakeLine):
    def __init__(self) -> None:
        super().__init__()
        self.codes: deque[Scan] = deque()

    def read(self, timeout_s: float) -> Scan | None:
        self._check()
        threading.Event().wait(0.005)
        return self.codes.popleft() if self.codes else None


class FakeBeacon(FakeLine):
    def __init__(self) -> None:
        super().__init__()
        self.shown: list[Signal] = []

    def show(self, signal: Signal) -> None:
        self._check()
        self.shown.append(signal)
