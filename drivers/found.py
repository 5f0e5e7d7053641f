"""Which of the devices that are connected is meant, and when that is not clear."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from booth.domain.device import DeviceInfo
from booth.errors import ConfigError, DeviceError

log = logging.getLogger(__name__)

KEY = "cameras.options.cameras"
LOOK_PAUSE_S = 0.2


@dataclass(frozen=True, slots=True)
class Found:
    """One device that is listed; what it does not say is empty.

    Attributes:
        device_id: tells it from all others that are connected.
        name: its user-defined name, or whatever else it goes by.
    """

    device_id: str
    serial: str
    name: str = ""
    vendor: str = ""
    model: str = ""
    version: str = ""

    def info(self, kind: str, firmware: str = "", address: str = "") -> DeviceInfo:
        """What the port tells of it; its version stands for an unknown firmware, its id for an address."""
        model = f"{self.vendor} {self.model}".strip()
        serial = self.serial or self.device_id
        return DeviceInfo(kind, serial, model, firmware or self.version, address or self.device_id)


def chosen(found: Sequence[Found], wanted: str, key: str = KEY) -> Found:
    """The device of that serial number, name or device id.

    Args:
        key: of the setting that names it.

    Raises:
        DeviceError: there is none.
        ConfigError: there are several; the message gives the ids that tell them apart.
    """
    fitting = [device for device in found if wanted in (device.device_id, device.serial, device.name)]
    if not fitting:
        there = ", ".join(device.serial or device.device_id for device in found) or "none"
        raise DeviceError(f"camera {wanted} is not connected (there are: {there}): check its cable and power")
    exact = [device for device in fitting if device.device_id == wanted]
    if len(exact or fitting) > 1:
        ids = ", ".join(device.device_id for device in fitting)
        raise ConfigError(
            f"{key}: {len(fitting)} devices are called '{wanted}': name each by its device id: {ids}"
        )
    return (exact or fitting)[0]


def names_of(wanted: Sequence[str], found: Sequence[Found], key: str = KEY) -> Sequence[str]:
    """The names asked for, or else those of all that are connected.

    Raises:
        ConfigError: a name is there twice, or stands for several devices.
        DeviceError: none were asked for, and none is connected.
    """
    if not all(name.strip() for name in wanted):
        raise ConfigError(f"{key}: an empty name stands for no camera: leave it out")
    names = wanted or tuple(device.serial or device.device_id for device in found)
    if not names:
        raise DeviceError("no camera is connected: check the cables and the cameras' power")
    ids = [_id_of(found, name, key) for name in names]
    if len(set(ids)) < len(ids):
        raise ConfigError(f"{key}: a camera is named twice: name each once, by one of its names")
    return names


def present(found: Sequence[Found], wanted: str, key: str = KEY) -> Found:
    """The device of that name, for who opens it: two of one name are a fault of what is plugged in by then.

    Raises:
        DeviceError: there is none, or there are several.
    """
    try:
        return chosen(found, wanted, key)
    except ConfigError as error:
        raise DeviceError(str(error)) from error


def is_back(look: Callable[[], Found], within_s: float) -> bool:
    """Look for a device that was reset until it is there. False: it is not, `within_s` later.

    Args:
        look: raises DeviceError while it is away.
    """
    end_s = time.monotonic() + within_s
    while time.monotonic() < end_s:
        try:
            look()
            return True
        except DeviceError:
            time.sleep(LOOK_PAUSE_S)
    return False


def _id_of(found: Sequence[Found], name: str, key: str) -> str:
    """Its device id; the name itself while it is not connected: it may come later.

    Raises:
        ConfigError: it stands for several.
    """
    try:
        return chosen(found, name, key).device_id
    except DeviceError as error:
        log.warning("%s", error)
        return name
