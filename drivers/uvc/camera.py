"""Webcams and other UVC cameras, through OpenCV's V4L2."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pydantic import Field, field_validator

from booth.domain.device import Control, DeviceInfo, Health
from booth.domain.picture import Frame
from booth.domain.terms import ClockDomain
from booth.errors import DeviceError, DeviceTimeout, InputError
from booth.ports.scene import Scene
from booth.ports.service import Options
from drivers.found import Found, is_back, names_of, present
from drivers.options import DriverOptions, checked
from drivers.settings import wanted_value
from drivers.uvc.grab_group import GrabGroup, Seat, Shot
from drivers.uvc.sources import FileSource, Mode, Source, V4l2Source
from drivers.uvc.v4l2_controls import NO_CHOICE, OpenDevice
from drivers.uvc.v4l2_nodes import Places, id_of, nodes, path_of, switch_off_and_on

Opener = Callable[[Path, Mode], Source]

KEY = "cameras.options.devices"
USUAL_FPS = 30.0
PATIENCE_PERIODS = 1.5
"""A round waits longer than one period, as the cameras' periods begin at different times."""

RETURN_S = 15.0
"""How long a camera may take to come back from its reset."""


class UvcOptions(DriverOptions):
    """Which cameras, in which mode; sizes and rates that are not set stay as the camera has them."""

    devices: tuple[str, ...] = ()
    """Serial numbers, names under /dev/v4l/by-id or by-path, paths, or video files; empty means all."""
    width: int | None = Field(default=None, ge=1, le=16_384)
    height: int | None = Field(default=None, ge=1, le=16_384)
    fps: float | None = Field(default=None, gt=0, le=1000)
    fourcc: str | None = Field(default=None, min_length=4, max_length=4)
    """The format on the wire, such as MJPG or YUYV."""
    controls: Mapping[str, float] = {}
    """Set in this order when it is opened: auto_exposure (1 manual, 3 automatic), exposure (100 µs), …"""
    buffers: int = Field(default=2, ge=2, le=10)

    @field_validator("fourcc")
    @classmethod
    def _is_ascii(cls, value: str | None) -> str | None:
        if value is not None and not value.isascii():
            raise ValueError(f"write four letters such as MJPG, not {value!r}")
        return value

    def mode(self) -> Mode:
        """What a camera is asked for."""
        return Mode(self.width, self.height, self.fps, self.fourcc, self.buffers)


def cameras(options: Options, scene: Scene | None) -> Sequence[UvcCamera]:
    """The cameras asked for, or all that are connected; those that are named may still be unplugged.

    Raises:
        ConfigError: an option is impossible, or two devices have one serial number.
        DeviceError: no cameras were named, and none is connected.
    """
    return find(checked(UvcOptions, options, "cameras.options"), Places())


def find(options: UvcOptions, places: Places, opener: Opener | None = None) -> Sequence[UvcCamera]:
    """The cameras that the places tell of; all take their pictures together. Raises: as `cameras`."""
    devices = tuple(_device_name(name, places) for name in options.devices)
    found = [*nodes(places), *(Found(name, name) for name in devices if _is_video(name))]
    names = names_of(devices, found, KEY)
    group = GrabGroup(PATIENCE_PERIODS / (options.fps or USUAL_FPS))
    return [UvcCamera(name, options, group, places, opener or open_source) for name in names]


def connected(options: Options) -> Sequence[DeviceInfo]:
    """What is plugged in, in use or not. Raises: ConfigError."""
    checked(UvcOptions, options, "cameras.options")
    return [device.info("uvc", address=str(path_of(device, Places()))) for device in nodes(Places())]


def open_source(path: Path, mode: Mode) -> Source:
    """A device under /dev, or a video file. Raises: DeviceError."""
    return FileSource(path, mode) if path.is_file() else V4l2Source(path, mode)


