"""RealSense cameras without hardware: devices in software, several in one context, that can be pulled."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyrealsense2 as rs
from numpy.typing import NDArray

from booth.events import Bus
from booth.worker import Worker
from drivers.realsense.options import RealSenseOptions
from tests.contract.cameras_fakes import until

UNIT_M = 0.001
FEED_FPS = 30
TEMPERATURE_C = 41.5
OPTIONS = {
    "depth": {
        rs.option.exposure: (1, 165000, 1, 8500),
        rs.option.gain: (16, 248, 1, 16),
        rs.option.enable_auto_exposure: (0, 1, 1, 1),
        rs.option.visual_preset: (0, 5, 1, 0),
        rs.option.laser_power: (0, 360, 30, 150),
        rs.option.emitter_enabled: (0, 2, 1, 1),
    },
    "colour": {
        rs.option.exposure: (1, 10000, 1, 156),
        rs.option.white_balance: (2800, 6500, 10, 4600),
        rs.option.enable_auto_white_balance: (0, 1, 1, 1),
    },
}
"""Lowest, highest, step and default, as a D435 tells them."""


@dataclass(frozen=True, slots=True)
class Optics:
    """What the streams of a software device say of themselves."""

    width: int
    height: int
    colour: Any
    depth: Any
    depth_to_colour: Any


def plain_optics(width: int = 160, height: int = 120, apart_m: float = 0.0) -> Optics:
    """Two ideal cameras of focal length `width` px; the colour one stands `apart_m` to the left."""
    lens = rs.intrinsics()
    lens.width, lens.height = width, height
    lens.fx = lens.fy = float(width)
    lens.ppx, lens.ppy = width / 2, height / 2
    lens.model, lens.coeffs = rs.distortion.none, [0.0] * 5
    same = rs.extrinsics()
    same.rotation, same.translation = [1.0, 0, 0, 0, 1.0, 0, 0, 0, 1.0], [apart_m, 0, 0]
    return Optics(width, height, lens, lens, same)


class SoftwareDevice:
    """One `rs.software_device` with a depth and a colour stream; frames are fed one pair at a time."""

    def __init__(self, serial: str, optics: Optics, fps: int = FEED_FPS, unit_m: float = UNIT_M) -> None:
        self.device = rs.software_device()
        self.device.register_info(rs.camera_info.serial_number, serial)
        self.device.register_info(rs.camera_info.name, "Software D435")
        self.device.register_info(rs.camera_info.firmware_version, "1.2.3")
        self._optics, self._fps, self._unit_m = optics, fps, unit_m
        self._depth = self.device.add_sensor("Stereo Module")
        self._colour = self.device.add_sensor("RGB Camera")
        self._depth.add_read_only_option(rs.option.depth_units, unit_m)
        self._depth.add_read_only_option(rs.option.asic_temperature, TEMPERATURE_C)
        add_options(self._depth, OPTIONS["depth"])
        add_options(self._colour, OPTIONS["colour"])
        self._depth_profile = self._stream(self._depth, rs.stream.depth, rs.format.z16, 0)
        self._colour_profile = self._stream(self._colour, rs.stream.color, rs.format.rgb8, 1)
        self._depth_profile.register_extrinsics_to(self._colour_profile, optics.depth_to_colour)
        self.device.create_matcher(rs.matchers.default)

    def offer_sync(self) -> None:
        """Have a sync cable, as a D435 has one."""
        add_options(self._depth, {rs.option.inter_cam_sync_mode: (0, 2, 1, 0)})

    def said(self, option: Any, stream: str = "depth") -> float:
        """What one of its options stands at."""
        return float((self._depth if stream == "depth" else self._colour).get_option(option))

    def feed(self, number: int, rgb: NDArray[np.uint8], depth: NDArray[np.uint16]) -> None:
        """Hand over a pair of one instant."""
        self._send(self._depth, self._depth_profile, depth, number)
        self._send(self._colour, self._colour_profile, rgb, number)

    def _stream(self, sensor: Any, kind: Any, pixel_format: Any, uid: int) -> Any:
        stream = rs.video_stream()
        stream.type, stream.index, stream.uid, stream.fps = kind, 0, uid, self._fps
        stream.width, stream.height = self._optics.width, self._optics.height
        stream.fmt, stream.bpp = pixel_format, 2 if kind == rs.stream.depth else 3
        stream.intrinsics = self._optics.depth if kind == rs.stream.depth else self._optics.colour
        return sensor.add_video_stream(stream, True).as_video_stream_profile()

    def _send(self, sensor: Any, profile: Any, pixels: NDArray[Any], number: int) -> None:
        frame = rs.software_video_frame()  # a new one each time: a second use aborts the process
        frame.pixels, frame.profile = pixels, profile
        frame.bpp = 2 if pixels.ndim == 2 else 3
        frame.stride = pixels.shape[1] * frame.bpp
        frame.timestamp, frame.frame_number = 1000.0 + number * 1000.0 / self._fps, number
        frame.domain = rs.timestamp_domain.hardware_clock
        if pixels.ndim == 2:
            frame.depth_units = self._unit_m
        sensor.set_metadata(rs.frame_metadata_value.actual_fps, self._fps * 1000)
        sensor.on_video_frame(frame)


def add_options(sensor: Any, options: Mapping[Any, tuple[float, float, float, float]]) -> None:
    """Options that can be set, at their defaults.

    The constructor of `rs.option_range` takes step and default the wrong way round, its attributes do not.
    """
    for option, (low, high, step, default) in options.items():
        reach = rs.option_range()
        reach.min, reach.max, reach.step, reach.default = low, high, step, default
        sensor.add_option(option, reach, True)
        sensor.set_option(option, default)


def flat(number: int, optics: Optics) -> NDArray[np.uint8]:
    """A picture of one colour."""
    return np.full((optics.height, optics.width, 3), number % 200, np.uint8)


class SoftwareRig:
    """Several software devices in one context, fed by a worker as long as their cable is in.

    Args:
        paint: makes the colour picture of pair n; its first pixel must be n % 200, as the depth of that pair
            is 500 + n % 200 raw units everywhere: so a frame shows whether it is of one instant.
    """

    def __init__(
        self,
        serials: Sequence[str],
        unit_m: float = UNIT_M,
        optics: Optics | None = None,
        paint: Callable[[int, Optics], NDArray[np.uint8]] | None = None,
        fps: int = FEED_FPS,
    ) -> None:
        self.context = rs.context()
        self._lists: list[Any] = []  # the context itself forgets devices whose list nobody keeps
        self.context.set_devices_changed_callback(lambda change: self._lists.append(change.get_new_devices()))
        self._optics = optics or plain_optics()
        self._paint = paint or flat
        self._fps, self._unit_m = fps, unit_m
        self.devices = {serial: self._made(serial) for serial in serials}
        self._replaced: list[SoftwareDevice] = []
        self._plugged = set(serials)
        self._feeding = threading.Lock()
        for device in self.devices.values():
            device.device.add_to(self.context)
        until(lambda: len(self.context.query_devices()) == len(serials), "software devices are listed")
        self.feeder = Worker("software cameras", Bus(), self._feed)

    @property
    def options(self) -> RealSenseOptions:
        """Options that fit the devices."""
        width, height = self._optics.width, self._optics.height
        return RealSenseOptions(serials=tuple(self.devices), width=width, height=height, fps=self._fps)

    def unplug(self, serial: str) -> None:
        """The device's feed stops, as a pulled cable stops it."""
        self._plugged.discard(serial)

    def plug_in(self, serial: str) -> None:
        """The feed goes on."""
        self._plugged.add(serial)

    def destroy(self, serial: str) -> None:
        """The device is no more: once its pipeline is closed, the context has none of that serial.

        Not for a context in which another pipeline runs: that one's device hub goes on listing it, and the
        SDK crashes when a device that is no more is asked for its serial (librealsense's
        `software_device_info::create_device` gives null, and nothing looks).
        """
        self._lists = [kept for kept in self._lists if serial not in serials_of(kept)]
        with self._feeding:
            self._plugged.discard(serial)
            del self.devices[serial]

    def renew(self, serial: str, beside: bool = False) -> None:
        """Another device of that serial comes and is fed, in place of the one before or beside it."""
        device = self._made(serial)
        device.device.add_to(self.context)
        count = 2 if beside else 1
        until(lambda: serials_of(self.context.query_devices()).count(serial) == count, "it is listed")
        self._replaced += [self.devices[serial]] if beside else []
        with self._feeding:
            self.devices[serial] = device
            self._plugged.add(serial)

    def feed_all(self, number: int) -> None:
        """One pair to every device that is plugged in."""
        rgb = self._paint(number, self._optics)
        depth = np.full((self._optics.height, self._optics.width), 500 + number % 200, np.uint16)
        with self._feeding:
            for serial in sorted(self._plugged):
                self.devices[serial].feed(number, rgb, depth)

    def _made(self, serial: str) -> SoftwareDevice:
        return SoftwareDevice(serial, self._optics, self._fps, self._unit_m)

    def _feed(self, stopping: threading.Event) -> None:
        number = 0
        while not stopping.wait(1 / self._fps):
            number += 1
            self.feed_all(number)


def serials_of(devices: Any) -> list[str]:
    """The serial numbers of a device list."""
    return [devices[index].get_info(rs.camera_info.serial_number) for index in range(len(devices))]


@contextmanager
def software_rig(*serials: str, unit_m: float = UNIT_M) -> Iterator[SoftwareRig]:
    """A rig that is fed until the context ends."""
    rig = SoftwareRig(serials, unit_m)
    rig.feeder.start()
    try:
        yield rig
    finally:
        assert rig.feeder.stop()
