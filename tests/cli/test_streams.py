"""A reader that goes, a full disk, a closed stdout: `booth` as a process of its own ends in good order."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

BOOTH = [sys.executable, "-c", "from booth.cli.main import main; main()"]
DEADLINE_S = 60.0


@pytest.mark.parametrize("arguments", [["config", "show"], ["config", "show", "--json"], ["--help"]])
def test_a_reader_that_has_gone_is_no_error(tmp_path: Path, arguments: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        ended = _booth(tmp_path, arguments, writing)
    finally:
        os.close(writing)
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize("arguments", [["config", "show"], ["config", "show", "--json"], ["--help"]])
def test_output_that_cannot_be_written_is_told_in_one_line(tmp_path: Path, arguments: list[str]) -> None:
    with open("/dev/full", "w") as full:
        ended = _booth(tmp_path, arguments, full.fileno())
    assert ended.returncode == 2
    assert len(ended.stderr.splitlines()) == 1
    assert "No space left" in ended.stderr


def test_a_closed_stdout_is_no_bug(tmp_path: Path) -> None:
    shell = ["sh", "-c", 'exec "$@" >&-', "sh", *BOOTH, "config", "show"]
    ended = subprocess.run(shell, cwd=tmp_path, stderr=subprocess.PIPE, text=True, timeout=DEADLINE_S)
    assert (ended.returncode, ended.stderr) == (0, "")


def _booth(folder: Path, arguments: list[str], stdout: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*BOOTH, *arguments],
        cwd=folder,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        timeout=DEADLINE_S,
    )
