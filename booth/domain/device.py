"""What devices say of themselves, how they are, and what scales and scanners read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """What a device says of itself.

    Attributes:
        kind: the driver's name, such as `realsense`.
        address: where it is plugged in, such as a device path, when that is known.
    """

    kind: str
    serial: str
    model: str = ""
    firmware: str = ""
    address: str = ""


def is_same(found: DeviceInfo, used: DeviceInfo) -> bool:
    """Whether what was found plugged in is a device in use; a scale behind a USB plug goes by its address."""
    if found.address and found.address == used.address:
        return True
    return (found.kind, found.serial) == (used.kind, used.serial)


class DeviceState(StrEnum):
    """How one device is doing."""

    OPENING = "opening"
    LIVE = "live"
    STALE = "stale"
    """It is there and says nothing for a while; it is about to be opened again."""
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Control:
    """One setting of a device as it stands, in the device's own `unit`, with the range it takes.

    Attributes:
        choices: the names of `low`, `low + step`, … where the values are names, not amounts.
    """

    name: str
    value: float
    low: float
    high: float
    step: float
    unit: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Health:
    """What a camera measures of itself; None where it does not."""

    temperature_c: float | None = None
    dropped: int | None = None
    """Frames that the device or its driver lost since it was opened, by their own count."""


@dataclass(frozen=True, slots=True)
class DeviceStatus:
    """One device of the running booth, for `booth devices watch` and the technician's page.

    Attributes:
        part: the camera's id, or `scale`, `light`, `scanner`, `beacon`.
        rate_hz: frames or readings a second over the last seconds; None before there are two.
        dropped: frames that never came, from gaps in the sequence numbers.
        longest_gap_ms: the longest time between two frames, not counting while it was opened again.
    """

    part: str
    info: DeviceInfo
    state: DeviceState
    rate_hz: float | None = None
    received: int = 0
    dropped: int = 0
    longest_gap_ms: float = 0.0
    reopened: int = 0
    restarted: int = 0
    temperature_c: float | None = None
    last_error: str = ""


class WeightState(StrEnum):
    """What a scale says of its reading."""

    STABLE = "stable"
    MOVING = "moving"
    OVER = "over"
    """More lies on it than it can weigh."""
    UNDER = "under"
    """Less than nothing lies on it: its pan is missing, or it was zeroed under load."""


@dataclass(frozen=True, slots=True)
class Weight:
    """One reading of a scale; `grams` is None over and under its range."""

    state: WeightState
    grams: float | None
    host_ns: int


@dataclass(frozen=True, slots=True)
class Scan:
    """One code that a hand scanner read.

    Attributes:
        symbology: zxing's name, such as `EAN13` or `Code128`, from the AIM prefix; empty without one.
    """

    text: str
    symbology: str
    host_ns: int


class Signal(StrEnum):
    """What the stack light over the booth says."""

    DARK = "dark"
    READY = "ready"
    BUSY = "busy"
    ASK = "ask"
    """A person must decide."""
    ALARM = "alarm"
    """The item is damaged."""
    FAULT = "fault"
    """The booth cannot go on."""
