"""Words read badly still speak for their product, and traits are weighed as the table says."""

from __future__ import annotations

import pytest

from booth.domain.evidence import PrintedWord
from booth.evaluate.finding import ordering
from booth.evaluate.finding.ordering import TRAITS, UNFIT, Evidence, rank_of, scores
from booth.evaluate.finding.wording import Vocabulary, tokens_of

CATALOGUE = Vocabulary(
    {
        "apple": ("Äpple Juice", "BRAVO"),
        "orange": ("Apelsinjuice Drickfärdig", "BRAVO"),
        "milk": ("Mellanmjölk Ekologisk 1,5%", "GARANT"),
        "standard": ("Standardmjölk Ekologisk 3%", "GARANT"),
        "bare": ("", ""),
    }
)


def _read(*lines: str, confidence: float = 0.9) -> list[PrintedWord]:
    return [PrintedWord("top", line, confidence) for line in lines]


def _best(*lines: str) -> str:
    found = CATALOGUE.agreement(_read(*lines))
    return max(found, key=lambda key: found[key][0])


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Äpple, JUICE!", ["apple", "juice"]),
        ("1,5% fett", ["1.5%", "fett"]),
        ("3 % a", ["3%"]),
        ("?!.,'\"", []),
        ("عصير 果汁 x", ["عصير", "果汁"]),
        ("", []),
    ],
)
def test_text_is_parted_without_case_and_accents(text: str, tokens: list[str]) -> None:
    assert tokens_of(text) == tokens


@pytest.mark.parametrize(
    ("lines", "key"),
    [
        (("BRAVO", "APPLE"), "apple"),
        (("BRAVD", "APELSIN JUICE"), "orange"),
        (("EKOLOGISK", "MELLAN MJOLK"), "milk"),
        (("EKOLOGISKT", "3%"), "standard"),
        (("1.5%FETT",), "milk"),
        (("MELNANMJOLK",), "milk"),
    ],
)
def test_words_misread_or_parted_speak_for_their_product(lines: tuple[str, ...], key: str) -> None:
    assert _best(*lines) == key


def test_rare_words_count_more_and_sure_ones_too() -> None:
    found = CATALOGUE.agreement(_read("JUICE", "BRAVO", "DRICKFÄRDIG"))
    assert found["orange"][0] > found["apple"][0]
    sure, unsure = (CATALOGUE.agreement(_read("EKOLOGISK", confidence=c))["milk"][0] for c in (1.0, 0.5))
    assert sure == pytest.approx(2 * unsure)


def test_nothing_read_and_nothing_written_say_nothing() -> None:
    assert CATALOGUE.agreement([])["milk"] == (0.0, 0.0)
    assert CATALOGUE.agreement(_read("BRAVO"))["bare"] == (0.0, 0.0)
    assert all(share <= 1.0 for _, share in CATALOGUE.agreement(_read("Äpple Juice BRAVO")).values())


def test_ten_thousand_characters_are_read_like_ten() -> None:
    assert CATALOGUE.agreement(_read("x" * 10_000, "BRAVO " * 2_000))["apple"][0] > 0


def test_missing_evidence_weighs_nothing_and_no_fit_weighs_least() -> None:
    assert Evidence().traits() == (0.0, -UNFIT, 0.0, 0.0, 0.0, 0.0)
    assert Evidence(fit=1.0).traits()[1] == UNFIT
    assert Evidence(fit=0.5).traits()[1] == pytest.approx(0.0)
    assert len(Evidence(0.3, 0.2, (1.0, 0.5), (2.0, 0.1)).traits()) == len(TRAITS)


def test_the_tables_weigh_only_what_their_look_has_seen() -> None:
    tables = (
        ordering.FIRST_LOOK,
        ordering.PICTURES,
        ordering.FIRST_LOOK_WITH_WORDS,
        ordering.PICTURES_WITH_WORDS,
    )
    assert all(len(table) == len(TRAITS) and min(table) >= 0 and max(table) > 0 for table in tables)
    assert not any(ordering.FIRST_LOOK[1:])
    assert not any(ordering.PICTURES[2:])
    assert ordering.FIRST_LOOK_WITH_WORDS[1] == 0


def test_equal_scores_rank_behind_one_another() -> None:
    scored = scores({"a": Evidence(0.9), "b": Evidence(0.5), "c": Evidence(0.5)}, (1.0, 0, 0, 0, 0, 0))
    assert [rank_of(key, scored) for key in "abc"] == [1, 3, 3]
