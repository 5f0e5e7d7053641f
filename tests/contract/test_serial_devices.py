"""What every device on a serial line keeps, against an emulator that is a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from booth.domain.device import Signal
from booth.errors import DeviceError, DeviceTimeout
from tests.contract.serial_rigs import HASTY_S, PATIENT_S, RIGS, BeaconRig, LightRig, Rig, ScaleRig
from tests.emulators.running import ROOT, patiently

NOISE = {
    "random": "fault noise 64",
    "random and long": "fault noise 4000",
    "zeros": "fault say " + r"\x00" * 80,
    "zeros in lines": "fault say " + r"\x00\x00\x00\r\n" * 8,
    "one line without end": "fault say " + "A" * 20_000,
    "UTF-16": "fault say " + "".join(f"\\x{byte:02x}" for byte in "S S 1.0 g\r\n>".encode("utf-16")),
    "another code page": r"fault say \xe4\xf6\xfc\xdf\r\n>",
}


@pytest.fixture(params=RIGS, ids=lambda rig: rig.kind)
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    made: Rig = request.param(tmp_path)
    yield made
    made.close()


@pytest.fixture(params=RIGS, ids=lambda rig: rig.kind)
def hasty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    """One whose calls end soon, for what ends in silence."""
    made: Rig = request.param(tmp_path, HASTY_S)
    yield made
    made.close()


def open_and_work(rig: Rig, *numbers: int) -> bool:
    patiently(rig.device.open)
    return all(patiently(partial(rig.works, number)) for number in numbers)


def outcome(act: Callable[[], object]) -> str | None:
    """What it raises, or None where it gives no value; a value is a failure."""
    try:
        value = act()
    except DeviceError as error:
        return str(error)
    assert not value
    return None


def test_it_opens_says_what_it_is_and_works(rig: Rig) -> None:
    rig.device.open()
    assert rig.device.info.kind in ("mt_sics", "gardasoft", "serial")
    assert rig.device.info.address == str(rig.plugged.link)
    assert rig.device.info.model
    assert all(rig.works(number) for number in range(1, 6))


def test_opening_and_closing_twice_is_harmless(rig: Rig) -> None:
    rig.device.close()
    rig.device.open()
    rig.device.open()
    assert rig.works(3)
    rig.device.close()
    rig.device.close()
    rig.device.open()
    assert rig.works(4)


def test_a_second_device_on_the_same_port_is_refused_and_the_first_goes_on(rig: Rig) -> None:
    rig.device.open()
    other = rig.another()
    with pytest.raises(DeviceError, match="in use"):
        other.open()
    other.close()
    assert rig.works(5)
    rig.device.close()
    other.open()
    other.close()


def test_another_process_cannot_take_the_port(rig: Rig) -> None:
    rig.device.open()
    code = f"import serial; serial.Serial({str(rig.plugged.link)!r}, exclusive=True)"
    taken = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
    )
    assert "Could not exclusively lock port" in taken.stderr
    assert rig.works(6)


def test_a_closed_device_says_that_it_is_not_open(rig: Rig) -> None:
    if isinstance(rig, BeaconRig):
        with pytest.raises(DeviceError, match="is not open"):
            rig.beacon.show(Signal.READY)
        return
    with pytest.raises(DeviceError, match="is not open"):
        rig.speak()


def test_a_port_that_is_not_there_is_named_with_its_cable(rig: Rig) -> None:
    rig.plugged.unplug()
    with pytest.raises(DeviceError, match=rf"{rig.plugged.link}.*check its cable"):
        rig.device.open()
    rig.plugged.plug_in()
    rig.device.open()
    assert rig.works(7)


def test_unplugged_while_idle_it_is_gone_and_comes_back(rig: Rig) -> None:
    rig.device.open()
    rig.plugged.unplug()
    with pytest.raises(DeviceError, match="check its cable"):
        rig.speak()
    rig.device.close()
    rig.plugged.plug_in()
    rig.device.open()
    assert rig.works(8)


@pytest.mark.parametrize("bytes_sent", [1, 3, 5])
def test_unplugged_in_mid_word_it_is_gone_and_nothing_of_that_word_outlives_it(
    rig: Rig, bytes_sent: int
) -> None:
    rig.device.open()
    assert rig.works(9)
    rig.plugged.do(f"fault halfdie {bytes_sent}")
    with pytest.raises(DeviceError, match="check its cable") as raised:
        rig.speak()
    assert not isinstance(raised.value, DeviceTimeout)
    rig.plugged.wait_until_dead()
    rig.plugged.plug_in()
    rig.device.close()
    rig.device.open()
    assert all(rig.works(number) for number in (10, 11))


def test_it_comes_back_from_ten_unplugs_in_a_row(rig: Rig) -> None:
    for cycle in range(10):
        rig.device.open()
        assert rig.works(20 + cycle)
        rig.plugged.do("fault halfdie")
        with pytest.raises(DeviceError):
            rig.speak()
        rig.plugged.wait_until_dead()
        rig.plugged.plug_in()
        rig.device.close()


def test_silence_is_a_timeout_and_the_device_is_still_there_after_it(hasty: Rig) -> None:
    patiently(hasty.device.open)
    hasty.plugged.do("fault silent")
    if hasty.hears:
        with pytest.raises(DeviceTimeout, match="check its cable"):
            hasty.speak()
    else:
        assert hasty.speak() is None
    hasty.plugged.do("heal")
    assert open_and_work(hasty, 12)


@pytest.mark.parametrize("fault", NOISE.values(), ids=NOISE.keys())
def test_noise_is_one_clear_error_and_never_a_value(hasty: Rig, fault: str) -> None:
    patiently(hasty.device.open)
    hasty.plugged.do(fault)
    said = outcome(hasty.speak)
    assert said is None or "check its cable" in said
    assert said is not None or not hasty.hears
    hasty.plugged.do("heal")
    if not hasty.hears:
        with suppress(DeviceError):
            hasty.works(0)
    assert open_and_work(hasty, 13, 14)


@pytest.mark.parametrize("make", [each for each in RIGS if each.hears], ids=lambda make: make.kind)
def test_noise_while_nobody_reads_harms_nothing(make: type[Rig], tmp_path: Path) -> None:
    rig = make(tmp_path)
    rig.device.open()
    rig.plugged.do("noise 300")
    rig.plugged.do(r"send S S 999.00 g\r\n\x06>")
    assert rig.works(14)
    rig.close()


def test_what_came_before_it_was_opened_is_dropped(rig: Rig) -> None:
    rig.plugged.do(r"send S S 999.00 g\r\n\x06>")
    rig.device.open()
    assert rig.works(15)


def test_a_slow_word_is_read_whole(rig: Rig) -> None:
    rig.device.open()
    rig.plugged.do("fault slow 0.004")
    rig.speak()
    assert rig.works(16)


def test_a_scale_that_answers_late_is_never_believed_for_the_next_weight(tmp_path: Path) -> None:
    rig = ScaleRig(tmp_path, HASTY_S)
    patiently(rig.scale.open)
    rig.plugged.do("put 999")
    for _ in range(3):
        rig.plugged.do("fault hold")
        with pytest.raises(DeviceTimeout):
            rig.scale.weigh(HASTY_S)
        rig.plugged.do("put 7.5")
        rig.plugged.do("release")
        assert rig.scale.weigh(PATIENT_S).grams == 7.5
        rig.plugged.do("put 999")
    rig.close()


def test_a_light_that_answers_late_is_never_believed_for_the_next_order(tmp_path: Path) -> None:
    rig = LightRig(tmp_path, HASTY_S)
    patiently(rig.light.open)
    rig.plugged.do("fault hold")
    with pytest.raises(DeviceTimeout):
        rig.light.shine(0.5)
    rig.plugged.do("refuse 19")
    rig.plugged.do("release")
    with pytest.raises(DeviceError, match="Err 19"):
        patiently(lambda: rig.light.shine(0.6))
    rig.plugged.do("refuse 0")
    assert open_and_work(rig, 17)
    rig.close()


def test_a_beacon_that_answers_late_is_never_believed_for_the_next_signal(tmp_path: Path) -> None:
    rig = BeaconRig(tmp_path, HASTY_S)
    patiently(rig.beacon.open)
    rig.plugged.do("fault hold")
    with pytest.raises(DeviceTimeout):
        rig.beacon.show(Signal.ALARM)
    rig.plugged.do("refuse")
    rig.plugged.do("release")
    with pytest.raises(DeviceError, match="refuses"):
        patiently(lambda: rig.beacon.show(Signal.READY))
    rig.plugged.do("agree")
    assert open_and_work(rig, 18)
    rig.close()
