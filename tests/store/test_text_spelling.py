"""The spelling index gives what a comparison with every word would give."""

from __future__ import annotations

from random import Random

import pytest
from rapidfuzz.distance import OSA

from booth.store.catalogue.text_meaning import slots_of
from booth.store.catalogue.text_spelling import Near, Spelling

RNG = Random(3)
WORDS = sorted({"".join(RNG.choices("abcdé", k=RNG.randint(1, 11))) for _ in range(3_000)})
SPELLING = Spelling(WORDS, range(1, len(WORDS) + 1))


@pytest.mark.parametrize("errors", [1, 2])
def test_near_words_are_those_within_so_many_errors(errors: int) -> None:
    long_enough = [word for word in WORDS if len(word) >= (6 if errors == 2 else 3)]
    for word in Random(errors).sample(long_enough, 60):
        typed = "b" + word[1:3] + word[4:] if errors == 2 else word[:2] + "z" + word[2:]
        if len(typed) < (6 if errors == 2 else 3):
            continue
        every = {
            Near(number, distance)
            for number, other in enumerate(WORDS)
            if 0 < (distance := OSA.distance(typed, other)) <= errors
        }
        assert set(SPELLING.near(typed, errors)) == every


def test_completions_are_the_commonest_that_begin_so() -> None:
    begun = [number for number, word in enumerate(WORDS) if word.startswith("ab") and word != "ab"]
    assert set(SPELLING.completions("ab", 10_000)) == set(begun)
    assert set(SPELLING.completions("ab", 3)) == set(begun[-3:])
    assert SPELLING.completions("zz", 3) == []


def test_an_empty_catalogue_has_no_words() -> None:
    empty = Spelling((), ())
    assert (empty.near("soap", 1), empty.completions("s", 5), list(empty.skeletons("sp"))) == ([], [], [])
    assert all(not slot.weights for slot in slots_of(["soap", "bar"], empty, 0))


def test_thousands_of_serial_numbers_are_not_all_compared() -> None:
    numbers = [f"{1_000_000 + number}" for number in range(20_000)]
    serials = Spelling(numbers, [1] * len(numbers))
    assert all(near.errors == 1 for near in serials.near("1000001", 1))


def test_a_rare_word_weighs_more_than_a_common_one_and_a_correction_less_than_either() -> None:
    spelling = Spelling(["common", "nivalo"], [900, 3])
    common, rare, mistyped = (slots_of([word], spelling, 1_000)[0] for word in ("common", "nivalo", "nivslo"))
    assert rare.most > common.most
    assert mistyped.weights.keys() == {1}
    assert rare.whole == {1}
    assert not mistyped.whole
