"""The entry point of the touchscreen: a Screen on Qt's widgets."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from booth.errors import ConfigError
from booth.events import Died
from booth.ports.screen import Rehearsal, Screen, Station
from booth.ports.service import Options
from ui.hands import Hands
from ui.rehearsal import Rehearser
from ui.rehearsal_technician import TechniciansRound
from ui.theme import Profile, profile_from
from ui.window import Window

log = logging.getLogger(__name__)

READ_DEATH_MS = 6_000
"""How long the last sentence stays before the process ends and is started again from outside."""
SEE_SIGNALS_MS = 200
DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")


def screen(options: Options) -> Screen:
    """The touchscreen of the given profile. Raises: ConfigError."""
    return Touchscreen(profile_from(options))


class Touchscreen:
    """See booth.ports.Screen."""

    def __init__(self, profile: Profile, read_death_ms: int = READ_DEATH_MS) -> None:
        self._profile = profile
        self._read_death_ms = read_death_ms

    def check(self) -> None:
        """Raises: ConfigError: there is no display, or it does not answer."""
        given = [name for name in DISPLAYS if os.environ.get(name)]
        if not given:
            raise ConfigError("there is no display: set DISPLAY or WAYLAND_DISPLAY, or use --offscreen")
        if given == ["DISPLAY"] and not _x_server_answers():
            shown = os.environ["DISPLAY"]
            raise ConfigError(f"the display {shown} does not answer: set DISPLAY right, or use --offscreen")

    def run(self, station: Station) -> int:
        """Show the screen until it is closed; 1 when a part of the booth died.

        Raises:
            ConfigError: there is no display.
        """
        self.check()
        application = _application()
        window = Window(station, self._profile)
        window.heard.connect(self._end_after_death)
        if self._profile.fullscreen:
            window.showFullScreen()
        else:
            window.show()
        with _signals_end(application), _bugs_end(application):
            code = application.exec()
        died = window.died is not None
        _dispose(window)
        return 1 if died else code

    def _end_after_death(self, event: object) -> None:
        if isinstance(event, Died):
            application = _application()
            QTimer.singleShot(self._read_death_ms, application, lambda: application.exit(1))

    def rehearse(self, station: Station, rehearsal: Rehearsal) -> Iterator[str]:
        """Drive the same screens by their own buttons; yields one line an item.

        Raises:
            ConfigError: the cameras are not simulated.
            BoothError: a step did not come within its time.
        """
        if not any(os.environ.get(name) for name in DISPLAYS):
            os.environ["QT_QPA_PLATFORM"] = "offscreen"
        application = _application()
        window = Window(station, self._profile)
        window.show()
        hands = Hands(window, rehearsal.out)
        try:
            rehearser = Rehearser(window, station, hands)
            rehearsal.out.mkdir(parents=True, exist_ok=True)
            with hands.slots_heard():
                yield from rehearser.items(rehearsal.items)
                if rehearsal.technician:
                    yield from TechniciansRound(window, station, hands).walk()
        finally:
            _dispose(window)
            application.processEvents()


def _application() -> QApplication:
    for name in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR"):
        os.environ.pop(name, None)  # OpenCV points these at plugins of another Qt
    existing = QApplication.instance()
    return existing if isinstance(existing, QApplication) else QApplication(["booth"])


def _x_server_answers() -> bool:
    """Whether libxcb gets a connection; Qt would end the process where it gets none."""
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return True  # Qt says what it is that is missing
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = (ctypes.c_char_p, ctypes.c_void_p)
    xcb.xcb_connection_has_error.argtypes = xcb.xcb_disconnect.argtypes = (ctypes.c_void_p,)
    connection = xcb.xcb_connect(None, None)
    answers: bool = xcb.xcb_connection_has_error(connection) == 0
    xcb.xcb_disconnect(connection)
    return answers


def _dispose(window: Window) -> None:
    window.close()
    window.deleteLater()


@contextmanager
def _signals_end(application: QApplication) -> Iterator[None]:
    """SIGINT and SIGTERM close the screen; a timer lets Python see them while nobody touches it."""

    def end(number: int, frame: FrameType | None) -> None:
        application.quit()

    wakes = QTimer()
    wakes.timeout.connect(lambda: None)
    wakes.start(SEE_SIGNALS_MS)
    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        wakes.stop()
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _bugs_end(application: QApplication) -> Iterator[None]:
    """An exception that leaves a slot is a bug: it is logged and ends the process."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        log.critical("the screen failed", exc_info=(kind, error, trace))
        application.exit(1)

    before, sys.excepthook = sys.excepthook, hook
    try:
        yield
    finally:
        sys.excepthook = before
