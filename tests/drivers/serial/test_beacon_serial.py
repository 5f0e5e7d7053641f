"""What the stack light's driver says, to a Patlite tower and to others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from booth.domain.device import Signal
from booth.errors import ConfigError, DeviceError, DeviceTimeout
from drivers.serial.beacon import PATLITE, beacon
from tests.emulators.running import Plugged, patiently


@pytest.fixture
def plugged(tmp_path: Path) -> Iterator[Plugged]:
    emulator = Plugged("beacon", tmp_path / "beacon")
    emulator.plug_in()
    yield emulator
    emulator.unplug()


def options(plugged: Plugged, **more: Any) -> dict[str, Any]:
    return {"port": str(plugged.link), "timeout_s": 10.0, **more}


@pytest.mark.parametrize(
    ("signal", "lit"),
    [(Signal.DARK, "000000"), (Signal.READY, "001000"), (Signal.BUSY, "002000"), (Signal.ASK, "020000"),
     (Signal.ALARM, "100000"), (Signal.FAULT, "300000")],
)  # fmt: skip
def test_every_signal_has_a_picture_of_its_own(plugged: Plugged, signal: Signal, lit: str) -> None:
    one = beacon(options(plugged))
    one.open()
    one.show(signal)
    assert plugged.do("lit") == [lit]
    one.close()
    assert len(set(PATLITE.values())) == len(Signal)


def test_a_tower_that_refuses_says_which_signal(plugged: Plugged) -> None:
    one = beacon(options(plugged))
    one.open()
    plugged.do("refuse")
    with pytest.raises(DeviceError, match=r"refuses '@\?\?S100000!' for 'alarm'.*beacon\.options\.commands"):
        one.show(Signal.ALARM)
    plugged.do("agree")
    one.show(Signal.ALARM)
    one.close()


def test_an_answer_with_noise_around_it_is_not_believed(plugged: Plugged) -> None:
    one = beacon(options(plugged))
    one.open()
    plugged.do(r"fault say \x81\x06")
    with pytest.raises(DeviceError, match="check its cable"):
        one.show(Signal.ALARM)
    one.show(Signal.ALARM)
    assert plugged.do("lit") == ["100000"]
    one.close()


def test_a_question_that_is_answered_late_is_no_trouble(plugged: Plugged) -> None:
    one = beacon(options(plugged, timeout_s=0.15))
    patiently(one.open)
    plugged.do("fault hold")
    for _ in range(3):
        with pytest.raises(DeviceTimeout):
            one.show(Signal.ALARM)
    plugged.do("release")
    patiently(lambda: one.show(Signal.READY))
    assert plugged.do("lit") == ["001000"]
    one.close()


def test_a_tower_of_another_make_that_never_answers_is_spoken_to_in_its_words(tmp_path: Path) -> None:
    scanner = Plugged("scanner", tmp_path / "mute")
    scanner.plug_in()
    words = {str(signal): f"LED {signal}\r\n" for signal in Signal}
    one = beacon(options(scanner, commands=words, accepted="", refused="", query=""))
    one.open()
    for signal in Signal:
        one.show(signal)
    one.close()
    scanner.unplug()


def test_a_tower_of_another_make_that_answers_is_heard(tmp_path: Path) -> None:
    scale = Plugged("scale", tmp_path / "answering")
    scale.plug_in()
    words = {str(signal): "WRONG\r\n" if signal == Signal.ALARM else "D\r\n" for signal in Signal}
    one = beacon(
        options(
            scale,
            commands=words,
            accepted="D A\r\n",
            refused="ES\r\n",
            query="I4\r\n",
            query_reply='I4 A ".*"\r\n',
        )
    )
    one.open()
    one.show(Signal.READY)
    with pytest.raises(DeviceError, match="refuses"):
        one.show(Signal.ALARM)
    one.show(Signal.READY)
    one.close()
    scale.unplug()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"commands": {"ready": "G"}}, "commands lacks dark, busy, ask, alarm, fault"),
        ({"commands": {"green": "G"}}, "commands"),
        ({"commands": {**PATLITE, Signal.DARK: ""}}, "commands lacks dark"),
        ({"accepted": "\u00fc"}, "ASCII"),
        ({"query_reply": "["}, "no regular expression"),
        ({"query_reply": ".*"}, "must not match nothing"),
        ({"colour": "red"}, "there is no setting"),
    ],
)
def test_impossible_options_stop_the_start(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        beacon({"port": "/dev/x", **wrong})
