"""Brings dispositions from the store's outbox to the site's own system, without holding up the tray."""

from __future__ import annotations

import logging
import threading
from functools import partial

from booth.errors import DeviceError, StoreError
from booth.events import Bus, Closed, Dispatched, Trouble
from booth.ports.outside import Host
from booth.store.samples import Store
from booth.worker import Worker
from booth.writer.writer import Writer

log = logging.getLogger(__name__)

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
PART = "host"


class Courier:
    """Delivers the outbox, oldest first; the host takes each sample id once, so a repeat is harmless."""

    def __init__(self, store: Store, writer: Writer, host: Host, bus: Bus) -> None:
        self._store = store
        self._writer = writer
        self._host = host
        self._bus = bus
        self._news = threading.Event()
        self._troubled = False
        self._leave = bus.subscribe(self._hear)
        self._worker = Worker("courier", bus, self._work)

    def start(self) -> None:
        """Start delivering."""
        self._worker.start()

    def stop(self) -> None:
        """Stop; what is left stays in the outbox."""
        self._leave()
        self._worker.ask_to_stop()
        self._news.set()
        self._worker.stop()

    def _hear(self, event: object) -> None:
        if isinstance(event, Closed):
            self._news.set()

    def _work(self, stopping: threading.Event) -> None:
        pause_s = FIRST_PAUSE_S
        while not stopping.is_set():
            pause_s = FIRST_PAUSE_S if self._deliver_all(stopping) else min(2 * pause_s, LONGEST_PAUSE_S)
            self._news.wait(pause_s)
            self._news.clear()

    def _deliver_all(self, stopping: threading.Event) -> bool:
        try:
            rows = self._store.outbox()
        except StoreError as error:
            self._note_trouble(f"what the site's system must be told cannot be read: {error}")
            return False
        for row in rows:
            if stopping.is_set():
                return True
            try:
                self._host.deliver(row.sample_id, row.message)
            except DeviceError as error:
                self._note_failure(row.sample_id, error)
                return False
            done = partial(self._store.dispatched, row.sample_id)
            self._writer.do(f"dispatch {row.sample_id}", done, Dispatched(row.sample_id))
        if self._troubled:
            self._troubled = False
            self._bus.tell(Trouble(PART, "", over=True))
        return True

    def _note_failure(self, sample_id: str, error: DeviceError) -> None:
        self._note_trouble(f"the site's system does not answer: {error}")
        failed = partial(self._store.dispatch_failed, sample_id, str(error))
        self._writer.do(f"note {sample_id}", failed)

    def _note_trouble(self, message: str) -> None:
        log.warning("%s", message)
        self._troubled = True
        self._bus.tell(Trouble(PART, message))
