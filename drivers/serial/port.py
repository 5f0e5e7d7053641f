"""One serial line: found by path, name or serial number, held alone, read in whole words with deadlines.

The port is closed by the first thing that goes wrong with the line, and with it goes whatever half word had
come: what is read after the next `open` was sent after it.
"""

from __future__ import annotations

import logging
import math
import re
import termios
import time
from collections.abc import Callable
from typing import Any, Literal

import serial
from pydantic import Field, field_validator

from booth.errors import DeviceError, DeviceTimeout
from drivers.options import DriverOptions
from drivers.serial.plugs import locate, serial_number

log = logging.getLogger(__name__)

MOST_BYTES = 512
"""No word of the protocols here is longer; a line that sends more without an end sends noise."""
QUIET_S = 0.05
"""Noise that pauses for so long has ended: 48 characters at 9600 baud, three times the 16 ms for which a USB
adapter may hold back what has come (FTDI, AN232B-04, chapter 3)."""
PARITIES = {"none": serial.PARITY_NONE, "even": serial.PARITY_EVEN, "odd": serial.PARITY_ODD}
LINE_FAILURES = (OSError, serial.SerialException, termios.error, ValueError, TypeError)
"""What pyserial lets through when a line goes: `in_waiting` a plain OSError, a lost handle a TypeError."""


class SerialOptions(DriverOptions):
    """Where the device is and how its line is set; the defaults of each device are its own.

    Attributes:
        port: a device path, a name in /dev/serial/by-id, or the serial number of the USB plug.
        timeout_s: the longest that a call without a timeout of its own may take.
    """

    port: str = Field(min_length=1)
    baud: int = Field(default=9600, ge=50, le=4_000_000)
    data_bits: int = Field(default=8, ge=7, le=8)
    parity: Literal["none", "even", "odd"] = "none"
    timeout_s: float = Field(default=2.0, gt=0, le=60)

    @field_validator("port")
    @classmethod
    def _is_a_name(cls, port: str) -> str:
        if not port.isprintable():
            raise ValueError(f"no port is called {port!r}: write a path, a name or a serial number")
        return port


