"""Refuses a store where two creates of one key both win: the protocol stands on create-only."""

from __future__ import annotations

import logging
import secrets
import threading

from booth.errors import SyncError
from booth.events import Bus
from booth.ports.outside import Remote
from booth.worker import Worker

log = logging.getLogger(__name__)

RACERS = 8
ROUNDS = 4
TIMEOUT_S = 120.0


def probe(remote: Remote, racers: int = RACERS, rounds: int = ROUNDS) -> None:
    """Race creates of one key, some rounds of it; leaves one small object a round under probe/.

    OpenStack Swift advertises If-None-Match and lets several win.

    Raises:
        SyncError: it cannot be reached, or not just one create won, or another's bytes lie there.
    """
    decided = sum(_decide(remote, racers) for _ in range(rounds))
    if not decided:
        raise SyncError(f"{remote.address}: no create of a new key won; try again, or use another store")
    log.info("%s passed %d races of %d creates", remote.address, decided, racers)


def _decide(remote: Remote, racers: int) -> bool:
    """Run a round; False when nobody won, as when the winner's answer was lost and it asked again."""
    key = f"probe/{secrets.token_hex(16)}"
    winners = _Race(remote, key, racers).run()
    if len(winners) > 1:
        raise SyncError(
            f"{remote.address}: {len(winners)} of {racers} creates of one key won: do not use this store"
        )
    if winners and remote.get(key) != winners[0]:
        raise SyncError(f"{remote.address}: a create that lost overwrote the winner: do not use this store")
    return bool(winners)


class _Race:
    """One round: every racer waits at the line, then creates the same key with bytes of its own."""

    def __init__(self, remote: Remote, key: str, racers: int) -> None:
        self._remote = remote
        self._key = key
        self._line = threading.Barrier(racers)
        self._lock = threading.Lock()
        self._winners: list[bytes] = []
        self._errors: list[str] = []

    def run(self) -> list[bytes]:
        """What the winners wrote. Raises: SyncError."""
        bus = Bus()
        workers = [Worker("probe", bus, self._create) for _ in range(self._line.parties)]
        for worker in workers:
            worker.start()
        if not all([worker.stop(TIMEOUT_S) for worker in workers]):
            raise SyncError(f"{self._remote.address}: a create did not end within {TIMEOUT_S:.0f} s")
        if self._errors:
            raise SyncError(self._errors[0])
        return self._winners

    def _create(self, _stopping: threading.Event) -> None:
        data = secrets.token_hex(16).encode()
        try:
            self._line.wait(TIMEOUT_S)
            won = self._remote.put_new(self._key, data)
        except (SyncError, threading.BrokenBarrierError) as error:
            with self._lock:
                self._errors.append(str(error) or "a racer did not start")
            return
        if won:
            with self._lock:
                self._winners.append(data)
