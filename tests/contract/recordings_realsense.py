"""A real D435's recording as a RealSense camera that can be pulled, and made longer than it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyrealsense2 as rs
from numpy.typing import NDArray

from drivers.realsense.options import RealSenseOptions
from drivers.realsense.stream import Stream
from tests.contract.cameras_fakes import until
from tests.contract.cameras_realsense import Optics, SoftwareDevice

BAG = Path("cameras") / "d435_depth_color_640x480.bag"
BAG_SERIAL = "728612070259"


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
    stream = Stream(source.context, source.context.query_devices()[0], rs.config())
    try:
        frames = stream.wait(1.0)
        if frames is None:
            return
        colour, depth = frames.get_color_frame(), frames.get_depth_frame()
        lenses = [frame.profile.as_video_stream_profile().get_intrinsics() for frame in (colour, depth)]
        optics = Optics(640, 480, lenses[0], lenses[1], depth.profile.get_extrinsics_to(colour.profile))
        yield np.array(colour.get_data()), np.array(depth.get_data()), optics
    finally:
        stream.stop()