class SerialPort:
    """A line that this process holds alone. One thread at a time calls it; `owner` names the device.

    Args:
        locate: finds the device path of `options.port` each time the line is opened.
        most: a word of more bytes is noise.
        gap_s: a word whose bytes lie further apart is two halves of two words.
    """

    def __init__(
        self,
        owner: str,
        options: SerialOptions,
        locate: Callable[[str], str] = locate,
        most: int = MOST_BYTES,
        gap_s: float = math.inf,
    ) -> None:
        self._owner = owner
        self._options = options
        self._locate = locate
        self._most = most
        self._gap_s = gap_s
        self._line: Any = None
        self._path = options.port
        self._plug_serial = ""
        self._come = bytearray()
        self._last_s = 0.0

    @property
    def name(self) -> str:
        """The device and its port, as messages name them."""
        return f"{self._owner} at {self._options.port}"

    @property
    def path(self) -> str:
        """The device path; before the first `open` what the options call it."""
        return self._path

    @property
    def plug_serial(self) -> str:
        """The serial number of its USB plug; empty before the first `open`, and where it has none."""
        return self._plug_serial

    @property
    def is_open(self) -> bool:
        """Whether the line is held."""
        return self._line is not None

    def open(self) -> None:
        """Take the line and drop what had come before; harmless when it is open. Raises: DeviceError."""
        if self._line is not None:
            return
        path, options = self._locate(self._options.port), self._options
        self._path, self._plug_serial = path, serial_number(path)
        try:
            self._line = serial.Serial(
                path,
                options.baud,
                bytesize=options.data_bits,
                parity=PARITIES[options.parity],
                timeout=options.timeout_s,
                write_timeout=options.timeout_s,
                exclusive=True,
            )
        except LINE_FAILURES as error:
            raise DeviceError(f"{self.name} cannot be opened: {_reason(error, path)}") from error
        self._come.clear()

    def open_and(self, greet: Callable[[float], object]) -> None:
        """Take the line and greet who answers; the line is let go again when that fails. Harmless when open.

        Args:
            greet: is given its deadline, by `time.monotonic`.

        Raises:
            DeviceError: the line cannot be had, or what `greet` raises.
        """
        if self._line is not None:
            return
        self.open()
        try:
            greet(time.monotonic() + self._options.timeout_s)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let the line go, and forget what had come; harmless when closed already."""
        line, self._line = self._line, None
        self._come.clear()
        if line is None:
            return
        try:
            line.close()
        except LINE_FAILURES as error:  # a line that is gone has nothing left to close
            log.info("%s was gone when it was closed: %s", self.name, error)

    def write(self, data: bytes, deadline_s: float) -> None:
        """Send it all.

        Args:
            deadline_s: by `time.monotonic`.

        Raises:
            DeviceTimeout: the line took it not in time; part of it may have gone out.
            DeviceError: the line is gone.
        """
        line = self._held()
        try:
            line.write_timeout = max(1e-3, deadline_s - time.monotonic())
            line.write(data)
        except serial.SerialTimeoutException as error:
            raise DeviceTimeout(f"{self.name} takes nothing in: check its cable") from error
        except LINE_FAILURES as error:
            raise self._lost(error) from error

    def read(self, end: re.Pattern[bytes], deadline_s: float) -> bytes:
        """The next word, with what `end` matched at its end; what comes after stays for the next read.

        Raises:
            DeviceTimeout: no whole word came in time; the half of one stays, and what follows joins it.
            DeviceError: the line is gone, or sends more than any word without an end, or a word in pieces.
        """
        while (found := end.search(self._come)) is None:
            if len(self._come) > self._most:
                self.drain(QUIET_S, deadline_s)
                raise DeviceError(f"{self.name} sends noise without end: {self._advice}")
            last_s = self._last_s
            came = self._receive(deadline_s)
            if not came:
                raise DeviceTimeout(f"{self.name} {self._silence()}")
            if self._come and self._last_s - last_s > self._gap_s:
                self.drain(self._gap_s, deadline_s)
                raise DeviceError(f"{self.name} sent half a word and then another half: check its cable")
            self._come += came
        word = bytes(self._come[: found.end()])
        del self._come[: found.end()]
        return word

    def forget(self) -> None:
        """Drop what has come by now: it answers nothing that is asked next. Raises: DeviceError: gone."""
        line = self._held()
        self._come.clear()
        try:
            line.reset_input_buffer()
        except LINE_FAILURES as error:
            raise self._lost(error) from error

    def drain(self, quiet_s: float, deadline_s: float) -> None:
        """Drop what comes until nothing came for `quiet_s`, or the deadline. Raises: DeviceError: gone."""
        self._come.clear()
        while self._receive(min(deadline_s, time.monotonic() + quiet_s)):
            pass

    def _receive(self, deadline_s: float) -> bytes:
        """What has come, at least a byte of it by the deadline, else nothing."""
        line = self._held()
        left_s = deadline_s - time.monotonic()
        if left_s <= 0:
            return b""
        try:
            line.timeout = left_s
            came = bytes(line.read(1))
            came += bytes(line.read(min(line.in_waiting, self._most))) if came else b""
        except LINE_FAILURES as error:
            raise self._lost(error) from error
        if came:
            self._last_s = time.monotonic()
        return came

    @property
    def _advice(self) -> str:
        set_to = f"{self._options.baud} baud, {self._options.data_bits} bits, parity {self._options.parity}"
        return f"check its cable, and that it is set to {set_to}"

    def _silence(self) -> str:
        if self._come:
            return f"sent {len(self._come)} bytes and no whole word in time: {self._advice}"
        return "said nothing in time: check its cable, its power, and that it is the right device"

    def _held(self) -> Any:
        if self._line is None:
            raise DeviceError(f"{self.name} is not open")
        return self._line

    def _lost(self, error: Exception) -> DeviceError:
        self.close()
        return DeviceError(f"{self.name} is gone: check its cable: {error}")


def _reason(error: Exception, path: str) -> str:
    match getattr(error, "errno", None):
        case 2 | 6 | 19:
            return f"{path} is not there: check its cable"
        case 11 | 16:
            return (
                f"{path} is in use by another device of this booth or another program: give each its own port"
            )
        case 13:
            return f"{path} may not be used: add the booth's user to the group 'dialout'"
    return f"{path} is no serial port that works, check its cable: {error}"
