"""A Patlite signal tower on RS-232, to run a booth without one.

    python -m tests.emulators.beacon --link /tmp/beacon

makes the port /tmp/beacon (`[beacon] driver = "serial"`, `options.port = "/tmp/beacon"`) and prints, for each
signal, how red, amber, green and the buzzer are; `refuse` makes it answer NAK, `agree` ACK again, `lit`
prints the six digits. The faults are those of `tests.emulators.cable`.

It keeps to PATLITE's "PHE-3FB3-RYG user's manual", chapter 3.2.2: `S`, `G` and `C`.
"""

from __future__ import annotations

import re
import sys

from tests.emulators.cable import arguments, run

COMMAND = re.compile(rb"@\?\?([^!]*)!")
STATES = {"0": "off", "1": "on", "2": "flashing", "3": "flashing fast"}


class Beacon:
    """The tower; its six digits are red, amber, green, two unused and the buzzer."""

    def __init__(self) -> None:
        self._digits = "000000"
        self._refuses = False
        self._rest = b""

    def receive(self, data: bytes) -> list[bytes]:
        """One answer a command."""
        self._rest += data
        answers = []
        while (found := COMMAND.search(self._rest)) is not None:
            self._rest = self._rest[found.end() :]
            answers.append(self._do(found[1].decode("latin-1")))
        return answers

    def obey(self, line: str) -> list[bytes]:
        """Refuse, agree, or print the digits."""
        match line:
            case "refuse" | "agree":
                self._refuses = line == "refuse"
            case "lit":
                print(self._digits, flush=True)
            case _:
                raise ValueError("refuse, agree, lit")
        return []

    def _do(self, command: str) -> bytes:
        if command == "G":
            return self._digits.encode()
        if self._refuses or not re.fullmatch("C|S[0-9]{6}", command):
            return b"\x15"
        self._digits = command[1:] or "000000"
        red, amber, green, _, _, buzzer = (STATES.get(digit, "as before") for digit in self._digits)
        print(f"red {red}, amber {amber}, green {green}, buzzer {buzzer}", file=sys.stderr, flush=True)
        return b"\x06"


if __name__ == "__main__":
    run(arguments("a Patlite signal tower").parse_args(), Beacon())
