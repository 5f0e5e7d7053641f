"""GigE Vision cameras without a maker's producer, through Aravis; they survive a bad network."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pydantic import Field

from booth.domain.device import Control, DeviceInfo, Health
from booth.domain.picture import Frame
from booth.domain.terms import ClockDomain
from booth.errors import DeviceError, DeviceTimeout
from booth.ports.scene import Scene
from booth.ports.service import Options
from drivers.found import Found, is_back, names_of, present
from drivers.genicam import sfnc
from drivers.genicam.frames import BlockIds, to_rgb
from drivers.gige.aravis import Aravis, AravisError
from drivers.gige.stream import Block, Link, Stream
from drivers.options import DriverOptions, checked
from drivers.settings import wanted_value

log = logging.getLogger(__name__)

LOST_AFTER_S = 8.0
"""A camera that was cut off is told to be gone within this; measured 5.9 s, Aravis waits for 5 heartbeats."""

CLOSE_S = 15.0
"""Closing one that was cut off takes so long at most: five registers are not answered, 2.5 s each."""

RETURN_S = 60.0
"""How long a camera may take to come back from its reset."""


class GigeOptions(DriverOptions):
    """Which cameras, and what is set each time one is opened."""

    cameras: tuple[str, ...] = ()
    """Serial numbers, network addresses or Aravis ids; empty means all that answer at start-up."""
    settings: Mapping[str, float | bool | str] = {}
    """Feature names and values, set in this order, such as PixelFormat, ExposureAuto, ExposureTime (µs)."""
    buffers: int = Field(default=6, ge=3, le=64)
    packet_bytes: int = Field(default=0, ge=0, le=16_384)
    """Packet size on the wire; 0 leaves it to Aravis. Jumbo frames need 9000 on the network card too."""


def cameras(options: Options, scene: Scene | None) -> Sequence[GigeCamera]:
    """The cameras asked for, or all that answer; those that are named may still be away.

    Raises:
        ConfigError: an option is impossible, two have one serial number, or Aravis is not installed.
        DeviceError: no cameras were named, and none answers.
    """
    known = checked(GigeOptions, options, "cameras.options")
    aravis = Aravis()
    return [GigeCamera(name, aravis, known) for name in names_of(known.cameras, aravis.found())]


def connected(options: Options) -> Sequence[DeviceInfo]:
    """What answers on the network now; those that are in use too. Raises: DeviceError."""
    checked(GigeOptions, options, "cameras.options")
    return [device.info("gige") for device in Aravis().found()]


class GigeCamera:
    """One GigE Vision camera; 8-bit mono, Bayer, RGB and YUV pixels become RGB, depth is not read.

    Args:
        name: its serial number, network address or Aravis id; the camera's id from then on.
    """

    def __init__(self, name: str, aravis: Aravis, options: GigeOptions) -> None:
        self._name = name
        self._aravis = aravis
        self._options = options
        self._info = DeviceInfo("gige", name)
        self._link: Link | None = None
        self._silent = False
        self._block_ids = BlockIds()

    @property
    def camera_id(self) -> str:
        """Its name in the settings."""
        return self._name

    @property
    def info(self) -> DeviceInfo:
        """Kind and name; serial, model, firmware and address too once it was open."""
        return self._info

    def open(self) -> None:
        """Look for it, set what the settings say, and start. Raises: DeviceError."""
        if self._link is not None:
            return
        link = self._connect()
        try:
            self._begin(link)
        except BaseException:
            link.end()
            raise
        self._link = link

    def close(self) -> None:
        """Stop; harmless when closed already, or cut off: then it takes up to CLOSE_S."""
        link, self._link = self._link, None
        if link is not None:
            link.end()

    def read(self, timeout_s: float) -> Frame:
        """The newest whole frame; what waited longer is passed over, what came damaged is counted.

        Raises:
            DeviceTimeout: none came whole within `timeout_s`; it may still be there.
            DeviceError: not open, or cut off: told LOST_AFTER_S later at most.
        """
        link, stream = self._streaming()
        deadline_s = time.monotonic() + timeout_s
        stream.pass_over_old()
        while (left_s := deadline_s - time.monotonic()) > 0:
            with stream.newest(left_s) as block:
                if block is not None:
                    self._silent = False
                    return self._frame(block, time.monotonic_ns())
        self._silent = True
        if not link.is_held():
            raise DeviceError(
                f"GigE Vision camera {self._name} is cut off: check its network cable and its power"
            )
        raise DeviceTimeout(
            f"GigE Vision camera {self._name} gave no whole picture within {timeout_s:.2f} s "
            f"({stream.lost()} came damaged so far): check its network cable, switch, trigger and packet size"
        )

    def controls(self) -> Sequence[Control]:
        """What it lets be set while it streams. Raises: DeviceError."""
        if self._link is None:
            return ()
        try:
            return tuple(self._link.features.controls())
        except AravisError as error:
            raise DeviceError(f"GigE Vision camera {self._name} does not answer: {error}") from error

    def adjust(self, name: str, value: float) -> None:
        """Set one feature. Raises: InputError; DeviceError."""
        table = self.controls()
        value = wanted_value(self._name, table, name, value)
        control = next(control for control in table if control.name == name)
        wish = control.choices[int(value - control.low)] if control.choices else value
        if control.choices == sfnc.SWITCH:
            wish = bool(value)
        try:
            self._streaming()[0].features.put(name, wish)
        except (AravisError, ValueError) as error:
            raise DeviceError(
                f"GigE Vision camera {self._name} refuses {name} = {value:g}: {error}"
            ) from error

    def health(self) -> Health:
        """Its temperature where it tells it, and the pictures that came damaged since it was opened."""
        if self._link is None or self._link.stream is None:
            return Health()
        return Health(None if self._silent else self._warmth_c(self._link), self._link.stream.lost())

    def restart(self) -> None:
        """Have the closed camera reset itself, and wait until it answers again. Raises: DeviceError."""
        if self._link is not None:
            raise DeviceError(f"GigE Vision camera {self._name} is open: close it before it is restarted")
        link = self._connect()
        try:
            if not link.features.execute(sfnc.RESET):
                raise DeviceError(
                    f"GigE Vision camera {self._name} cannot reset itself: switch its power off and on"
                )
        except AravisError as error:
            log.info("GigE Vision camera %s left in the middle of its reset: %s", self._name, error)
        finally:
            link.end()
        if not is_back(self._found, RETURN_S):
            raise DeviceError(
                f"GigE Vision camera {self._name} did not come back from its reset: check its power"
            )

    def _connect(self) -> Link:
        device = self._found()
        self._info = device.info("gige")
        try:
            link = Link(self._aravis, device.device_id)
        except AravisError as error:
            raise DeviceError(
                f"GigE Vision camera {self._name} cannot be opened, is it switched on: {error}"
            ) from error
        if not link.is_held():
            link.end()
            raise DeviceError(
                f"GigE Vision camera {self._name} is held by another program or computer: close it there"
            )
        return link

    def _found(self) -> Found:
        return present(self._aravis.found(), self._name)

    def _begin(self, link: Link) -> None:
        doing = "to stream"
        self._silent, self._block_ids = False, BlockIds()
        try:
            self._info = replace(self._info, firmware=link.features.text(sfnc.FIRMWARE))
            for doing, value in self._options.settings.items():
                link.features.put(doing, value)
            doing = "to stream"
            link.start(self._options.buffers, self._options.packet_bytes)
        except (AravisError, ValueError) as error:
            raise DeviceError(
                f"GigE Vision camera {self._name} refuses {doing}, check cameras.options.settings: {error}"
            ) from error

    def _streaming(self) -> tuple[Link, Stream]:
        if self._link is None or self._link.stream is None:
            raise DeviceError(f"GigE Vision camera {self._name} is not open")
        return self._link, self._link.stream

    def _warmth_c(self, link: Link) -> float | None:
        try:
            return link.features.number(sfnc.TEMPERATURE)
        except AravisError as error:
            log.info("GigE Vision camera %s does not tell its temperature: %s", self._name, error)
            return None

    def _frame(self, block: Block, host_ns: int) -> Frame:
        return Frame(
            self._name,
            to_rgb(block.raw),
            None,
            host_ns,
            self._block_ids.sequence(block.block_id),
            block.stamp_ns / 1e6 if block.stamp_ns else None,
            ClockDomain.HARDWARE if block.stamp_ns else ClockDomain.NONE,
        )
