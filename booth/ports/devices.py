"""Devices: they block, own no thread, and one thread at a time calls each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from booth.domain.device import Control, DeviceInfo, Health, Scan, Signal, Weight
from booth.domain.picture import Frame
from booth.ports.scene import Scene
from booth.ports.service import Options


class Camera(Protocol):
    """One camera; it blocks and owns no thread. One thread at a time calls it."""

    @property
    def camera_id(self) -> str: ...

    @property
    def info(self) -> DeviceInfo: ...

    def open(self) -> None:
        """Start streaming. Raises: DeviceError."""

    def read(self, timeout_s: float) -> Frame:
        """The next frame, its arrays owned by the caller.

        Raises:
            DeviceTimeout: none came within `timeout_s`; it may still be there.
            DeviceError: the camera is gone.
        """

    def close(self) -> None:
        """Stop streaming; harmless when closed already."""

    def controls(self) -> Sequence[Control]:
        """Its settings as they are, with their ranges; none while it is closed. Raises: DeviceError."""

    def adjust(self, name: str, value: float) -> None:
        """Change one setting until it is closed.

        Raises:
            InputError: it has none of that name, or the value is out of its range; nothing is changed.
            DeviceError: the device refuses.
        """

    def health(self) -> Health:
        """What it measures of itself, at once; empty while it is closed."""

    def restart(self) -> None:
        """Restart the closed device itself, and wait until it is back.

        Raises:
            DeviceError: it cannot be restarted, or does not come back.
        """


class Device(Protocol):
    """What every device on a serial line has."""

    @property
    def info(self) -> DeviceInfo:
        """Kind and address; serial, model and firmware too once it was open."""

    def open(self) -> None:
        """Take the line, for this process alone, and make sure who answers. Raises: DeviceError."""

    def close(self) -> None:
        """Let the line go; harmless when closed already."""


class Scale(Device, Protocol):
    """Weighs what lies on the tray."""

    def weigh(self, timeout_s: float) -> Weight:
        """One reading, stable or not.

        Raises:
            DeviceTimeout: none came in time.
            DeviceError: it is gone, or says what no scale says.
        """

    def zero(self, timeout_s: float) -> None:
        """Make what lies on it now the zero. Raises: DeviceError: it refuses, or is not still."""

    def tare(self, timeout_s: float) -> None:
        """Make what lies on it now the container. Raises: DeviceError: it refuses, or is not still."""


class Light(Device, Protocol):
    """Lights the tray."""

    @property
    def flash_s(self) -> float:
        """How long one flash lasts, in seconds; 0 for a light that burns steadily."""

    def shine(self, share: float) -> None:
        """Set the brightness, 0..1 of what the lamps are rated for; 0 is dark.

        Raises:
            InputError: outside 0..1.
            DeviceError: it refuses or is gone.
        """

    def flash(self) -> None:
        """Light up for the exposures that follow, when it is pulsed; a steady light does nothing.

        Raises:
            DeviceError: it refuses or is gone.
        """

    def check(self) -> None:
        """Ask how it is. Raises: DeviceError: it reports a fault, or is gone."""


class Scanner(Device, Protocol):
    """Reads codes in an associate's hand."""

    def read(self, timeout_s: float) -> Scan | None:
        """The next code, or None when none was read in time. Raises: DeviceError: it is gone."""


class Beacon(Device, Protocol):
    """The stack light over the booth."""

    def show(self, signal: Signal) -> None:
        """Show one signal until the next. Raises: DeviceError: it refuses or is gone."""


CameraFactory = Callable[[Options, Scene | None], Sequence[Camera]]
ScaleFactory = Callable[[Options], Scale]
LightFactory = Callable[[Options], Light]
ScannerFactory = Callable[[Options], Scanner]
BeaconFactory = Callable[[Options], Beacon]
Discover = Callable[[Options], Sequence[DeviceInfo]]
"""What a driver finds plugged in (group `booth.discoveries`, by the driver's name). Raises: DeviceError."""
