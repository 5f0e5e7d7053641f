"""The devices on serial lines, as the settings name them, each with the thread that serves it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from booth import plugins
from booth.config import Config, DeviceSection
from booth.domain.device import DeviceInfo
from booth.errors import BoothError, ConfigError
from booth.events import Bus
from booth.feed.beacons import BeaconFeed
from booth.feed.lights import LightFeed
from booth.feed.scans import ScanFeed
from booth.feed.weights import WeightFeed
from booth.ports.devices import Beacon, Device, Light, Scale, Scanner

PARTS = ("scale", "light", "scanner", "beacon")
"""Each has a table of its name in booth.toml, and entry points under `booth.<name>s`."""


@dataclass(frozen=True, slots=True)
class SerialFeeds:
    """The serial devices that the booth has."""

    scale: WeightFeed | None = None
    light: LightFeed | None = None
    scanner: ScanFeed | None = None
    beacon: BeaconFeed | None = None

    def all(self) -> tuple[WeightFeed | LightFeed | ScanFeed | BeaconFeed, ...]:
        """Those that are there."""
        found = (self.scale, self.light, self.scanner, self.beacon)
        return tuple(feed for feed in found if feed is not None)


def build_serial(config: Config, bus: Bus) -> SerialFeeds:
    """A thread for each serial device that is configured. Raises: ConfigError."""
    scale: Scale | None = _built(config, "scale")
    light: Light | None = _built(config, "light")
    scanner: Scanner | None = _built(config, "scanner")
    beacon: Beacon | None = _built(config, "beacon")
    return SerialFeeds(
        WeightFeed(scale, bus) if scale else None,
        LightFeed(light, config.settings.light.brightness, bus) if light else None,
        ScanFeed(scanner, bus) if scanner else None,
        BeaconFeed(beacon, bus) if beacon else None,
    )


def serial_devices(config: Config) -> Iterator[tuple[str, Device]]:
    """Every serial device that is configured, by its part. Raises: ConfigError."""
    for part in PARTS:
        device: Device | None = _built(config, part)
        if device is not None:
            yield part, device


def plugged_in(config: Config) -> Iterator[tuple[str, DeviceInfo | BoothError]]:
    """What every driver finds plugged in, by the driver's name; or why it could not look."""
    for driver in plugins.names("booth.discoveries"):
        options = config.settings.cameras.options if config.settings.cameras.driver == driver else {}
        try:
            found = plugins.load("booth.discoveries", driver)(options)
        except ConfigError:  # a driver that is not set up here, such as GenICam without any producer
            continue
        except BoothError as error:
            yield driver, error
            continue
        for info in found:
            yield driver, info


def _built(config: Config, part: str) -> Any:
    """The device of one part, as its port has it; None where none is configured."""
    chosen: DeviceSection = getattr(config.settings, part)
    return plugins.load(f"booth.{part}s", chosen.driver)(chosen.options) if chosen.driver else None
