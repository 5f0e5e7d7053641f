"""Takes one picture off every camera of an array at nearly one instant, before any of them is decoded.

OpenCV's way for cameras without a common trigger (`VideoCapture.grab`): the slow decoding of one does not
delay the next. There is no thread here: whichever camera's reader comes first takes for all.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from booth.errors import DeviceError
from drivers.uvc.sources import GLANCE_S, Source

log = logging.getLogger(__name__)

CLOSE_S = 10.0
"""Who closes a camera waits so long for who takes from it or decodes; far more than either lasts."""


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """One picture, (H, W, 3) RGB, or None where it came damaged, and when it was taken."""

    rgb: NDArray[np.uint8] | None
    number: int
    stamp_ms: float | None
    host_ns: int


@dataclass(slots=True, eq=False)
class Seat:
    """One open camera's place in the group.

    Attributes:
        busy: held by who takes from the source, decodes from it or closes it.
        taken_ns: when the picture was taken that lies ready to be decoded; None when none does.
        refusal: why nothing comes any more.
        is_late: it gave nothing in the last round; the others do not wait for it in the next.
    """

    source: Source
    busy: threading.Lock = field(default_factory=threading.Lock)
    taken_ns: int | None = None
    refusal: DeviceError | None = None
    is_late: bool = False

    def is_settled(self) -> bool:
        """Whether its reader has what it waits for."""
        return self.taken_ns is not None or self.refusal is not None

    def take(self, end_s: float, young_s: float) -> None:
        """Take its newest picture, unless a young one lies ready; a loss is kept for its own reader."""
        if not self.busy.acquire(timeout=max(GLANCE_S, end_s - time.monotonic())):
            return
        try:
            if self.refusal is not None or self._age_s() < young_s:
                return
            came = self.source.grab(max(GLANCE_S, end_s - time.monotonic()))
            self.is_late = not came
            self.taken_ns = time.monotonic_ns() if came else self.taken_ns
        except DeviceError as error:
            self.refusal = error
        finally:
            self.busy.release()

    def decode(self, timeout_s: float) -> Shot | None:
        """The picture that lies ready; None when another reader holds the camera so long."""
        if not self.busy.acquire(timeout=max(GLANCE_S, timeout_s)):
            return None
        try:
            taken_ns, self.taken_ns = self.taken_ns, None
            if taken_ns is None or self.refusal is not None:
                return None
            return Shot(self.source.retrieve(), self.source.number, self.source.stamp_ms, taken_ns)
        finally:
            self.busy.release()

    def close(self) -> None:
        """Nothing comes any more."""
        if not self.busy.acquire(timeout=CLOSE_S):
            log.error("a camera hangs in its kernel driver and stays open: pull its cable")
            return
        try:
            self.refusal = self.refusal or DeviceError("the camera is not open")
            self.source.close()
        finally:
            self.busy.release()

    def _age_s(self) -> float:
        return float("inf") if self.taken_ns is None else (time.monotonic_ns() - self.taken_ns) / 1e9


class GrabGroup:
    """The open cameras of one array. Any thread may call it; every wait is bounded.

    Args:
        patience_s: how long one round waits for all cameras together; longer than a frame takes.
    """

    def __init__(self, patience_s: float) -> None:
        self._patience_s = patience_s
        self._moved = threading.Condition()
        self._is_taking = False
        self._seats: tuple[Seat, ...] = ()

    def join(self, source: Source) -> Seat:
        """A camera that has been opened."""
        seat = Seat(source)
        with self._moved:
            self._seats = (*self._seats, seat)
        return seat

    def leave(self, seat: Seat) -> None:
        """Close the camera; harmless twice."""
        with self._moved:
            self._seats = tuple(other for other in self._seats if other is not seat)
        seat.close()

    def shot(self, seat: Seat, timeout_s: float) -> Shot | None:
        """The next picture of that camera, taken in one round with the others'; None when none came in time.

        Raises:
            DeviceError: that camera is gone; the others are not touched by it.
        """
        deadline_s = time.monotonic() + timeout_s
        while (left_s := deadline_s - time.monotonic()) > 0:
            if self._may_lead(seat, left_s):
                self._lead(seat, min(deadline_s, time.monotonic() + self._patience_s))
            if seat.refusal is not None:
                raise seat.refusal
            if (shot := seat.decode(left_s)) is not None:
                return shot
        return None

    def _may_lead(self, seat: Seat, timeout_s: float) -> bool:
        """Wait until the camera has what its reader wants, or nobody takes; True: this reader takes."""
        with self._moved:
            self._moved.wait_for(lambda: seat.is_settled() or not self._is_taking, timeout_s)
            if seat.is_settled() or self._is_taking:
                return False
            self._is_taking = True
            return True

    def _lead(self, first: Seat, end_s: float) -> None:
        """One round: the caller's own camera, then the others. One that was late is only glanced at."""
        try:
            seats = (first, *(seat for seat in self._seats if seat is not first))
            all_late = all(seat.is_late for seat in seats)
            for seat in seats:
                seat.take(0.0 if seat.is_late and not all_late else end_s, self._patience_s)
        finally:
            with self._moved:
                self._is_taking = False
                self._moved.notify_all()
