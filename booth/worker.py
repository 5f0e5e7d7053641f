"""The only way to start a thread here: a worker that is told to stop, joined, and never dies unheard."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from booth.events import Bus, Died

log = logging.getLogger(__name__)


class Worker:
    """A named thread around `work`, which is given the event that asks it to stop.

    An exception that leaves `work` is logged and told as Died: the owner of the process ends it cleanly.
    """

    def __init__(self, name: str, bus: Bus, work: Callable[[threading.Event], None]) -> None:
        self.name = name
        self._bus = bus
        self._work = work
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread; once."""
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Set the stop event and return at once."""
        self._stopping.set()

    def stop(self, timeout_s: float = 10.0) -> bool:
        """Ask it to stop and wait; False when it is still running after `timeout_s`.

        Harmless before `start`.
        """
        self.ask_to_stop()
        if self._thread.ident is None:
            return True
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            log.error("worker %s did not stop within %.1f s", self.name, timeout_s)
        return not self._thread.is_alive()

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def _run(self) -> None:
        try:
            self._work(self._stopping)
        except BaseException as error:
            log.exception("worker %s died", self.name)
            self._bus.tell(Died(self.name, f"{type(error).__name__}: {error}"))
