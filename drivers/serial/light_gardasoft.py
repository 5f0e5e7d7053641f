"""Gardasoft lighting controllers of the RT series on RS-232: steady light, or pulses at each exposure.

Protocol: Gardasoft, "RTxxx LED lighting controllers, user manual", chapter 12 (commands), 13.3 to 13.5 (error
and event codes) and 7.2 (how long and how often lamps may be overdriven). A reply ends with `>` and does not
say to which command it belongs, so after each silence the version is asked for and all before it dropped.
Nothing is ever saved with `AW`: the booth sets the light again each time it opens it.
"""

from __future__ import annotations

import math
import re
import time
from typing import Literal, Self

from pydantic import Field, model_validator

from booth.domain.device import DeviceInfo
from booth.errors import DeviceError, DeviceTimeout, InputError
from booth.ports.service import Options
from drivers.options import checked
from drivers.serial.gardasoft_errors import HARMLESS, SENTENCES
from drivers.serial.port import SerialOptions, SerialPort

PROMPT = re.compile(rb">")
VERSION = re.compile(r"([A-Z]{2,3}[0-9]+\S*) (?:\((HW[0-9]+)\) )?(V[0-9.]+)")
"""Such as `RT420-20 (HW02) V031` (manual 12.3.1)."""
TROUBLE = re.compile(r"(?:Err ?|Evt ?[0-9]+, ?)([0-9]+)")
RATING = re.compile(r"\b(RA|CS) ?([0-9.]+) ?(m?)A")
RATING_TOLERANCE = 0.05

OVERDRIVE = (
    (100.0, 999.0, 1.0),
    (200.0, 30.0, 0.3),
    (300.0, 10.0, 0.2),
    (500.0, 2.0, 0.1),
    (1000.0, 1.0, 0.05),
)
"""Up to which brightness in percent, how many ms at most, and what share of the time (manual 7.2)."""


def most_pulse(percent: float) -> tuple[float, float]:
    """How many ms, and what share of the time, a lamp may be lit at `percent` of its rating."""
    return next(((ms, duty) for most, ms, duty in OVERDRIVE if percent <= most), (0.0, 0.0))


class LightOptions(SerialOptions):
    """The controller's line, its channels, and how the lamps are lit.

    Attributes:
        model: what the version that it answers with must begin with, such as `RT260`.
        rated_current_a: what the lamps are rated for; the controller must have the same set for each channel.
        pulse_percent: brightness of a pulse at share 1, in percent of the rating; above 100 is overdrive.
        max_duty: the share of the time that the lamps may be lit; the controller's own limit holds as well.
    """

    baud: int = Field(default=115_200, ge=50, le=4_000_000)
    model: str = Field(default="", max_length=64)
    channels: tuple[int, ...] = Field(default=(1,), min_length=1, max_length=8)
    mode: Literal["steady", "pulsed"] = "steady"
    rated_current_a: float | None = Field(default=None, gt=0, le=20)
    pulse_ms: float = Field(default=10.0, ge=0.01, le=999)
    delay_ms: float = Field(default=0.01, ge=0.01, le=999)
    pulse_percent: float = Field(default=100.0, gt=0, le=1000)
    max_duty: float = Field(default=1.0, gt=0, le=1)

    @model_validator(mode="after")
    def _within_the_limits(self) -> Self:
        if any(not 1 <= channel <= 8 for channel in self.channels):
            raise ValueError("channels go from 1 to 8")
        if len(set(self.channels)) < len(self.channels):
            raise ValueError("a channel stands twice in channels")
        most_ms, _ = most_pulse(self.pulse_percent)
        if self.mode == "pulsed" and self.pulse_ms > most_ms:
            raise ValueError(
                f"at pulse_percent {self.pulse_percent:g} the lamps bear pulses of {most_ms:g} ms at most, "
                f"pulse_ms is {self.pulse_ms:g}"
            )
        if self.mode == "pulsed" and self.period_s > self.timeout_s / 2:
            raise ValueError(
                f"max_duty {self.max_duty:g} allows a pulse every {self.period_s:.1f} s only: "
                f"shorten pulse_ms, or make timeout_s at least {2 * self.period_s:.1f}"
            )
        return self

    @property
    def period_s(self) -> float:
        """The least time from one pulse to the next; 0 where they may follow each other at once."""
        duty = min(self.max_duty, most_pulse(self.pulse_percent)[1])
        return self.pulse_ms / 1000.0 / duty if duty < 1.0 else 0.0


def light(options: Options) -> GardasoftLight:
    """The light. Raises: ConfigError: an option is unknown, impossible, or more than the lamps bear."""
    known = checked(LightOptions, options, "light.options")
    return GardasoftLight(known, SerialPort("light", known))


