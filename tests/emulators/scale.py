"""A scale that speaks MT-SICS, to run a booth without one.

    python -m tests.emulators.scale --link /tmp/scale

makes the port /tmp/scale (`[scale] driver = "mt_sics"`, `options.port = "/tmp/scale"`) and reads from the
keyboard what lies on it: `put 512.5`, `put 0`, `shake`, `still`, `busy`, `free`, `unit kg`; more than the
capacity is over the range, less than -2 % of it under it. The faults are those of `tests.emulators.cable`.

It keeps to METTLER TOLEDO's reference manual 11780711: commands end with CR LF, answers name the command, Z
and T wait until it is still, `@` cancels them and answers with the serial number.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.emulators.cable import arguments, run

UNITS = {"g": 1.0, "kg": 1000.0, "lb": 453.59237, "oz": 28.349523125}


class Scale:
    """Weighs `gross` grams; `capacity` grams at most."""

    def __init__(self, serial: str = "B021002593", capacity: float = 15_000.0) -> None:
        self._serial = serial
        self._capacity = capacity
        self._gross, self._zero, self._tare = 0.0, 0.0, 0.0
        self._still, self._busy = True, False
        self._unit = "g"
        self._rest = b""
        self._waits = ""
        self._forgets_tare = False

    def receive(self, data: bytes) -> list[bytes]:
        """The answers to the whole commands in it."""
        *lines, self._rest = (self._rest + data).split(b"\r\n")
        answers = (self._do(line.decode("latin-1")) for line in lines)
        return [f"{answer}\r\n".encode() for answer in answers if answer]

    def obey(self, line: str) -> list[bytes]:
        """Put something on it, shake it, or let it rest."""
        word, _, value = line.partition(" ")
        match word:
            case "put":
                self._gross = float(value)
            case "shake" | "still":
                self._still = word == "still"
            case "busy" | "free":
                self._busy = word == "busy"
            case "unit" if value in UNITS or value == "PCS":
                self._unit = value
            case "forgetful":
                self._forgets_tare = True
            case _:
                raise ValueError("put GRAMS, shake, still, busy, free, unit g|kg|lb|oz|PCS, forgetful")
        waits, self._waits = self._waits, "" if self._still else self._waits
        return [f"{self._do(waits)}\r\n".encode()] if waits and self._still else []

    def _do(self, command: str) -> str:
        table: dict[str, Callable[[], str]] = {
            "@": self._cancel,
            "I0": lambda: 'I0 A 0 "@"',
            "I1": lambda: 'I1 A "01" "2.30" "2.20" "" ""',
            "I2": lambda: f'I2 A "ICS425 {self._capacity / 1000:.2f} kg"',
            "I3": lambda: 'I3 A "2.10 10.28.0.493.142"',
            "I4": lambda: f'I4 A "{self._serial}"',
            "S": lambda: self._weight("S") if self._still else "S I",
            "SI": lambda: self._weight("S"),
            "Z": lambda: self._when_still("Z", self._set_zero),
            "ZI": self._set_zero,
            "T": lambda: self._when_still("T", self._set_tare),
            "TI": self._set_tare,
            "TA": lambda: f"TA A {self._value(self._tare)}",
            "TAC": self._clear_tare,
            "D": lambda: "D A",
            "DW": lambda: "DW A",
        }
        if command not in table:
            return "ES"
        if self._busy and command not in ("@", "I4"):
            return f"{'S' if command == 'SI' else command} I"
        return table[command]()

    def _cancel(self) -> str:
        self._waits = ""
        self._tare = 0.0 if self._forgets_tare else self._tare
        return f'I4 A "{self._serial}"'

    def _weight(self, command: str) -> str:
        loaded = self._gross - self._zero
        if loaded > self._capacity:
            return f"{command} +"
        if loaded < -0.02 * self._capacity:
            return f"{command} -"
        return f"{command} {'S' if self._still else 'D'} {self._value(loaded - self._tare)}"

    def _value(self, grams: float) -> str:
        if self._unit == "PCS":
            return f"{round(grams):>10} PCS"
        decimals = 2 if self._unit == "g" else 5
        return f"{grams / UNITS[self._unit]:>10.{decimals}f} {self._unit}"

    def _when_still(self, command: str, act: Callable[[], str]) -> str:
        """Do it, or keep it until the scale is still and answer then."""
        if self._still:
            return act()
        self._waits = command
        return ""

    def _set_zero(self) -> str:
        if abs(self._gross) > 0.02 * self._capacity:
            return "Z +" if self._gross > 0 else "Z -"
        self._zero, self._tare = self._gross, 0.0
        return "Z A"

    def _set_tare(self) -> str:
        if self._weight("T") in ("T +", "T -"):
            return self._weight("T")
        self._tare = self._gross - self._zero
        return f"T S {self._value(self._tare)}"

    def _clear_tare(self) -> str:
        self._tare = 0.0
        return "TAC A"


if __name__ == "__main__":
    parser = arguments("a scale that speaks MT-SICS")
    parser.add_argument("--serial", default="B021002593")
    parser.add_argument("--capacity", type=float, default=15_000.0, help="in grams")
    given = parser.parse_args()
    run(given, Scale(given.serial, given.capacity))
