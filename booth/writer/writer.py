"""The one thread that writes the store: a bounded queue that blocks, since evidence is never dropped."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass

from booth.domain.sample import Amendment, Closing, Sample
from booth.errors import StoreError
from booth.events import Bus, Closed, Stored, Trouble
from booth.store.samples import Store
from booth.worker import Worker

log = logging.getLogger(__name__)

QUEUE_SIZE = 4
RETRY_S = 1.0
PART = "store"


@dataclass(frozen=True, slots=True)
class Job:
    """One thing to write; `must` means that it is tried until it succeeds.

    Attributes:
        told: the event that says it is done.
    """

    name: str
    write: Callable[[], None]
    told: object | None
    must: bool


class Writer:
    """Writes what it is given, in order; a full queue makes the giver wait, so that intake stops."""

    def __init__(self, store: Store, bus: Bus) -> None:
        self._store = store
        self._bus = bus
        self._jobs: queue.Queue[Job] = queue.Queue(QUEUE_SIZE)
        self._trouble = ""
        self._hurried = threading.Event()
        self._worker = Worker("writer", bus, self._work)

    def start(self) -> None:
        """Start writing."""
        self._worker.start()

    def hurry(self) -> None:
        """From now on give up what the store refuses, so that nobody who must stop waits for it."""
        self._hurried.set()

    def stop(self) -> None:
        """Write what is queued, then stop; what the store refuses even then is lost, and logged."""
        self.hurry()
        self._worker.stop(30.0)

    def keep(self, sample: Sample) -> None:
        """Queue a sample; Stored is told when it survives a power cut. Blocks while the queue is full."""
        self._put(
            Job(f"keep {sample.sample_id}", lambda: self._store.keep(sample), Stored(sample.sample_id), True)
        )

    def close(self, sample_id: str, closing: Closing) -> None:
        """Queue the words that end an item's visit; Closed is told when they are kept."""
        self._put(
            Job(
                f"close {sample_id}",
                lambda: self._store.close_sample(sample_id, closing),
                Closed(sample_id),
                True,
            )
        )

    def amend(self, amendment: Amendment) -> None:
        """Queue a later word; refused ones are told as Trouble."""
        self._put(Job(f"amend {amendment.sample_id}", lambda: self._store.amend(amendment), None, must=False))

    def do(self, name: str, write: Callable[[], None], told: object | None = None) -> None:
        """Queue any other write of the store that may be tried again later by whoever asked."""
        self._put(Job(name, write, told, must=False))

    def _put(self, job: Job) -> None:
        while self._worker.alive:
            try:
                self._jobs.put(job, timeout=RETRY_S)
                return
            except queue.Full:
                log.warning("the store is slow: %s waits", job.name)
        raise StoreError(f"the writer has stopped; {job.name} is not written")

    def _work(self, stopping: threading.Event) -> None:
        while not (stopping.is_set() and self._jobs.empty()):
            try:
                job = self._jobs.get(timeout=0.1)
            except queue.Empty:
                continue
            self._write(job)

    def _write(self, job: Job) -> None:
        while not self._tried(job):
            if not job.must:
                return
            if self._hurried.wait(RETRY_S):
                log.error("%s is given up: the booth stops while the store refuses", job.name)
                return
        if self._trouble:
            self._trouble = ""
            self._bus.tell(Trouble(PART, "", over=True))
        if job.told is not None:
            self._bus.tell(job.told)

    def _tried(self, job: Job) -> bool:
        try:
            job.write()
        except StoreError as error:
            trouble = str(error)
            if trouble != self._trouble:  # tried again each second, it is no news
                log.error("%s failed: %s", job.name, trouble)
                self._bus.tell(Trouble(PART, trouble))
            self._trouble = trouble
            return False
        return True
