"""A hand scanner on a serial line, to run a booth without one.

    python -m tests.emulators.scanner --link /tmp/scanner

makes the port /tmp/scanner (`[scanner] driver = "serial"`, `options.port = "/tmp/scanner"`) and reads from
the keyboard what is scanned: `scan 4006381333931`, with an AIM prefix `scan ]E04006381333931`, with escapes
`scan ]C10109521234543213\\x1d10AB`. The faults are those of `tests.emulators.cable`; a scan counts as
an answer.
"""

from __future__ import annotations

from tests.emulators.cable import arguments, run, unescaped

SUFFIXES = {"cr": b"\r", "lf": b"\n", "crlf": b"\r\n"}


class Scanner:
    """Sends what is scanned with its suffix; what it is sent it ignores, as most do."""

    def __init__(self, suffix: str = "crlf") -> None:
        self._suffix = SUFFIXES[suffix]

    def receive(self, data: bytes) -> list[bytes]:
        """Nothing."""
        return []

    def obey(self, line: str) -> list[bytes]:
        """The code that is scanned."""
        word, _, code = line.partition(" ")
        if word != "scan" or not code:
            raise ValueError("scan CODE")
        return [unescaped(code) + self._suffix]


if __name__ == "__main__":
    parser = arguments("a hand scanner")
    parser.add_argument("--suffix", choices=sorted(SUFFIXES), default="crlf")
    given = parser.parse_args()
    run(given, Scanner(given.suffix))
