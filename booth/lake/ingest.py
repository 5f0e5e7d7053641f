"""Appends what booths sent to the central tables, exactly once, and signs receipts for it.

The order makes it so: check, write the batch file (create-only), append what it names as the transaction of
its number, write receipts from the batch files. A run that ends anywhere is finished by the next one.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from booth.domain import central
from booth.domain.central import Receipt
from booth.domain.terms import now
from booth.errors import SyncError
from booth.lake.batches import Batch, Entry, read_batches, write_batch
from booth.lake.intake import Intake, read_rows
from booth.lake.table import Table, Tables
from booth.ports.outside import Remote

log = logging.getLogger(__name__)

BATCH_LIMIT = 1_000
"""Documents a batch: a crash while re-hashing costs no more than these."""

LOST_RACES = 50

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What one run did.

    Attributes:
        batches: numbers of the batches that this run appended.
        samples: how many samples they hold.
        amendments: how many later words they hold.
        receipts: how many receipts were written.
        refused: key of a manifest or amendment to the reason why it stays out; the next run looks again.
        table_version: the newest version of the samples' table, -1 while there is none.
    """

    batches: tuple[int, ...] = ()
    samples: int = 0
    amendments: int = 0
    receipts: int = 0
    refused: Mapping[str, str] = field(default_factory=dict)
    table_version: int = -1


def quiet(_done: int, _total: int) -> None:
    """Progress that nobody watches."""


def ingest(
    remote: Remote,
    tables: Tables,
    key: Ed25519PrivateKey,
    progress: Progress = quiet,
    batch_limit: int = BATCH_LIMIT,
) -> IngestReport:
    """Take in every manifest and amendment that no batch names yet, however late it came.

    Any number of ingesters may run at once: one wins each batch file, the others look again.

    Raises:
        SyncError: central storage or the table cannot be used; the next run goes on from there.
    """
    run = _Run(remote, tables, progress)
    while run.take_in(batch_limit):
        pass
    return run.report(run.sign(key))


class _Run:
    """One run and what came of it."""

    def __init__(self, remote: Remote, tables: Tables, progress: Progress) -> None:
        self._remote = remote
        self._tables = tables
        self._intake = Intake(remote)
        self._progress = progress
        self._batches: list[Batch] = []
        self._named: set[str] = set()
        self._waiting: dict[str, deque[str]] = {}
        self._appended: dict[int, Batch] = {}
        self._looked_at = 0
        self._lost = 0

    def take_in(self, limit: int) -> bool:
        """Finish earlier batches, then make one of what is new; False when nothing is. Raises: SyncError."""
        self._catch_up()
        if not any(self._waiting.values()):
            self._waiting = {
                prefix: self._listed(prefix) for prefix in (central.MANIFESTS, central.AMENDMENTS)
            }
        manifests = self._accepted(central.MANIFESTS, limit)
        amendments = self._accepted(central.AMENDMENTS, limit)
        if not manifests and not amendments:
            return False
        batch = Batch(len(self._batches) + 1, manifests, amendments)
        if write_batch(self._remote, batch):
            self._append(batch)
            self._note(batch)
        else:
            self._lose()
        return True

    def sign(self, key: Ed25519PrivateKey) -> int:
        """Write every receipt that is missing; gives their number. Raises: SyncError."""
        there = set(self._remote.keys(central.RECEIPTS))
        version = self._tables.samples.version()
        written = 0
        for batch in self._batches:
            for entry in batch.manifests:
                name = central.RECEIPTS + entry.key.removeprefix(central.MANIFESTS)
                if name not in there:
                    written += self._remote.put_new(name, _receipt(entry, batch.number, version, key))
        return written

    def report(self, receipts: int) -> IngestReport:
        """What was done."""
        batches = self._appended.values()
        return IngestReport(
            tuple(self._appended),
            sum(len(batch.manifests) for batch in batches),
            sum(len(batch.amendments) for batch in batches),
            receipts,
            self._intake.refused,
            self._tables.samples.version(),
        )

    def _catch_up(self) -> None:
        """Read the batches that others made, and append those whose ingester ended before it could."""
        others = read_batches(self._remote, after=len(self._batches))
        if not others:
            return
        samples, amendments = self._tables.samples.last_batch(), self._tables.amendments.last_batch()
        for batch in others:
            unfinished = (batch.manifests and batch.number > samples) or (
                batch.amendments and batch.number > amendments
            )
            if unfinished:
                self._append(batch)
            self._note(batch)

    def _note(self, batch: Batch) -> None:
        self._batches.append(batch)
        self._named.update(entry.key for entry in (*batch.manifests, *batch.amendments))

    def _append(self, batch: Batch) -> None:
        """Append what a batch names, each table once; what is there already stays as it is."""
        done = [
            self._append_to(self._tables.samples, batch.number, batch.manifests),
            self._append_to(self._tables.amendments, batch.number, batch.amendments),
        ]
        if any(done):
            self._appended[batch.number] = batch
            log.info("batch %d: %d samples", batch.number, len(batch.manifests))

    def _append_to(self, table: Table, number: int, entries: tuple[Entry, ...]) -> bool:
        return bool(entries) and table.append_once(number, read_rows(self._remote, entries, number))

    def _listed(self, prefix: str) -> deque[str]:
        return deque(sorted(key for key in self._remote.keys(prefix) if key not in self._named))

    def _accepted(self, prefix: str, limit: int) -> tuple[Entry, ...]:
        """Up to `limit` waiting documents that no batch names and that are what they should be."""
        waiting = self._waiting[prefix]
        accepted: list[Entry] = []
        while waiting and len(accepted) < limit:
            key = waiting.popleft()
            entry = None if key in self._named else self._intake.check(key)
            if entry is not None:
                accepted.append(entry)
            self._looked_at += 1
            self._progress(self._looked_at, self._looked_at + sum(map(len, self._waiting.values())))
        return tuple(accepted)

    def _lose(self) -> None:
        """Look again at everything: what was taken off the list is in no batch of this run's."""
        self._waiting = {}
        self._lost += 1
        if self._lost > LOST_RACES:
            raise SyncError(f"{self._remote.address}: others were first {self._lost} times; try again")


def _receipt(entry: Entry, batch: int, version: int, key: Ed25519PrivateKey) -> bytes:
    booth_id, _, name = entry.key.removeprefix(central.MANIFESTS).partition("/")
    receipt = Receipt(booth_id, name.removesuffix(".json"), entry.sha256, batch, version, now().isoformat())
    return receipt.to_bytes(key.sign(receipt.signed_part()))
