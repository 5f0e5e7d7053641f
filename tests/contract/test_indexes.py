"""What every catalogue index must do, whichever engine it runs on."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from booth import plugins
from booth.domain.product import Product
from booth.errors import InputError, StoreError
from booth.events import Bus
from booth.ports.finding import CatalogueIndex, Hit
from booth.worker import Worker

TEA = Product(
    "4006381333931", "Grüner Tee", "Müller", "Getränke > Tee", "100 g", 112.0, 120.0, 60.0, 40.0, 5.0,
    {"colour": "grün"},
)  # fmt: skip
TEAPOT = Product("4006381333948", "Teapot of glass", "Bodum", "Kitchen", "1 l", 800.0, popularity=1.0)
COFFEE = Product(
    "5901234123457", "Coffee beans", "Lavazza", "Drinks", "500 g", 512.0, 200.0, 90.0, 60.0, 90.0
)
UPC = Product("0036602301467", "Cough drops", "Ricola", "Health", "45 g", 50.0, popularity=2.0)
PRODUCTS = (TEA, TEAPOT, COFFEE, UPC)


@pytest.fixture(params=plugins.names("booth.indexes"))
def index(request: pytest.FixtureRequest, tmp_path: Path) -> CatalogueIndex:
    made: CatalogueIndex = plugins.load("booth.indexes", request.param)(tmp_path / "catalogue", {})
    made.upsert(PRODUCTS)
    return made


def titles(index: CatalogueIndex, found: Sequence[Hit]) -> list[str]:
    products = index.get([hit.gtin for hit in found])
    assert len(products) == len(found)
    return [product.title for product in products]


def test_a_product_comes_back_as_it_went_in(index: CatalogueIndex) -> None:
    assert index.by_gtin(TEA.gtin) == TEA
    assert index.by_gtin("4006381333955") is None
    assert index.by_gtin("no gtin") is None


def test_a_mask_finds_the_numbers_that_fit(index: CatalogueIndex) -> None:
    assert titles(index, index.by_gtin_mask("40063813339??", 10)) == [TEA.title, TEAPOT.title]
    assert titles(index, index.by_gtin_mask("?90123412345?", 10)) == [COFFEE.title]
    assert len(index.by_gtin_mask("?" * 13, 2)) == 2
    assert index.by_gtin_mask("?" * 13, 0) == []


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


def test_the_snapshot_changes_with_the_catalogue_and_only_then(index: CatalogueIndex) -> None:
    before = index.snapshot
    assert index.upsert([]) == 0
    assert index.snapshot == before
    assert index.upsert([TEA]) == 1
    assert index.snapshot != before


def test_a_replaced_product_is_found_by_its_new_words_only(index: CatalogueIndex) -> None:
    index.upsert([Product(TEA.gtin, "Black tea", popularity=77.0)])
    assert index.by_text("gruner", 10) == []
    assert titles(index, index.by_text("black", 10)) == ["Black tea"]
    assert len(index.by_gtin_mask("?" * 13, 10)) == len(PRODUCTS)


def test_of_a_product_given_twice_the_last_counts(index: CatalogueIndex) -> None:
    index.upsert([Product(TEA.gtin, "First"), Product(TEA.gtin, "Second")])
    found = index.by_gtin(TEA.gtin)
    assert found is not None
    assert found.title == "Second"


def test_an_error_half_way_leaves_the_catalogue_as_it_was(index: CatalogueIndex) -> None:
    before = index.snapshot

    def breaking() -> Iterator[Product]:
        for number in range(20_000):
            yield Product(f"{number:013}", f"Widget {number}")
        raise InputError("the file broke")

    with pytest.raises(InputError, match="the file broke"):
        index.upsert(breaking())
    assert index.snapshot == before
    assert index.by_text("widget", 10) == []
    assert index.by_gtin(TEA.gtin) == TEA


@pytest.mark.parametrize(
    "impossible",
    [
        Product("123", "Too short"),
        Product("400638133393x", "No digits"),
        Product("4006381333955", ""),
        Product("4006381333955", "Negative", weight_g=-1.0),
        Product("4006381333955", "No number", weight_g=float("nan")),
        Product("4006381333955", "No popularity", popularity=float("nan")),
        Product("4006381333955", "Too popular", popularity=float("inf")),
        Product("4006381333955", "Unpopular", popularity=-5.0),
    ],
    ids=lambda product: product.title or "empty",
)
def test_an_impossible_product_is_refused_with_all_that_came_with_it(
    index: CatalogueIndex, impossible: Product
) -> None:
    with pytest.raises(StoreError):
        index.upsert([Product("4006381333962", "Innocent"), impossible])
    assert index.by_gtin("4006381333962") is None


def test_many_threads_may_search_while_one_writes(index: CatalogueIndex) -> None:
    told: list[object] = []
    bus = Bus()
    bus.subscribe(told.append)

    def search(stopping: threading.Event) -> None:
        while not stopping.is_set():
            assert titles(index, index.by_text("coffee", 5)) == [COFFEE.title]
            assert index.by_gtin(TEA.gtin) == TEA

    workers = [Worker(f"search {number}", bus, search) for number in range(3)]
    for worker in workers:
        worker.start()
    for number in range(10):
        index.upsert([Product(f"{number:013}", f"Widget {number}")])
    assert all(worker.stop(timeout_s=30.0) for worker in workers)
    assert told == []
