"""SIGKILL at any moment loses no sample that was told as stored."""

from __future__ import annotations

import os
import random
import selectors
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from booth.store.samples import Store

ROOT = Path(__file__).parents[2]
KILLS = 50
SAMPLES = 20
AIMED_EVERY = 5
"""Every fifth kill waits for the renamed folder: between the files and the row."""
INSIDE_AT_LEAST = 10
DEADLINE_S = 30.0
SEED = 20261120


@dataclass
class Run:
    """One keeper, and what it said before it died."""

    process: subprocess.Popen[bytes]
    number: int
    begun: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    first_told_at: float = 0.0
    _rest: bytes = b""

    def inside(self) -> str:
        """The sample whose keep was not over, or empty."""
        open_ids = [each for each in self.begun if each not in self.told]
        return open_ids[0] if open_ids else ""

    def listen(self, until: float) -> bool:
        """Take in what it says until then; False once it says no more."""
        assert self.process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            if not selector.select(max(0.0, until - time.monotonic())):
                return True
        data = os.read(self.process.stdout.fileno(), 65_536)
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            word, sample_id = line.decode().split()
            (self.told if word == "told" else self.begun).append(sample_id)
        if self.told and not self.first_told_at:
            self.first_told_at = time.monotonic()
        return bool(data)


@pytest.mark.timeout(400)
def test_killing_the_process_at_any_moment_loses_no_sample_that_was_told_as_stored(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chance, counts = random.Random(SEED), Counter[str]()
    told: set[str] = set()
    with closing(_starts(tmp_path)) as keepers:
        while counts["kills"] < KILLS:
            run = next(keepers)
            _kill(run, tmp_path, chance)
            if run.process.returncode != -signal.SIGKILL:  # done before the kill: not one of the fifty
                continue
            counts["kills"] += 1
            told.update(run.told)
            _check(tmp_path, run, counts)
    counts["told"] = len(told)
    with Store.open(tmp_path, high_water_free_mb=1, ballast_mb=1) as store:
        counts["found"] = len(told & {each.sample_id for each in store.verify() if each.ok})
    with capsys.disabled():
        print(f"\nseed={SEED} " + " ".join(f"{name}={value}" for name, value in sorted(counts.items())))
    assert counts["told"] == counts["found"] >= KILLS
    assert counts["inside_keep"] >= INSIDE_AT_LEAST
    assert counts["quarantined"] >= counts["quarantined_after_rename"] > 0


def _starts(store: Path) -> Generator[Run, None, None]:
    """Keepers, the next one always loading while the present one works."""
    waiting = _start(store, 0)
    try:
        for number in range(1, 2 * KILLS):
            run, waiting = waiting, _start(store, number)
            yield run
    finally:
        waiting.process.kill()
        waiting.process.communicate(timeout=DEADLINE_S)
    raise AssertionError("too many keepers were done before they could be killed")


def _start(store: Path, number: int) -> Run:
    command = [sys.executable, "-m", "tests.store.keeper", str(store), str(SAMPLES), str(number)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    return Run(process, number)


def _kill(run: Run, store: Path, chance: random.Random) -> None:
    assert run.process.stdin is not None
    run.process.stdin.write(b"go\n")
    run.process.stdin.flush()
    latest = chance.randint(1, SAMPLES - 3)
    _await_told(run, chance.randint(1, latest))  # early moments more often: it halves the waiting
    if run.number % AIMED_EVERY == 0:
        _await_rename(run, store / "samples")
    else:
        _await_moment(run, chance)
    run.process.kill()
    while run.listen(time.monotonic() + DEADLINE_S):
        pass
    run.process.communicate(timeout=DEADLINE_S)


def _await_told(run: Run, count: int) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while len(run.told) < count and time.monotonic() < deadline:
        assert run.listen(deadline), f"keeper {run.number} ended by itself"
    assert len(run.told) >= count, "the keeper did not get that far in time"


def _await_moment(run: Run, chance: random.Random) -> None:
    """Wait for a random part of the time that two keeps take on this disk."""
    each_s = (time.monotonic() - run.first_told_at) / max(1, len(run.told) - 1)
    until = time.monotonic() + chance.uniform(0.0, 2 * min(each_s, 0.1))
    while time.monotonic() < until and run.listen(until):
        pass


def _await_rename(run: Run, shelf: Path) -> None:
    """Wait until a folder stands on the shelf whose keep has not been told."""
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline and run.listen(time.monotonic()):
        inside = run.inside()
        if inside and (shelf / inside).exists():
            return


def _check(folder: Path, run: Run, counts: Counter[str]) -> None:
    """Open again as a restart would: all that was told is there and whole, the rest is out of the way."""
    with Store.open(folder, high_water_free_mb=1, ballast_mb=1) as store:
        rows = {row.sample_id for row in store.rows(limit=SAMPLES)}
        moved = store.recovery.quarantined
        assert set(run.told) <= rows, f"run {run.number} lost {set(run.told) - rows}"
        on_shelf = {each.name for each in (folder / "samples").glob(f"run{run.number}-*")}
        assert rows & set(run.begun) == on_shelf
        assert not list((folder / "tmp").iterdir())
        assert store.recovery.flagged == ()
        for sample_id in run.told[-2:]:
            assert store.load(sample_id).sample_id == sample_id
    inside = run.inside()
    assert {_owner(path) for path in moved} <= {inside}, "only the keep that was cut short leaves anything"
    counts["inside_keep"] += bool(inside)
    counts["kept_but_not_told"] += inside in rows
    counts["quarantined"] += len(moved)
    counts["quarantined_after_rename"] += sum(_came_from_shelf(path) for path in moved)


def _owner(path: Path) -> str:
    return "-".join(path.name.split("-")[:2])


def _came_from_shelf(path: Path) -> bool:
    """A temporary folder already has a random tail; quarantine adds one more."""
    return len(path.name.split("-")) == 3
