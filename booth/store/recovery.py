"""What opening the store cleans up after a power cut or a kill; only the process that holds the lock does.

Files without a row go to quarantine, never to deletion. Rows whose files are gone or of another size are
flagged; the newest ones, which a power cut may have hit, are hashed again too. All others are hashed before
they are uploaded, and by `Store.verify`.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from booth.errors import StoreError
from booth.store.records import Recovery
from booth.store.register import Register
from booth.store.shelf import Shelf, owner_of
from booth.store.verify import changed_file, missing_file

REHASH_NEWEST = 20


def take_lock(path: Path) -> int:
    """The handle of the lock that only one intake process holds; the kernel lets go of it at death.

    Raises:
        StoreError: another process holds it.
    """
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise StoreError(f"{path} cannot be opened: {error.strerror}") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        raise StoreError(f"another booth process takes samples into {path.parent}; stop it first") from error
    return handle


def recover(shelf: Shelf, register: Register) -> Recovery:
    """Sweep what was left behind. Raises: StoreError."""
    quarantined = [*_sweep_unfinished(shelf), *_sweep_shelf(shelf, register)]
    return Recovery(tuple(quarantined), tuple(_flag_damaged(shelf, register)))


def _sweep_unfinished(shelf: Shelf) -> list[Path]:
    moved = []
    for path in shelf.unfinished():
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
        elif target := shelf.quarantine(path):
            moved.append(target)
    return moved


def _sweep_shelf(shelf: Shelf, register: Register) -> list[Path]:
    known, tombstones = register.folders(), register.evicted()
    moved = []
    for path in shelf.folders():
        if owner_of(path.name) in tombstones:
            shelf.remove(path.name)
        elif path.name not in known and (target := shelf.quarantine(path)):
            moved.append(target)
    return moved


def _flag_damaged(shelf: Shelf, register: Register) -> list[str]:
    live = register.live()
    newest = set(live[-REHASH_NEWEST:])
    flagged = []
    for sample_id in live:
        files = register.files(sample_id)
        problem = missing_file(shelf, files.values())
        if not problem and sample_id in newest:
            problem = changed_file(shelf, files.values())
        if problem:
            register.flag(sample_id, problem)
            flagged.append(sample_id)
    return flagged
