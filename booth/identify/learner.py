"""Learns on the running booth: each confirmation is logged, then taught to bandit and memory at once.

The log is the truth: what a state that was kept has not learnt yet is learnt from it again at the next start.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from booth.domain.terms import now
from booth.errors import InputError, StoreError
from booth.events import Bus, Trouble
from booth.identify.bandit.policy import Bandit
from booth.identify.finder import Learnt
from booth.identify.learning import Confirmed, confirmed_of, remembering, taught
from booth.identify.memory import Memory
from booth.identify.ranker.ranker import Ranker
from booth.ports.finding import CatalogueIndex, Hit, Query, Search
from booth.store.learning import Learning
from booth.store.query_log import entry_id_of
from booth.worker import Worker

log = logging.getLogger(__name__)

QUEUE_SIZE = 64
KEPT_EVERY = 200
KINDS = ("memory", "bandit", "ranker")
TAUGHT = ("memory", "bandit")
"""What learns from each confirmation; the ranker is refitted at night."""
POLL_S = 0.2
LOOK_EVERY_S = 5.0
"""How often it is looked whether another process has put another version into force."""
PART = "learning"
MADE_BY = "booth"


@dataclass(frozen=True, slots=True)
class Lesson:
    """One item's searches, and which product it was; empty where nobody said so."""

    sample_id: str
    searches: Sequence[Search]
    gtin: str


