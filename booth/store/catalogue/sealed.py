"""Folders of large arrays made from the catalogue: written once, sealed by SHA-256, mapped to read."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from booth.errors import StoreError
from booth.store.durable import sync_folder, write_synced

MANIFEST = "manifest.json"
BLOCK_BYTES = 1 << 20
Array = npt.NDArray[Any]


class Damaged(StoreError):
    """A file that was made from the catalogue is not what was written; it can be made again."""


def write_sealed(folder: Path, about: Mapping[str, object], parts: Iterable[tuple[str, Array]]) -> None:
    """Write arrays part by part; the folder appears whole, durably, or not at all.

    Args:
        about: what the arrays were made of; only who expects the same opens them.
        parts: name of an array, and its next rows.

    Raises:
        StoreError: the disk refuses.
    """
    temporary = folder.with_name(f".{folder.name}")
    try:
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        content = {"about": dict(about), "arrays": _written(temporary, parts)}
        manifest = {**content, "sha256": _seal_of(content)}
        write_synced(temporary / MANIFEST, json.dumps(manifest, indent=2).encode())
        sync_folder(temporary)
        shutil.rmtree(folder, ignore_errors=True)
        temporary.rename(folder)
        sync_folder(folder.parent)
    except OSError as error:
        raise StoreError(f"{folder} cannot be written: {error.strerror}") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def open_sealed(folder: Path, about: Mapping[str, object]) -> dict[str, Array]:
    """Map the arrays, every byte of them proved: 0.6 s a gigabyte. Raises: Damaged."""
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        sealed = manifest.pop("sha256")
        said, arrays = manifest["about"], manifest["arrays"]
        if said != dict(about):
            raise Damaged(f"{folder} was made from another catalogue: {said}, not {dict(about)}")
        if sealed != _seal_of(manifest):
            raise Damaged(f"{folder / MANIFEST} is not what was written: a byte of it is wrong")
        return {name: _mapped(folder / f"{name}.bin", **kind) for name, kind in arrays.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Damaged(f"{folder} is missing or damaged: {error}") from error


def _written(folder: Path, parts: Iterable[tuple[str, Array]]) -> dict[str, dict[str, Any]]:
    files: dict[str, tuple[BinaryIO, Any]] = {}
    kinds: dict[str, dict[str, Any]] = {}
    try:
        for name, rows in parts:
            if name not in files:
                files[name] = ((folder / f"{name}.bin").open("xb"), hashlib.sha256())
                kinds[name] = {"dtype": rows.dtype.str, "shape": [0, *rows.shape[1:]]}
            data = np.ascontiguousarray(rows).tobytes()
            file, digest = files[name]
            file.write(data)
            digest.update(data)
            kinds[name]["shape"][0] += len(rows)
        for name, (file, digest) in files.items():
            file.flush()
            os.fsync(file.fileno())
            kinds[name]["sha256"] = digest.hexdigest()
    finally:
        for file, _ in files.values():
            file.close()
    return kinds


def _seal_of(content: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _mapped(path: Path, dtype: str, shape: list[int], sha256: str) -> Array:
    kind, size = np.dtype(dtype), int(np.prod(shape))
    if path.stat().st_size != size * kind.itemsize:
        raise Damaged(f"{path} is truncated")
    with path.open("rb") as file:
        digest = hashlib.sha256()
        for block in _blocks(file):
            digest.update(block)
    if digest.hexdigest() != sha256:
        raise Damaged(f"{path} is not what was written: a byte of it is wrong")
    if not size:
        return np.empty(shape, kind)
    return np.memmap(path, kind, "r", shape=tuple(shape))


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    while block := file.read(BLOCK_BYTES):
        yield block
