"""The folders of samples on disk: placed whole, read back, moved aside, removed last.

`samples/<sample_id>/` holds what was kept, `samples/<sample_id>.closing/` the heat maps of later verdicts,
`tmp/` what is being written, `quarantine/` what nobody has a row for. All lie on one filesystem, since a
rename must not become a copy.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from booth.errors import StoreError
from booth.store.durable import place_folder, sync_folder

CLOSING_SUFFIX = ".closing"
"""Never part of a sample id, which has no dots."""


def kept_folder(sample_id: str) -> str:
    """The folder of what was kept."""
    return sample_id


def closing_folder(sample_id: str) -> str:
    """The folder of what was added when the sample was closed."""
    return sample_id + CLOSING_SUFFIX


def owner_of(folder: str) -> str:
    """The sample id that a folder belongs to."""
    return folder.removesuffix(CLOSING_SUFFIX)


class Shelf:
    """The folders under one root; one process at a time places and sweeps, any may read."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.samples = root / "samples"
        self.tmp = root / "tmp"
        self.quarantined = root / "quarantine"

    def make(self) -> None:
        """Create the folders. Raises: StoreError."""
        with _told(self.root, "cannot be created"):
            for folder in (self.samples, self.tmp, self.quarantined):
                folder.mkdir(parents=True, exist_ok=True)
            sync_folder(self.root)
            sync_folder(self.root.parent)

    def place(self, folder: str, files: Mapping[str, bytes]) -> None:
        """Put a whole folder without a row on the shelf; when this returns it survives a power cut.

        What an earlier attempt placed, whose row then did not commit, is taken as it is; anything else of
        that name is moved aside.

        Raises:
            StoreError: the disk refuses; nothing is left on the shelf.
        """
        final = self.samples / folder
        if self._holds(final, files):
            return
        self.quarantine(final)
        temporary = self.tmp / f"{folder}-{secrets.token_hex(4)}"
        try:
            place_folder(files, temporary, final)
        except StoreError:
            shutil.rmtree(temporary, ignore_errors=True)
            self.withdraw(folder)
            raise

    def withdraw(self, folder: str) -> None:
        """Move a folder without a row aside, as well as the disk lets us; recovery would too."""
        try:
            self.quarantine(self.samples / folder)
        except StoreError:
            return

    def quarantine(self, path: Path) -> Path | None:
        """Move something without a row aside, never over anything else; None when it is not there.

        Raises:
            StoreError: the disk refuses.
        """
        with _told(path, "cannot be moved to quarantine"):
            if not os.path.lexists(path):
                return None
            target = self.quarantined / f"{path.name}-{secrets.token_hex(4)}"
            path.rename(target)
            sync_folder(self.quarantined)
            sync_folder(path.parent)
            return target

    def read(self, folder: str, name: str) -> bytes:
        """A file. Raises: StoreError."""
        path = self.samples / folder / name
        with _told(path, "cannot be read"):
            return path.read_bytes()

    def remove(self, folder: str) -> None:
        """Delete a folder for good; harmless when it is gone. Raises: StoreError."""
        path = self.samples / folder
        with _told(path, "cannot be removed"):
            if path.exists():
                shutil.rmtree(path, onerror=_unless_gone)
                sync_folder(self.samples)

    def folders(self) -> list[Path]:
        """Everything on the shelf. Raises: StoreError."""
        return self._listed(self.samples)

    def unfinished(self) -> list[Path]:
        """Everything that was being written. Raises: StoreError."""
        return self._listed(self.tmp)

    def set_aside(self) -> list[Path]:
        """Everything in quarantine. Raises: StoreError."""
        return self._listed(self.quarantined)

    def sizes(self, folder: str) -> dict[str, int]:
        """Bytes of each file in a folder; empty when there is none. Raises: StoreError.

        The sync may remove the folder meanwhile: what goes is left out.
        """
        path = self.samples / folder
        with _told(path, "cannot be listed"), suppress(FileNotFoundError, NotADirectoryError):
            return {name: size for name in os.listdir(path) if (size := _size(path / name)) is not None}
        return {}

    def _holds(self, path: Path, files: Mapping[str, bytes]) -> bool:
        with _told(path, "cannot be read"):
            if not path.is_dir() or {each.name for each in path.iterdir()} != files.keys():
                return False
            if any((path / name).read_bytes() != data for name, data in files.items()):
                return False
            sync_folder(self.samples)
            return True

    def _listed(self, folder: Path) -> list[Path]:
        with _told(folder, "cannot be listed"):
            return sorted(folder.iterdir())


@contextmanager
def _told(path: Path, trouble: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(f"{path} {trouble}: {error.strerror or error}") from error


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:  # gone meanwhile, or a link to nothing
        return None


def _unless_gone(_call: object, _path: str, trouble: tuple[Any, BaseException, Any]) -> None:
    if not isinstance(trouble[1], FileNotFoundError):  # another process may be removing the same tombstone
        raise trouble[1]
