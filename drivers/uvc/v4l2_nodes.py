"""The video devices of this machine, from sysfs and the names that udev gives them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from booth.errors import DeviceError
from drivers.found import Found

MAIN_NODE = "0"
"""The `index` of the node that gives pictures; UVC cameras have a second one for metadata."""

DARK_S = 1.0
"""How long a USB device is switched off to be reset."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where the kernel and udev tell of devices."""

    sys: Path = Path("/sys/class/video4linux")
    dev: Path = Path("/dev")


def nodes(places: Places) -> Sequence[Found]:
    """Every camera that is connected: its id is its `/dev/v4l/by-path` name, else `/dev/videoN`."""
    by_path, by_id = _links(places.dev / "v4l" / "by-path"), _links(places.dev / "v4l" / "by-id")
    found = []
    for folder in sorted(places.sys.glob("video*")):
        path = places.dev / folder.name
        if _said(folder / "index") in (MAIN_NODE, ""):
            usb = _usb_folder(folder)
            found.append(
                Found(
                    by_path.get(path, str(path)),
                    _said(usb / "serial"),
                    by_id.get(path, ""),
                    _said(usb / "manufacturer"),
                    _said(usb / "product") or _said(folder / "name"),
                    _said(usb / "bcdDevice"),
                )
            )
    return found


def path_of(device: Found, places: Places) -> Path:
    """Its node under /dev."""
    named = places.dev / "v4l" / "by-path" / device.device_id
    return named.resolve() if named.exists() else Path(device.device_id)


def id_of(path: Path, places: Places) -> str:
    """The id of the device at a path under /dev, whichever of its names that is; the path itself if none."""
    wanted = path.resolve()
    return next((each.device_id for each in nodes(places) if path_of(each, places) == wanted), str(path))


def switch_off_and_on(device: Found, places: Places) -> None:
    """Have the kernel drop and take the USB device. Raises: DeviceError: this user may not."""
    usb = _usb_folder(places.sys / path_of(device, places).name)
    switch = usb / "authorized"
    try:
        switch.write_text("0")
        time.sleep(DARK_S)
        switch.write_text("1")
    except OSError as error:
        raise DeviceError(
            f"camera {device.serial or device.device_id} cannot be restarted from here, "
            f"pull and plug its cable; a udev rule may give the booth's user {switch}: {error}"
        ) from error


def _usb_folder(folder: Path) -> Path:
    """The USB device that has the node: the folder above that of its interface."""
    return (folder / "device").resolve().parent


def _links(folder: Path) -> dict[Path, str]:
    """Names by the node that they lead to; newer udev gives two for USB, the second with `usbv2`."""
    return {link.resolve(): link.name for link in sorted(_listed(folder), reverse=True)}


def _listed(folder: Path) -> Iterator[Path]:
    return folder.iterdir() if folder.is_dir() else iter(())


def _said(file: Path) -> str:
    try:
        return file.read_text(errors="replace").strip()
    except OSError:
        return ""
