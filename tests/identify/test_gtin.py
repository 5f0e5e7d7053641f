"""Trade item numbers in every printed form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booth.identify.gtin import (
    as_gtin13,
    check_digit,
    expand_upce,
    gtin_of_element_string,
    gtins_typed,
)


def bodies(length: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=length, max_size=length).filter(lambda body: body.strip("0") != "")


@pytest.mark.parametrize(
    ("printed", "gtin"),
    [
        ("4006381333931", "4006381333931"),
        ("4 006381 333931", "4006381333931"),
        ("036602301467", "0036602301467"),
        ("0-36602-30146-7", "0036602301467"),
        ("96385074", "0000096385074"),
        ("04006381333931", "4006381333931"),
        ("978-4-87234-888-0", "9784872348880"),
    ],
)
def test_every_printed_form_is_compared_as_thirteen_digits(printed: str, gtin: str) -> None:
    assert as_gtin13(printed) == gtin


@pytest.mark.parametrize(
    "text",
    [
        *("", "4006381333932", "14006381333938", "400638133393", "0" * 13, "0" * 8, "1e12"),
        *("400638133393I", "٤٠٠٦٣٨١٣٣٣٩٣١", "²²²²²²²²", "4006381333931\0", "4006381333931" * 1_000),
    ],
)
def test_what_is_no_gtin_gives_none(text: str) -> None:
    assert as_gtin13(text) is None


@given(st.sampled_from([7, 11, 12]).flatmap(bodies))
def test_a_number_with_its_check_digit_is_a_gtin_and_stays_one(body: str) -> None:
    gtin = as_gtin13(body + check_digit(body))
    assert gtin is not None
    assert gtin.endswith(body + check_digit(body))
    assert as_gtin13(gtin) == gtin
    assert as_gtin13("0" + gtin) == gtin


@given(bodies(12), st.integers(0, 12), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(body: str, place: int, step: int) -> None:
    right = body + check_digit(body)
    wrong = right[:place] + str((int(right[place]) + step) % 10) + right[place + 1 :]
    assert as_gtin13(wrong) is None


@given(st.text(max_size=20))
def test_any_text_gives_thirteen_digits_or_none(text: str) -> None:
    for reading in (as_gtin13(text), expand_upce(text), gtin_of_element_string(text)):
        assert reading is None or (len(reading) == 13 and as_gtin13(reading) == reading)


@pytest.mark.parametrize(
    ("printed", "gtin"),
    [
        ("01234565", "0012345000065"),
        ("05096893", "0050968000093"),
        ("04963406", "0049000006346"),
        ("04124498", "0041244000098"),
        ("01234531", "0012300000451"),
        ("04965802", "0049000006582"),
        ("01234566", None),
        ("21234565", None),
        ("0123456", None),
    ],
)
def test_upc_e_is_expanded(printed: str, gtin: str | None) -> None:
    assert expand_upce(printed) == gtin


@pytest.mark.parametrize(
    ("text", "gtin"),
    [
        ("(01)04006381333931", "4006381333931"),
        ("(01)04006381333931(10)LOT7", "4006381333931"),
        ("]e00104006381333931", "4006381333931"),
        ("https://id.gs1.org/01/04006381333931/10/LOT7?17=261231", "4006381333931"),
        ("https://shop.example/01/4006381333931", "4006381333931"),
        ("https://shop.example/01/40063813339310000", None),
        ("(01)14006381333938", None),
        ("(10)04006381333931", None),
        ("LOT 04006381333931", None),
    ],
)
def test_the_gtin_is_taken_from_a_gs1_element_string(text: str, gtin: str | None) -> None:
    assert gtin_of_element_string(text) == gtin


def test_eight_typed_digits_may_mean_two_products() -> None:
    assert gtins_typed("05096893") == ("0000005096893", "0050968000093")
    assert gtins_typed("green tea") == ()


@pytest.mark.parametrize("text", ["1234567", "0000017", "400638133393112", "004006381333931"])
def test_seven_and_fifteen_digits_are_no_gtin(text: str) -> None:
    assert gtins_typed(text) == ()
    assert as_gtin13(text) is None
