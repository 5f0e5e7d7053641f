"""The part of Aravis that GigE Vision cameras need, called in its C library.

`ctypes`, because Debian's introspection data reach Debian's own Python only, and building PyGObject into the
booth's environment would bring a compiler and five -dev packages; this needs `libaravis-0.8-0` alone.
Aravis runs threads of its own for the packets and the heartbeat, inside the library.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Sequence
from ctypes import POINTER, byref, c_char_p, c_int
from typing import Any

from booth.errors import ConfigError, DeviceError
from drivers.found import Found
from drivers.gige.functions import FAILING, PLAIN

LIBRARY = "libaravis-0.8.so.0"
PROTOCOL = b"GigEVision"
TURN_S = 30.0
"""How long one camera waits for others that list devices; that takes 1 s each."""


class AravisError(Exception):
    """What Aravis refused, in its own words."""


class GError(ctypes.Structure):
    """GLib's error record."""

    _fields_ = (("domain", ctypes.c_uint32), ("code", c_int), ("message", c_char_p))


class Aravis:
    """The loaded library. Any thread may call it, one at a time for each camera.

    Raises:
        ConfigError: it is not installed.
    """

    def __init__(self, library: str = LIBRARY) -> None:
        try:
            self._library = ctypes.CDLL(library)
        except OSError as error:
            raise ConfigError(
                f"cameras.driver 'gige' needs {library}: apt-get install libaravis-0.8-0 ({error})"
            ) from error
        self._listing = threading.Lock()
        for name, (result, arguments) in PLAIN.items():
            self._declare(name, result, arguments)
        for name, (result, arguments) in FAILING.items():
            self._declare(name, result, (*arguments, POINTER(POINTER(GError))))

    def call(self, name: str, *arguments: Any) -> Any:
        """Call one of PLAIN or FAILING. Raises: AravisError."""
        function = getattr(self._library, name)
        if name in PLAIN:
            return function(*arguments)
        refused = POINTER(GError)()
        result = function(*arguments, byref(refused))
        if refused:
            said = (refused.contents.message or b"").decode(errors="replace")
            self._library.g_error_free(refused)
            raise AravisError(said)
        return result

    def found(self) -> Sequence[Found]:
        """The GigE Vision cameras that answer within a second, by network address. Raises: DeviceError."""
        if not self._listing.acquire(timeout=TURN_S):
            raise DeviceError("the network hangs while GigE Vision cameras are looked for: check its card")
        try:
            self.call("arv_update_device_list")
            return [
                Found(*(text_of(self.call(f"arv_get_device_{part}", index)) for part in PARTS))
                for index in range(self.call("arv_get_n_devices"))
                if self.call("arv_get_device_protocol", index) == PROTOCOL
            ]
        finally:
            self._listing.release()

    def _declare(self, name: str, result: Any, arguments: Sequence[Any]) -> None:
        function = getattr(self._library, name)
        function.restype, function.argtypes = result, tuple(arguments)


PARTS = ("address", "serial_nbr", "id", "vendor", "model")
"""What Found holds, as Aravis calls it, in the same order."""


def text_of(raw: bytes | None) -> str:
    """What a C string says; nothing for none."""
    return (raw or b"").decode(errors="replace")