class Learner:
    """What was learnt, for the finder and for the memory strategy; a worker takes the lessons in.

    Any thread may read and teach; readers see all of a lesson or nothing of it.
    """

    def __init__(
        self,
        learning: Learning,
        index: CatalogueIndex,
        bus: Bus,
        false_accepts: float,
        kept_every: int = KEPT_EVERY,
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        """Read the state in force, as far as there is one.

        Args:
            false_accepts: which share of what the booth settles by itself may be wrong, 0..1.
            look_every_s: how often it is looked for versions of other processes.
            kept_every: confirmations after which the state is kept while the booth runs.

        Raises:
            StoreError: it is damaged.
        """
        self._false_accepts = false_accepts
        self._learning = learning
        self._index = index
        self._bus = bus
        self._kept_every, self._look_every_s = kept_every, look_every_s
        self._memory = Memory()
        self._bandit: Bandit | None = None
        self._learnt: Learnt | None = None
        self._upto = dict.fromkeys(TAUGHT, 0)
        self._unkept = 0
        self._in_force: dict[str, str] = {}
        self._troubles: dict[str, str] = {}
        """What is wrong now, by what cannot be done."""
        self._lessons: queue.Queue[Lesson] = queue.Queue(QUEUE_SIZE)
        self._worker = Worker("learner", bus, self._work)
        self.read_state()

    def read_state(self) -> None:
        """Use the versions in force from now on; learn what the log has beyond them.

        Raises:
            StoreError, InputError: one is damaged; then all stays as it was.
        """
        states = {kind: self._learning.in_force(kind) for kind in KINDS}
        memory, bandit, ranker = (states[kind] for kind in KINDS)
        remembered = Memory.from_bytes(memory.document, memory.version) if memory else Memory()
        policy = Bandit.from_bytes(bandit.document) if bandit else None
        order = Ranker.from_bytes(ranker.document, ranker.version) if ranker else None
        self._memory, self._bandit = remembered, policy
        self._learnt = (
            Learnt(policy, order, order.limit_for(self._false_accepts)) if policy and order else None
        )
        self._upto = {kind: state.upto if (state := states[kind]) else 0 for kind in TAUGHT}
        self._in_force = {kind: state.version for kind, state in states.items() if state}
        self._unkept = 0
        self._catch_up()

    def start(self) -> None:
        """Start learning."""
        self._worker.start()

    def stop(self) -> None:
        """Take in what waits, keep the state, and stop."""
        self._worker.stop(30.0)

    def learnt(self) -> Learnt | None:
        """What was learnt so far; None where the booth had no catalogue to begin with."""
        return self._learnt

    def recall(self, query: Query, limit: int) -> Sequence[Hit]:
        """What was confirmed before for evidence like this."""
        return self._memory.recall(query, limit)

    def learn(self, sample_id: str, searches: Sequence[Search], gtin: str) -> None:
        """Have an item's searches logged and learnt from; returns at once."""
        try:
            self._lessons.put_nowait(Lesson(sample_id, searches, gtin))
        except queue.Full:
            log.error("sample %s is not learnt from: the disk is too slow", sample_id)
            self._bus.tell(Trouble(PART, f"sample {sample_id} is not learnt from: the disk is too slow"))

    def _work(self, stopping: threading.Event) -> None:
        look_at_s = 0.0
        while not (stopping.is_set() and self._lessons.empty()):
            if time.monotonic() > look_at_s:
                look_at_s = time.monotonic() + self._look_every_s
                self._safely("what was learnt elsewhere is not used", self._adopt)
                self._safely("the search gives no candidates", self._look_for_a_start)
            try:
                lesson = self._lessons.get(timeout=POLL_S)
            except queue.Empty:
                continue
            self._safely("an item is not learnt from", partial(self._take_in, lesson))
        self._safely("what was learnt is kept by the next start only", self._keep)

    def _take_in(self, lesson: Lesson) -> None:
        self._log(lesson)
        self._catch_up()
        if self._unkept >= self._kept_every:
            self._keep()

    def _adopt(self) -> None:
        """Use what `booth learn` has put into force since, in another process."""
        if self._in_force_now() != self._in_force:
            log.info("what was learnt is replaced by another version")
            self.read_state()

    def _look_for_a_start(self) -> None:
        if self._learnt is None and self._index.count():
            raise StoreError("nothing was learnt of this catalogue: 'booth learn --cold' has it learnt")

    def _in_force_now(self) -> dict[str, str]:
        versions = self._learning.versions()
        return {each.kind: each.version for each in versions if each.in_force and each.kind in KINDS}

    def _log(self, lesson: Lesson) -> None:
        """All of its searches before any is confirmed: which is the last must be known by then."""
        at = now()
        entry_ids = [entry_id_of(lesson.sample_id, number) for number in range(len(lesson.searches))]
        for entry_id, search in zip(entry_ids, lesson.searches, strict=True):
            self._learning.log(entry_id, search.identification, at)
        for entry_id in entry_ids if lesson.gtin else ():  # nobody said which: that is missing, not wrong
            self._learning.confirm(entry_id, lesson.gtin, at)

    def _catch_up(self) -> None:
        """Teach what was confirmed since."""
        for entry in self._learning.entries(confirmed=True, after=min(self._upto.values())):
            confirmed = confirmed_of(entry)
            if confirmed is not None:
                self._teach(confirmed, entry.confirmation)

    def _teach(self, confirmed: Confirmed, number: int) -> None:
        """Teach each what it has not learnt yet; a state that was kept may be ahead of another."""
        if number > self._upto["memory"]:
            self._memory = remembering(self._memory, [confirmed], self._index)
            self._unkept += 1
        if number > self._upto["bandit"] and self._bandit is not None:
            self._bandit = taught(self._bandit, [confirmed])
            self._learnt = replace(self._learnt, bandit=self._bandit) if self._learnt else None
            self._unkept += 1
        self._upto = {kind: max(number, upto) for kind, upto in self._upto.items()}

    def _keep(self) -> None:
        """Keep the state as it is now, and use it; where another came into force meanwhile, use that."""
        self._adopt()
        if not self._unkept:
            return
        documents = {"memory": self._memory.to_bytes()}
        if self._bandit is not None:
            documents["bandit"] = self._bandit.to_bytes()
        for kind, document in documents.items():
            based_on, upto = self._in_force.get(kind, ""), self._upto[kind]
            self._in_force[kind] = self._learning.keep(
                kind, document, MADE_BY, based_on, {}, upto=upto, in_force=True
            )
        self._unkept = 0

    def _safely(self, lacking: str, do: Callable[[], None]) -> None:
        """Do it; what is wrong is told once, and once that nothing is any more."""
        try:
            do()
        except (InputError, StoreError) as error:
            self._tell(lacking, str(error))
            return
        if self._troubles.pop(lacking, ""):
            left = next(iter(self._troubles.items()), None)
            self._bus.tell(Trouble(PART, ": ".join(left)) if left else Trouble(PART, "", over=True))

    def _tell(self, lacking: str, why: str) -> None:
        if self._troubles.get(lacking) != why:
            self._troubles[lacking] = why
            log.error("%s: %s", lacking, why)
            self._bus.tell(Trouble(PART, f"{lacking}: {why}"))
