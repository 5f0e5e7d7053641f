"""The manifest of the networks: what is pinned, and how its bytes are found and checked."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from importlib.resources import files
from pathlib import Path
from typing import Any

from booth.errors import ModelError

MANIFEST = "weights/manifest.toml"


@dataclass(frozen=True, slots=True)
class Stage:
    """One output at which the trunk is cut."""

    output: str
    channels: int
    stride_px: int


@dataclass(frozen=True, slots=True)
class TrunkPin:
    """Where the trunk's network lies, and the SHA-256 that it must have."""

    name: str
    distribution: str
    distribution_version: str
    file: str
    sha256: str
    origin: str
    licence: str
    input: str
    stages: tuple[Stage, ...]


def trunk_pin() -> TrunkPin:
    """What the manifest says of the trunk. Raises: ModelError."""
    try:
        table: dict[str, Any] = tomllib.loads((files("models") / MANIFEST).read_text("utf-8"))["trunk"]
        stages = tuple(Stage(**stage) for stage in table.pop("stages"))
        table.pop("what", None)
        return TrunkPin(**table, stages=stages)
    except (OSError, KeyError, TypeError, tomllib.TOMLDecodeError) as error:
        raise ModelError(f"models/{MANIFEST} cannot be used: {error}; install the booth again") from error


def pinned_bytes(pin: TrunkPin) -> bytes:
    """The network's file out of the installed wheel, which is never imported.

    Raises:
        ModelError: the wheel or its file is missing, or the file is not the pinned one.
    """
    advice = f"install {pin.distribution}=={pin.distribution_version}"
    try:
        path = Path(str(distribution(pin.distribution).locate_file(pin.file)))
        data = path.read_bytes()
    except PackageNotFoundError as error:
        raise ModelError(f"the trunk's wheel {pin.distribution} is missing; {advice}") from error
    except OSError as error:
        raise ModelError(f"{pin.file} of {pin.distribution} cannot be read; {advice}") from error
    found = hashlib.sha256(data).hexdigest()
    if found != pin.sha256:
        raise ModelError(
            f"{path} is not the network that the manifest pins: SHA-256 {found} was found, "
            f"{pin.sha256} is expected; {advice}"
        )
    return data
