"""RealSense cameras by serial number, through the SDK's own pipeline, and recordings of them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyrealsense2 as rs

from booth.domain.device import Control, DeviceInfo, Health
from booth.domain.picture import Frame
from booth.errors import DeviceError, DeviceTimeout, InputError
from booth.ports.scene import Scene
from booth.ports.service import Options
from drivers.options import checked
from drivers.realsense.controls import Controls, synchronise
from drivers.realsense.devices import (
    device_of,
    health_of,
    info_of,
    is_gone,
    listed,
    restart,
    serials_of,
    start_sdk,
)
from drivers.realsense.files import Recording, has_ended, load
from drivers.realsense.options import RealSenseOptions
from drivers.realsense.stream import Composer, Stream

log = logging.getLogger(__name__)

SILENT_S = 0.1
"""After so long without a frameset the SDK is asked whether the device is still there."""


def cameras(options: Options, scene: Scene | None) -> Sequence[RealSenseCamera]:
    """The cameras asked for, or all that are connected, or the recordings to play.

    Raises:
        ConfigError: an option is unknown or impossible.
        DeviceError: no serials were named, and no camera is connected.
    """
    return find(checked(RealSenseOptions, options, "cameras.options"))


def connected(options: Options) -> Sequence[DeviceInfo]:
    """What is plugged in, whatever the options. Raises: DeviceError."""
    found = []
    for serial, device in listed(start_sdk(rs.context)):
        try:
            found.append(info_of(device, serial))
        except RuntimeError as error:
            log.info("RealSense %s went away while it was asked: %s", serial, error)
    return sorted(found, key=lambda info: info.serial)


def find(options: RealSenseOptions, context: Callable[[], Any] = rs.context) -> Sequence[RealSenseCamera]:
    """The cameras of one SDK context; those named by serial may still be unplugged.

    Raises:
        ConfigError: a recording cannot be played.
        DeviceError: no serials were named, and no camera is connected, or two have one serial.
    """
    shared = start_sdk(context)
    if options.playback:
        played = load(shared, options.playback)
        return [RealSenseCamera(serial, shared, options, played[serial]) for serial in played]
    serials = options.serials or tuple(serials_of(shared))
    if not serials:
        raise DeviceError("no RealSense camera is connected: check the USB 3 cables")
    streaming: list[Any] = []
    return [RealSenseCamera(serial, shared, options, streaming=streaming) for serial in serials]


class RealSenseCamera:
    """One RealSense camera: colour, and depth aligned to it, of the same instant.

    Args:
        context: the SDK context that knows the device; all cameras of one array share it.
        played: the recording that stands in for the device.
        streaming: the open devices of that array; all its cameras share the list.
    """

    def __init__(
        self,
        serial: str,
        context: Any,
        options: RealSenseOptions,
        played: Any = None,
        streaming: list[Any] | None = None,
    ) -> None:
        self._serial = serial
        self._context = context
        self._options = options
        self._played = played
        self._streaming = [] if streaming is None else streaming
        self._info = DeviceInfo("realsense", serial)
        self._composer = Composer(serial, options.fps, options.apart_ms)
        self._stream: Stream | None = None
        self._controls: Controls | None = None
        self._recording: Recording | None = None
        self._ended = False

    @property
    def camera_id(self) -> str:
        """Its serial number."""
        return self._serial

    @property
    def info(self) -> DeviceInfo:
        """Kind and serial; model, firmware and address too once it was open."""
        return self._info

    @property
    def context(self) -> Any:
        """The SDK context that it belongs to."""
        return self._context

    def open(self) -> None:
        """Set what booth.toml says, and start colour and depth.

        Raises:
            DeviceError: it is not there, refuses a setting or the mode, or its recording has ended.
        """
        if self._stream is not None:
            return
        if self._ended:
            raise self._end_of_recording()
        device = self.device()
        try:
            self._info = info_of(device, self._serial)
            controls = Controls(self._serial, device)
            self._prepare(device, controls)
            self._start(device)
        except RuntimeError as error:
            raise DeviceError(
                f"RealSense {self._serial} does not start at {self._mode_name()}, "
                f"check the mode and the USB 3 cable: {error}"
            ) from error
        self._controls = controls
        self._composer.begin()

    def device(self) -> Any:
        """The SDK's device of this camera. Raises: DeviceError: it is not there, or there twice."""
        if self._played is not None:
            return self._played
        return device_of(self._context, self._serial, tuple(self._streaming))

    def close(self) -> None:
        """Stop; harmless when closed already, or when the camera went away."""
        stream, self._stream = self._stream, None
        self._controls = self._recording = None
        if stream is not None:
            self._streaming.remove(stream.device)
            stream.stop()

    def read(self, timeout_s: float) -> Frame:
        """The next frame, copied out of the SDK's own memory.

        Raises:
            DeviceTimeout: nothing whole came within `timeout_s`.
            DeviceError: not open, gone, or at the end of its recording.
        """
        self._running()
        try:
            frame = self._next_whole(time.monotonic() + timeout_s)
        except RuntimeError as error:
            raise DeviceError(f"RealSense {self._serial} is gone: check the USB 3 cable: {error}") from error
        if frame is None:
            raise DeviceTimeout(
                f"RealSense {self._serial} gave no colour and depth of one instant within {timeout_s:.2f} s"
                f"{self._composer.refused}: check the USB 3 cable"
            )
        return frame

    def controls(self) -> Sequence[Control]:
        """Its settings as they are; none while it is closed. Raises: DeviceError."""
        return () if self._controls is None else self._controls.listed()

    def adjust(self, name: str, value: float) -> None:
        """Change one setting until it is closed.

        Raises:
            InputError: it has none of that name, or the value is out of its range; nothing is changed.
            DeviceError: it is closed, or refuses.
        """
        if self._controls is None:
            raise DeviceError(f"RealSense {self._serial} is not open: nothing can be set")
        self._controls.adjust(name, value)

    def health(self) -> Health:
        """Temperature and dropped frames; empty while it is closed."""
        stream = self._stream
        return Health() if stream is None else health_of(stream.device, self._composer.dropped)

    def restart(self) -> None:
        """Reset the device itself, and wait until it is listed again: half a minute at most.

        Raises:
            DeviceError: it is a recording, cannot be reset, or does not come back.
        """
        self.close()
        restart(self._context, self._serial)

    def _prepare(self, device: Any, controls: Controls) -> None:
        """Before the start, as the trigger cannot be chosen after it. Raises: DeviceError, RuntimeError."""
        try:
            controls.apply(self._options.controls)
        except InputError as error:
            raise DeviceError(f"{error}: correct cameras.options.controls") from error
        if self._played is None:
            synchronise(device, self._serial, self._options.sync_of(self._serial))

    def _start(self, device: Any) -> None:
        folder, mode = self._options.record_folder, self._mode()
        recording = Recording(Path(folder), self._serial, self._options.record_free_mb) if folder else None
        if recording is not None:
            mode.enable_record_to_file(str(recording.path))
        try:
            self._stream = Stream(self._context, device, mode)
        except RuntimeError:
            if recording is not None:
                recording.discard()
            raise
        if recording is not None:
            recording.follow(self._stream.started)
        self._streaming.append(device)
        self._recording = recording

    def _running(self) -> Stream:
        stream = self._stream
        if stream is None:
            raise DeviceError(f"RealSense {self._serial} is not open")
        return stream

    def _next_whole(self, deadline_s: float) -> Frame | None:
        """The next frameset whose colour and depth are both new and of one instant, or None."""
        self._composer.refused = ""
        while (left_s := deadline_s - time.monotonic()) > 0:
            stream = self._running()
            frameset = stream.wait(min(left_s, SILENT_S))
            host_ns = time.monotonic_ns()
            if frameset is None:
                self._look_for(stream.device)
            elif (frame := self._composer.frame_of(frameset, host_ns)) is not None:
                if self._recording is not None:
                    self._recording.check()
                return frame
        return None

    def _look_for(self, device: Any) -> None:
        """After a silence: whether it is still there, and not at its end. Raises: DeviceError."""
        if self._played is not None and has_ended(device):
            self._end()
        elif is_gone(self._context, device):
            raise DeviceError(f"RealSense {self._serial} was unplugged: check the USB 3 cable")

    def _end(self) -> None:
        """Play from the start again, or never again. Raises: DeviceError."""
        if not self._options.repeat:
            self._ended = True
            raise self._end_of_recording()
        if self._stream is not None:
            self._stream.stop()
        self._stream = Stream(self._context, self._played, self._mode())
        self._composer.go_on()

    def _end_of_recording(self) -> DeviceError:
        return DeviceError(
            f"the recording of RealSense {self._serial} is at its end: "
            "start again, or set cameras.options.repeat = true"
        )

    def _mode(self) -> Any:
        wish, mode = self._options, rs.config()
        mode.enable_stream(rs.stream.depth, wish.width, wish.height, rs.format.z16, wish.fps)
        mode.enable_stream(rs.stream.color, wish.width, wish.height, rs.format.rgb8, wish.fps)
        return mode

    def _mode_name(self) -> str:
        usb = self._info.address.rpartition("USB ")[2]
        slow = f" (it runs over USB {usb})" if usb.startswith("2") else ""
        return f"{self._options.width} x {self._options.height} at {self._options.fps} fps{slow}"
