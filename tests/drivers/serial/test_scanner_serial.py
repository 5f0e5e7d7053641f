"""What the scanner's driver makes of codes, with and without AIM prefixes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st

from booth.errors import ConfigError, DeviceError
from booth.identify.gtin import check_digit, gtin_of_element_string
from drivers.serial.scanner import SYMBOLOGIES, VARIANTS, SerialScanner, scan_of, scanner
from tests.emulators.running import Plugged

Make = Callable[..., SerialScanner]
READ_S = 10.0
ARABIC_EAN = "]E0" + "4006381333931".translate({48 + digit: 0x660 + digit for digit in range(10)})


@pytest.fixture
def plugged(tmp_path: Path) -> Iterator[Plugged]:
    emulator = Plugged("scanner", tmp_path / "scanner")
    emulator.plug_in()
    yield emulator
    emulator.unplug()


@pytest.fixture
def make(plugged: Plugged) -> Iterator[Make]:
    made: list[SerialScanner] = []

    def build(**options: object) -> SerialScanner:
        made.append(scanner({"port": str(plugged.link), **options}))
        made[-1].open()
        return made[-1]

    yield build
    for each in made:
        each.close()


@pytest.mark.parametrize(
    ("word", "text", "symbology"),
    [
        ("]E04006381333931", "4006381333931", "EAN13"),
        ("]E0036000291452", "036000291452", "UPCA"),
        ("]E001234565", "01234565", "UPCE"),
        ("]E496385074", "96385074", "EAN8"),
        ("]E3400638133393112", "4006381333931", "EAN13"),
        ("]E3400638133393154321", "4006381333931", "EAN13"),
        ("]E112", "12", "EAN2"),
        ("]E254321", "54321", "EAN5"),
        ("]C0ABC-123", "ABC-123", "Code128"),
        ("]C1010952123454321310AB\x1d21X1", "010952123454321310AB\x1d21X1", "Code128"),
        ("]A0LOT 7", "LOT 7", "Code39"),
        ("]A4lot", "lot", "Code39"),
        ("]d1[)>\x1e06\x1d1T5\x1e\x04", "[)>\x1e06\x1d1T5\x1e\x04", "DataMatrix"),
        ("]d20109521234543213", "0109521234543213", "DataMatrix"),
        ("]Q1https://id.gs1.org/01/09521234543213", "https://id.gs1.org/01/09521234543213", "QRCode"),
        ("]Q3a", "a", "QRCode"),
        ("]e00109521234543213", "0109521234543213", "DataBar"),
        ("]L0long text", "long text", "PDF417"),
        ("]L4x", "x", "MicroPDF417"),
        ("]z0x", "x", "Aztec"),
        ("]zC25", "25", "AztecRune"),
        ("]I012345670", "12345670", "ITF"),
        ("]F0A40156B", "A40156B", "Codabar"),
        ("]G0CODE93", "CODE93", "Code93"),
        ("]U0x", "x", "MaxiCode"),
        ("]B0x", "x", "Telepen"),
        ("]X0anything", "anything", ""),
        ("4006381333931", "4006381333931", ""),
        ("plain text", "plain text", ""),
        ("]", "]", ""),
        ("\u00dcber", "\u00dcber", ""),
    ],
)
def test_prefixes_name_the_symbology_and_leave_the_text(word: str, text: str, symbology: str) -> None:
    scan = scan_of(word, "auto", 7)
    assert (scan.text, scan.symbology, scan.host_ns) == (text, symbology, 7)


def test_every_symbology_bears_a_name_of_zxing() -> None:
    for name in {*SYMBOLOGIES.values(), *VARIANTS.values(), "EAN13", "EAN8", "UPCA", "UPCE", "EAN2", "EAN5"}:
        assert getattr(zxingcpp.BarcodeFormat, name)


def test_a_gs1_code_gives_its_gtin() -> None:
    scan = scan_of("]C10109521234543213", "auto", 0)
    assert gtin_of_element_string(scan.text) == "9521234543213"


@pytest.mark.parametrize(
    "word",
    ["]E04006381333932", "]E0400638133393", "]E0", "]E09638507x", "]E496385075", "]E44006381333931", "]E1123",
     "]E3400638133393212", "]E94006381333931",
     ARABIC_EAN, "a\x00b", "\x07", "a\x7fb", "\ufffd"],
)  # fmt: skip
def test_what_cannot_have_been_printed_is_refused(word: str) -> None:
    with pytest.raises(DeviceError):
        scan_of(word, "auto", 0)


@given(st.text(alphabet="0123456789", min_size=12, max_size=12), st.integers(0, 12), st.integers(1, 9))
def test_an_ean_with_any_one_wrong_digit_is_refused(body: str, place: int, shift: int) -> None:
    ean = body + check_digit(body)
    assert scan_of(f"]E0{ean}", "auto", 0).text == ean
    wrong = f"{ean[:place]}{(int(ean[place]) + shift) % 10}{ean[place + 1 :]}"
    with pytest.raises(DeviceError):
        scan_of(f"]E0{wrong}", "auto", 0)


@given(st.text(max_size=60), st.sampled_from(["auto", "always", "never"]))
def test_any_word_is_a_scan_of_its_own_text_or_refused(
    word: str, aim: Literal["auto", "always", "never"]
) -> None:
    try:
        scan = scan_of(word, aim, 0)
    except DeviceError:
        return
    assert scan.text in word
    assert aim != "never" or scan.text == word


def test_the_prefix_may_be_demanded_or_ignored() -> None:
    assert scan_of("]C0abc", "never", 0).text == "]C0abc"
    with pytest.raises(DeviceError, match="without its AIM prefix"):
        scan_of("4006381333931", "always", 0)


@pytest.mark.parametrize("suffix", ["cr", "lf", "crlf"])
@pytest.mark.parametrize("awaited", ["any", "same"])
def test_codes_end_with_their_suffix(tmp_path: Path, suffix: str, awaited: str) -> None:
    emulator = Plugged("scanner", tmp_path / suffix, "--suffix", suffix)
    emulator.plug_in()
    one = scanner({"port": str(emulator.link), "suffix": suffix if awaited == "same" else "any"})
    one.open()
    for number in range(3):
        emulator.do(f"scan code-{number}")
    scans = [one.read(READ_S) for _ in range(3)]
    assert [scan.text for scan in scans if scan] == ["code-0", "code-1", "code-2"]
    assert one.read(0.02) is None
    one.close()
    emulator.unplug()


def test_a_code_with_fnc1_comes_through_the_line(make: Make, plugged: Plugged) -> None:
    one = make()
    plugged.do(r"scan ]C1010952123454321310AB\x1d21X1")
    scan = one.read(READ_S)
    assert scan is not None
    assert scan.text == "010952123454321310AB\x1d21X1"


def test_half_a_code_is_never_joined_to_the_next(make: Make, plugged: Plugged) -> None:
    one = make(gap_s=0.05)
    plugged.do("fault half 6")
    plugged.do("scan 4006381333931")
    assert one.read(0.2) is None
    plugged.do("scan 9780306406157")
    with pytest.raises(DeviceError, match="half a word"):
        one.read(READ_S)
    plugged.do("scan 9780306406157")
    scan = one.read(READ_S)
    assert scan is not None
    assert scan.text == "9780306406157"


def test_a_qr_code_of_the_largest_size_comes_through(make: Make, plugged: Plugged) -> None:
    one = make()
    for _ in range(2):
        plugged.do("scan ]Q1" + "7" * 3000)
        scan = one.read(READ_S)
        assert scan is not None
        assert (len(scan.text), scan.symbology) == (3000, "QRCode")


@pytest.mark.parametrize("options", [{"suffix": "tab"}, {"aim": "maybe"}, {"gap_s": 0}, {"beep": True}])
def test_impossible_options_stop_the_start(options: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=r"scanner\.options"):
        scanner({"port": "/dev/x", **options})
