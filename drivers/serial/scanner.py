"""Hand scanners on a serial line: one code a line, with or without an AIM prefix that names its symbology.

Prefixes: ISO/IEC 15424, "Data Carrier Identifiers (including Symbology Identifiers)", tables 1 and 2. A
scanner is never asked anything, so nothing can tell who it is; its USB plug's serial number names its port.
"""

from __future__ import annotations

import re
import time
from typing import Literal

from pydantic import Field

from booth.domain.device import DeviceInfo, Scan
from booth.errors import DeviceError, DeviceTimeout
from booth.identify.gtin import check_digit, expand_upce
from booth.ports.service import Options
from drivers.options import checked
from drivers.serial.port import SerialOptions, SerialPort

MOST_CODE_BYTES = 8192
"""A QR code of version 40 holds 7089 digits (ISO/IEC 18004, table 1)."""
SUFFIXES = {
    "any": re.compile(rb"[\r\n]+"),
    "cr": re.compile(rb"\r"),
    "lf": re.compile(rb"\n"),
    "crlf": re.compile(rb"\r\n"),
}
PREFIX = re.compile(r"\]([A-Za-z])([0-9A-Za-z])")
SYMBOLOGIES = {
    "A": "Code39",
    "B": "Telepen",
    "C": "Code128",
    "E": "EANUPC",
    "F": "Codabar",
    "G": "Code93",
    "I": "ITF",
    "L": "PDF417",
    "Q": "QRCode",
    "U": "MaxiCode",
    "d": "DataMatrix",
    "e": "DataBar",
    "z": "Aztec",
}
"""The prefix's code character, as zxing names the symbology; its other letters stand for what zxing lacks."""
VARIANTS = {"L3": "MicroPDF417", "L4": "MicroPDF417", "L5": "MicroPDF417", "zC": "AztecRune"}
RETAIL = {13: "EAN13", 12: "UPCA", 8: "UPCE"}
"""What `]E0` is by its length: most scanners send thirteen digits, some drop the zeros of UPC."""
ADD_ONS = {"1": (2, "EAN2"), "2": (5, "EAN5")}
STRANGE = re.compile(r"[\x00-\x03\x05-\x08\x0a-\x1b\x7f-\x9f\ufffd]")
"""No code holds these; the separators GS, RS, FS, US and EOT of GS1 and ISO/IEC 15434 may be in one."""


class ScannerOptions(SerialOptions):
    """The scanner's line and how it writes a code.

    Attributes:
        suffix: what ends a code: `cr`, `lf`, `crlf`, or `any` of them.
        aim: whether each code begins with an AIM prefix: `always`, `never`, or `auto` to see.
        gap_s: a code whose characters come further apart is no code but halves of two.
    """

    suffix: Literal["any", "cr", "lf", "crlf"] = "any"
    aim: Literal["auto", "always", "never"] = "auto"
    gap_s: float = Field(default=0.25, gt=0, le=10)


def scanner(options: Options) -> SerialScanner:
    """The scanner. Raises: ConfigError: an option is unknown or impossible."""
    known = checked(ScannerOptions, options, "scanner.options")
    return SerialScanner(known, SerialPort("scanner", known, most=MOST_CODE_BYTES, gap_s=known.gap_s))


def scan_of(word: str, aim: Literal["auto", "always", "never"], host_ns: int) -> Scan:
    """One code, without its prefix; GS (0x1D) stands for FNC1 in it. An EAN's add-on is left out.

    Raises:
        DeviceError: it cannot have been printed: strange characters, a missing prefix, a wrong check digit.
    """
    if STRANGE.search(word):
        raise DeviceError(f"sends noise: {word!r:.80}")
    found = None if aim == "never" else PREFIX.match(word)
    if found is None:
        if aim == "always":
            raise DeviceError(f"sends a code without its AIM prefix: {word!r:.80}")
        return Scan(word, "", host_ns)
    text = word[found.end() :]
    if not text:
        raise DeviceError(f"sends a prefix without a code: {word!r:.80}")
    if found[1] == "E":
        return _retail(text, found[2], host_ns)
    symbology = VARIANTS.get(found[0][1:], SYMBOLOGIES.get(found[1], ""))
    return Scan(text, symbology, host_ns)


class SerialScanner:
    """One scanner. One thread at a time calls it."""

    def __init__(self, options: ScannerOptions, port: SerialPort) -> None:
        self._options = options
        self._port = port
        self._end = SUFFIXES[options.suffix]

    @property
    def info(self) -> DeviceInfo:
        """Kind and address, and the serial number of its plug once it was open."""
        return DeviceInfo("serial", self._port.plug_serial, "hand scanner", address=self._port.path)

    def open(self) -> None:
        """Take the line; what was scanned before is forgotten. Raises: DeviceError: it cannot be had."""
        self._port.open()

    def close(self) -> None:
        """Let the line go; harmless when closed already."""
        self._port.close()

    def read(self, timeout_s: float) -> Scan | None:
        """The next code, or None when none was read whole in time.

        Raises:
            DeviceError: it is gone, sends noise, or sent half a code.
        """
        deadline_s = time.monotonic() + timeout_s
        while True:
            try:
                word = self._port.read(self._end, deadline_s)
            except DeviceTimeout:
                return None
            code = word.strip(b"\r\n")
            if code:
                return self._scan(code, deadline_s)

    def _scan(self, code: bytes, deadline_s: float) -> Scan:
        try:
            return scan_of(code.decode("utf-8"), self._options.aim, time.monotonic_ns())
        except UnicodeDecodeError as error:
            self._port.drain(self._options.gap_s, deadline_s)
            raise DeviceError(
                f"{self._port.name} sends noise: check its cable, that it is set to {self._options.baud} "
                "baud, and to UTF-8"
            ) from error
        except DeviceError as error:
            self._port.drain(self._options.gap_s, deadline_s)
            raise DeviceError(f"{self._port.name} {error}: scan it again, and check its cable") from error


def _retail(text: str, modifier: str, host_ns: int) -> Scan:
    """An EAN or UPC code, whose check digit tells a garbled one.

    Raises:
        DeviceError: its length or check digit is wrong.
    """
    if modifier in ADD_ONS and (len(text), text.isdecimal()) == (ADD_ONS[modifier][0], True):
        return Scan(text, ADD_ONS[modifier][1], host_ns)
    digits = text[:13] if modifier == "3" and len(text) in (15, 18) else text
    symbology = {"0": RETAIL.get(len(digits)), "3": RETAIL.get(len(digits))}.get(modifier)
    if modifier == "4" and len(digits) == 8:
        symbology = "EAN8"
    if symbology is None or not _checks(digits, symbology):
        raise DeviceError(f"sends an EAN or UPC code that cannot be one: {text!r:.80}")
    return Scan(digits, symbology, host_ns)


def _checks(digits: str, symbology: str) -> bool:
    if not re.fullmatch("[0-9]+", digits):
        return False
    if symbology == "UPCE":
        return expand_upce(digits) is not None
    return check_digit(digits[:-1]) == digits[-1]
