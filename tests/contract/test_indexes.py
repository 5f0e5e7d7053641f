"""What every catalogue index must keep, whichever engine it runs on."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from booth.domain.product import Product
from booth.errors import InputError, StoreError
from booth.events import Bus
from booth.ports.finding import CatalogueIndex
from booth.worker import Worker
from tests.contract.products import COFFEE, PRODUCTS, TEA, TEAPOT, UPC, directions, numbers, titles


def test_a_product_comes_back_as_it_went_in(index: CatalogueIndex) -> None:
    assert index.by_gtin(TEA.gtin) == TEA
    assert index.by_gtin("4006381333955") is None
    assert index.by_gtin("no gtin") is None


def test_products_come_in_the_order_asked_and_unknown_ones_are_left_out(index: CatalogueIndex) -> None:
    asked = [COFFEE.gtin, "4006381333955", TEA.gtin, "nonsense", "", "' OR 1=1 --", COFFEE.gtin]
    assert list(index.get(asked)) == [COFFEE, TEA, COFFEE]
    assert list(index.get([])) == []
    assert index.count() == len(PRODUCTS)


def test_the_values_of_a_field_are_counted(index: CatalogueIndex) -> None:
    assert index.values("brand") == {"Müller": 1, "Bodum": 1, "Lavazza": 1, "Ricola": 1}
    index.upsert([Product(COFFEE.gtin, "Coffee", "Müller", size="100 g"), Product("2000000000015", "Bare")])
    assert index.values("brand") == {"Müller": 2, "Bodum": 1, "Ricola": 1}
    assert index.values("size") == {"100 g": 2, "1 l": 1, "45 g": 1}
    assert index.values("category") == {"Getränke > Tee": 1, "Kitchen": 1, "Health": 1}


@pytest.mark.parametrize("name", ["title", "gtin", "", "brand; --"])
def test_a_field_without_values_is_refused(index: CatalogueIndex, name: str) -> None:
    with pytest.raises(InputError, match="brand"):
        index.values(name)


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
            assert list(index.get([UPC.gtin, COFFEE.gtin])) == [UPC, COFFEE]
            assert numbers(index.by_gtin_mask("40063813339??", 10)) == [TEA.gtin, TEAPOT.gtin]
            assert numbers(index.by_ranges({"weight_g": (500, 520)}, 10)) == [COFFEE.gtin]
            assert numbers(index.by_vector(directions(0.1), 1)) == [TEA.gtin]

    index.upsert_vectors([(TEA.gtin, directions(0.0)), (COFFEE.gtin, directions(2.0))])
    workers = [Worker(f"search {number}", bus, search) for number in range(3)]
    for worker in workers:
        worker.start()
    for number in range(10):
        index.upsert([Product(f"{number:013}", f"Widget {number}")])
        index.upsert_vectors([(f"{number:013}", directions(1.0 + number / 10))])
    assert all(worker.stop(timeout_s=30.0) for worker in workers)
    assert told == []
