"""Central storages for tests: one in memory, and ones that fail, end or interleave at a chosen operation."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from booth.errors import SyncError
from booth.ports.outside import Remote
from booth.store.samples import Store
from tests.samples import make_closing, make_sample


class MemoryRemote:
    """Objects in a dictionary; `log` holds every key that was created, in order."""

    address = "memory://central"

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.log: list[str] = []
        self._lock = threading.Lock()

    def put_new(self, key: str, data: bytes) -> bool:
        with self._lock:
            if key in self.objects:
                return False
            self.objects[key] = data
            self.log.append(key)
            return True

    def get(self, key: str) -> bytes | None:
        return self.objects.get(key)

    def exists(self, key: str) -> bool:
        return key in self.objects

    def keys(self, prefix: str) -> Iterator[str]:
        yield from [key for key in self.objects if key.startswith(prefix)]

    def copy(self) -> MemoryRemote:
        twin = MemoryRemote()
        twin.objects = dict(self.objects)
        return twin


class Killed(BaseException):
    """The process ends here: nothing in the house may catch it."""


class InterruptedRemote:
    """Calls `interrupt` before its n-th operation (from 0), or from then on; counts all of them."""

    def __init__(
        self, inner: Remote, at: int, interrupt: Callable[[], None], *, from_then_on: bool = False
    ) -> None:
        self.operations = 0
        self._last = 10**9 if from_then_on else at
        self._inner = inner
        self._at = at
        self._interrupt = interrupt

    @property
    def address(self) -> str:
        return self._inner.address

    def put_new(self, key: str, data: bytes) -> bool:
        self._count()
        return self._inner.put_new(key, data)

    def get(self, key: str) -> bytes | None:
        self._count()
        return self._inner.get(key)

    def exists(self, key: str) -> bool:
        self._count()
        return self._inner.exists(key)

    def keys(self, prefix: str) -> Iterator[str]:
        self._count()
        return self._inner.keys(prefix)

    def _count(self) -> None:
        number = self.operations
        self.operations += 1
        if self._at <= number <= self._last:
            self._interrupt()


def killed_at(inner: Remote, operation: int) -> InterruptedRemote:
    """A remote whose process ends before that operation."""

    def end() -> None:
        raise Killed

    return InterruptedRemote(inner, operation, end)


def unreachable_at(inner: Remote, operation: int) -> InterruptedRemote:
    """A remote that fails from that operation on."""

    def fail() -> None:
        raise SyncError("memory://central cannot be reached")

    return InterruptedRemote(inner, operation, fail, from_then_on=True)


def counted(inner: Remote) -> InterruptedRemote:
    """A remote that only counts."""
    return InterruptedRemote(inner, -1, lambda: None)


def open_store(root: Path) -> Store:
    """A store for tests, without a high-water mark."""
    return Store.open(root, high_water_free_mb=0, ballast_mb=0)


def keep_closed(store: Store, count: int, *, first: int = 0) -> list[str]:
    """Keep and close small samples; gives their ids."""
    ids = []
    for seed in range(first, first + count):
        sample = make_sample(cameras=("top",), depth=False, seed=seed)
        store.keep(sample)
        store.close_sample(sample.sample_id, make_closing())
        ids.append(sample.sample_id)
    return ids
