"""Generations of the catalogue: a new one is built beside the one that is searched, then takes over."""

from __future__ import annotations

import secrets
import shutil
from pathlib import Path

from booth.errors import StoreError
from booth.store.durable import place_file, sync_folder
from booth.store.turn import finished

CURRENT = "current"
"""The file that names the generation in force."""
NEW = ".new"


def current(folder: Path) -> str:
    """The name of the generation in force; empty where there is none yet.

    Raises:
        StoreError: there are generations, and none is named.
    """
    try:
        return (folder / CURRENT).read_text("ascii").strip()
    except (FileNotFoundError, NotADirectoryError) as error:
        left = [path.name for path in finished(folder) if path.is_dir()]
        if left:
            raise StoreError(
                f"{folder / CURRENT} is missing; write into it which of {left} is right"
            ) from error
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"{folder / CURRENT} cannot be read: {error}") from error


def where(folder: Path, name: str) -> Path:
    """The folder of a generation. Raises: StoreError: it is not there."""
    path = folder / name
    if not name.isalnum() or not path.is_dir():
        raise StoreError(f"the catalogue {path} is missing; import it again with `booth catalogue import`")
    return path


def publish(folder: Path) -> str:
    """Let what was built in NEW take over; the one before stays for who reads it. Raises: StoreError."""
    before, name = current(folder), secrets.token_hex(6)
    try:
        sync_folder(folder / NEW)
        (folder / NEW).rename(folder / name)
        sync_folder(folder)
    except OSError as error:
        raise StoreError(f"{folder / name} cannot be made: {error.strerror}") from error
    place_file(name.encode(), folder / f".{CURRENT}", folder / CURRENT)
    for path in folder.iterdir():
        if path.is_dir() and path.name not in (before, name):
            shutil.rmtree(path, ignore_errors=True)
    return name
