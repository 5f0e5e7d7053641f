"""What a camera does that has nothing to set, measures nothing of itself and cannot be restarted."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from booth.domain.device import Control, Health
from booth.errors import DeviceError, InputError


class PlainCamera(ABC):
    """The part of the port Camera that such a camera leaves empty."""

    @property
    @abstractmethod
    def camera_id(self) -> str:
        """Its name."""

    def controls(self) -> Sequence[Control]:
        """None."""
        return ()

    def adjust(self, name: str, value: float) -> None:
        """Raises: InputError: always."""
        raise InputError(f"camera {self.camera_id} has no setting '{name}', and no other")

    def health(self) -> Health:
        """Empty."""
        return Health()

    def restart(self) -> None:
        """Raises: DeviceError: always."""
        raise DeviceError(f"camera {self.camera_id} cannot be restarted from here: pull and plug its cable")
