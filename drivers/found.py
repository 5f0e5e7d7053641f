"""Which of the devices that are connected is meant, and when that is not clear."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from booth.errors import ConfigError, DeviceError

log = logging.getLogger(__name__)

KEY = "cameras.options.cameras"


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
    names = wanted or tuple(device.serial or device.device_id for device in found)
    if not names:
        raise DeviceError("no camera is connected: check the cables and the cameras' power")
    for name in names:
        _is_clear(found, name, key)
    if len(set(names)) < len(names):
        raise ConfigError(f"{key}: a camera is named twice")
    return names


def _is_clear(found: Sequence[Found], name: str, key: str) -> None:
    """One that is not connected yet may come later. Raises: ConfigError: it stands for several."""
    try:
        chosen(found, name, key)
    except DeviceError as error:
        log.warning("%s", error)
