"""The second look at an item: what takes too long to come before the verdict, on a thread of its own."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass

from booth.errors import BoothError
from booth.events import Bus, Trouble
from booth.worker import Worker

log = logging.getLogger(__name__)

PART = "second look"
POLL_S = 0.1


@dataclass(frozen=True, slots=True)
class Errand:
    """What is to be done for one item, and for which."""

    sample_id: str
    run: Callable[[], None]


class SecondLook:
    """Runs the newest errand; one that was not begun when the next came is dropped, as its item is gone.

    Any thread may call it.
    """

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._errands: queue.Queue[Errand] = queue.Queue(1)
        self._door = threading.Lock()
        self._worker = Worker("second look", bus, self._work)

    def start(self) -> None:
        """Start waiting for errands."""
        self._worker.start()

    def stop(self) -> None:
        """Let the errand that runs end; one that waits is dropped."""
        self._worker.stop(30.0)

    def send(self, errand: Errand) -> None:
        """Have this done, in place of what still waits; returns at once."""
        with self._door:
            self._drop_waiting()
            self._errands.put_nowait(errand)

    def _drop_waiting(self) -> None:
        try:
            dropped = self._errands.get_nowait()
        except queue.Empty:
            return
        log.info("sample %s left before its second look", dropped.sample_id)

    def _work(self, stopping: threading.Event) -> None:
        while not stopping.is_set():
            try:
                errand = self._errands.get(timeout=POLL_S)
            except queue.Empty:
                continue
            self._carry_out(errand)

    def _carry_out(self, errand: Errand) -> None:
        try:
            errand.run()
        except BoothError as error:
            log.warning("sample %s has no second look: %s", errand.sample_id, error)
            self._bus.tell(Trouble(PART, f"print and pictures are not compared: {error}"))
        else:
            self._bus.tell(Trouble(PART, "", over=True))
