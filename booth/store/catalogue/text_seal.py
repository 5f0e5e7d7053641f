"""Seals the files of a full-text index by SHA-256, so that a flipped bit is found when it is opened."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from booth.errors import StoreError
from booth.store.durable import place_file

SEAL = "seal.json"
FORMAT = "2"
"""Of the fields and of how words are folded; an index of another format is made anew."""
_COMMIT = "meta.json"
_UNSEALED = frozenset({SEAL, ".managed.json", ".tantivy-meta.lock", ".tantivy-writer.lock"})


def seal(folder: Path) -> None:
    """Write down what is in the folder's files; those that were sealed before are not read again.

    Raises:
        StoreError: the disk refuses.
    """
    before = _sealed(folder)
    try:
        files = _files(folder)
        sums = {
            path.name: before.get(path.name) or _sum_of(path) if path.name != _COMMIT else _sum_of(path)
            for path in files
        }
    except OSError as error:
        raise StoreError(f"the full text in {folder} cannot be read: {error.strerror or error}") from error
    document = json.dumps({"format": FORMAT, "files": sums}, sort_keys=True)
    place_file(document.encode(), folder / f".{SEAL}.part", folder / SEAL)


def broken_of(folder: Path) -> str:
    """Why the folder is not as it was sealed, or empty."""
    sums = _sealed(folder)
    try:
        present = {path.name for path in _files(folder)}
        if missing := sorted(set(sums) - present):
            return f"{missing[0]} is missing"
        if _COMMIT not in sums:
            return "it was never sealed, or by another version of the booth"
        changed = [name for name, told in sums.items() if _sum_of(folder / name) != told]
    except OSError as error:
        return f"it cannot be read: {error.strerror or error}"
    return f"{changed[0]} is not as it was written" if changed else ""


def _sealed(folder: Path) -> dict[str, str]:
    try:
        document = json.loads((folder / SEAL).read_bytes())
    except (OSError, ValueError):
        return {}
    files = document.get("files") if isinstance(document, dict) and document.get("format") == FORMAT else {}
    return {str(name): str(told) for name, told in files.items()} if isinstance(files, dict) else {}


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_file() and path.name not in _UNSEALED]


def _sum_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
