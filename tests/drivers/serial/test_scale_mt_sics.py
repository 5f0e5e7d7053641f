"""What the scale's driver makes of MT-SICS, word by word and against the emulator."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booth.domain.device import WeightState
from booth.errors import ConfigError, DeviceError, DeviceTimeout
from drivers.serial.scale_mt_sics import GRAMS, MtSicsScale, reading_of, scale
from tests.emulators.running import Plugged

TIMEOUT_S = 10.0
Make = Callable[..., MtSicsScale]

FIELDS = st.tuples(
    st.sampled_from("SD"),
    st.decimals(min_value=-99_999, max_value=999_999, places=2, allow_nan=False),
    st.sampled_from(sorted(GRAMS)),
)


@pytest.fixture
def plugged(tmp_path: Path) -> Iterator[Plugged]:
    emulator = Plugged("scale", tmp_path / "scale")
    emulator.plug_in()
    yield emulator
    emulator.unplug()


@pytest.fixture
def make(plugged: Plugged) -> Iterator[Make]:
    made: list[MtSicsScale] = []

    def build(**options: object) -> MtSicsScale:
        made.append(scale({"port": str(plugged.link), "timeout_s": TIMEOUT_S, **options}))
        return made[-1]

    yield build
    for each in made:
        each.close()


def spliced(line: str, place: int, text: str) -> str:
    return line[:place] + text + line[place:]


def as_the_manual_says(line: str) -> tuple[WeightState, float | None] | None:
    """A reading of a weight line written apart from the driver: fields between spaces, and nothing else."""
    if line in ("S +", "S -"):
        return (WeightState.OVER if line == "S +" else WeightState.UNDER), None
    fields = [field for field in line.split(" ") if field]
    if len(fields) != 4 or not line.startswith(("S S ", "S D ")) or line.endswith(" "):
        return None
    _, state, value, unit = fields
    digits = value.removeprefix("-").replace(".", "", 1)
    if unit not in GRAMS or not (digits.isascii() and digits.isdigit()) or value.strip("-")[:1] == ".":
        return None
    grams = float(Decimal(value)) * GRAMS[unit]
    return (WeightState.STABLE if state == "S" else WeightState.MOVING), grams


@given(FIELDS)
def test_every_weight_that_mt_sics_can_say_is_read_exactly(fields: tuple[str, Decimal, str]) -> None:
    state, value, unit = fields
    reading = reading_of(f"S {state} {value:>10} {unit}", "S")
    assert reading is not None
    assert reading.state == (WeightState.STABLE if state == "S" else WeightState.MOVING)
    assert reading.grams == float(value) * GRAMS[unit]


@given(
    st.text(max_size=40)
    | st.text(alphabet="SDTIZA+-.0123456789 gkblozctE\0\t", max_size=30)
    | st.tuples(FIELDS, st.integers(0, 30), st.text(max_size=3)).map(
        lambda made: spliced(f"S {made[0][0]} {made[0][1]:>10} {made[0][2]}", made[1], made[2])
    )
)
def test_any_line_is_read_as_mt_sics_says_or_refused(line: str) -> None:
    expected = as_the_manual_says(line)
    try:
        reading = reading_of(line, "S")
    except DeviceError:
        return
    if line == "S I":
        assert reading is None
        return
    assert reading is not None
    assert (reading.state, reading.grams) == expected


@pytest.mark.parametrize(
    "line",
    ["", "S", "S S", "S S 100.00", "S S 1,00 g", "S S 1.0.0 g", "S S --1.0 g", "S S 1e5 g", "S S nan g",
     "S S inf g",
     "S S \u0661\u0662 g", "S S 100.00 PCS", "S S 100.00 %", "S X 100.00 g", "s s 100.00 g", "S S 100.00 g ",
     "S S 100.00 g\n", "T S 100.00 g", "S S 100.00 g S S 100.00 g", "S S  +1.00 g",
     "S S 12345678901.0 g", "S A 1.00 g"],
)  # fmt: skip
def test_what_no_scale_says_is_refused(line: str) -> None:
    with pytest.raises(DeviceError):
        reading_of(line, "S")


@pytest.mark.parametrize(
    ("text", "grams"),
    [("S S     100.00 g", 100.0), ("S S      0.500 kg", 500.0), ("S D      1.000 lb", 453.59237),
     ("S S     -0.01 g", -0.01), ("S S       1 oz", 28.349523125), ("S S     -0.00 g", 0.0)],
)  # fmt: skip
def test_units_are_turned_into_grams(text: str, grams: float) -> None:
    reading = reading_of(text, "S")
    assert reading is not None
    assert reading.grams == grams
    assert str(reading.grams) == str(grams)


def test_it_tells_who_answers(make: Make) -> None:
    one = make()
    assert one.info.serial == ""
    one.open()
    assert (one.info.kind, one.info.serial) == ("mt_sics", "B021002593")
    assert one.info.model == "ICS425 15.00 kg"
    assert one.info.firmware == "2.10 10.28.0.493.142"


def test_another_scale_than_the_one_set_is_refused_by_both_numbers(make: Make) -> None:
    one = make(serial="B999")
    with pytest.raises(DeviceError, match=r"'B021002593', not 'B999'"):
        one.open()
    other = make(serial="B021002593")
    other.open()
    assert other.weigh(TIMEOUT_S).state == WeightState.STABLE


def test_stable_moving_over_and_under(make: Make, plugged: Plugged) -> None:
    one = make()
    one.open()
    plugged.do("put 250.5")
    weight = one.weigh(TIMEOUT_S)
    assert (weight.state, weight.grams) == (WeightState.STABLE, 250.5)
    plugged.do("shake")
    assert one.weigh(TIMEOUT_S).state == WeightState.MOVING
    plugged.do("put 20000")
    assert (one.weigh(TIMEOUT_S).state, one.weigh(TIMEOUT_S).grams) == (WeightState.OVER, None)
    plugged.do("put -500")
    assert (one.weigh(TIMEOUT_S).state, one.weigh(TIMEOUT_S).grams) == (WeightState.UNDER, None)


def test_a_weight_bears_an_instant_before_it_was_taken(make: Make, plugged: Plugged) -> None:
    one = make()
    one.open()
    plugged.do("fault slow 0.01")
    before_ns = time.monotonic_ns()
    weight = one.weigh(TIMEOUT_S)
    after_ns = time.monotonic_ns()
    assert before_ns <= weight.host_ns <= after_ns - 150_000_000


def test_a_weight_in_kilograms_is_given_in_grams(make: Make, plugged: Plugged) -> None:
    one = make()
    one.open()
    plugged.do("unit kg")
    plugged.do("put 1234")
    assert one.weigh(TIMEOUT_S).grams == pytest.approx(1234.0)


def test_a_scale_that_counts_pieces_is_refused_with_what_to_do(make: Make, plugged: Plugged) -> None:
    one = make()
    one.open()
    plugged.do("unit PCS")
    with pytest.raises(DeviceError, match=r"'PCS'.*set it to g or kg"):
        one.weigh(TIMEOUT_S)
    plugged.do("unit g")
    assert one.weigh(TIMEOUT_S).grams == 0.0


def test_zero_and_tare(make: Make, plugged: Plugged) -> None:
    one = make()
    one.open()
    plugged.do("put 12")
    one.zero(TIMEOUT_S)
    assert one.weigh(TIMEOUT_S).grams == 0.0
    plugged.do("put 112")
    one.tare(TIMEOUT_S)
    assert one.weigh(TIMEOUT_S).grams == 0.0
    plugged.do("put 162")
    assert one.weigh(TIMEOUT_S).grams == 50.0


def test_a_zero_under_load_is_refused(make: Make, plugged: Plugged) -> None:
    one = make()
    one.open()
    plugged.do("put 5000")
    with pytest.raises(DeviceError, match="does not zero: too much lies on it"):
        one.zero(TIMEOUT_S)
    plugged.do("put -900")
    with pytest.raises(DeviceError, match="does not tare: too little"):
        one.tare(TIMEOUT_S)


@pytest.mark.parametrize("order", ["zero", "tare"])
def test_an_order_that_waits_for_stillness_is_taken_back_when_the_time_is_up(
    make: Make, plugged: Plugged, order: str
) -> None:
    one = make()
    one.open()
    plugged.do("shake")
    with pytest.raises(DeviceTimeout):
        one.zero(0.1) if order == "zero" else one.tare(0.1)
    plugged.do("put 100")
    plugged.do("still")
    assert one.weigh(TIMEOUT_S).grams == 100.0


def test_a_busy_scale_is_asked_again_until_the_time_is_up(make: Make, plugged: Plugged) -> None:
    one = make()
    one.open()
    plugged.do("busy")
    with pytest.raises(DeviceTimeout, match="busy"):
        one.weigh(0.6)
    with pytest.raises(DeviceError, match="not still or is busy"):
        one.zero(TIMEOUT_S)
    plugged.do("free")
    plugged.do(r"fault say S I\r\n")
    assert one.weigh(TIMEOUT_S).grams == 0.0


@pytest.mark.parametrize(
    ("said", "meaning"), [("ES", "does not know"), ("ET", "garbled"), ("EL", "cannot do")]
)
def test_its_errors_are_told_in_sentences(make: Make, plugged: Plugged, said: str, meaning: str) -> None:
    one = make()
    one.open()
    plugged.do(rf"fault say {said}\r\n")
    with pytest.raises(DeviceError, match=meaning):
        one.weigh(TIMEOUT_S)
    assert one.weigh(TIMEOUT_S).grams == 0.0


@pytest.mark.parametrize("sent", range(1, 18))
def test_a_word_that_stops_anywhere_is_never_joined_to_the_next(
    make: Make, plugged: Plugged, sent: int
) -> None:
    one = make()
    one.open()
    plugged.do("put 123.45")
    plugged.do(f"fault half {sent}")
    with pytest.raises(DeviceTimeout):
        one.weigh(0.05)
    plugged.do("put 7")
    assert one.weigh(TIMEOUT_S).grams == 7.0


def test_the_reply_to_another_command_is_no_weight(make: Make, plugged: Plugged) -> None:
    one = make()
    one.open()
    plugged.do(r"fault say T S     500.00 g\r\n")
    with pytest.raises(DeviceError, match="no scale says"):
        one.weigh(TIMEOUT_S)
    assert one.weigh(TIMEOUT_S).grams == 0.0
    plugged.do(r"fault say S S     500.00 g\r\n")
    with pytest.raises(DeviceError, match="no scale says"):
        one.zero(TIMEOUT_S)
    assert one.weigh(TIMEOUT_S).grams == 0.0


def test_a_scale_that_loses_its_tare_over_a_reset_says_so_once(make: Make, plugged: Plugged) -> None:
    one = make()
    one.open()
    plugged.do("put 80")
    one.tare(TIMEOUT_S)
    plugged.do("forgetful")
    plugged.do("fault silent 1")
    with pytest.raises(DeviceTimeout):
        one.weigh(0.1)
    with pytest.raises(DeviceError, match="lost its tare"):
        one.weigh(TIMEOUT_S)
    assert one.weigh(TIMEOUT_S).grams == 80.0


def test_a_tare_outlives_a_silence(make: Make, plugged: Plugged) -> None:
    one = make()
    one.open()
    plugged.do("put 80")
    one.tare(TIMEOUT_S)
    plugged.do("put 180")
    plugged.do("fault silent 1")
    with pytest.raises(DeviceTimeout):
        one.weigh(0.1)
    assert one.weigh(TIMEOUT_S).grams == 100.0


def test_a_reset_whose_answer_comes_twice_is_no_trouble(make: Make, plugged: Plugged) -> None:
    one = make()
    one.open()
    plugged.do("fault hold")
    for _ in range(2):
        with pytest.raises(DeviceTimeout):
            one.weigh(0.1)
    plugged.do("put 55")
    plugged.do("release")
    assert [one.weigh(TIMEOUT_S).grams for _ in range(3)] == [55.0] * 3


def test_a_device_that_is_no_scale_is_refused(make: Make, tmp_path: Path) -> None:
    light = Plugged("light", tmp_path / "light")
    light.plug_in()
    with pytest.raises(DeviceTimeout, match="no whole word"):
        make(port=str(light.link), timeout_s=0.6).open()
    light.unplug()


@pytest.mark.parametrize(
    "options", [{}, {"port": ""}, {"port": "/dev/x", "baud": 0}, {"port": "/dev/x", "parity": "maybe"},
                {"port": "/dev/x", "timeout_s": 0}, {"port": "/dev/x", "speed": 9600}, {"port": 7}],
)  # fmt: skip
def test_impossible_options_stop_the_start(options: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=r"scale\.options"):
        scale(options)
