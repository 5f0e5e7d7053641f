"""The store of samples: files that are whole, rows that commit after them, and nothing lost in between."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from booth.domain.sample import Amendment, Closing, Sample
from booth.ports import Recent
from booth.store.records import OutboxRow, Recovery, SampleRow, SampleState, Verified


class Store:
    """Samples on one disk; one thread calls what writes, any thread what reads.

    The process that takes samples in opens with `recover=True` and is alone in that; the nightly sync and
    the command line open the same folder with `recover=False` beside it.
    """

    recovery: Recovery

    @classmethod
    def open(
        cls, root: Path, *, high_water_free_mb: int = 500, ballast_mb: int = 64, recover: bool = True
    ) -> Self:
        """Create or open the store under `root`. Raises: StoreError."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go of the database and the lock; harmless when closed already."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def keep(self, sample: Sample) -> None:
        """Keep a sample; when this returns it survives a power cut. Raises: StoreError."""
        raise NotImplementedError

    def close_sample(self, sample_id: str, closing: Closing) -> None:
        """Add the words that end the item's visit, once. Raises: StoreError."""
        raise NotImplementedError

    def amend(self, amendment: Amendment) -> None:
        """Add a later word at the end of a closed sample's chain. Raises: StoreError."""
        raise NotImplementedError

    def load(self, sample_id: str) -> Sample:
        """The sample with its pictures, depth and heat maps. Raises: StoreError."""
        raise NotImplementedError

    def recent(self, limit: int = 20) -> list[Recent]:
        """The last samples, newest first. Raises: StoreError."""
        raise NotImplementedError

    def rows(self, limit: int = 100, offset: int = 0, state: SampleState | None = None) -> list[SampleRow]:
        """The samples, newest first. Raises: StoreError."""
        raise NotImplementedError

    def count(self) -> Mapping[str, int]:
        """How many there are of each state, and of `flagged`, `unsent`, `outbox`. Raises: StoreError."""
        raise NotImplementedError

    def verify(self) -> Iterator[Verified]:
        """Re-hash every file of every sample. Raises: StoreError."""
        raise NotImplementedError

    def check_room(self) -> None:
        """Raises: StoreError when less than the high-water mark is free."""
        raise NotImplementedError

    def closed_unsent(self) -> list[str]:
        """Closed sample ids whose manifest is not uploaded, oldest first; flagged ones are left out."""
        raise NotImplementedError

    def manifest(self, sample_id: str) -> dict[str, Any]:
        """`format`, `sample`, `closing`, `files`: what central storage is told. Raises: StoreError."""
        raise NotImplementedError

    def file_bytes(self, sample_id: str, name: str) -> bytes:
        """A file of the manifest, checked against its hash. Raises: StoreError."""
        raise NotImplementedError

    def sent(self, sample_id: str) -> None:
        """Note that the manifest is uploaded. Raises: StoreError."""
        raise NotImplementedError

    def amendments_unsent(self) -> list[Amendment]:
        """Amendments that are not uploaded, oldest first. Raises: StoreError."""
        raise NotImplementedError

    def amendment_sent(self, amendment_id: str) -> None:
        """Note that the amendment is uploaded. Raises: StoreError."""
        raise NotImplementedError

    def unreceipted(self) -> list[str]:
        """Sample ids that are uploaded and have no receipt yet, oldest first. Raises: StoreError."""
        raise NotImplementedError

    def receipted(self, sample_id: str, receipt: bytes) -> None:
        """Keep the receipt of an uploaded sample. Raises: StoreError."""
        raise NotImplementedError

    def evict(self, sample_id: str) -> None:
        """Remove the files of a sample that has a receipt. Raises: StoreError."""
        raise NotImplementedError

    def outbox(self, limit: int = 100) -> list[OutboxRow]:
        """Messages the site's host does not have yet, the least tried first. Raises: StoreError."""
        raise NotImplementedError

    def dispatched(self, sample_id: str) -> None:
        """Note that the host has the message. Raises: StoreError."""
        raise NotImplementedError

    def dispatch_failed(self, sample_id: str, reason: str) -> None:
        """Count an attempt that failed. Raises: StoreError."""
        raise NotImplementedError
