"""One end of a serial cable: a pty with a link to it, a device that answers, and faults on command.

The process reads commands from its standard input, one a line, and says `ok` after each:

    fault silent [N]     swallow the next N answers (default: all until `heal`)
    fault half [N]       send half, or N bytes, of the next answer and no more of it
    fault halfdie [N]    the same, then die as if killed: the cable is pulled in mid-word
    fault hold           keep the next answers back until `release`
    fault noise [N]      send N random bytes (64) instead of the next answer
    fault say TEXT       send TEXT, with Python's escapes, instead of the next answer
    fault slow S         wait S seconds before each byte of the next answer
    heal                 no more faults; what was held is dropped
    release              send all that was held
    send TEXT            send TEXT unasked
    noise N              send N random bytes unasked
    die                  die as if killed

Other lines go to the device itself. It ends with its standard input, unless `--stay` is given.
"""

from __future__ import annotations

import argparse
import os
import select
import signal
import sys
import time
import tty
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

MOST_WAITING = 65_536


class Emulated(Protocol):
    """A device at the end of the cable."""

    def receive(self, data: bytes) -> list[bytes]:
        """The answers to what came in; a half command waits for its other half."""

    def obey(self, line: str) -> list[bytes]:
        """What the device sends when a person does `line` to it. Raises: ValueError: it has no such thing."""


class Cable:
    """The pty and its link; `serve` runs until the process is killed."""

    def __init__(self, link: Path, device: Emulated, seed: int = 0) -> None:
        self._device = device
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self._faults: deque[tuple[str, str, bool]] = deque()
        self._held: list[bytes] = []
        self._noise = 0x9E3779B9 ^ seed
        self._link(link)

    def serve(self, commands: int, stay: bool) -> None:
        """Answer what comes over the cable, and obey the lines that come from the file `commands`."""
        print("ready", flush=True)
        line, wanted = b"", [self._master, commands]
        while True:
            ready, _, _ = select.select(wanted, [], [])
            if self._master in ready:
                for answer in self._device.receive(os.read(self._master, MOST_WAITING)):
                    self._answer(answer)
            if commands not in ready:
                continue
            came = os.read(commands, MOST_WAITING)
            *lines, line = (line + came).split(b"\n")
            for each in lines:
                self._command(each.decode())
            if not came and not stay:
                return
            wanted = wanted if came else [self._master]

    def _link(self, link: Path) -> None:
        made = link.with_name(f".{link.name}.{os.getpid()}")
        made.symlink_to(os.ttyname(self._slave))
        made.replace(link)

    def _command(self, line: str) -> None:
        word, _, rest = line.strip().partition(" ")
        table: dict[str, Callable[[str], None]] = {
            "fault": self._add_fault,
            "heal": self._heal,
            "release": self._release,
            "send": lambda text: self._send(unescaped(text)),
            "noise": lambda count: self._send(self._random(int(count))),
            "die": lambda _: os.kill(os.getpid(), signal.SIGKILL),
        }
        try:
            if word in table:
                table[word](rest)
            else:
                for data in self._device.obey(line.strip()):
                    self._answer(data)
        except ValueError as error:
            print(f"no: {error}", flush=True)
        else:
            print("ok", flush=True)

    def _add_fault(self, text: str) -> None:
        kind, _, argument = text.partition(" ")
        times = int(argument) if kind == "silent" and argument else 1
        stays = kind == "hold" or (kind == "silent" and not argument)
        self._faults.extend([(kind, argument, stays)] * times)

    def _heal(self, _: str) -> None:
        self._faults.clear()
        self._held.clear()

    def _release(self, _: str) -> None:
        held, self._held = self._held, []
        self._faults.clear()
        for answer in held:
            self._send(answer)

    def _answer(self, answer: bytes) -> None:
        kind, argument, stays = self._faults[0] if self._faults else ("", "", True)
        if not stays:
            self._faults.popleft()
        match kind:
            case "":
                self._send(answer)
            case "hold":
                self._held.append(answer)
            case "half" | "halfdie":
                self._send(answer[: int(argument or len(answer) // 2)])
            case "noise" | "say":
                self._send(unescaped(argument) if kind == "say" else self._random(int(argument or 64)))
            case "slow":
                self._send_slowly(answer, float(argument))
        if kind == "halfdie":
            os.kill(os.getpid(), signal.SIGKILL)

    def _send_slowly(self, answer: bytes, pause_s: float) -> None:
        for byte in answer:
            time.sleep(pause_s)
            self._send(bytes([byte]))

    def _send(self, data: bytes) -> None:
        """Write what the line takes; what a full line does not take is lost, as on a real one."""
        os.set_blocking(self._master, False)
        while data:
            try:
                data = data[os.write(self._master, data) :]
            except BlockingIOError:
                return

    def _random(self, count: int) -> bytes:
        """The same bytes in each run (xorshift32: Marsaglia 2003, "Xorshift RNGs")."""
        made = bytearray()
        for _ in range(count):
            self._noise ^= self._noise << 13 & 0xFFFFFFFF
            self._noise ^= self._noise >> 17
            self._noise ^= self._noise << 5 & 0xFFFFFFFF
            made.append(self._noise & 0xFF)
        return bytes(made)


def unescaped(text: str) -> bytes:
    """The bytes that a person means by text with Python's escapes, of one byte each."""
    return text.encode().decode("unicode_escape").encode("latin-1")


def arguments(description: str) -> argparse.ArgumentParser:
    """What every emulator takes."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--link", type=Path, required=True, help="where to put the link to the port")
    parser.add_argument("--stay", action="store_true", help="go on when the standard input ends")
    return parser


def run(given: argparse.Namespace, device: Emulated) -> None:
    """Serve until killed or interrupted; the link goes too, unless it is killed."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    cable = Cable(given.link, device)
    try:
        cable.serve(sys.stdin.fileno(), given.stay)
    except KeyboardInterrupt:
        print("interrupted")
    finally:
        given.link.unlink(missing_ok=True)