class UvcCamera:
    """One UVC camera, or a video file in its place; colour only.

    `read` keeps to its time but for what the kernel itself may hang; `open` may take 4 s where a camera gives
    no picture. Its frames are told by when they were taken, before they were decoded.

    Args:
        name: the camera's id: a serial number, a name that udev gives, or a path.
        group: shared by all cameras of one array.
    """

    def __init__(
        self, name: str, options: UvcOptions, group: GrabGroup, places: Places, opener: Opener
    ) -> None:
        self._name = name
        self._options = options
        self._group = group
        self._places = places
        self._opener = opener
        self._info = DeviceInfo("uvc", name)
        self._seat: Seat | None = None
        self._device: OpenDevice | None = None
        self._damaged = 0

    @property
    def camera_id(self) -> str:
        """Its name in the settings."""
        return self._name

    @property
    def info(self) -> DeviceInfo:
        """Kind and name; serial, model, firmware and node too once it was open."""
        return self._info

    def open(self) -> None:
        """Start in the mode and with the controls that the settings say. Raises: DeviceError."""
        if self._seat is not None:
            return
        found = self._find()
        path = path_of(found, self._places)
        self._info = found.info("uvc", address=str(path))
        source = self._opener(path, self._options.mode())
        self._seat, self._damaged = self._group.join(source), 0
        try:
            self._device = None if path.is_file() else OpenDevice(path)
            self._apply()
        except (OSError, InputError) as error:
            self.close()
            raise DeviceError(f"UVC camera {self._name}: check cameras.options.controls: {error}") from error
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Stop; harmless when closed already, or when it went away."""
        seat, self._seat = self._seat, None
        device, self._device = self._device, None
        if device is not None:
            device.close()
        if seat is not None:
            self._group.leave(seat)

    def read(self, timeout_s: float) -> Frame:
        """The newest frame; those before it are passed over.

        Raises:
            DeviceTimeout: none came whole within `timeout_s`.
            DeviceError: not open, or gone.
        """
        seat = self._seat
        if seat is None:
            raise DeviceError(f"UVC camera {self._name} is not open")
        deadline_s = time.monotonic() + timeout_s
        try:
            while (shot := self._group.shot(seat, deadline_s - time.monotonic())) is not None:
                if shot.rgb is not None:
                    return self._frame(shot)
                self._damaged += 1
        except DeviceError as error:
            raise DeviceError(f"UVC camera {self._name}: {error}") from error
        raise DeviceTimeout(
            f"UVC camera {self._name} gave no picture within {timeout_s:.2f} s: "
            f"check its cable, and the bandwidth of its USB bus"
        )

    def controls(self) -> Sequence[Control]:
        """What it lets be set now; none of a video file. Raises: DeviceError."""
        if self._device is None:
            return ()
        try:
            return self._device.controls.table()
        except OSError as error:
            raise DeviceError(f"UVC camera {self._name} is gone: check its cable: {error}") from error

    def adjust(self, name: str, value: float) -> None:
        """Set one control. Raises: InputError; DeviceError."""
        table = self.controls()
        value = wanted_value(self._name, table, name, value)
        control = next(control for control in table if control.name == name)
        if control.choices and control.choices[int(value - control.low)] == NO_CHOICE:
            raise InputError(f"camera {self._name}: {name} has no {value:g}")
        try:
            if self._device is not None:
                self._device.controls.put(name, value)
        except (OSError, ValueError) as error:
            raise DeviceError(f"UVC camera {self._name} refuses {name} = {value:g}: {error}") from error

    def health(self) -> Health:
        """The pictures that came damaged since it was opened; UVC has no thermometer."""
        return Health() if self._seat is None else Health(dropped=self._damaged)

    def restart(self) -> None:
        """Switch the closed camera's USB port off and on, where this user may. Raises: DeviceError."""
        if self._seat is not None:
            raise DeviceError(f"UVC camera {self._name} is open: close it before it is restarted")
        switch_off_and_on(self._find(), self._places)
        if not is_back(self._find, RETURN_S):
            raise DeviceError(f"UVC camera {self._name} did not come back: pull and plug its cable")

    def _find(self) -> Found:
        if _is_video(self._name):
            return Found(self._name, Path(self._name).name, model="video file")
        return present(nodes(self._places), self._name, KEY)

    def _apply(self) -> None:
        for name, value in self._options.controls.items():
            self.adjust(name, value)

    def _frame(self, shot: Shot) -> Frame:
        assert shot.rgb is not None
        domain = ClockDomain.NONE if shot.stamp_ms is None else ClockDomain.SYSTEM
        return Frame(self._name, shot.rgb, None, shot.host_ns, shot.number, shot.stamp_ms, domain)


def _is_video(name: str) -> bool:
    return Path(name).is_file()


def _device_name(name: str, places: Places) -> str:
    """A path under /dev becomes the id of the device that it leads to; other names stay."""
    path = Path(name)
    return id_of(path, places) if path.is_absolute() and path.is_relative_to(places.dev) else name
