"""Scales that speak MT-SICS, levels 0 and 1: Mettler Toledo's and those that follow them.

Protocol: METTLER TOLEDO, "MT-SICS Interface Commands", reference manual 11780711 (chapters 2.1 to 2.3 for the
formats and errors, chapter 3 for `@ I2 I3 I4 SI TA T Z`). A reply names its command, and has no number: one
that comes late looks like the next. So after each silence the scale is reset with `@`, whose answer comes
after all that was owed, before anything else is believed.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

from pydantic import Field

from booth.domain.device import DeviceInfo, Weight, WeightState
from booth.errors import DeviceError, DeviceTimeout
from booth.ports.service import Options
from drivers.options import checked
from drivers.serial.port import SerialOptions, SerialPort

GRAMS = {
    "g": 1.0,
    "kg": 1000.0,
    "mg": 1e-3,
    "t": 1e6,
    "ct": 0.2,
    "lb": 453.59237,
    "oz": 28.349523125,
    "ozt": 31.1034768,
    "GN": 0.06479891,
    "dwt": 1.55517384,
}
"""Grams in each unit as MT-SICS writes it (NIST Handbook 44, appendix C; all exact)."""

END = re.compile(rb"\r?\n")
WEIGHT = re.compile(
    r"(S|T|TA(?= A)) ([SD]|(?<=TA )A) {1,10}(-?[0-9]{1,9}(?:\.[0-9]{1,8})?) {1,3}([A-Za-z]{1,3})"
)
"""Command, state, value right-aligned in ten places, unit (manual 2.1.2.1)."""
TEXT = re.compile(r'(I[0-9]+) [AB](?: [0-9]+)* "([^"]*)"')
IS_RESET = re.compile(r'I4 A "([^"]*)"$')
"""The answer to `@`; the half of a word may stand before it."""
ERRORS = {
    "ES": "does not know the command: it speaks no MT-SICS, or another level of it",
    "ET": "received a garbled command: check its cable, baud rate and parity",
    "EL": "cannot do what it was asked: check what its display says",
}
"""The general errors (manual 2.1.3.2)."""
BUSY_PAUSE_S = 0.05


class ScaleOptions(SerialOptions):
    """The line of the scale; `serial`, where it is given, is the number that the scale must answer with."""

    serial: str = Field(default="", max_length=64)


@dataclass(frozen=True, slots=True)
class Reading:
    """A weight value as the scale sent it, in grams; None over and under its range."""

    state: WeightState
    grams: float | None


def scale(options: Options) -> MtSicsScale:
    """The scale. Raises: ConfigError: an option is unknown or impossible."""
    known = checked(ScaleOptions, options, "scale.options")
    return MtSicsScale(known, SerialPort("scale", known))


def reading_of(line: str, command: str) -> Reading | None:
    """What a reply to `command` with a weight value says; None where the scale is busy.

    Raises:
        DeviceError: it is none.
    """
    match line.split(" "):
        case [said, "I"] if said == command:
            return None
        case [said, "+"] if said == command:
            return Reading(WeightState.OVER, None)
        case [said, "-"] if said == command:
            return Reading(WeightState.UNDER, None)
    found = WEIGHT.fullmatch(line)
    if found is None or found[1] != command:
        raise DeviceError(f"says what no scale says: {line!r:.80}")
    if found[4] not in GRAMS:
        raise DeviceError(f"weighs in '{found[4]}', which is no unit of weight known here: set it to g or kg")
    state = WeightState.MOVING if found[2] == "D" else WeightState.STABLE
    return Reading(state, float(found[3]) * GRAMS[found[4]] + 0.0)


class MtSicsScale:
    """One scale. One thread at a time calls it; every call ends within its timeout."""

    def __init__(self, options: ScaleOptions, port: SerialPort) -> None:
        self._options = options
        self._port = port
        self._info = DeviceInfo("mt_sics", "", address=options.port)
        self._owes = False
        self._tare_grams: float | None = None

    @property
    def info(self) -> DeviceInfo:
        """Kind and address; serial, model and software version once it was open."""
        return self._info

    def open(self) -> None:
        """Take the line, reset the scale and ask who it is.

        Raises:
            DeviceTimeout: nothing answers.
            DeviceError: the line cannot be had, no scale answers, or another one than `serial` names.
        """
        self._port.open_and(self._identify)

    def close(self) -> None:
        """Let the line go; harmless when closed already."""
        self._port.close()

    def weigh(self, timeout_s: float) -> Weight:
        """One reading, stable or not (`SI`); it bears the instant before which it cannot have been taken.

        Raises:
            DeviceTimeout: none came in time, or the scale was busy all the time.
            DeviceError: it is gone, or says what no scale says.
        """
        deadline_s = time.monotonic() + timeout_s
        while True:
            asked_ns = time.monotonic_ns()
            reading = self._value(self._ask("SI", "S", deadline_s), "S")
            if reading is not None:
                return Weight(reading.state, reading.grams, asked_ns)
            left_s = deadline_s - time.monotonic()
            if left_s <= BUSY_PAUSE_S:
                raise DeviceTimeout(
                    f"{self._port.name} was busy for {timeout_s:.1f} s: wait until it is still"
                )
            time.sleep(BUSY_PAUSE_S)

    def zero(self, timeout_s: float) -> None:
        """Make what lies on it now the zero, once it is still (`Z`).

        Raises:
            DeviceTimeout: it did not answer in time; the order is taken back.
            DeviceError: it refuses, is not still, or is gone.
        """
        line = self._ask("Z", "Z", time.monotonic() + timeout_s)
        if line != "Z A":
            raise self._refused(line, "zero", "Z")
        self._tare_grams = None

    def tare(self, timeout_s: float) -> None:
        """Make what lies on it now the container, once it is still (`T`).

        Raises:
            DeviceTimeout: it did not answer in time; the order is taken back.
            DeviceError: it refuses, is not still, or is gone.
        """
        line = self._ask("T", "T", time.monotonic() + timeout_s)
        if line in ("T I", "T +", "T -"):
            raise self._refused(line, "tare", "T")
        reading = self._value(line, "T")
        self._tare_grams = reading.grams if reading else None

    def _identify(self, deadline_s: float) -> None:
        self._tare_grams = None
        serial = self._reset(deadline_s)
        wanted = self._options.serial
        if wanted and serial != wanted:
            raise DeviceError(
                f"{self._port.name} has the serial number '{serial}', not '{wanted}' of scale.options.serial"
                ": plug in the right one, or set the number"
            )
        model, firmware = self._told("I2", deadline_s), self._told("I3", deadline_s)
        self._info = DeviceInfo("mt_sics", serial, model, firmware, self._port.path)

    def _told(self, command: str, deadline_s: float) -> str:
        """What it tells of itself, or nothing where it has no such command."""
        line = self._ask(command, command, deadline_s, may_refuse=True)
        found = TEXT.fullmatch(line)
        return found[2].strip() if found else ""

    def _value(self, line: str, command: str) -> Reading | None:
        try:
            return reading_of(line, command)
        except DeviceError as error:
            self._owes = True
            raise DeviceError(f"{self._port.name} {error}") from error

    def _ask(self, command: str, answer: str, deadline_s: float, may_refuse: bool = False) -> str:
        """The reply to one command; `answer` is the name that the reply bears."""
        if self._owes:
            self._resume(deadline_s)
        self._port.forget()
        try:
            self._port.write(f"{command}\r\n".encode("ascii"), deadline_s)
            return self._reply(answer, deadline_s, may_refuse)
        except DeviceTimeout:
            self._take_back()
            raise

    def _reply(self, answer: str, deadline_s: float, may_refuse: bool) -> str:
        while True:
            line = self._line(deadline_s)
            if line in ERRORS and not may_refuse:
                raise DeviceError(f"{self._port.name} {ERRORS[line]}")
            if line in ERRORS or line.partition(" ")[0] == answer:
                return line
            if not TEXT.fullmatch(line):  # the second answer to a reset that was sent twice may come late
                self._owes = True
                raise DeviceError(f"{self._port.name} says what no scale says: {line!r:.80}: check its cable")

    def _line(self, deadline_s: float) -> str:
        try:
            word = self._port.read(END, deadline_s)
        except DeviceTimeout:
            raise
        except DeviceError:
            self._owes = True
            raise
        try:
            return word.decode("ascii").rstrip("\r\n")
        except UnicodeDecodeError as error:
            self._owes = True
            raise DeviceError(
                f"{self._port.name} sends noise: check its cable and that it is set to "
                f"{self._options.baud} baud"
            ) from error

    def _take_back(self) -> None:
        """Cancel what it was asked, so that a zero or tare that waits for stillness never comes late."""
        self._owes = True
        try:
            self._port.write(b"@\r\n", time.monotonic() + BUSY_PAUSE_S)
        except DeviceTimeout:
            return

    def _resume(self, deadline_s: float) -> None:
        """Reset it and drop all that it still owed; a tare must have outlived that."""
        self._reset(deadline_s)
        wanted = self._tare_grams
        if wanted is None:
            return
        found = self._value(self._ask("TA", "TA", deadline_s), "TA")
        if found is None:
            self._owes = True
            raise DeviceTimeout(f"{self._port.name} is too busy to tell its tare: wait until it is still")
        if found.grams is None or abs(found.grams - wanted) > 0.01 * abs(wanted):
            self._tare_grams = None
            raise DeviceError(f"{self._port.name} has lost its tare: clear the tray and tare it again")

    def _reset(self, deadline_s: float) -> str:
        """Cancel everything with `@`; its serial number, with which it answers last."""
        self._owes = True
        self._port.forget()
        self._port.write(b"@\r\n", deadline_s)
        while True:
            line = self._port.read(END, deadline_s).decode("ascii", "replace").rstrip("\r\n")
            found = IS_RESET.search(line)
            if found is not None:
                self._owes = False
                return found[1].strip()

    def _refused(self, line: str, verb: str, command: str) -> DeviceError:
        reasons = {
            f"{command} I": "it is not still or is busy: wait, and try again",
            f"{command} +": "too much lies on it: clear the tray",
            f"{command} -": "too little lies on it: check that its pan is in place",
        }
        reason = reasons.get(line)
        if reason is None:
            self._owes = True
            reason = f"it says what no scale says: {line!r:.80}: check its cable"
        return DeviceError(f"{self._port.name} does not {verb}: {reason}")
