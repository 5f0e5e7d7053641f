"""A Gardasoft lighting controller of the RT series on RS-232, to run a booth without one.

    python -m tests.emulators.light --link /tmp/light

makes the port /tmp/light (`[light] driver = "gardasoft"`, `options.port = "/tmp/light"`) and reads from the
keyboard: `err 44` (its last error, which GR reports and clears), `refuse 19` (every setting is answered with
that error until `refuse 0`), `tell` (prints how each channel is lit), `lit` (percent,
pulses and triggers ignored of each channel). The faults are those of
`tests.emulators.cable`.

It keeps to Gardasoft's "RTxxx LED lighting controllers, user manual": commands end with CR, several are
parted by `;`, each line is answered once, with `>` at the end; limits of pulses as in 7.2, errors as in 13.3.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.emulators.cable import arguments, run

LIMITS = ((100.0, 999.0), (200.0, 30.0), (300.0, 10.0), (500.0, 2.0), (1000.0, 1.0))


@dataclass
class Channel:
    """How one channel is lit."""

    mode: int = 0
    percent: float = 0.0
    pulse_ms: float = 1.0
    delay_ms: float = 0.01
    retrigger_ms: float = 0.0
    pulses: int = 0
    ignored: int = 0
    last_s: float = -1e9


class Light:
    """The controller; `echo` sends back what it is sent, as older ones do."""

    def __init__(self, channels: int = 4, rating_a: float = 0.35, echo: bool = False) -> None:
        self._channels = [Channel() for _ in range(channels)]
        self._rating_a = rating_a
        self._echo = echo
        self._error = 0
        self._refuses = 0
        self._rest = b""

    def receive(self, data: bytes) -> list[bytes]:
        """One answer a line."""
        *lines, self._rest = (self._rest + data.replace(b"\n", b"")).split(b"\r")
        return [self._line(line.decode("latin-1")) for line in lines]

    def obey(self, line: str) -> list[bytes]:
        """Fail, refuse, or tell."""
        word, _, value = line.partition(" ")
        match word:
            case "err":
                self._error = int(value)
            case "refuse":
                self._refuses = int(value)
            case "tell":
                for number, channel in enumerate(self._channels, 1):
                    print(number, channel, file=sys.stderr, flush=True)
            case "lit":
                lit = (f"{each.percent:g}:{each.pulses}:{each.ignored}" for each in self._channels)
                print(" ".join(lit), flush=True)
            case _:
                raise ValueError("err NUMBER, refuse NUMBER, tell, lit")
        return []

    def _line(self, line: str) -> bytes:
        said = [self._do(each.replace(" ", "")) for each in line.split(";")]
        answer = "".join(f"{each}\r\n" for each in said if each)
        return f"{line if self._echo else ''}{answer}>".encode()

    def _do(self, command: str) -> str:
        found = re.fullmatch(r"([A-Z]{2})([0-9.,]*)", command)
        table: dict[str, Callable[[list[float]], str]] = {
            "VR": lambda _: "RT420-20 (HW02) V031",
            "RS": self._steady,
            "RT": self._pulsed,
            "TR": self._trigger,
            "ST": self._status,
            "GR": self._last_error,
            "AW": lambda _: "",
        }
        if found is None or found[1] not in table:
            return "Err 2"
        try:
            numbers = [float(number) for number in found[2].split(",") if number]
        except ValueError:
            return "Err 3"
        if self._refuses and found[1] in ("RS", "RT", "TR"):
            return f"Err {self._refuses}"
        return table[found[1]](numbers)

    def _channel(self, numbers: list[float]) -> Channel | None:
        number = int(numbers[0]) if numbers else 0
        return self._channels[number - 1] if 1 <= number <= len(self._channels) else None

    def _steady(self, numbers: list[float]) -> str:
        if len(numbers) != 2:
            return "Err 4"
        channel = self._channel(numbers)
        if channel is None or numbers[1] > 100:
            return "Err 1"
        channel.mode, channel.percent = 0, numbers[1]
        return ""

    def _pulsed(self, numbers: list[float]) -> str:
        if len(numbers) not in (4, 5):
            return "Err 4"
        channel = self._channel(numbers)
        _, pulse_ms, delay_ms, percent, *retrigger = numbers
        most_ms = next((ms for most, ms in LIMITS if percent <= most), 0.0)
        if channel is None or pulse_ms > most_ms:
            return "Err 1"
        channel.mode, channel.percent = 1, percent
        channel.pulse_ms, channel.delay_ms = pulse_ms, max(delay_ms, 0.005)
        channel.retrigger_ms = retrigger[0] if retrigger else 0.0
        return "Err 5" if delay_ms < 0.005 else ""

    def _trigger(self, numbers: list[float]) -> str:
        channel = self._channel(numbers)
        if channel is None:
            return "Err 1"
        now_s = time.monotonic()
        if now_s - channel.last_s < channel.retrigger_ms / 1000.0:
            channel.ignored += 1
        elif channel.mode == 1:
            channel.pulses, channel.last_s = channel.pulses + 1, now_s
        return ""

    def _status(self, numbers: list[float]) -> str:
        channel = self._channel(numbers)
        if channel is None:
            return "TM 1, TP 20.00ms"
        return (
            f"CH {int(numbers[0])}, MD {channel.mode}, IP 1, CS {self._rating_a:.3f}A, "
            f"RA {self._rating_a:.3f}A, "
            f"SE {channel.percent:.1f}, DL {channel.delay_ms:.3f}ms, PU {channel.pulse_ms:.3f}ms, "
            f"RT {channel.retrigger_ms:.3f}ms, FL 0"
        )

    def _last_error(self, _: list[float]) -> str:
        error, self._error = self._error, 0
        return f"Evt1,{error}" if error else ""


if __name__ == "__main__":
    parser = arguments("a Gardasoft lighting controller")
    parser.add_argument("--channels", type=int, default=4)
    parser.add_argument("--rating", type=float, default=0.35, help="what its lamps are rated for, in A")
    parser.add_argument("--echo", action="store_true")
    given = parser.parse_args()
    run(given, Light(given.channels, given.rating, given.echo))
