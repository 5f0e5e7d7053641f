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
AWAY = "take {} away, then import the catalogue again with `booth catalogue import`"
"""What a person does where a generation is ruined."""


def current(folder: Path) -> str:
    """The name of the generation in force; empty where there is none yet.

    Raises:
        StoreError: there are generations, and none is named.
    """
    try:
        name = (folder / CURRENT).read_text("ascii").strip()
    except (FileNotFoundError, NotADirectoryError):
        name = ""
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"{folder / CURRENT} cannot be read: {error}; {remedy(folder)}") from error
    if not name and _left(folder):
        raise StoreError(f"{folder / CURRENT} is missing or empty; {remedy(folder)}")
    return name


def where(folder: Path, name: str) -> Path:
    """The folder of a generation. Raises: StoreError: it is not there."""
    path = folder / name
    if not name.isalnum() or not path.is_dir():
        raise StoreError(f"the catalogue {path} is missing; {remedy(folder)}")
    return path


def remedy(folder: Path) -> str:
    """What a person does where no generation is named that can be opened."""
    left = _left(folder)
    instead = f"write into {folder / CURRENT} which of {', '.join(left)} is right, or " if left else ""
    return f"{instead}{AWAY.format(folder)}"


def _left(folder: Path) -> list[str]:
    """The generations that lie there, the newest first."""
    folders = [path for path in finished(folder) if path.is_dir()]
    return [path.name for path in sorted(folders, key=lambda path: -path.stat().st_mtime)]


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
