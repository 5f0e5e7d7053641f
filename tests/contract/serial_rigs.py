"""One serial device of each kind, its emulator, and how both are used alike."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from booth.domain.device import Signal
from booth.ports.devices import Beacon, Device, Light, Scale, Scanner
from drivers.serial import beacon as beacon_serial
from drivers.serial import light_gardasoft, scale_mt_sics
from drivers.serial import scanner as scanner_serial
from tests.emulators.running import Plugged

PATIENT_S = 10.0
HASTY_S = 0.3


class Rig(ABC):
    """A device at one end of a cable and its emulator, plugged in, at the other."""

    kind: str
    arguments: tuple[str, ...] = ()
    hears: bool = True
    """Whether it answers what it is asked."""

    def __init__(self, folder: Path, timeout_s: float = PATIENT_S) -> None:
        self.timeout_s = timeout_s
        self.plugged = Plugged(self.kind, folder / self.kind, *self.arguments)
        self.plugged.plug_in()

    @property
    def options(self) -> Mapping[str, Any]:
        """What stands in booth.toml."""
        return {"port": str(self.plugged.link), "timeout_s": self.timeout_s}

    @property
    @abstractmethod
    def device(self) -> Device: ...

    @abstractmethod
    def another(self) -> Device:
        """A second device of its kind on the same port."""

    @abstractmethod
    def works(self, number: int) -> bool:
        """Whether an exchange that only `number` gives comes out exactly right."""

    @abstractmethod
    def speak(self) -> object:
        """One exchange whose answer is a word of several bytes; what the driver makes of it."""

    def close(self) -> None:
        """Pull everything."""
        self.device.close()
        self.plugged.unplug()


class ScaleRig(Rig):
    kind = "scale"

    def __init__(self, folder: Path, timeout_s: float = PATIENT_S) -> None:
        super().__init__(folder, timeout_s)
        self.scale: Scale = scale_mt_sics.scale(self.options)

    @property
    def device(self) -> Device:
        return self.scale

    def another(self) -> Device:
        return scale_mt_sics.scale(self.options)

    def works(self, number: int) -> bool:
        self.plugged.do(f"put {number}.25")
        return self.scale.weigh(self.timeout_s).grams == number + 0.25

    def speak(self) -> object:
        return self.scale.weigh(self.timeout_s)


class LightRig(Rig):
    kind = "light"
    arguments = ("--echo",)

    def __init__(self, folder: Path, timeout_s: float = PATIENT_S) -> None:
        super().__init__(folder, timeout_s)
        self.light: Light = light_gardasoft.light(self.options)

    @property
    def device(self) -> Device:
        return self.light

    def another(self) -> Device:
        return light_gardasoft.light(self.options)

    def works(self, number: int) -> bool:
        self.light.shine(number / 100)
        return self.plugged.do("lit")[0].startswith(f"{number}:")

    def speak(self) -> object:
        self.light.shine(0.5)
        return None


class ScannerRig(Rig):
    kind = "scanner"
    hears = False

    def __init__(self, folder: Path, timeout_s: float = PATIENT_S) -> None:
        super().__init__(folder, timeout_s)
        self.scanner: Scanner = scanner_serial.scanner(self.options)

    @property
    def device(self) -> Device:
        return self.scanner

    def another(self) -> Device:
        return scanner_serial.scanner(self.options)

    def works(self, number: int) -> bool:
        self.plugged.do(f"scan ]C0item-{number}")
        scan = self.scanner.read(PATIENT_S)
        return scan is not None and (scan.text, scan.symbology) == (f"item-{number}", "Code128")

    def speak(self) -> object:
        if self.plugged.is_in:
            self.plugged.start_to("scan 4006381333931")
        return self.scanner.read(self.timeout_s)


class BeaconRig(Rig):
    kind = "beacon"

    def __init__(self, folder: Path, timeout_s: float = PATIENT_S) -> None:
        super().__init__(folder, timeout_s)
        self.beacon: Beacon = beacon_serial.beacon(self.options)

    @property
    def device(self) -> Device:
        return self.beacon

    def another(self) -> Device:
        return beacon_serial.beacon(self.options)

    def works(self, number: int) -> bool:
        signal = list(Signal)[number % len(Signal)]
        self.beacon.show(signal)
        return f"@??S{self.plugged.do('lit')[0]}!" == beacon_serial.PATLITE[signal]

    def speak(self) -> object:
        self.beacon.close()
        self.beacon.open()
        return None


RIGS: tuple[type[Rig], ...] = (ScaleRig, LightRig, ScannerRig, BeaconRig)
