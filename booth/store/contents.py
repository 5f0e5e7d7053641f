"""What is in a sample: its pictures, its documents and its manifest, every file checked against its hash."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from booth.domain.sample import Closing, Sample
from booth.errors import StoreError
from booth.store import documents
from booth.store.amendments import Amendments
from booth.store.packing import SAMPLE_FILE, sample_document, unpack_closing, unpack_sample
from booth.store.records import SampleState
from booth.store.register import Register
from booth.store.shelf import Shelf
from booth.store.space import Room
from booth.store.verify import is_damage, read_checked


class Contents:
    """Reads samples; any thread may call it."""

    def __init__(self, shelf: Shelf, room: Room, register: Register, amendments: Amendments) -> None:
        self._shelf = shelf
        self._room = room
        self._register = register
        self._amendments = amendments

    def load(self, sample_id: str) -> Sample:
        """The sample with its arrays. Raises: StoreError."""
        sample = unpack_sample(self.file(sample_id, SAMPLE_FILE), lambda name: self.file(sample_id, name))
        return replace(
            sample, closing=self._closing(sample_id), amendments=tuple(self._amendments.of(sample_id))
        )

    def manifest(self, sample_id: str) -> dict[str, Any]:
        """What central storage is told. Raises: StoreError when it is open, evicted or flagged."""
        row = self._register.row(sample_id)
        if row["state"] == SampleState.KEPT:
            raise StoreError(f"{sample_id} is still open; only closed samples are uploaded")
        if row["flagged"]:
            raise StoreError(f"{sample_id} is flagged and not uploaded: {row['flagged']}")
        return self._documents(sample_id)

    def description(self, sample_id: str) -> dict[str, Any]:
        """Everything that is known of a sample. Raises: StoreError when it is evicted or damaged."""
        row = self._register.row(sample_id)
        amendments = [documents.to_json(each) for each in self._amendments.of(sample_id)]
        said = {"state": row["state"], "flagged": row["flagged"], "amendments": amendments}
        return said | self._documents(sample_id)

    def file(self, sample_id: str, name: str) -> bytes:
        """A file; one that is not what was kept flags its sample. Raises: StoreError."""
        if self._register.row(sample_id)["state"] == SampleState.EVICTED:
            raise StoreError(f"the files of {sample_id} are in central storage only")
        file = self._register.files(sample_id).get(name)
        if file is None:
            raise StoreError(f"{sample_id} has no file {name}")
        try:
            return read_checked(self._shelf, file)
        except StoreError as error:
            if is_damage(error):
                self._flag(sample_id, str(error))
            raise

    def _documents(self, sample_id: str) -> dict[str, Any]:
        closing = self._register.closing(sample_id)
        return {
            "format": documents.FORMAT,
            "sample": sample_document(self.file(sample_id, SAMPLE_FILE)),
            "closing": None if closing is None else documents.parse(closing),
            "files": [file.listed() for file in self._register.files(sample_id).values()],
        }

    def _closing(self, sample_id: str) -> Closing | None:
        document = self._register.closing(sample_id)
        if document is None:
            return None
        return unpack_closing(documents.parse(document), lambda name: self.file(sample_id, name))

    def _flag(self, sample_id: str, problem: str) -> None:
        self._room.insist(lambda: self._register.flag(sample_id, problem))
