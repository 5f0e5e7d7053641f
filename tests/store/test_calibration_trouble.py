"""Calibration runs through kills, full disks and several writers: whole or not there, and never half told."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from booth.errors import StoreError
from booth.store.calibrations import Calibrations
from tests.calibration_runs import make_decision, make_run, version

REPOSITORY = Path(__file__).parents[2]
FSYNCS = 10
"""Of one keep: the parent, seven files, the folder, the parent of its name."""


def keeper(root: Path, act: str, number: int = 1, *before: str) -> subprocess.CompletedProcess[str]:
    command = [*before, sys.executable, "-m", "tests.store.run_keeper", str(root), act, str(number)]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=90, check=False)


def strace(fault: str) -> list[str]:
    program = shutil.which("strace")
    if program is None:
        pytest.skip("strace is not installed: no faults can be injected")
    return [program, "-f", "-o", "/dev/null", f"--inject={fault}"]


def left_behind(root: Path) -> list[str]:
    folder = root / "calibrations"
    return sorted(path.name for path in folder.iterdir() if path.name != ".lock") if folder.is_dir() else []


@pytest.mark.parametrize("call", range(1, FSYNCS + 2))
def test_a_killed_keep_leaves_a_whole_run_or_none(tmp_path: Path, call: int) -> None:
    done = keeper(tmp_path, "keep", 1, *strace(f"fsync:signal=KILL:when={call}"))
    store = Calibrations(tmp_path)
    killed = done.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL)
    assert killed == (call <= FSYNCS)
    assert [run.version for run in store.runs()] == ([version(1)] if call >= FSYNCS else [])
    if call >= FSYNCS:
        assert store.problems(version(1)) == ()
    store.keep_run(make_run(2), None, {}, {})
    assert left_behind(tmp_path) == [run.version for run in reversed(store.runs())]


@pytest.mark.parametrize("error", ["EIO", "ENOSPC"])
@pytest.mark.parametrize("call", [1, 2, 5, 8])
def test_a_disk_that_refuses_is_told_and_nothing_is_left(tmp_path: Path, error: str, call: int) -> None:
    done = keeper(tmp_path, "keep", 1, *strace(f"fsync:error={error}:when={call}"))
    assert done.returncode == 0, done.stderr
    assert "cannot be" in done.stdout.splitlines()[1]
    assert left_behind(tmp_path) == []
    assert keeper(tmp_path, "keep").stdout.splitlines() == ["start", "done"]


def test_a_file_that_may_not_grow_leaves_nothing(tmp_path: Path) -> None:
    prlimit = shutil.which("prlimit")
    if prlimit is None:
        pytest.skip("prlimit is not installed")
    done = keeper(tmp_path, "keep", 1, prlimit, "--fsize=4096")
    assert "cannot be written" in done.stdout
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize("call", [1, 2, 3])
def test_a_killed_decision_was_said_or_not(tmp_path: Path, call: int) -> None:
    assert keeper(tmp_path, "keep").stdout.splitlines() == ["start", "done"]
    keeper(tmp_path, "decide", 1, *strace(f"fsync:signal=KILL:when={call}"))
    store = Calibrations(tmp_path)
    assert store.version_in_force() == (version(1) if call == 3 else "")
    store.decide(make_decision(1))
    assert store.version_in_force() == version(1)
    folder = tmp_path / "calibration-decisions"
    assert all(path.name == ".lock" or path.suffix == ".json" for path in folder.iterdir())


@pytest.mark.parametrize("error", ["EIO", "ENOSPC"])
def test_a_decision_that_cannot_be_written_is_not_said(tmp_path: Path, error: str) -> None:
    keeper(tmp_path, "keep")
    done = keeper(tmp_path, "decide", 1, *strace(f"fsync:error={error}:when=2"))
    assert "cannot be written" in done.stdout
    assert Calibrations(tmp_path).decision(version(1)) is None


def test_writers_take_turns(tmp_path: Path) -> None:
    numbers = (1, 2, 3)
    for number in numbers:
        keeper(tmp_path, "keep", number)
    command = [sys.executable, "-m", "tests.store.run_keeper", str(tmp_path), "decide-often"]
    running = [
        subprocess.Popen([*command, str(number)], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
        for number in numbers
    ]
    assert [process.communicate(timeout=60)[0].splitlines()[-1] for process in running] == ["done"] * 3
    words = sorted(path.name for path in (tmp_path / "calibration-decisions").glob("*.json"))
    assert words == [f"{number:06d}.json" for number in range(1, 31)]
    assert all(decision.accepted for decision in Calibrations(tmp_path).decisions().values())


def test_two_that_keep_the_same_version_leave_one_whole_run(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.store.run_keeper", str(tmp_path), "keep", "1"]
    running = [subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    said = [process.communicate(timeout=60)[0].splitlines()[-1] for process in running]
    assert said.count("done") == 1
    assert sum("exists already" in line for line in said) == 2
    assert Calibrations(tmp_path).problems(version(1)) == ()
    assert left_behind(tmp_path) == [version(1)]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere: a read-only folder was not tried")
def test_a_folder_that_may_not_be_written_gives_one_clear_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match="cannot be made or written"):
        Calibrations(tmp_path).keep_run(make_run(1), None, {}, {})
    assert Calibrations(tmp_path).runs() == []
