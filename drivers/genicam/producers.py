"""Which GenTL producers to load: files from outside, looked at before the loader trusts them."""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path

from booth.errors import ConfigError

PATHS_VARIABLE = "GENICAM_GENTL64_PATH"
"""Where producers announce themselves: folders, parted by colons (GenTL 1.6, section 2.2)."""

SIMULATED = "simulated"
ENTRY_POINT = "GCInitLib"
KEY = "cameras.options.producer"

ELF_64_LITTLE = b"\x7fELF\x02\x01"
HEADER = struct.Struct("<32xQ14xHH4x2x")
"""Of an ELF64 header: where the program headers begin, how long each is, and how many there are."""

SEGMENT = struct.Struct("<8xQ16xQ")
"""Of an ELF64 program header: where its part of the file begins, and how many bytes it has there."""

MOST_SEGMENTS = 256


def producers(wanted: Sequence[str], environment: Mapping[str, str] = os.environ) -> Sequence[Path]:
    """The producers named, or else those that the environment announces.

    Raises:
        ConfigError: there is none, or one of them is missing, empty, cut short or no GenTL producer.
    """
    paths = [_named(name) for name in wanted] or list(_announced(environment))
    if not paths:
        raise ConfigError(
            f"{KEY}: no GenTL producer is known: install the camera maker's and name its .cti file, "
            f"or set {PATHS_VARIABLE} to the folder that it is in"
        )
    for path in paths:
        _check(path)
    return paths


def _named(name: str) -> Path:
    return _simulated() if name == SIMULATED else Path(name).expanduser().absolute()


def _simulated() -> Path:
    """The producer of three simulated devices that the `genicam` wheel ships."""
    for file in metadata.distribution("genicam").files or ():
        if file.suffix == ".cti":
            return Path(str(file.locate())).absolute()
    raise ConfigError(f"{KEY}: this genicam package ships no simulated producer: name a .cti file")


def _announced(environment: Mapping[str, str]) -> Iterator[Path]:
    for folder in environment.get(PATHS_VARIABLE, "").split(os.pathsep):
        if folder:
            yield from sorted(Path(folder).glob("*.cti"))


def _check(path: Path) -> None:
    """Raises: ConfigError: it cannot be loaded as a producer."""
    try:
        if not path.is_file():
            raise ConfigError(
                f"{KEY}: there is no file {path}: name the .cti file of the camera maker's driver"
            )
        whole = _is_whole_library(path)
    except OSError as error:
        raise ConfigError(f"{KEY}: {path} cannot be read: {error}") from error
    if not whole:
        raise ConfigError(
            f"{KEY}: {path} is empty, cut short or no 64-bit Linux library: install the producer again"
        )
    if not _has_entry_point(path):
        raise ConfigError(f"{KEY}: {path} is a library, but no GenTL producer: name a .cti file")


def _is_whole_library(path: Path) -> bool:
    """Whether every segment lies in the file: the loader maps unseen, and dies on a missing end."""
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(64)
        if len(start) < 64 or not start.startswith(ELF_64_LITTLE):
            return False
        first, length, count = HEADER.unpack_from(start)
        if count > MOST_SEGMENTS or length < SEGMENT.size or first + length * count > size:
            return False
        file.seek(first)
        table = file.read(length * count)
    segments = (SEGMENT.unpack_from(table, length * place) for place in range(count))
    return all(offset + filled <= size for offset, filled in segments)


def _has_entry_point(path: Path) -> bool:
    try:
        library = ctypes.CDLL(str(path))
    except OSError as error:
        raise ConfigError(
            f"{KEY}: {path} cannot be loaded, is all installed that it needs: {error}"
        ) from error
    return getattr(library, ENTRY_POINT, None) is not None