class GardasoftLight:
    """One controller, its channels lit alike. One thread at a time; every call ends within `timeout_s`."""

    def __init__(self, options: LightOptions, port: SerialPort) -> None:
        self._options = options
        self._port = port
        self._info = DeviceInfo("gardasoft", "", address=options.port)
        self._version = ""
        self._owes = False
        self._may_flash_s = -math.inf

    @property
    def info(self) -> DeviceInfo:
        """Kind and address; model, firmware and its plug's serial number once it was open."""
        return self._info

    @property
    def flash_s(self) -> float:
        """How long one flash lasts; 0 when it burns steadily."""
        return self._options.pulse_ms / 1000.0 if self._options.mode == "pulsed" else 0.0

    def open(self) -> None:
        """Take the line, ask who answers and what its lamps are rated for.

        Raises:
            DeviceTimeout: nothing answers.
            DeviceError: the line cannot be had, or another controller or other lamps answer than are set.
        """
        self._port.open_and(self._identify)

    def close(self) -> None:
        """Let the line go; the light stays as it is. Harmless when closed already."""
        self._port.close()

    def shine(self, share: float) -> None:
        """Set the brightness of every channel, steady or of each pulse; 0 is dark.

        Raises:
            InputError: outside 0..1; nothing is sent.
            DeviceError: it refuses or is gone.
        """
        if not 0.0 <= share <= 1.0:
            raise InputError(f"a light shines from 0 to 1 of what its lamps are rated for, not {share}")
        deadline_s = self._deadline_s()
        for channel in self._options.channels:
            self._order(self._setting(channel, share), deadline_s)

    def flash(self) -> None:
        """Trigger one pulse on every channel, after the rest that the lamps need; nothing when it is steady.

        Raises:
            DeviceError: it refuses or is gone.
        """
        if self._options.mode == "steady":
            return
        deadline_s = self._deadline_s()
        rest_s = self._may_flash_s - time.monotonic()
        if rest_s > 0:
            time.sleep(min(rest_s, self._options.period_s))
        try:
            self._order(";".join(f"TR{channel}" for channel in self._options.channels), deadline_s)
        finally:  # a pulse whose answer is missing was lit all the same
            self._may_flash_s = time.monotonic() + self._options.period_s

    def check(self) -> None:
        """Ask for its last error (`GR`). Raises: DeviceError: it reports one, or is gone."""
        self._order("GR", self._deadline_s())

    def _setting(self, channel: int, share: float) -> str:
        options = self._options
        if options.mode == "steady":
            return f"RS{channel},{share * 100.0:.1f}"
        setting = f"RT{channel},{options.pulse_ms:g},{options.delay_ms:g},{share * options.pulse_percent:.1f}"
        return f"{setting},{math.ceil(options.period_s * 1e4) / 10:g}" if options.period_s else setting

    def _identify(self, deadline_s: float) -> None:
        self._version = ""
        version = self._resume(deadline_s)
        if not version.startswith(self._options.model):
            raise DeviceError(
                f"{self._port.name} is a '{version}', not a '{self._options.model}' as light.options.model "
                "says: check which cable is in which port"
            )
        found = VERSION.fullmatch(version)
        model, firmware = (found[1], found[3]) if found else (version, "")
        self._version = version
        self._info = DeviceInfo("gardasoft", self._port.plug_serial, model, firmware, self._port.path)
        for channel in self._options.channels:
            self._check_rating(channel, deadline_s)

    def _check_rating(self, channel: int, deadline_s: float) -> None:
        wanted_a = self._options.rated_current_a
        if wanted_a is None:
            return
        ratings = {
            name: float(value) / (1000.0 if milli else 1.0)
            for name, value, milli in RATING.findall(self._ask(f"ST{channel}", deadline_s))
        }
        found_a = ratings.get("RA") or ratings.get("CS")
        if found_a is None or abs(found_a - wanted_a) > RATING_TOLERANCE * wanted_a:
            known = f"rated for {found_a:g} A" if found_a else "without a rating"
            raise DeviceError(
                f"{self._port.name} holds the lamps of channel {channel} to be {known}, rated_current_a says "
                f"{wanted_a:g} A: set the rating at the controller (VL), or correct light.options"
            )

    def _order(self, command: str, deadline_s: float) -> None:
        """Send what has no answer but its prompt."""
        said = self._ask(command, deadline_s)
        if said:
            self._owes = True
            raise DeviceError(f"{self._port.name} answers {command} with {said!r:.80}: check its cable")

    def _ask(self, command: str, deadline_s: float) -> str:
        """What it says to one command line, without echo and prompt. Raises: DeviceError: it errs."""
        if self._owes:
            self._resume(deadline_s)
        self._port.forget()
        said = self._exchange(command, deadline_s)
        while said == self._version:  # a version that was asked for twice may come late
            said = self._said(self._word(deadline_s), command)
        numbers = [int(number) for number in TROUBLE.findall(said)]
        bad = next((number for number in numbers if number not in HARMLESS), None)
        if bad is not None:
            reason = SENTENCES.get(
                bad, "it has an error of its own: switch it off and on, see its manual, 13.3"
            )
            raise DeviceError(f"{self._port.name} says Err {bad} to {command}: {reason}")
        return "" if numbers else said

    def _resume(self, deadline_s: float) -> str:
        """Ask for the version and drop all that comes before it; the version."""
        self._owes = True
        self._port.forget()
        said = self._exchange("VR", deadline_s)
        while (found := VERSION.search(said)) is None:
            said = self._said(self._word(deadline_s), "VR")
        self._owes = False
        return found[0]

    def _exchange(self, command: str, deadline_s: float) -> str:
        try:
            self._port.write(f"{command}\r".encode("ascii"), deadline_s)
        except DeviceTimeout:
            self._owes = True
            raise
        return self._said(self._word(deadline_s), command)

    def _word(self, deadline_s: float) -> bytes:
        try:
            return self._port.read(PROMPT, deadline_s)
        except DeviceError:
            self._owes = True
            raise

    def _said(self, word: bytes, command: str) -> str:
        try:
            return word.decode("ascii").removesuffix(">").strip().removeprefix(command).strip()
        except UnicodeDecodeError as error:
            self._owes = True
            raise DeviceError(
                f"{self._port.name} sends noise: check its cable and that it is set to "
                f"{self._options.baud} baud"
            ) from error

    def _deadline_s(self) -> float:
        return time.monotonic() + self._options.timeout_s
