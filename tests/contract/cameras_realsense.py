"""RealSense cameras without hardware: devices in software, and recordings that are loaded and unloaded."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyrealsense2 as rs
from numpy.typing import NDArray

from booth.events import Bus
from booth.worker import Worker
from drivers.realsense_options import RealSenseOptions
from tests.contract.cameras_fakes import until

BAG = Path("cameras") / "d435_depth_color_640x480.bag"
BAG_SERIAL = "728612070259"
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


class SoftwareRig:
    """Several software devices in one context, fed by a worker as long as their cable is in.

    Pair n has colour n % 200 and depth 500 + n % 200 raw units everywhere, so a frame shows whether its
    colour and depth are of one instant.
    """

    def __init__(self, serials: Sequence[str], unit_m: float = UNIT_M, optics: Optics | None = None) -> None:
        self.context = rs.context()
        self._lists: list[Any] = []  # the context itself forgets devices whose list nobody keeps
        self.context.set_devices_changed_callback(lambda change: self._lists.append(change.get_new_devices()))
        self._optics = optics or plain_optics()
        self.devices = {serial: SoftwareDevice(serial, self._optics, unit_m=unit_m) for serial in serials}
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
        return RealSenseOptions(serials=tuple(self.devices), width=width, height=height, fps=FEED_FPS)

    def unplug(self, serial: str) -> None:
        """The device's feed stops, as a pulled cable stops it."""
        self._plugged.discard(serial)

    def plug_in(self, serial: str) -> None:
        """The feed goes on."""
        self._plugged.add(serial)

    def destroy(self, serial: str) -> None:
        """The device is no more: once its pipeline is closed, the context has none of that serial."""
        with self._feeding:
            self._plugged.discard(serial)
            del self.devices[serial]
        self._lists = [kept for kept in self._lists if serial not in serials_of(kept)]

    def renew(self, serial: str, beside: bool = False) -> None:
        """Another device of that serial comes and is fed, in place of the one before or beside it."""
        device = SoftwareDevice(serial, self._optics)
        device.device.add_to(self.context)
        count = 2 if beside else 1
        until(lambda: serials_of(self.context.query_devices()).count(serial) == count, "it is listed")
        self._replaced += [self.devices[serial]] if beside else []
        with self._feeding:
            self.devices[serial] = device
            self._plugged.add(serial)

    def feed_all(self, number: int) -> None:
        """One pair to every device that is plugged in."""
        rgb = np.full((self._optics.height, self._optics.width, 3), number % 200, np.uint8)
        depth = np.full((self._optics.height, self._optics.width), 500 + number % 200, np.uint16)
        with self._feeding:
            for serial in sorted(self._plugged):
                self.devices[serial].feed(number, rgb, depth)

    def _feed(self, stopping: threading.Event) -> None:
        number = 0
        while not stopping.wait(1 / FEED_FPS):
            number += 1
            self.feed_all(number)


def serials_of(devices: Any) -> list[str]:
    """The serial numbers of a device list; a device that is no more has none."""
    found = []
    for index in range(len(devices)):
        try:
            found.append(devices[index].get_info(rs.camera_info.serial_number))
        except RuntimeError:
            continue
    return found


@contextmanager
def software_rig(*serials: str, unit_m: float = UNIT_M) -> Iterator[SoftwareRig]:
    """A rig that is fed until the context ends."""
    rig = SoftwareRig(serials, unit_m)
    rig.feeder.start()
    try:
        yield rig
    finally:
        assert rig.feeder.stop()


class RecordedDevice:
    """A recording as a hot-pluggable device of a context."""

    def __init__(self, recording: Path) -> None:
        self.context = rs.context()
        self._recording = str(recording)
        self._device: Any = None  # the context itself forgets a device that nobody keeps
        self.plug_in()

    def plug_in(self) -> None:
        """Load it: the context lists the device, and playing starts when it is opened."""
        self._device = self.context.load_device(self._recording)

    def unplug(self) -> None:
        """Unload it: the context forgets it; an open pipeline gets what was under way, then nothing."""
        self._device = None
        self.context.unload_device(self._recording)


def bag_options(fps: int) -> RealSenseOptions:
    """Options that fit the bag, which has 6 frames a second, or what `stretch` made of it, which has 30.

    The bag holds one colour and two depth frames, and the SDK pairs the colour with depth of 268 ms later.
    """
    return RealSenseOptions(serials=(BAG_SERIAL,), width=640, height=480, fps=fps, apart_ms=300)


def stretch(bag: Path, target: Path, pairs: int) -> Path:
    """Record the bag's only colour and depth pair so many times, 30 a second, with the bag's own optics."""
    rgb, depth, optics = _bag_pair(bag)
    source = SoftwareDevice(BAG_SERIAL, optics)
    recorder = rs.recorder(str(target), source.device)
    sensors, sink = recorder.query_sensors(), rs.frame_queue(1)
    for sensor in sensors:
        sensor.open(sensor.get_stream_profiles()[0])
        sensor.start(sink)
    for number in range(1, pairs + 1):
        source.feed(number, rgb, depth)
    for sensor in sensors:
        sensor.stop()
        sensor.close()
    return target


def _bag_pair(bag: Path) -> tuple[NDArray[np.uint8], NDArray[np.uint16], Optics]:
    """The pair and its optics; tried again, as the only colour frame may pass before its sensor listens."""
    found: list[tuple[NDArray[np.uint8], NDArray[np.uint16], Optics]] = []

    def came() -> bool:
        found.extend(_try_bag_pair(bag))
        return bool(found)

    until(came, "the bag's only pair")
    return found[0]


def _try_bag_pair(bag: Path) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.uint16], Optics]]:
    source = RecordedDevice(bag)
    pipeline, mode = rs.pipeline(source.context), rs.config()
    mode.enable_device(BAG_SERIAL)
    pipeline.start(mode)
    try:
        came, frames = pipeline.try_wait_for_frames(1000)
        if not came:
            return
        colour, depth = frames.get_color_frame(), frames.get_depth_frame()
        lenses = [frame.profile.as_video_stream_profile().get_intrinsics() for frame in (colour, depth)]
        optics = Optics(640, 480, lenses[0], lenses[1], depth.profile.get_extrinsics_to(colour.profile))
        yield np.array(colour.get_data()), np.array(depth.get_data()), optics
    finally:
        pipeline.stop()
