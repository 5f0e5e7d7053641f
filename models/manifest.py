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
    further: tuple[Stage, ...] = ()
    """Outputs of the same pass that are no patches: only the embedding looks at them."""


def trunk_pin() -> TrunkPin:
    """What the manifest says of the trunk. Raises: ModelError."""
    try:
        table: dict[str, Any] = tomllib.loads((files("models") / MANIFEST).read_text("utf-8"))["trunk"]
        stages = tuple(Stage(**stage) for stage in table.pop("stages"))
        further = tuple(Stage(**stage) for stage in table.pop("further", ()))
        table.pop("what", None)
        return TrunkPin(**table, stages=stages, further=further)
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


@dataclass(frozen=True, slots=True)
class NetworkPin:
    """A network that the booth ships itself, and what it must be.

    Attributes:
        file: beside the manifest; `card` tells how it was trained and what it can do.
        training_revision: the revision of this project that trained it.
        inputs: name to shape, a word for a length that may vary; `outputs` likewise.
    """

    name: str
    file: str
    sha256: str
    card: str
    training_revision: str
    origin: str
    licence: str
    inputs: dict[str, list[int | str]]
    outputs: dict[str, list[int | str]]


def network_pin(table_name: str) -> NetworkPin:
    """What the manifest says of a shipped network, by the name of its table. Raises: ModelError."""
    try:
        manifest: dict[str, Any] = tomllib.loads((files("models") / MANIFEST).read_text("utf-8"))
        table = manifest[table_name]
        table.pop("what", None)
        return NetworkPin(**table)
    except (OSError, KeyError, TypeError, tomllib.TOMLDecodeError) as error:
        raise ModelError(f"models/{MANIFEST} cannot be used: {error}; install the booth again") from error


def shipped_bytes(pin: NetworkPin, data: bytes | None = None) -> bytes:
    """A shipped network, checked; `data` in place of its file.

    Raises:
        ModelError: the file is missing, or is not the pinned one.
    """
    try:
        data = data if data is not None else (files("models") / "weights" / pin.file).read_bytes()
    except OSError as error:
        raise ModelError(f"models/weights/{pin.file} cannot be read; install the booth again") from error
    found = hashlib.sha256(data).hexdigest()
    if found != pin.sha256:
        raise ModelError(
            f"models/weights/{pin.file} is not the network that the manifest pins: SHA-256 {found} was "
            f"found, {pin.sha256} is expected; install the booth again"
        )
    return data
