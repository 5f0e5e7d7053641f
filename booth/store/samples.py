"""The store of samples: files that are whole, rows that commit after them, and nothing lost in between.

A sample is kept in this order: every file is written into a temporary folder and fsynced, the folder is
fsynced and renamed into place, its parent is fsynced, then the row commits. Removal goes the other way: the
tombstone commits, then the files go.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from booth.domain.sample import Amendment, Closing, Sample
from booth.errors import StoreError
from booth.ports.screen import Recent
from booth.store import documents
from booth.store.amendments import Amendments
from booth.store.contents import Contents
from booth.store.database import damage, open_database
from booth.store.outbox import Outbox, disposition_message
from booth.store.packing import pack_closing, pack_sample
from booth.store.records import OutboxRow, Recovery, SampleRow, SampleState, Verified
from booth.store.recovery import Lock
from booth.store.recovery import recover as sweep
from booth.store.register import Register, file_rows
from booth.store.schema import MIGRATIONS
from booth.store.shelf import Shelf, closing_folder, kept_folder, owner_of
from booth.store.space import Room
from booth.store.verify import verify_all

DATABASE_FILE = "booth.sqlite"


class Store:
    """Samples on one disk; one thread calls what writes, any thread what reads.

    The process that takes samples in opens with `recover=True` and is alone in that: it holds `root/lock`
    until it closes or dies. The sync and the command line open the same folder beside it with
    `recover=False`; they sweep nothing, and may not keep or close samples.
    """

    def __init__(self, shelf: Shelf, room: Room, lock: Lock | None) -> None:
        self.recovery = Recovery()
        self._shelf = shelf
        self._room = room
        self._lock = lock
        self._engine = open_database(shelf.root / DATABASE_FILE, MIGRATIONS)
        self._register = Register(self._engine)
        self._amendments = Amendments(self._engine)
        self._outbox = Outbox(self._engine)
        self._contents = Contents(shelf, room, self._register, self._amendments)

    @classmethod
    def open(
        cls, root: Path, *, high_water_free_mb: int = 500, ballast_mb: int = 64, recover: bool = True
    ) -> Self:
        """Create or open the store under `root`.

        Args:
            high_water_free_mb: intake stops when less is free on the disk.
            ballast_mb: size of the file that is let go of when the disk is full all the same.
            recover: take samples in, and sweep first what an earlier process left behind.

        Raises:
            StoreError: the folder cannot be written, the database cannot be used, or another process takes
                samples into it.
        """
        shelf = Shelf(root)
        shelf.make()
        lock = Lock.take(root / "lock") if recover else None
        try:
            store = cls(shelf, Room(root, high_water_free_mb, ballast_mb), lock)
        except StoreError:
            if lock is not None:
                lock.release()
            raise
        if recover:
            store._sweep()
        return store

    def close(self) -> None:
        """Let go of the database and the lock; harmless when closed already."""
        self._engine.dispose()
        if self._lock is not None:
            self._lock.release()
        self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def keep(self, sample: Sample) -> None:
        """Keep an open sample; when this returns it survives a power cut. The same again is harmless.

        Raises:
            StoreError: the disk is nearly full or refuses, the id is taken, or the sample cannot be coded.
                Then no row of it is in the store, save that a disk which fails in the last step of the
                commit may have kept the whole of it: try again. Files whose row did not commit wait on the
                shelf for the next attempt; recovery moves them aside.
        """
        self._must_take_in()
        self.check_room()
        packed = pack_sample(sample)
        folder = kept_folder(sample.sample_id)
        files = file_rows(folder, packed.files)
        kept = self._register.files(sample.sample_id)
        if kept and all(kept.get(file.name) == file for file in files):
            return
        if kept:
            raise StoreError(f"{sample.sample_id} is kept already, with other contents")
        self._shelf.place(folder, packed.files)
        self._register.add(sample, files)

    def close_sample(self, sample_id: str, closing: Closing) -> None:
        """Add the words that end the item's visit, once; queues the message to the host with them.

        The same words again are harmless.

        Raises:
            StoreError: it is unknown, or closed already with other words, or the disk refuses.
        """
        self._must_take_in()
        row = self._register.row(sample_id)
        packed = pack_closing(closing, row["verdicts"])
        document = documents.dump(packed.document)
        if self._register.closing(sample_id) == document:
            return
        if row["state"] != SampleState.KEPT:
            raise StoreError(f"{sample_id} is closed already; a later word is an amendment")
        folder = closing_folder(sample_id)
        files = file_rows(folder, packed.files)
        message = disposition_message(sample_id, row["booth_id"], closing)
        if files:
            self._shelf.place(folder, packed.files)
        self._register.close(sample_id, closing, document, files, message)

    def amend(self, amendment: Amendment) -> None:
        """Add a later word at the end of a closed sample's chain.

        Raises:
            StoreError: the sample is open or unknown, the predecessor is not the last of its chain, or a
                change is not a field of a closing.
        """
        self._room.insist(lambda: self._amendments.add(amendment))

    def load(self, sample_id: str) -> Sample:
        """The sample with its pictures, depth and heat maps, each file checked against its hash.

        Raises:
            StoreError: it is unknown or evicted, or a file is missing or changed.
        """
        return self._contents.load(sample_id)

    def recent(self, limit: int = 20) -> list[Recent]:
        """The last samples, newest first; the title is the GTIN, since titles are the catalogue's.

        Raises:
            StoreError: the database refuses.
        """
        return self._register.recent(limit)

    def rows(self, limit: int = 100, offset: int = 0, state: SampleState | None = None) -> list[SampleRow]:
        """The samples, newest first. Raises: StoreError."""
        return self._register.newest(limit, offset, state)

    def count(self) -> Mapping[str, int]:
        """How many of each state, and of `flagged`, `unsent`, `amendments_unsent`, `outbox`.

        Raises:
            StoreError: the database refuses.
        """
        return self._register.count()

    def verify(self) -> Iterator[Verified]:
        """Re-hash every file of every sample; what is not well is flagged and never uploaded.

        Raises:
            StoreError: the database refuses.
        """
        return verify_all(self._shelf, self._register)

    def problems(self) -> list[str]:
        """What is wrong with database and shelf as a whole, a sentence each; no file is hashed for it.

        Raises:
            StoreError: the database refuses.
        """
        said = damage(self._engine)
        found = [f"the database is damaged: {' '.join(said.split())}"] if said else []
        named = self._register.folders()
        gone = named - {path.name for path in self._shelf.folders()}
        lost = {owner_of(folder) for folder in gone} - self._register.evicted()
        if lost:
            found.append(f"the files of {len(lost)} samples are gone, such as {min(lost)}")
        return found

    def check_room(self) -> None:
        """Raises: StoreError when less than the high-water mark is free."""
        self._room.check()

    def closed_unsent(self) -> list[str]:
        """Closed and not uploaded, in the order of closing; flagged ones are left out. Raises: StoreError."""
        return self._register.closed_unsent()

    def manifest(self, sample_id: str) -> dict[str, Any]:
        """What central storage is told: `format`, `sample`, `closing`, `files`; always the same.

        Raises:
            StoreError: the sample is open, evicted or flagged.
        """
        return self._contents.manifest(sample_id)

    def booth_of(self, sample_id: str) -> str:
        """The booth that kept the sample, evicted or not. Raises: StoreError when it is unknown."""
        return str(self._register.row(sample_id)["booth_id"])

    def description(self, sample_id: str) -> dict[str, Any]:
        """As the manifest, for open and flagged samples too, with `state`, `flagged` and `amendments`.

        Raises:
            StoreError: the sample is unknown or evicted, or its document is missing or changed.
        """
        return self._contents.description(sample_id)

    def file_bytes(self, sample_id: str, name: str) -> bytes:
        """A file of the sample, checked against its hash; one that does not match flags its sample.

        Raises:
            StoreError: the sample is unknown or evicted, or the file is missing or changed.
        """
        return self._contents.file(sample_id, name)

    def sent(self, sample_id: str) -> None:
        """Note that the manifest is uploaded; harmless when said twice. Raises: StoreError."""
        self._room.insist(lambda: self._register.advance(sample_id, SampleState.UPLOADED))

    def amendments_unsent(self) -> list[Amendment]:
        """Amendments of uploaded samples that are not uploaded, oldest first. Raises: StoreError."""
        return self._amendments.unsent()

    def amendments_of(self, sample_id: str) -> list[Amendment]:
        """The later words on one sample, first to last, sent or not. Raises: StoreError."""
        return self._amendments.of(sample_id)

    def amendment_sent(self, amendment_id: str) -> None:
        """Note that the amendment is uploaded; harmless when said twice. Raises: StoreError."""
        self._room.insist(lambda: self._amendments.sent(amendment_id))

    def unreceipted(self) -> list[str]:
        """Uploaded and without a receipt, oldest first. Raises: StoreError."""
        return self._register.uploaded()

    def receipted(self, sample_id: str, receipt: bytes) -> None:
        """Keep the receipt of an uploaded sample; the first one stays. Raises: StoreError."""
        self._room.insist(lambda: self._register.advance(sample_id, SampleState.RECEIPTED, receipt))

    def receipt(self, sample_id: str) -> bytes | None:
        """The receipt, or None while there is none. Raises: StoreError."""
        return self._register.receipt(sample_id)

    def evict(self, sample_id: str) -> None:
        """Remove the files of a sample that has a receipt: the tombstone first; harmless when repeated.

        Raises:
            StoreError: it is unknown or has no receipt, or the disk refuses.
        """
        self._room.insist(lambda: self._register.advance(sample_id, SampleState.EVICTED))
        for folder in (kept_folder(sample_id), closing_folder(sample_id)):
            self._shelf.remove(folder)
        self._room.hold_ballast()

    def outbox(self, limit: int = 100) -> list[OutboxRow]:
        """Messages the site's host does not have yet, the least tried first. Raises: StoreError."""
        return self._outbox.waiting(limit)

    def dispatched(self, sample_id: str) -> None:
        """Note that the host has the message; harmless when said twice. Raises: StoreError."""
        self._room.insist(lambda: self._outbox.dispatched(sample_id))

    def dispatch_failed(self, sample_id: str, reason: str) -> None:
        """Count an attempt that failed. Raises: StoreError."""
        self._room.insist(lambda: self._outbox.failed(sample_id, reason))

    def _sweep(self) -> None:
        try:
            self.recovery = self._room.insist(lambda: sweep(self._shelf, self._register))
            self._room.hold_ballast()
        except StoreError:
            self.close()
            raise

    def _must_take_in(self) -> None:
        if self._lock is None:
            raise StoreError("the store was not opened for intake: it may not keep or close samples")
