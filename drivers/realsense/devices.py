"""The RealSense devices of one SDK context: which are there, what they say of themselves, restarting one."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

import pyrealsense2 as rs

from booth.domain.device import DeviceInfo, Health
from booth.errors import DeviceError

log = logging.getLogger(__name__)

RESET_WAIT_S = 5.0
"""How long a D400 is left alone after a hardware reset, as librealsense's issue tracker advises."""
BACK_S = 30.0
"""How long it may take to be listed again after that."""
LOOK_AGAIN_S = 0.5
THERMOMETERS = (rs.option.asic_temperature, rs.option.projector_temperature)


def start_sdk(context: Callable[[], Any]) -> Any:
    """The SDK's context. Raises: DeviceError."""
    try:
        return context()
    except RuntimeError as error:
        raise DeviceError(
            f"the RealSense SDK does not start, check the USB access rights: {error}"
        ) from error


def listed(context: Any) -> list[tuple[str, Any]]:
    """Serial number and device of all that are there; one that goes while it is asked is left out.

    Raises:
        DeviceError: the bus does not answer.
    """
    try:
        devices = context.query_devices()
        count = len(devices)
    except RuntimeError as error:
        raise DeviceError(f"the RealSense cameras cannot be listed, check the USB bus: {error}") from error
    found = []
    for index in range(count):
        try:
            device = devices[index]
            found.append((str(device.get_info(rs.camera_info.serial_number)), device))
        except RuntimeError as error:
            log.info("a RealSense device went away while it was asked: %s", error)
    return found


def serials_of(context: Any) -> list[str]:
    """The cameras that are there, each once. Raises: DeviceError: no answer, or two have one serial."""
    found = listed(context)
    serials = sorted({serial for serial, _ in found})
    for serial in serials:
        _only(found, serial)
    return serials


def device_of(context: Any, serial: str, streaming: Sequence[Any] = ()) -> Any:
    """The one device of that serial.

    Args:
        streaming: devices of other serials that are open. When no more than these are listed, none is asked:
            the SDK opens a device anew to tell its serial, and holds Python's lock meanwhile.

    Raises:
        DeviceError: there is none, or there are two.
    """
    device = None if _no_more_than(context, streaming) else _only(listed(context), serial)
    if device is None:
        raise DeviceError(f"RealSense {serial} is not connected: check the USB 3 cable")
    return device


def _no_more_than(context: Any, known: Sequence[Any]) -> bool:
    if not known:
        return False
    try:
        devices = context.query_devices()
        return len(devices) <= sum(bool(devices.contains(device)) for device in known)
    except RuntimeError as error:
        log.info("the RealSense devices cannot be counted: %s", error)
        return False


def _only(found: list[tuple[str, Any]], serial: str) -> Any:
    same = [device for name, device in found if name == serial]
    if len(same) > 1:
        places = " and ".join(info_of(device, serial).address or "an unnamed port" for device in same)
        raise DeviceError(
            f"two RealSense devices have the serial {serial} (at {places}): "
            "unplug one of them, the booth tells cameras apart by their serial"
        )
    return same[0] if same else None


def is_gone(context: Any, device: Any) -> bool:
    """Whether the SDK knows that the device was unplugged; costs half a millisecond, opens nothing."""
    try:
        return not (device.is_connected() and context.query_devices().contains(device))
    except RuntimeError:
        return True


def info_of(device: Any, serial: str) -> DeviceInfo:
    """What it says of itself; the address is the physical port and the kind of USB. Raises: RuntimeError."""

    def said(what: Any) -> str:
        return str(device.get_info(what)) if device.supports(what) else ""

    usb = said(rs.camera_info.usb_type_descriptor)
    address = " ".join(part for part in (said(rs.camera_info.physical_port), usb and f"USB {usb}") if part)
    name, firmware = said(rs.camera_info.name), said(rs.camera_info.firmware_version)
    return DeviceInfo("realsense", serial, name, firmware, address)


def health_of(device: Any, dropped: int) -> Health:
    """Its temperature, from the first thermometer that answers."""
    try:
        for sensor in device.query_sensors():
            for option in THERMOMETERS:
                if sensor.supports(option):
                    return Health(float(sensor.get_option(option)), dropped)
    except RuntimeError as error:
        log.info("a RealSense device does not tell its temperature: %s", error)
    return Health(None, dropped)


def restart(context: Any, serial: str, pause: Callable[[float], None] = time.sleep) -> None:
    """Reset the device itself, and wait until it is listed again.

    Args:
        pause: waits so many seconds.

    Raises:
        DeviceError: it is not there, is a recording, cannot be reset, or does not come back.
    """
    device = device_of(context, serial)
    if device.is_playback():  # it would take the reset and do nothing
        raise DeviceError(f"RealSense {serial} is a recording and cannot be restarted")
    try:
        device.hardware_reset()
    except RuntimeError as error:
        raise DeviceError(
            f"RealSense {serial} cannot be restarted from here, pull and plug its USB 3 cable: {error}"
        ) from error
    del device
    pause(RESET_WAIT_S)
    for _ in range(int(BACK_S / LOOK_AGAIN_S)):
        if any(name == serial for name, _ in listed(context)):
            return
        pause(LOOK_AGAIN_S)
    raise DeviceError(
        f"RealSense {serial} did not come back within {RESET_WAIT_S + BACK_S:.0f} s of its restart: "
        "pull and plug its USB 3 cable"
    )
