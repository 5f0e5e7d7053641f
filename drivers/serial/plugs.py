"""Which serial ports are plugged in, and which of them a setting means."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from serial.tools import list_ports

from booth.domain.device import DeviceInfo
from booth.errors import DeviceError
from booth.ports.service import Options
from drivers.options import DriverOptions, checked

BY_ID = Path("/dev/serial/by-id")
"""Where udev names the ports by what is plugged in; see /usr/lib/udev/rules.d/60-serial.rules."""


class NoOptions(DriverOptions):
    """Finding what is plugged in has no options."""


def connected(options: Options) -> Sequence[DeviceInfo]:
    """The USB plugs with a serial port, whatever hangs on them; none where there are none.

    A port that is built in cannot tell whether something is plugged in, and is left out.

    Raises:
        ConfigError: an option is given.
        DeviceError: the ports cannot be listed.
    """
    checked(NoOptions, options, "devices.serial")
    return [
        DeviceInfo("serial", port.serial_number or "", port.product or "", "", port.device)
        for port in sorted(listed())
        if port.vid is not None
    ]


def listed() -> list[Any]:
    """What pyserial lists. Raises: DeviceError."""
    try:
        return list(list_ports.comports())
    except OSError as error:
        raise DeviceError(f"the serial ports cannot be listed, check the access rights: {error}") from error


def locate(port: str, ports: Callable[[], Iterable[Any]] = listed, by_id: Path = BY_ID) -> str:
    """The device path that `port` means now; a USB plug may get another one each time it is plugged in.

    Raises:
        DeviceError: nothing of that name or serial number is plugged in, or two devices are.
    """
    if port.startswith("/") and not port.startswith(f"{by_id}/"):
        return str(Path(port).resolve()) if port.startswith(f"{by_id.parent}/") else port
    name = port.removeprefix(f"{by_id}/")
    if name and "/" not in name and (by_id / name).exists():
        return _alone(str((by_id / name).resolve()), ports)
    found = [each for each in ports() if each.serial_number and each.serial_number == port]
    if not found:
        raise DeviceError(f"no serial device '{port}' is plugged in{_known(ports())}: check the cable")
    if len(found) > 1:
        raise _ambiguous(port, found)
    return str(found[0].device)


def serial_number(path: str, ports: Callable[[], Iterable[Any]] = listed) -> str:
    """The serial number of the USB plug at a device path; empty where it has none. Raises: DeviceError."""
    return next((str(port.serial_number or "") for port in ports() if port.device == path), "")


def _known(ports: Iterable[Any]) -> str:
    serials = sorted({str(each.serial_number) for each in ports if each.serial_number})
    return f" (there are: {', '.join(serials)})" if serials else ""


def _alone(path: str, ports: Callable[[], Iterable[Any]]) -> str:
    """The path behind a by-id name, unless two plugs share that name: udev then links the last one only."""
    every = list(ports())
    same = [one for one in every if one.device == path and one.serial_number]
    twins = [each for each in every if same and _identity(each) == _identity(same[0])]
    if len(twins) > 1:
        raise _ambiguous(same[0].serial_number, twins)
    return path


def _identity(port: Any) -> tuple[Any, ...]:
    """What a by-id name is made of; the interface tells the lines of one plug with several apart."""
    interface = (port.location or "").partition(":")[2]
    return port.vid, port.pid, port.serial_number, interface


def _ambiguous(serial_number: str, found: Sequence[Any]) -> DeviceError:
    paths = " and ".join(str(each.device) for each in found)
    return DeviceError(
        f"two serial devices have the serial number '{serial_number}' ({paths}): unplug one, or name each "
        "by the socket it is plugged into, with its path in /dev/serial/by-path"
    )
