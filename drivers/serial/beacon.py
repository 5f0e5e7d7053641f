"""Stack lights on a serial line: one command string a signal, by default those of a Patlite signal tower.

Protocol of the defaults: PATLITE, "PHE-3FB3-RYG user's manual" (T95100260), chapter 3.2: `@`, the id `??` for
any tower, a command, `!`. `S` sets red, amber, green, two unused places and the buzzer (0 off, 1 on, 2 and 3
flashing); `G` asks for them. It answers ACK (0x06) or NAK (0x15). Any other tower that takes strings fits
through the options.
"""

from __future__ import annotations

import re
import time
from typing import Self

from pydantic import Field, model_validator

from booth.domain.device import DeviceInfo, Signal
from booth.errors import DeviceError, DeviceTimeout
from booth.ports.service import Options
from drivers.options import checked
from drivers.serial.port import QUIET_S, SerialOptions, SerialPort

PATLITE = {
    Signal.DARK: "@??S000000!",
    Signal.READY: "@??S001000!",
    Signal.BUSY: "@??S002000!",
    Signal.ASK: "@??S020000!",
    Signal.ALARM: "@??S100000!",
    Signal.FAULT: "@??S300000!",
}
"""Green: ready, flashing while busy; amber flashing: a person must decide; red: damaged, flashing: a fault
(colours after IEC 60073, table 4). The buzzer stays silent."""


class BeaconOptions(SerialOptions):
    """The tower's line and language; strings may hold escapes such as `\\r` or `\\u0006` of TOML.

    Attributes:
        commands: what to send for each signal; all six of them, or none for a Patlite tower.
        accepted: what it answers when it obeys; empty when it never answers.
        refused: what it answers when it does not.
        query: what to ask to know that it is there; empty when it cannot be asked.
        query_reply: a regular expression of the answer to `query`.
    """

    commands: dict[Signal, str] = Field(default_factory=lambda: dict(PATLITE))
    accepted: str = Field(default="\x06", max_length=32)
    refused: str = Field(default="\x15", max_length=32)
    query: str = Field(default="@??G!", max_length=64)
    query_reply: str = Field(default="[0-9]{6}", max_length=64)

    @model_validator(mode="after")
    def _can_be_spoken(self) -> Self:
        missing = [str(signal) for signal in Signal if not self.commands.get(signal)]
        if missing:
            raise ValueError(f"commands lacks {', '.join(missing)}")
        spoken = (*self.commands.values(), self.accepted, self.refused, self.query)
        if not all(text.isascii() for text in spoken):
            raise ValueError("commands and answers are ASCII")
        try:
            matched = re.compile(self.query_reply.encode()).fullmatch(b"")
        except re.error as error:
            raise ValueError(f"query_reply is no regular expression: {error}") from error
        if matched:
            raise ValueError("query_reply must not match nothing")
        return self


def beacon(options: Options) -> SerialBeacon:
    """The stack light. Raises: ConfigError: an option is unknown or impossible."""
    known = checked(BeaconOptions, options, "beacon.options")
    return SerialBeacon(known, SerialPort("beacon", known))


class SerialBeacon:
    """One stack light. One thread at a time calls it; every call ends within `timeout_s`."""

    def __init__(self, options: BeaconOptions, port: SerialPort) -> None:
        self._options = options
        self._port = port
        self._owes = False
        answers = [re.escape(answer.encode()) for answer in (options.accepted, options.refused) if answer]
        self._answer = re.compile(b"|".join(answers))
        self._reply = re.compile(options.query_reply.encode())

    @property
    def info(self) -> DeviceInfo:
        """Kind and address, and the serial number of its plug once it was open."""
        return DeviceInfo("serial", self._port.plug_serial, "stack light", address=self._port.path)

    def open(self) -> None:
        """Take the line and ask whether the tower is there, where it can be asked.

        Raises:
            DeviceTimeout: nothing answers.
            DeviceError: the line cannot be had.
        """
        self._port.open_and(self._resume)

    def close(self) -> None:
        """Let the line go; the tower stays as it is. Harmless when closed already."""
        self._port.close()

    def show(self, signal: Signal) -> None:
        """Show one signal until the next.

        Raises:
            DeviceTimeout: it did not answer in time.
            DeviceError: it refuses, sends noise, or is gone.
        """
        deadline_s = self._deadline_s()
        if self._owes:
            self._resume(deadline_s)
        self._port.forget()
        try:
            self._port.write(self._options.commands[signal].encode("ascii"), deadline_s)
            answer = self._port.read(self._answer, deadline_s) if self._options.accepted else b""
            answer = self._reply.sub(b"", answer)  # a question that was asked twice may be answered late
        except DeviceError:
            self._owes = True
            raise
        if answer == self._options.refused.encode("ascii") != b"":
            raise DeviceError(
                f"{self._port.name} refuses '{self._options.commands[signal]}' for '{signal}': "
                "check beacon.options.commands against its manual"
            )
        if answer != self._options.accepted.encode("ascii"):
            self._owes = True
            raise DeviceError(f"{self._port.name} answers {answer!r:.80}: check its cable and baud rate")

    def _resume(self, deadline_s: float) -> None:
        """Drop the answers that it still owes: those before the answer to a question, or before silence."""
        self._owes = True
        self._port.forget()
        if not self._options.query:
            self._port.drain(QUIET_S, deadline_s)
            self._owes = False
            return
        self._port.write(self._options.query.encode("ascii"), deadline_s)
        try:
            self._port.read(self._reply, deadline_s)
        except DeviceTimeout as error:
            raise DeviceTimeout(
                f"{self._port.name} does not say that it is there: check its cable, its power, and that it "
                "is the tower that beacon.options describes"
            ) from error
        self._owes = False

    def _deadline_s(self) -> float:
        return time.monotonic() + self._options.timeout_s
