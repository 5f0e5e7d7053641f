"""What opening the store cleans up after a power cut or a kill; only the process that holds the lock does.

Files without a row go to quarantine, never to deletion. Rows whose files are gone or of another size are
flagged; the newest ones, which a power cut may have hit, are hashed again too. All others are hashed before
they are uploaded, and by `Store.verify`.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Self

from booth.errors import StoreError
from booth.store.records import Recovery
from booth.store.register import Register
from booth.store.shelf import Shelf, owner_of
from booth.store.verify import changed_file, missing_file

REHASH_NEWEST = 20


class Lock:
    """What only one intake process holds; the kernel lets go of it when the process dies."""

    def __init__(self, handle: int) -> None:
        self._handle: int | None = handle

    @classmethod
    def take(cls, path: Path) -> Self:
        """Take the lock of this file, at once. Raises: StoreError when another process holds it."""
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise StoreError(f"{path} cannot be opened: {error.strerror}") from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(handle)
            message = f"another booth process takes samples into {path.parent}; stop it first"
            raise StoreError(message) from error
        return cls(handle)

    def release(self) -> None:
        """Let go; harmless when repeated."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def recover(shelf: Shelf, register: Register) -> Recovery:
    """Sweep what was left behind. Raises: StoreError."""
    quarantined = [*_sweep_unfinished(shelf), *_sweep_shelf(shelf, register)]
    return Recovery(tuple(quarantined), tuple(_flag_damaged(shelf, register)))


def _sweep_unfinished(shelf: Shelf) -> list[Path]:
    moved: list[Path] = []
    for path in shelf.unfinished():
        try:
            path.rmdir()
        except OSError:  # it holds something, or is no folder
            moved.extend(filter(None, [shelf.quarantine(path)]))
    return moved


def _sweep_shelf(shelf: Shelf, register: Register) -> list[Path]:
    known, tombstones = register.folders(), register.evicted()
    moved = []
    for path in shelf.folders():
        if owner_of(path.name) in tombstones and path.is_dir() and not path.is_symlink():
            shelf.remove(path.name)
        elif path.name not in known and (target := shelf.quarantine(path)):
            moved.append(target)
    return moved


def _flag_damaged(shelf: Shelf, register: Register) -> list[str]:
    newest = set(register.live()[-REHASH_NEWEST:])
    flagged: list[str] = []
    for sample_id, files in register.live_files():
        problem = missing_file(shelf, files)
        if not problem and sample_id in newest:
            problem = changed_file(shelf, files)
        if problem and sample_id not in register.evicted():  # the sync was faster
            register.flag(sample_id, problem)
            flagged.append(sample_id)
    return flagged
