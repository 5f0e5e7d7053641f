"""The world outside the booth: central storage, and the site's own system."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from booth.ports.service import Options


class Remote(Protocol):
    """Central object storage. Keys are `/`-separated; any thread may call it."""

    @property
    def address(self) -> str:
        """Where it is, without secrets."""

    def put_new(self, key: str, data: bytes) -> bool:
        """Create, never overwrite; False when the key exists already. Raises: SyncError."""

    def get(self, key: str) -> bytes | None:
        """The object, or None. Raises: SyncError."""

    def exists(self, key: str) -> bool:
        """Raises: SyncError."""

    def keys(self, prefix: str) -> Iterator[str]:
        """Every key under `prefix`; a folder that cannot be listed by its own name, ending in a slash.

        Raises:
            SyncError: it cannot be reached, or nothing can be listed.
        """


class Host(Protocol):
    """The site's own system, which is told each item's disposition."""

    def deliver(self, sample_id: str, message: Mapping[str, object]) -> None:
        """Hand over once; the same sample id again must be harmless. Raises: DeviceError."""


RemoteFactory = Callable[[str, Options], Remote]
HostFactory = Callable[[Options], Host]
