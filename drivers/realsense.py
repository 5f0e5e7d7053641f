"""RealSense cameras by serial number, through the SDK's own pipeline."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyrealsense2 as rs
from numpy.typing import NDArray
from pydantic import Field

from booth.domain.device import DeviceInfo
from booth.domain.picture import Frame
from booth.domain.terms import ClockDomain
from booth.errors import DeviceError
from booth.ports.scene import Scene
from booth.ports.service import Options
from drivers.options import DriverOptions, checked
from drivers.plain import PlainCamera

log = logging.getLogger(__name__)

CLOCK_DOMAINS = {
    rs.timestamp_domain.hardware_clock: ClockDomain.HARDWARE,
    rs.timestamp_domain.system_time: ClockDomain.SYSTEM,
    rs.timestamp_domain.global_time: ClockDomain.GLOBAL,
}
MOST_APART_PERIODS = 0.6
"""The SDK pairs what is nearest in time, half a period apart at most; just after the start it may not."""


class RealSenseOptions(DriverOptions):
    """Which cameras, and in which mode; no serials means all that are connected at start-up."""

    serials: tuple[str, ...] = ()
    width: int = Field(default=1280, ge=1, le=4096)
    height: int = Field(default=720, ge=1, le=4096)
    fps: int = Field(default=15, ge=1, le=300)
    apart_ms: float = Field(default=0.0, ge=0, le=10_000)
    """How far apart colour and depth of one frame may be stamped; 0 means 0.6 of a frame period."""


def cameras(options: Options, scene: Scene | None) -> Sequence[RealSenseCamera]:
    """The cameras asked for, or all that are connected.

    Raises:
        ConfigError: an option is unknown or impossible.
        DeviceError: no serials were named, and no camera is connected.
    """
    return find(checked(RealSenseOptions, options, "cameras.options"))


def find(options: RealSenseOptions, context: Callable[[], Any] = rs.context) -> Sequence[RealSenseCamera]:
    """The cameras of one SDK context; those named by serial may still be unplugged.

    Raises:
        DeviceError: no serials were named, and no camera is connected.
    """
    try:
        shared = context()
    except RuntimeError as error:
        raise DeviceError(
            f"the RealSense SDK does not start, check the USB access rights: {error}"
        ) from error
    serials = options.serials or tuple(sorted(_connected(shared)))
    if not serials:
        raise DeviceError("no RealSense camera is connected: check the USB 3 cables")
    return [RealSenseCamera(serial, shared, options) for serial in serials]


class RealSenseCamera(PlainCamera):
    """One RealSense camera: colour, and depth aligned to it, of the same instant.

    Args:
        context: the SDK context that knows the device; all cameras of one array share it.
    """

    def __init__(self, serial: str, context: Any, options: RealSenseOptions) -> None:
        self._serial = serial
        self._context = context
        self._options = options
        self._info = DeviceInfo("realsense", serial)
        self._align = rs.align(rs.stream.color)
        self._pipeline: Any = None
        self._most_apart_ms = options.apart_ms or MOST_APART_PERIODS * 1000.0 / options.fps
        self._last = (-1, -1)
        self._refused = ""

    @property
    def camera_id(self) -> str:
        """Its serial number."""
        return self._serial

    @property
    def info(self) -> DeviceInfo:
        """Kind and serial; model and firmware too once it was open."""
        return self._info

    def open(self) -> None:
        """Start colour and depth. Raises: DeviceError."""
        if self._pipeline is not None:
            return
        device = _connected(self._context).get(self._serial)
        if device is None:
            raise DeviceError(f"RealSense {self._serial} is not connected: check the USB 3 cable")
        pipeline = rs.pipeline(self._context)
        try:
            pipeline.start(self._mode())
            self._info = _info_of(device, self._serial)
        except RuntimeError as error:
            raise DeviceError(
                f"RealSense {self._serial} does not start at {self._mode_name()}, "
                f"check the mode and the USB 3 cable: {error}"
            ) from error
        self._pipeline = pipeline
        self._last = (-1, -1)

    def close(self) -> None:
        """Stop; harmless when closed already, or when the camera went away."""
        pipeline, self._pipeline = self._pipeline, None
        if pipeline is None:
            return
        try:
            pipeline.stop()
        except RuntimeError as error:  # a pipeline that lost its device has stopped itself
            log.info("RealSense %s had stopped already: %s", self._serial, error)

    def read(self, timeout_s: float) -> Frame:
        """The next frame, copied out of the SDK's own memory.

        Raises:
            DeviceError: not open, gone, or silent for `timeout_s`.
        """
        pipeline = self._pipeline
        if pipeline is None:
            raise DeviceError(f"RealSense {self._serial} is not open")
        try:
            frame = self._next_whole(pipeline, time.monotonic() + timeout_s)
        except RuntimeError as error:
            raise DeviceError(f"RealSense {self._serial} is gone: check the USB 3 cable: {error}") from error
        if frame is None:
            raise DeviceError(
                f"RealSense {self._serial} gave no colour and depth of one instant within {timeout_s:.2f} s"
                f"{self._refused}: check the USB 3 cable"
            )
        return frame

    def _next_whole(self, pipeline: Any, deadline_s: float) -> Frame | None:
        """The next frameset whose colour and depth are both new and of one instant, or None."""
        self._refused = ""
        while (left_s := deadline_s - time.monotonic()) > 0:
            came, frameset = pipeline.try_wait_for_frames(max(1, int(left_s * 1000)))
            host_ns = time.monotonic_ns()
            if came and self._is_whole(frameset):
                return self._frame(self._align.process(frameset), host_ns)
        return None

    def _is_whole(self, frameset: Any) -> bool:
        colour, depth = frameset.get_color_frame(), frameset.get_depth_frame()
        if not colour or not depth:
            return False
        numbers = (colour.get_frame_number(), depth.get_frame_number())
        if numbers[0] == self._last[0] or numbers[1] == self._last[1]:
            return False  # the SDK fills a frameset with an older frame when one stream is late
        apart_ms = _apart_ms(colour, depth)
        if apart_ms > self._most_apart_ms:
            self._refused = f" (the last were {apart_ms:.0f} ms apart, apart_ms is {self._most_apart_ms:.0f})"
            return False
        self._last = numbers
        return True

    def _frame(self, aligned: Any, host_ns: int) -> Frame:
        colour, depth = aligned.get_color_frame(), aligned.get_depth_frame()
        return Frame(
            self._serial,
            np.array(colour.get_data(), dtype=np.uint8),
            _in_mm(np.asanyarray(depth.get_data()), depth.get_units()),
            host_ns,
            colour.get_frame_number(),
            colour.get_timestamp(),
            CLOCK_DOMAINS.get(colour.get_frame_timestamp_domain(), ClockDomain.NONE),
        )

    def _mode(self) -> Any:
        wish, mode = self._options, rs.config()
        mode.enable_device(self._serial)
        mode.enable_stream(rs.stream.depth, wish.width, wish.height, rs.format.z16, wish.fps)
        mode.enable_stream(rs.stream.color, wish.width, wish.height, rs.format.rgb8, wish.fps)
        return mode

    def _mode_name(self) -> str:
        return f"{self._options.width} x {self._options.height} at {self._options.fps} fps"


def _apart_ms(colour: Any, depth: Any) -> float:
    """Time between the two; 0 where their stamps are of different clocks and cannot be compared."""
    if colour.get_frame_timestamp_domain() != depth.get_frame_timestamp_domain():
        return 0.0
    return float(abs(colour.get_timestamp() - depth.get_timestamp()))


def _in_mm(raw: NDArray[np.uint16], unit_m: float) -> NDArray[np.uint16]:
    """Depth in whole mm, in a new array; what is further than uint16 can say is no reading."""
    scale = unit_m * 1000.0
    if abs(scale - 1.0) < 1e-6:
        return np.array(raw, dtype=np.uint16)
    depth_mm = np.rint(raw.astype(np.float32) * np.float32(scale))
    return np.where(depth_mm <= 0xFFFF, depth_mm, 0).astype(np.uint16)


def _connected(context: Any) -> dict[str, Any]:
    """The devices by serial number; one that goes while it is asked is left out. Raises: DeviceError."""
    found = {}
    try:
        devices = context.query_devices()
        count = len(devices)
    except RuntimeError as error:
        raise DeviceError(f"the RealSense cameras cannot be listed, check the USB bus: {error}") from error
    for index in range(count):
        try:
            device = devices[index]
            found[device.get_info(rs.camera_info.serial_number)] = device
        except RuntimeError as error:
            log.info("a RealSense device went away while it was asked: %s", error)
    return found


def _info_of(device: Any, serial: str) -> DeviceInfo:
    def said(what: Any) -> str:
        return str(device.get_info(what)) if device.supports(what) else ""

    return DeviceInfo("realsense", serial, said(rs.camera_info.name), said(rs.camera_info.firmware_version))
