"""Folding, misspellings and the order that all remote engines share."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booth.domain.evidence import Understood
from booth.domain.product import Product
from booth.identify.indexes.folding import (
    MAX_TYPED_WORDS,
    forgiven_errors,
    spelling_keys,
    typed_digits,
    typed_words,
    words_of,
)
from booth.identify.indexes.scoring import Typed, fitting, ranked, weighed

LETTERS = st.text(alphabet="abcdeilnorst", min_size=4, max_size=14)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Grüner Tee 500g", ["gruner", "tee", "500", "g"]),
        ("Straße ŁÓDŹ Smørrebrød", ["strasse", "lodz", "smorrebrod"]),
        ("绿茶 tea", ["绿", "茶", "tea"]),
        ("شاي أخضر", ["شاي", "اخضر"]),
        ("½ l №5", ["1", "2", "l", "no", "5"]),
        ("Coca-Cola® 4x33cl", ["coca", "cola", "4", "x", "33", "cl"]),
        ("\udc80 \0 _ '; --", []),
        ("", []),
    ],
)
def test_words_are_folded(text: str, words: list[str]) -> None:
    assert list(words_of(text)) == words


@given(st.text(max_size=300))
def test_no_text_breaks_the_folding_and_folding_again_changes_nothing(text: str) -> None:
    words = words_of(text)
    assert words_of(" ".join(words)) == words
    assert all(word.isalnum() for word in words)
    assert len(typed_words(text)) <= MAX_TYPED_WORDS
    assert typed_digits(text).isascii()


def misspelt(word: str, place: int, how: int) -> str:
    place %= len(word)
    match how % 4:
        case 0:
            return word[:place] + word[place + 1 :]
        case 1:
            return word[:place] + "x" + word[place:]
        case 2:
            return word[:place] + "x" + word[place + 1 :]
    return word[:place] + word[place : place + 2][::-1] + word[place + 2 :]


@given(LETTERS, st.integers(0, 20), st.integers(0, 3))
def test_every_single_typing_error_is_found_by_a_key(word: str, place: int, how: int) -> None:
    typed = misspelt(word, place, how)
    if forgiven_errors(typed):
        assert spelling_keys(typed) & spelling_keys(word)
        assert word in fitting(typed, [word])


def test_numbers_and_short_words_are_never_misspelt() -> None:
    assert fitting("500", ["501", "50", "5000", "500"]) == ["5000", "500"]
    assert fitting("tee", ["tea", "tees"]) == ["tees"]
    assert spelling_keys("2024") == spelling_keys("tee") == set()


def test_more_words_beat_popularity_and_popularity_decides_between_equals() -> None:
    milk = Product("2000000000015", "Milk chocolate", popularity=1.0)
    dark = Product("2000000000022", "Dark chocolate", popularity=9_999.0)
    other = Product("2000000000039", "Milk chocolate", popularity=2.0)
    products = [dark, milk, other]
    found = ranked(weighed(["milk", "chocolate"], products), products, 9_999.0, (), 10)
    assert [hit.gtin for hit in found][:2] == [other.gtin, milk.gtin]


def test_the_whole_word_beats_its_beginning_and_that_beats_a_misspelling() -> None:
    words = ("chocolate", "chocolates", "chacolate")
    products = [Product(f"200000000002{place}", word) for place, word in enumerate(reversed(words))]
    found = ranked(Typed(("chocolate",), (1.0,)), products, 0.0, (), 10)
    titles = {product.gtin: product.title for product in products}
    assert [titles[hit.gtin] for hit in found] == list(words)


def test_what_is_certain_filters_and_what_is_likely_lifts() -> None:
    red, blue = Product("2000000000015", "Sponge", "Red"), Product("2000000000022", "Sponge", "Blue")
    typed = Typed(("sponge",), (1.0,))
    likely = ranked(typed, [red, blue], 0.0, [Understood("brand", "blue", 0.5, "x")], 10)
    assert [hit.gtin for hit in likely] == [blue.gtin, red.gtin]
    sure = ranked(typed, [red, blue], 0.0, [Understood("brand", "blue", 0.96, "x")], 10)
    assert [hit.gtin for hit in sure] == [blue.gtin]
    of_title = ranked(typed, [red, blue], 0.0, [Understood("title", "sponge", 0.99, "x")], 10)
    assert len(of_title) == 2


def test_nothing_typed_or_nothing_shortlisted_gives_nothing() -> None:
    assert ranked(weighed(["tea"], []), [], 0.0, (), 10) == []
    assert ranked(Typed(("tea",), (1.0,)), [Product("2000000000015", "Sponge")], 0.0, (), 10) == []
