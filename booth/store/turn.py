"""Turns to write in one folder: the kernel hands them out, and takes them back when a process dies."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from booth.errors import StoreError
from booth.store.durable import sync_folder

LOCK_FILE = ".lock"
PATIENCE_S = 20.0
"""A writer that takes longer than this hangs: a run is placed in seconds."""
PAUSE_S = 0.02


@contextmanager
def a_turn_to_write(folder: Path, patience_s: float = PATIENCE_S) -> Iterator[None]:
    """Hold the only turn in `folder`, which is made; what a killed writer left behind is swept first.

    Names that start with a dot are unfinished; readers pass them over.

    Raises:
        StoreError: the folder cannot be made or written, or another process does not finish.
    """
    handle = _opened(folder)
    try:
        _wait_for(handle, folder, patience_s)
        for path in folder.iterdir():
            if path.name.startswith(".") and path.name != LOCK_FILE:
                _sweep(path)
        yield
    finally:
        os.close(handle)


def finished(folder: Path) -> list[Path]:
    """What lies whole in `folder`; nothing where there is no such folder. Raises: StoreError."""
    if not folder.is_dir():
        return []
    try:
        return [path for path in folder.iterdir() if not path.name.startswith(".")]
    except OSError as error:
        raise StoreError(f"{folder} cannot be read: {error.strerror}") from error


def _opened(folder: Path) -> int:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        sync_folder(folder.parent)
        return os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise StoreError(f"{folder} cannot be made or written: {error.strerror}") from error


def _wait_for(handle: int, folder: Path, patience_s: float) -> None:
    deadline = time.monotonic() + patience_s
    while True:
        try:
            return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise StoreError(f"{folder} cannot be locked: {error.strerror}") from error
            if time.monotonic() > deadline:
                raise StoreError(f"another process has been writing in {folder} for too long") from error
            time.sleep(PAUSE_S)


def _sweep(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
