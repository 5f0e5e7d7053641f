"""What the light's driver sends, refuses to send, and makes of the controller's errors."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from booth.errors import ConfigError, DeviceError, DeviceTimeout, InputError
from drivers.serial.gardasoft_errors import HARMLESS, SENTENCES
from drivers.serial.light_gardasoft import GardasoftLight, light, most_pulse
from tests.emulators.running import Plugged, patiently

Make = Callable[..., GardasoftLight]


@pytest.fixture(params=[(), ("--echo",)], ids=["plain", "echoing"])
def plugged(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Plugged]:
    emulator = Plugged("light", tmp_path / "light", *request.param)
    emulator.plug_in()
    yield emulator
    emulator.unplug()


@pytest.fixture
def make(plugged: Plugged) -> Iterator[Make]:
    made: list[GardasoftLight] = []

    def build(**options: object) -> GardasoftLight:
        made.append(light({"port": str(plugged.link), "timeout_s": 10.0, **options}))
        return made[-1]

    yield build
    for each in made:
        each.close()


def test_it_tells_who_answers(make: Make) -> None:
    one = make(model="RT420")
    one.open()
    assert (one.info.kind, one.info.model, one.info.firmware) == ("gardasoft", "RT420-20", "V031")


def test_another_controller_than_the_one_set_is_refused_by_both_names(make: Make) -> None:
    with pytest.raises(DeviceError, match=r"'RT420-20 \(HW02\) V031', not a 'RT860'"):
        make(model="RT860").open()


def test_lamps_of_another_rating_are_refused(make: Make) -> None:
    one = make(rated_current_a=0.35)
    one.open()
    one.close()
    with pytest.raises(DeviceError, match=r"channel 2 to be rated for 0\.35 A, rated_current_a says 2 A"):
        make(rated_current_a=2.0, channels=[2]).open()


def test_a_steady_light_burns_on_every_channel_and_flashes_nothing(make: Make, plugged: Plugged) -> None:
    one = make(channels=[1, 3])
    one.open()
    assert one.flash_s == 0.0
    one.shine(0.25)
    one.flash()
    assert plugged.do("lit") == ["25:0:0 0:0:0 25:0:0 0:0:0"]
    one.shine(0.0)
    assert plugged.do("lit") == ["0:0:0 0:0:0 0:0:0 0:0:0"]


def test_a_pulsed_light_pulses_once_a_flash_and_no_pulse_is_ignored(make: Make, plugged: Plugged) -> None:
    one = make(mode="pulsed", channels=[1, 2], pulse_ms=2, pulse_percent=500, delay_ms=0.05)
    one.open()
    assert one.flash_s == 0.002
    one.shine(0.5)
    for _ in range(5):
        one.flash()
    assert plugged.do("lit") == ["250:5:0 250:5:0 0:0:0 0:0:0"]


@pytest.mark.parametrize("share", [-0.01, 1.01, math.nan, math.inf, -math.inf])
def test_a_share_outside_0_to_1_is_refused_before_anything_is_sent(
    make: Make, plugged: Plugged, share: float
) -> None:
    one = make()
    one.open()
    one.shine(0.3)
    with pytest.raises(InputError):
        one.shine(share)
    assert plugged.do("lit")[0].startswith("30:")


@pytest.mark.parametrize("number", sorted(set(SENTENCES) - HARMLESS))
def test_every_error_is_told_by_number_and_in_a_sentence(number: int) -> None:
    assert SENTENCES[number][0].islower()
    assert len(SENTENCES[number]) > 20


@pytest.mark.parametrize("number", [1, 2, 5, 19, 44, 77])
def test_a_light_that_answers_err_is_refused_with_number_and_sentence(
    make: Make, plugged: Plugged, number: int
) -> None:
    one = make()
    one.open()
    plugged.do(f"refuse {number}")
    with pytest.raises(DeviceError, match=f"Err {number} to RS1,50.0: ") as raised:
        one.shine(0.5)
    assert SENTENCES.get(number, "switch it off and on") in str(raised.value)
    plugged.do("refuse 0")
    one.shine(0.5)
    assert plugged.do("lit")[0].startswith("50:")


def test_check_reports_a_fault_once_and_no_harmless_event(make: Make, plugged: Plugged) -> None:
    one = make()
    one.open()
    one.check()
    plugged.do("err 44")
    with pytest.raises(DeviceError, match="Err 44 to GR: it is too hot"):
        one.check()
    one.check()
    plugged.do("err 128")
    one.check()
    plugged.do("fault say Err 0\r\n>".replace("\r\n", r"\r\n"))
    one.check()


def test_an_answer_where_none_is_due_is_no_success(make: Make, plugged: Plugged) -> None:
    one = make()
    one.open()
    plugged.do(r"fault say TM 1, TP 20.00ms\r\n>")
    with pytest.raises(DeviceError, match=r"answers RS1,50\.0 with 'TM 1"):
        one.shine(0.5)
    one.shine(0.4)
    assert plugged.do("lit")[0].startswith("40:")


def test_a_version_that_comes_twice_is_no_trouble(make: Make, plugged: Plugged) -> None:
    one = make(timeout_s=0.15)
    patiently(one.open)
    plugged.do("fault hold")
    for _ in range(3):
        with pytest.raises(DeviceTimeout):
            one.shine(0.5)
    plugged.do("release")
    patiently(lambda: one.shine(0.7))
    patiently(one.check)
    assert plugged.do("lit")[0].startswith("70:")


@pytest.mark.parametrize(
    ("percent", "most"),
    [(1, (999, 1.0)), (100, (999, 1.0)), (101, (30, 0.3)), (250, (10, 0.2)), (500, (2, 0.1)),
     (1000, (1, 0.05)), (1001, (0, 0))],
)  # fmt: skip
def test_overdrive_is_limited_as_the_manual_says(percent: float, most: tuple[float, float]) -> None:
    assert most_pulse(percent) == most


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"mode": "pulsed", "pulse_percent": 500, "pulse_ms": 2.5}, "2 ms at most"),
        ({"mode": "pulsed", "pulse_percent": 1001}, "pulse_percent"),
        ({"mode": "pulsed", "pulse_ms": 999, "max_duty": 0.01}, "every 99.9 s only"),
        ({"mode": "strobe"}, "mode"),
        ({"channels": []}, "channels"),
        ({"channels": [0]}, "channels go from 1 to 8"),
        ({"channels": [1, 1]}, "stands twice"),
        ({"rated_current_a": 0}, "rated_current_a"),
        ({"pulse_ms": math.nan}, "pulse_ms"),
        ({"brightness": 1}, "there is no setting 'light.options.brightness'"),
    ],
)
def test_what_the_lamps_do_not_bear_stops_the_start(options: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError, match=said.replace(".", r"\.")):
        light({"port": "/dev/x", **options})
