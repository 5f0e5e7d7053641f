"""What every catalogue index must find by digits, words and measures, whichever engine it runs on."""

from __future__ import annotations

import pytest

from booth.domain.product import Product
from booth.errors import InputError
from booth.ports.finding import CatalogueIndex
from tests.contract.products import COFFEE, PRODUCTS, TEA, TEAPOT, UPC, directions, numbers, titles


def test_a_mask_finds_the_numbers_that_fit(index: CatalogueIndex) -> None:
    assert titles(index, index.by_gtin_mask("40063813339??", 10)) == [TEA.title, TEAPOT.title]
    assert titles(index, index.by_gtin_mask("?90123412345?", 10)) == [COFFEE.title]
    assert len(index.by_gtin_mask("?" * 13, 2)) == 2
    assert numbers(index.by_gtin_mask("?" * 13, 10)) == [COFFEE.gtin, TEA.gtin, UPC.gtin, TEAPOT.gtin]
    assert numbers(index.by_gtin_mask(UPC.gtin, 10)) == [UPC.gtin]
    assert list(index.by_gtin_mask("9" * 13, 10)) == []


@pytest.mark.parametrize("limit", [0, -1])
def test_none_asked_for_none_given(index: CatalogueIndex, limit: int) -> None:
    index.upsert_vectors([(TEA.gtin, directions(0.0))])
    assert list(index.by_gtin_mask("?" * 13, limit)) == []
    assert list(index.by_text("tea", limit)) == []
    assert list(index.by_vector(directions(0.0), limit)) == []
    assert list(index.by_ranges({"weight_g": (0, 1_000)}, limit)) == []


@pytest.mark.parametrize("mask", ["", "*", "4006381333", "[0-9]????????", "4006381333931 ", "' OR 1=1 --  "])
def test_a_wrong_mask_is_refused(index: CatalogueIndex, mask: str) -> None:
    with pytest.raises(InputError):
        index.by_gtin_mask(mask, 10)


def test_words_are_found_without_accents_case_or_ends(index: CatalogueIndex) -> None:
    assert titles(index, index.by_text("GRUNER te", 10)) == [TEA.title]
    assert titles(index, index.by_text("lavaz bean", 10)) == [COFFEE.title]
    assert titles(index, index.by_text("getranke", 10)) == [TEA.title]


def test_a_size_is_found_however_it_is_spaced(index: CatalogueIndex) -> None:
    assert titles(index, index.by_text("500g", 10)) == [COFFEE.title]
    assert titles(index, index.by_text("500 g", 10)) == [COFFEE.title]


def test_where_nothing_fits_every_word_what_fits_some_is_found(index: CatalogueIndex) -> None:
    assert titles(index, index.by_text("coffee zzzz", 10)) == [COFFEE.title]
    assert index.by_text("zzzz", 10) == []


def test_better_and_more_popular_comes_first(index: CatalogueIndex) -> None:
    twins = [
        Product("2000000000015", "Sponge blue", popularity=1.0),
        Product("2000000000022", "Sponge green", popularity=1_000.0),
    ]
    index.upsert(twins)
    found = index.by_text("sponge", 10)
    assert titles(index, found) == ["Sponge green", "Sponge blue"]
    assert found[0].score > found[1].score
    assert len(index.by_text("sponge", 1)) == 1


@pytest.mark.parametrize(
    "typed", ["036602301467", "0036602301467", "00366", "36602", "301467", "0 36602 30146-7"]
)
def test_digits_find_numbers_by_their_start_or_any_part(index: CatalogueIndex, typed: str) -> None:
    assert titles(index, index.by_text(typed, 10)) == [UPC.title]


@pytest.mark.parametrize(
    "typed",
    [
        *'"*(+\\²',
        *(
            '""',
            "tea*",
            'tea"',
            "tea AND",
            "NEAR(tea pot)",
            "title: tea",
            "^tea",
            "tea)",
            "-tea",
            "{title}: tea",
        ),
        *("' OR 1=1 --", "tea\0pot", "\udc80", "e\u0301", "٣٤٥", "tea " * 5_000, "a" * 100_000),
    ],
)
def test_nothing_typed_can_be_wrong(index: CatalogueIndex, typed: str) -> None:
    found = index.by_text(typed, 10)
    assert all(index.by_gtin(hit.gtin) in PRODUCTS for hit in found)


@pytest.mark.parametrize("typed", ["", "   ", "\n"])
def test_nothing_typed_finds_nothing(index: CatalogueIndex, typed: str) -> None:
    assert index.by_text(typed, 10) == []


def test_measures_find_what_lies_within(index: CatalogueIndex) -> None:
    assert titles(index, index.by_ranges({"weight_g": (100, 600)}, 10)) == [COFFEE.title, TEA.title]
    assert titles(index, index.by_ranges({"weight_g": (100, 600), "height_mm": (0, 50)}, 10)) == [TEA.title]
    assert index.by_ranges({"weight_g": (600, 100)}, 10) == []


def test_an_unknown_measure_of_a_product_never_fits(index: CatalogueIndex) -> None:
    assert TEAPOT.title not in titles(index, index.by_ranges({"length_mm": (0, 1_000)}, 10))


@pytest.mark.parametrize("name", ["popularity", "gtin", "1=1; --", ""])
def test_a_measure_that_does_not_exist_is_refused(index: CatalogueIndex, name: str) -> None:
    with pytest.raises(InputError, match="weight_g"):
        index.by_ranges({name: (0, 1)}, 10)


def test_the_middle_of_the_ranges_comes_first(index: CatalogueIndex) -> None:
    weights = (300.0, 205.0, 260.0, 390.0)
    index.upsert([Product(f"200000000{n:04}", f"Brick {n}", weight_g=w) for n, w in enumerate(weights)])
    found = index.by_ranges({"weight_g": (200, 400)}, 10)
    assert titles(index, found) == ["Brick 0", "Brick 2", "Brick 3", "Brick 1"]
    assert numbers(index.by_ranges({"weight_g": (200, 400)}, 2)) == numbers(found)[:2]
    assert numbers(index.by_ranges({"weight_g": (205, 205)}, 2)) == ["2000000000001"]


def test_without_ranges_the_most_popular_are_given(index: CatalogueIndex) -> None:
    assert numbers(index.by_ranges({}, 2)) == [COFFEE.gtin, TEA.gtin]


def test_without_bounds_every_known_measure_fits(index: CatalogueIndex) -> None:
    endless = (float("-inf"), float("inf"))
    assert sorted(numbers(index.by_ranges({"height_mm": endless}, 10))) == [TEA.gtin, COFFEE.gtin]
    with pytest.raises(InputError):
        index.by_ranges({"height_mm": (float("nan"), 1.0)}, 10)
