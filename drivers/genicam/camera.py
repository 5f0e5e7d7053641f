"""GenICam cameras of any maker, through `harvesters` and the maker's GenTL producer."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from genicam import gentl
from harvesters import core
from pydantic import Field, field_validator

from booth.domain.device import Control, DeviceInfo, Health
from booth.domain.picture import Frame
from booth.domain.terms import ClockDomain
from booth.errors import DeviceError, DeviceTimeout
from booth.ports.scene import Scene
from booth.ports.service import Options
from drivers.found import is_back, names_of, present
from drivers.genicam import nodes, sfnc
from drivers.genicam.frames import BlockIds, RawImage, to_rgb
from drivers.genicam.harvest import FAILURES, Harvest
from drivers.genicam.producers import producers
from drivers.options import DriverOptions, checked
from drivers.settings import wanted_value

log = logging.getLogger(__name__)

LOOK_S = 0.00005
"""How long one look for a buffer lasts: the library keeps the interpreter's lock meanwhile."""

PAUSE_S = 0.002
"""Between two looks, for the other threads; a frame is found so much late at most."""

RETURN_S = 60.0
"""How long a camera may take to come back from its reset; makers say up to half a minute."""


class GenicamOptions(DriverOptions):
    """Which producers, which cameras, and what is set each time one is opened."""

    producer: tuple[str, ...] = ()
    """Paths of `.cti` files, or `simulated`; empty means what GENICAM_GENTL64_PATH announces."""
    cameras: tuple[str, ...] = ()
    """Serial numbers, user-defined names or device ids; empty means all that are connected at start-up."""
    settings: Mapping[str, float | bool | str] = {}
    """Node names and values, set in this order, such as PixelFormat, ExposureAuto, ExposureTime (µs)."""
    buffers: int = Field(default=4, ge=2, le=64)

    @field_validator("producer", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value


def cameras(options: Options, scene: Scene | None) -> Sequence[GenicamCamera]:
    """The cameras asked for, or all that are connected; those that are named may still be unplugged.

    Raises:
        ConfigError: an option or a producer is impossible, or two devices have one serial number.
        DeviceError: no cameras were named, and none is connected; or the producer lists nothing.
    """
    known = checked(GenicamOptions, options, "cameras.options")
    harvest = Harvest(producers(known.producer))
    names = names_of(known.cameras, harvest.found())
    return [GenicamCamera(name, harvest, known) for name in names]


def connected(options: Options) -> Sequence[DeviceInfo]:
    """What the producers list; those that a running booth holds open may be missing. Raises: DeviceError."""
    known = checked(GenicamOptions, options, "cameras.options")
    return [device.info("genicam") for device in Harvest(producers(known.producer)).found()]


class GenicamCamera:
    """One GenICam camera; 8-bit mono, Bayer, RGB and YUV pixels become RGB, depth is not read.

    Args:
        name: its serial number, user-defined name or device id; the camera's id from then on.
        harvest: shared by all cameras of one array.
    """

    def __init__(self, name: str, harvest: Harvest, options: GenicamOptions) -> None:
        self._name = name
        self._harvest = harvest
        self._options = options
        self._info = DeviceInfo("genicam", name)
        self._acquirer: Any = None
        self._damaged = Damaged()
        self._block_ids = BlockIds()

    @property
    def camera_id(self) -> str:
        """Its name in the settings."""
        return self._name

    @property
    def info(self) -> DeviceInfo:
        """Kind and name; serial, model, firmware and device id too once it was open."""
        return self._info

    def open(self) -> None:
        """Set what the settings say, and start. Raises: DeviceError."""
        if self._acquirer is not None:
            return
        device, acquirer = self._harvest.acquire(self._name)
        try:
            self._info = device.info("genicam", nodes.text(acquirer.remote_device.node_map, sfnc.FIRMWARE))
            self._begin(acquirer)
        except BaseException:
            self._harvest.release(acquirer)
            raise
        self._acquirer = acquirer

    def close(self) -> None:
        """Stop and give the device back; harmless when closed already, or when it went away."""
        acquirer, self._acquirer = self._acquirer, None
        if acquirer is not None:
            self._harvest.release(acquirer)

    def read(self, timeout_s: float) -> Frame:
        """The newest frame; what waited longer is passed over.

        Raises:
            DeviceTimeout: none came whole within `timeout_s`.
            DeviceError: not open, gone, or its pixels are of a format that is not read here.
        """
        acquirer = self._streaming()
        deadline_s = time.monotonic() + timeout_s
        try:
            buffer = self._newest(acquirer, deadline_s)
            if buffer is None:
                raise DeviceTimeout(
                    f"GenICam camera {self._name} gave no whole picture within {timeout_s:.2f} s: "
                    f"check its cable, and its trigger if it has one"
                )
            try:
                return self._frame(buffer, time.monotonic_ns())
            finally:
                buffer.queue()
        except FAILURES as error:
            raise DeviceError(f"GenICam camera {self._name} is gone: check its cable: {error}") from error

    def controls(self) -> Sequence[Control]:
        """What it lets be set while it streams. Raises: DeviceError."""
        if self._acquirer is None:
            return ()
        try:
            return tuple(nodes.controls(self._acquirer.remote_device.node_map))
        except FAILURES as error:
            raise DeviceError(f"GenICam camera {self._name} does not tell its settings: {error}") from error

    def adjust(self, name: str, value: float) -> None:
        """Set one node. Raises: InputError; DeviceError."""
        table = self.controls()
        value = wanted_value(self._name, table, name, value)
        control = next(control for control in table if control.name == name)
        try:
            nodes.put(self._streaming().remote_device.node_map, control, value)
        except FAILURES as error:
            raise DeviceError(f"GenICam camera {self._name} refuses {name} = {value:g}: {error}") from error

    def health(self) -> Health:
        """Its temperature where it tells it, and the buffers that came incomplete since it was opened."""
        acquirer = self._acquirer
        if acquirer is None:
            return Health()
        try:
            warmth_c = nodes.number(acquirer.remote_device.node_map, sfnc.TEMPERATURE)
        except FAILURES as error:
            log.info("GenICam camera %s does not tell its temperature: %s", self._name, error)
            warmth_c = None
        return Health(warmth_c, self._damaged.count)

    def restart(self) -> None:
        """Have the closed camera reset itself, and wait until it is listed again. Raises: DeviceError."""
        if self._acquirer is not None:
            raise DeviceError(f"GenICam camera {self._name} is open: close it before it is restarted")
        _, acquirer = self._harvest.acquire(self._name)
        try:
            reset = nodes.command(acquirer.remote_device.node_map, sfnc.RESET)
            if reset is None:
                raise DeviceError(f"GenICam camera {self._name} cannot reset itself: pull and plug its cable")
            reset.execute()
        except FAILURES as error:
            log.info("GenICam camera %s left in the middle of its reset: %s", self._name, error)
        finally:
            self._harvest.release(acquirer)
        if not is_back(lambda: present(self._harvest.found(), self._name), RETURN_S):
            raise DeviceError(
                f"GenICam camera {self._name} did not come back from its reset: check its power"
            )

    def _streaming(self) -> Any:
        if self._acquirer is None:
            raise DeviceError(f"GenICam camera {self._name} is not open")
        return self._acquirer

    def _begin(self, acquirer: Any) -> None:
        doing = "streaming"
        self._damaged, self._block_ids = Damaged(), BlockIds()
        try:
            for doing in nodes.apply(acquirer.remote_device.node_map, self._options.settings):
                log.debug("GenICam camera %s: setting %s", self._name, doing)
            doing = "streaming"
            acquirer.num_buffers = max(self._options.buffers, acquirer.min_num_buffers)
            acquirer.add_callback(core.ImageAcquirer.Events.INCOMPLETE_BUFFER, self._damaged)
            acquirer.start()
        except FAILURES as error:
            raise DeviceError(
                f"GenICam camera {self._name} refuses {doing}, check cameras.options.settings: {error}"
            ) from error

    def _newest(self, acquirer: Any, deadline_s: float) -> Any:
        """The newest buffer, or None; it is waited for anew when all were full, as their pictures are old."""
        while True:
            buffer, passed = _last_of(acquirer)
            if buffer is not None and passed < acquirer.num_buffers - 1:
                return buffer
            if buffer is not None:
                buffer.queue()
            left_s = deadline_s - time.monotonic()
            if left_s <= 0:
                return None
            time.sleep(min(PAUSE_S, left_s))

    def _frame(self, buffer: Any, host_ns: int) -> Frame:
        image = _first_image(buffer)
        stamp_ms = _stamp_ms(buffer)
        return Frame(
            self._name,
            to_rgb(RawImage(image.data, image.width, image.height, image.data_format)),
            None,
            host_ns,
            self._block_ids.sequence(buffer.module.frame_id),
            stamp_ms,
            ClockDomain.NONE if stamp_ms is None else ClockDomain.HARDWARE,
        )


class Damaged(core.Callback):  # type: ignore[misc]
    """Counts the buffers that came incomplete; harvesters calls it."""

    def __init__(self) -> None:
        self.count = 0

    def emit(self, context: object | None = None) -> None:
        """One more."""
        self.count += 1


def _last_of(acquirer: Any) -> tuple[Any, int]:
    """The last of the buffers that are full by now, and how many before it were given back unread."""
    newest, passed = _fetched(acquirer), 0
    while newest is not None and (newer := _fetched(acquirer)) is not None:
        newest.queue()
        newest, passed = newer, passed + 1
    return newest, passed


def _fetched(acquirer: Any) -> Any:
    """A whole buffer of the first stream, or None; those of further streams go back unread."""
    fetched = acquirer.try_fetch(timeout=LOOK_S)
    if not isinstance(fetched, list):
        return fetched
    for other in fetched[1:]:
        if other is not None:
            other.queue()
    return fetched[0]


def _first_image(buffer: Any) -> Any:
    for component in buffer.payload.components:
        if isinstance(component.data, np.ndarray) and component.data.dtype == np.uint8:
            return component
    raise DeviceError("a GenICam buffer holds no 8-bit picture: set PixelFormat to one such as BayerRG8")


def _stamp_ms(buffer: Any) -> float | None:
    try:
        stamp_ns = buffer.module.timestamp_ns
    except gentl.GenericException:  # a stamp of this kind is optional, GenTL 1.6 table BUFFER_INFO_CMD
        return None
    return stamp_ns / 1e6 if stamp_ns else None
