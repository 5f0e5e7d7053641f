"""Counts what a device gives: its rate, what it dropped, its longest silence, and what went wrong last."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import replace

from booth.domain.device import DeviceInfo, DeviceState, DeviceStatus

REMEMBERED = 60
"""The rate is that of so many arrivals, at most."""
RATE_SPAN_NS = 5_000_000_000


class Tally:
    """One device's figures; its own thread writes, any thread reads."""

    def __init__(self, part: str, info: DeviceInfo) -> None:
        self._lock = threading.Lock()
        self._status = DeviceStatus(part, info, DeviceState.OPENING)
        self._arrivals_ns: deque[int] = deque(maxlen=REMEMBERED)
        self._sequence: int | None = None
        self._was_open = False
        self._is_opening = True

    def came(self, host_ns: int, sequence: int | None = None) -> None:
        """One frame or reading arrived."""
        with self._lock:
            dropped, gap_ms = 0, 0.0
            if self._arrivals_ns:
                gap_ms = (host_ns - self._arrivals_ns[-1]) / 1e6
            if sequence is not None and self._sequence is not None:
                dropped = max(0, sequence - self._sequence - 1)
            self._arrivals_ns.append(host_ns)
            self._sequence = sequence
            was = self._status
            self._status = replace(
                was,
                received=was.received + 1,
                dropped=was.dropped + dropped,
                longest_gap_ms=max(was.longest_gap_ms, gap_ms),
            )

    def changed(self, state: DeviceState, message: str) -> None:
        """The device's state changed; a message is remembered as its last error."""
        with self._lock:
            was = self._status
            reopened = was.reopened
            if state is DeviceState.OPENING:
                self._arrivals_ns.clear()
                self._sequence = None
                self._is_opening = True
            elif state is DeviceState.LIVE and self._is_opening:  # whatever silence lay between
                reopened += self._was_open
                self._was_open, self._is_opening = True, False
            self._status = replace(was, state=state, reopened=reopened, last_error=message or was.last_error)

    def restarted(self) -> None:
        """The device itself was restarted."""
        with self._lock:
            self._status = replace(self._status, restarted=self._status.restarted + 1)

    def measured(self, info: DeviceInfo, temperature_c: float | None) -> None:
        """What it says of itself now."""
        with self._lock:
            self._status = replace(self._status, info=info, temperature_c=temperature_c)

    def status(self, now_ns: int) -> DeviceStatus:
        """The figures as they stand."""
        with self._lock:
            return replace(self._status, rate_hz=self._rate_hz(now_ns))

    def _rate_hz(self, now_ns: int) -> float | None:
        """Arrivals a second over the last seconds, counting the silence up to now."""
        recent = [at for at in self._arrivals_ns if now_ns - at <= RATE_SPAN_NS]
        if len(recent) < 2:
            return 0.0 if self._status.received and self._status.state is not DeviceState.OPENING else None
        rate = (len(recent) - 1) / (recent[-1] - recent[0]) * 1e9 if recent[-1] > recent[0] else 0.0
        silence_ns = now_ns - recent[-1]
        period_ns = 1e9 / rate if rate else RATE_SPAN_NS
        return rate if silence_ns <= 2 * period_ns else len(recent) / (now_ns - recent[0]) * 1e9
