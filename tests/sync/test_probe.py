"""The probe refuses a store where creates of one key do not have exactly one winner."""

from __future__ import annotations

import threading

import pytest

from booth.errors import SyncError
from booth.sync.probe import probe
from tests.sync.remotes import MemoryRemote, unreachable_at


class LeakyRemote(MemoryRemote):
    """Lets two creates of each key win, as a store does that looks first and writes later."""

    def __init__(self) -> None:
        super().__init__()
        self._wins: dict[str, int] = {}
        self._counting = threading.Lock()

    def put_new(self, key: str, data: bytes) -> bool:
        with self._counting:
            self._wins[key] = self._wins.get(key, 0) + 1
            return self._wins[key] <= 2


class OverwritingRemote(MemoryRemote):
    """Tells the truth about who won, and keeps the bytes of who came last."""

    def put_new(self, key: str, data: bytes) -> bool:
        won = super().put_new(key, data)
        self.objects[key] = data
        return won


class ForgetfulRemote(MemoryRemote):
    """Never lets anybody win."""

    def put_new(self, key: str, data: bytes) -> bool:
        super().put_new(key, data)
        return False


def test_a_store_with_one_winner_passes_and_keeps_little() -> None:
    remote = MemoryRemote()
    probe(remote)
    assert 0 < sum(len(data) for data in remote.objects.values()) < 1_000
    assert all(key.startswith("probe/") for key in remote.objects)


@pytest.mark.parametrize(
    ("remote", "said"),
    [
        (LeakyRemote(), "2 of 8 creates of one key won"),
        (OverwritingRemote(), "overwrote the winner"),
        (ForgetfulRemote(), "no create of a new key won"),
    ],
)
def test_a_store_that_breaks_create_only_is_refused(remote: MemoryRemote, said: str) -> None:
    with pytest.raises(SyncError, match=said):
        probe(remote)


def test_a_store_that_cannot_be_reached_is_reported() -> None:
    with pytest.raises(SyncError, match="cannot be reached"):
        probe(unreachable_at(MemoryRemote(), 3))
