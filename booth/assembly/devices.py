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


def build_scale(config: Config) -> Scale | None:
    """The scale, if there is one. Raises: ConfigError."""
    chosen = config.settings.scale
    scale: Scale | None = _load("booth.scales", chosen)
    return scale


def build_light(config: Config) -> Light | None:
    """The light, if there is one. Raises: ConfigError."""
    chosen = config.settings.light
    light: Light | None = _load("booth.lights", chosen)
    return light


def build_scanner(config: Config) -> Scanner | None:
    """The hand scanner, if there is one. Raises: ConfigError."""
    chosen = config.settings.scanner
    scanner: Scanner | None = _load("booth.scanners", chosen)
    return scanner


def build_beacon(config: Config) -> Beacon | None:
    """The stack light, if there is one. Raises: ConfigError."""
    chosen = config.settings.beacon
    beacon: Beacon | None = _load("booth.beacons", chosen)
    return beacon


def build_serial(config: Config, bus: Bus) -> SerialFeeds:
    """A thread for each serial device that is configured. Raises: ConfigError."""
    scale, light = build_scale(config), build_light(config)
    scanner, beacon = build_scanner(config), build_beacon(config)
    return SerialFeeds(
        WeightFeed(scale, bus) if scale else None,
        LightFeed(light, config.settings.light.brightness, bus) if light else None,
        ScanFeed(scanner, bus) if scanner else None,
        BeaconFeed(beacon, bus) if beacon else None,
    )


def serial_devices(config: Config) -> Iterator[tuple[str, Device]]:
    """Every serial device that is configured, by its part. Raises: ConfigError."""
    builders = {"scale": build_scale, "light": build_light, "scanner": build_scanner, "beacon": build_beacon}
    for part, build in builders.items():
        device = build(config)
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


def _load(group: str, chosen: DeviceSection) -> Any:
    return plugins.load(group, chosen.driver)(chosen.options) if chosen.driver else None
