"""Files that are either whole or not there, through a power cut: write, fsync, rename, fsync the parent."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from booth.errors import StoreError


def sha256_of(data: bytes) -> str:
    """The SHA-256 of `data`, in hex."""
    return hashlib.sha256(data).hexdigest()


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable. Raises: OSError."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_synced(path: Path, data: bytes) -> None:
    """Write a new file and fsync it; its name is durable only once its folder is synced. Raises: OSError."""
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def place_folder(files: Mapping[str, bytes], temporary: Path, final: Path) -> None:
    """Write `files` into `temporary`, then rename it to `final`; when this returns, all of it is durable.

    Raises:
        StoreError: the disk refuses, or `final` exists; `temporary` is left for recovery to sweep.
    """
    try:
        temporary.mkdir(parents=True)
        for name, data in files.items():
            write_synced(temporary / name, data)
        sync_folder(temporary)
        if final.exists():
            raise StoreError(f"{final} exists already")
        temporary.rename(final)
        sync_folder(final.parent)
    except OSError as error:
        raise StoreError(f"{final} cannot be written: {error}") from error


def place_file(data: bytes, temporary: Path, final: Path) -> None:
    """Replace one file whole and durably. Raises: StoreError."""
    try:
        temporary.unlink(missing_ok=True)
        write_synced(temporary, data)
        temporary.replace(final)
        sync_folder(final.parent)
    except OSError as error:
        raise StoreError(f"{final} cannot be written: {error}") from error
