"""What every part has: options from booth.toml, and for some a life of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

Options = Mapping[str, Any]


class Service(Protocol):
    """Something that runs on threads of its own, started in order and stopped in reverse."""

    def start(self) -> None: ...

    def stop(self) -> None:
        """Ask it to end and wait for it."""
