"""Digits of codes in part: from spoilt bars, and from printed words."""

from __future__ import annotations

import numpy as np
import pytest

from booth.domain.evidence import PartialCode, PrintedWord
from booth.evaluate.finding.rendered_codes import Spoiling, render
from booth.identify.barcodes import Codes, read_codes
from booth.identify.partial_codes import partial_codes_printed
from tests.identify.rendered import gray_view, raw_gtins, rendered

GTIN = "4006381333931"


def right(code: PartialCode, gtin: str) -> bool:
    return all(given in ("?", digit) for given, digit in zip(code.mask, gtin, strict=True))


def test_spoilt_bars_give_digits_that_are_mostly_right() -> None:
    """A larger run is told of in booth/identify/partial_codes.py."""
    unread = [one for one in rendered(seed=5, count=48) if not any(raw_gtins(one.gray))]
    looked = [(one.gtin, read_codes([gray_view(one.gray)])) for one in unread]
    full = [(gtin, read.gtin) for gtin, codes in looked for read in codes.reads]
    parts = [(right(part, gtin), part.quality) for gtin, codes in looked for part in codes.partial]
    digits = [13 - part.mask.count("?") for _, codes in looked for part in codes.partial]
    share, said = np.mean([one for one, _ in parts]), np.mean([one for _, one in parts])
    print(f"{len(unread)} unread: {len(full)} in full, {len(parts)} in part, {np.mean(digits):.1f} digits,")
    print(f"all right in {share:.2f}, said {said:.2f}")
    assert [pair for pair in full if pair[0] != pair[1]] == []
    assert len(full) > 0.15 * len(unread)
    assert len(parts) > 0.1 * len(unread)
    assert share > 0.7
    assert abs(share - said) < 0.2


def test_a_smudged_stretch_is_left_open_or_filled_in_by_the_check_digit() -> None:
    rng = np.random.default_rng(3)
    spoilt = render(GTIN, "EAN13", Spoiling(px_per_module=2.5, smudge=0.3), rng)
    (part,) = read_codes([gray_view(spoilt.gray)]).partial
    assert part.source == "bars"
    assert right(part, GTIN)
    assert 6 <= 13 - part.mask.count("?") < 13


def test_where_a_code_was_read_bars_say_no_more() -> None:
    spoilt = render(GTIN, "EAN13", Spoiling(px_per_module=2.5, smudge=0.3), np.random.default_rng(3))
    clear = render(GTIN, "EAN13", Spoiling(px_per_module=2.5), np.random.default_rng(4))
    codes = read_codes([gray_view(spoilt.gray, "side"), gray_view(clear.gray)])
    assert {read.gtin for read in codes.reads} == {GTIN}
    assert codes.partial == ()


@pytest.mark.parametrize("shape", [(1, 1), (3, 500), (300, 400)])
def test_views_without_bars_give_no_digits(shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(0).integers(0, 255, shape, np.uint8)
    assert read_codes([gray_view(noise), gray_view(np.full(shape, 90, np.uint8))]) == Codes()


def word(
    text: str, x: float = 0.0, width: float = 60.0, y: float = 0.0, confidence: float = 1.0
) -> PrintedWord:
    corners = ((x, y), (x + width, y), (x + width, y + 10), (x, y + 10))
    return PrintedWord("top", text, confidence, corners)


def best(*words: PrintedWord) -> str:
    found = partial_codes_printed(words)
    return found[0].mask if found else ""


@pytest.mark.parametrize(
    ("text", "mask"),
    [
        ("4006381333931", GTIN),
        ("4 006381 333931", GTIN),
        ("4OO638I333931", GTIN),
        ("EAN 4006381333931 >", GTIN),
        ("036602301467", "0036602301467"),
        ("0 36602 30146 7", "0036602301467"),
        ("04006381333931", GTIN),
        ("96385074", "0000096385074"),
        ("901234123457", "?901234123457"),
        ("3660230146", "0?3660230146?"),
        ("4006381333932", "4006381333932"),
        ("CHOCOLATE BISCUITS", ""),
        ("SOLID OIL BOSS", ""),
        ("1234567", ""),
        ("9" * 15, ""),
        ("", ""),
    ],
)
def test_printed_digits_are_read_as_a_gtin(text: str, mask: str) -> None:
    assert best(word(text)) == mask


def test_groups_in_one_row_are_joined_and_others_are_not() -> None:
    groups = (word("5", 0, 8), word("901234", 14), word("123457", 80))
    assert best(*groups) == "5901234123457"
    assert best(*reversed(groups)) == "5901234123457"
    assert best(word("901234", 14), word("123457", 80, y=40)) == ""


def test_the_surer_digits_say_so() -> None:
    clean, confused, wrong = (
        partial_codes_printed([word(text)])[0].quality
        for text in ("4006381333931", "400638I333931", "4006381333932")
    )
    assert clean > confused > wrong
    assert partial_codes_printed([word(GTIN, confidence=0.5)])[0].quality < clean


def test_hostile_words_give_no_error() -> None:
    texts = ["٣٤٥٣٤٥٣٤٥٣٤٥٣", "1" * 100_000, "\0", "-" * 5_000, "1 " * 5_000, "²³¹" * 9]
    odd = [PrintedWord("top", text, float("nan"), ((0.0, 0.0),) * 4) for text in texts]
    many = [word("123456", x) for x in range(2_000)]
    assert len(partial_codes_printed([*odd, *many])) <= 12
