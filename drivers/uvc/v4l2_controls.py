"""The settings of a V4L2 device with their ranges, which OpenCV does not tell: the kernel's own calls.

Structures and numbers: Linux `include/uapi/linux/videodev2.h` and `v4l2-controls.h`; the calls are described
in "Linux Media Infrastructure userspace API", VIDIOC_QUERYCTRL and VIDIOC_G_CTRL.
"""

from __future__ import annotations

import fcntl
import os
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from booth.domain.device import Control
from drivers.settings import whole

Ioctl = Callable[[int, bytes], bytes]
"""Request and structure in, structure out. Raises: OSError."""

QUERY = struct.Struct("=II32siiiiI8x")
MENU = struct.Struct("=II32s4x")
VALUE = struct.Struct("=Ii")


def _read_write(number: int, size: int) -> int:
    """The request code of _IOWR('V', number, size) in `asm-generic/ioctl.h`."""
    return 3 << 30 | size << 16 | ord("V") << 8 | number


QUERY_CONTROL = _read_write(36, QUERY.size)
QUERY_MENU = _read_write(37, MENU.size)
GET_CONTROL = _read_write(27, VALUE.size)
SET_CONTROL = _read_write(28, VALUE.size)

KIND_BOOLEAN, KIND_MENU = 2, 3
AMOUNTS = (1, KIND_BOOLEAN, KIND_MENU, 9)
DISABLED, READ_ONLY, INACTIVE = 0x1, 0x4, 0x10
NO_CHOICE = ""
"""In place of a menu's numbers that the device leaves out, such as 0 and 2 of auto_exposure."""

SWITCH = ("off", "on")

KNOWN = {
    "auto_exposure": (0x009A0901, ""),
    "exposure": (0x009A0902, "100 µs"),
    "exposure_dynamic_framerate": (0x009A0903, ""),
    "gain": (0x00980913, ""),
    "auto_white_balance": (0x0098090C, ""),
    "white_balance": (0x0098091A, "K"),
    "autofocus": (0x009A090C, ""),
    "focus": (0x009A090A, ""),
    "zoom": (0x009A090D, ""),
    "brightness": (0x00980900, ""),
    "contrast": (0x00980901, ""),
    "saturation": (0x00980902, ""),
    "hue": (0x00980903, ""),
    "gamma": (0x00980910, ""),
    "sharpness": (0x0098091B, ""),
    "backlight": (0x0098091C, ""),
    "power_line_frequency": (0x00980918, ""),
}
"""Control ids and units by the names in the settings. auto_exposure: 1 is manual, 3 automatic."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the kernel says of one control."""

    kind: int
    low: int
    high: int
    step: int
    flags: int


class Controls:
    """The controls of one open device."""

    def __init__(self, ioctl: Ioctl) -> None:
        self._ioctl = ioctl

    def table(self) -> Sequence[Control]:
        """Those that it has and lets be changed now. Raises: OSError: it is gone."""
        return tuple(self._known())

    def put(self, name: str, value: float) -> None:
        """Set one. Raises: OSError: it refuses; ValueError: not whole; KeyError: none of that name."""
        self._ioctl(SET_CONTROL, VALUE.pack(KNOWN[name][0], whole(value)))

    def _known(self) -> Iterator[Control]:
        for name, (number, unit) in KNOWN.items():
            answer = self._query(number)
            if (
                answer is None
                or answer.kind not in AMOUNTS
                or answer.flags & (DISABLED | READ_ONLY | INACTIVE)
            ):
                continue
            value = VALUE.unpack(self._ioctl(GET_CONTROL, VALUE.pack(number, 0)))[1]
            choices = self._choices(number, answer)
            yield Control(name, value, answer.low, answer.high, max(1, answer.step), unit, choices)

    def _query(self, number: int) -> Answer | None:
        asked = QUERY.pack(number, 0, b"", 0, 0, 0, 0, 0)
        try:
            _, kind, _, low, high, step, _, flags = QUERY.unpack(self._ioctl(QUERY_CONTROL, asked))
        except OSError as error:
            if error.errno == 22:  # EINVAL: the device has no such control
                return None
            raise
        return Answer(kind, low, high, step, flags)

    def _choices(self, number: int, answer: Answer) -> tuple[str, ...]:
        if answer.kind == KIND_BOOLEAN:
            return SWITCH
        if answer.kind != KIND_MENU:
            return ()
        return tuple(self._choice(number, place) for place in range(answer.low, answer.high + 1))

    def _choice(self, number: int, place: int) -> str:
        try:
            named = MENU.unpack(self._ioctl(QUERY_MENU, MENU.pack(number, place, b"")))[2]
        except OSError:
            return NO_CHOICE
        return str(named.split(b"\0", 1)[0].decode(errors="replace"))


class OpenDevice:
    """A second handle on the node, for its controls alone. Raises: OSError."""

    def __init__(self, path: Path) -> None:
        self._handle: int | None = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        self.controls = Controls(self._call)

    def close(self) -> None:
        """Let go of it; harmless twice."""
        handle, self._handle = self._handle, None
        if handle is not None:
            os.close(handle)

    def _call(self, request: int, structure: bytes) -> bytes:
        if self._handle is None:
            raise OSError(9, "the device is closed")
        return fcntl.ioctl(self._handle, request, structure)
