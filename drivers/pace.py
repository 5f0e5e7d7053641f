"""The steady ticks of a camera that has no clock of its own."""

from __future__ import annotations

import time


class Pace:
    """Ticks at `fps` from the moment it is made; one thread at a time waits on it."""

    def __init__(self, fps: float) -> None:
        self._period_s = 1.0 / fps
        self._start_s = time.monotonic()
        self._last = 0

    def wait(self, timeout_s: float) -> int | None:
        """The number of the next tick, counted from 1, or None when it is further away than `timeout_s`.

        Who comes late gets the newest tick at once; the numbers in between are the frames that were dropped.
        """
        now_s = time.monotonic()
        reached = int((now_s - self._start_s) / self._period_s)
        if reached > self._last:
            self._last = reached
            return reached
        wait_s = self._start_s + (self._last + 1) * self._period_s - now_s
        time.sleep(max(0.0, min(wait_s, timeout_s)))
        if wait_s > timeout_s:
            return None
        self._last += 1
        return self._last
