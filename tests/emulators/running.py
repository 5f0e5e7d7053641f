"""Emulators as processes of their own, plugged in and pulled by tests."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, TypeVar

from booth.errors import DeviceTimeout

ROOT = Path(__file__).parents[2]
Result = TypeVar("Result")


def patiently(act: Callable[[], Result], times: int = 20) -> Result:
    """What `act` gives, asked again when the machine is so busy that the answer came too late."""
    for _ in range(times - 1):
        try:
            return act()
        except DeviceTimeout:
            continue
    return act()


class Plugged:
    """One emulator process and the link to its port; `unplug` pulls the cable, `plug_in` puts it back.

    Args:
        kind: a module of `tests.emulators`.
    """

    def __init__(self, kind: str, link: Path, *arguments: str) -> None:
        self.link = link
        self._command = [sys.executable, "-m", f"tests.emulators.{kind}", "--link", str(link), *arguments]
        self._process: subprocess.Popen[str] | None = None

    def plug_in(self, *more: str) -> None:
        """Start it, and wait until its port is there."""
        self._process = subprocess.Popen(
            [*self._command, *more], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True, bufsize=1,
        )  # fmt: skip
        assert self._out().readline() == "ready\n"

    @property
    def is_in(self) -> bool:
        """Whether its process runs, as far as its owner knows."""
        return self._process is not None

    def do(self, line: str) -> list[str]:
        """Give it one command; what it prints before it says that it is done."""
        self.start_to(line)
        said: list[str] = []
        while not said or said[-1] != "ok":
            said.append(self._out().readline().rstrip("\n"))
            assert said[-1], "the emulator has ended"
            assert not said[-1].startswith("no: "), said[-1]
        return said[:-1]

    def start_to(self, line: str) -> None:
        """Give it one command of which it may die."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def unplug(self) -> None:
        """Kill it, and take the link away as udev does; harmless when it is unplugged already."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.communicate()
        self.link.unlink(missing_ok=True)

    def wait_until_dead(self) -> None:
        """Wait for a death that it was told to die, and take the link away."""
        assert self._process is not None
        self._process.wait(10.0)
        self.unplug()

    def _out(self) -> IO[str]:
        assert self._process is not None
        assert self._process.stdout is not None
        return self._process.stdout
