"""The strategies of partial codes, of size and weight, and of what the site expects."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest

from booth import plugins
from booth.domain.evidence import PartialCode
from booth.domain.product import BarcodeRead, Candidate, Product
from booth.identify.gtin import check_digit
from booth.ports.finding import CatalogueIndex, Query, Strategy
from tests.fakes import sources

TEA = Product("4006381333931", "Tea", "Müller", weight_g=112, length_mm=120, width_mm=60, height_mm=40)
COFFEE = Product(
    "5901234123457", "Coffee", weight_g=512, length_mm=200, width_mm=90, height_mm=60, popularity=9
)
DROPS = Product("0036602301467", "Cough drops", weight_g=50, popularity=2)
BOX = Product("4006381333948", "Box", length_mm=40, width_mm=120, height_mm=62, popularity=1)
PRODUCTS = (TEA, COFFEE, DROPS, BOX)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CatalogueIndex]:
    folder = tmp_path_factory.mktemp("catalogue")
    made: CatalogueIndex = plugins.load("booth.indexes", "embedded")(folder, {})
    made.upsert(PRODUCTS)
    yield made
    made.close()


def strategy(name: str, index: CatalogueIndex) -> Strategy:
    made: Strategy = plugins.load("booth.strategies", name)(sources(index))
    assert made.name == name
    return made


def found(name: str, index: CatalogueIndex, query: Query, limit: int = 10) -> list[Candidate]:
    return list(strategy(name, index).propose(query, limit))


def gtins(name: str, index: CatalogueIndex, query: Query, limit: int = 10) -> list[str]:
    return [candidate.gtin for candidate in found(name, index, query, limit)]


def partial(*masks: tuple[str, float]) -> Query:
    return Query(partial_codes=tuple(PartialCode("top", mask, quality, "bars") for mask, quality in masks))


@pytest.mark.parametrize(
    ("mask", "expected"),
    [
        ("400638133393?", TEA), ("40?638133??31", TEA), ("59012341?????", COFFEE), ("?901234123457", COFFEE),
        ("0036602301467", DROPS),
    ],
)  # fmt: skip
def test_digits_in_part_find_what_fits(index: CatalogueIndex, mask: str, expected: Product) -> None:
    assert gtins("partial_gtin", index, partial((mask, 0.9)))[0] == expected.gtin


def test_surer_and_fuller_digits_score_higher(index: CatalogueIndex) -> None:
    sure, unsure, few = (
        found("partial_gtin", index, partial((mask, quality)))[0].score
        for mask, quality in (("400638133393?", 0.9), ("400638133393?", 0.4), ("4006381333???", 0.9))
    )
    assert sure > unsure
    assert sure > few


@pytest.mark.parametrize(
    "wrong",
    ["4006381333932", "4006381333831", "4006381339331", "4006831333931", "4006381333935", "4006381303941"],
)
def test_a_code_with_a_digit_wrong_or_two_swapped_is_mended(index: CatalogueIndex, wrong: str) -> None:
    assert TEA.gtin in gtins("partial_gtin", index, partial((wrong, 0.8)))
    assert TEA.gtin in gtins("partial_gtin", index, Query(typed_text=wrong))


def test_a_misread_code_that_no_product_has_is_mended(index: CatalogueIndex) -> None:
    body = "400638133343"
    misread = BarcodeRead("top", "EAN-13", body, body + check_digit(body), (), 0.9)
    ranked = found("partial_gtin", index, Query(barcodes=(misread,)))
    assert TEA.gtin in [candidate.gtin for candidate in ranked]
    assert ranked[0].score < 0.2
    known = BarcodeRead("top", "EAN-13", TEA.gtin, TEA.gtin)
    assert gtins("partial_gtin", index, Query(barcodes=(known,))) == []


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("3660230", [DROPS]), ("400638133393", [TEA]), ("590123", [COFFEE]), ("123457", [COFFEE]),
        ("0 36602 30146 7", [DROPS]), ("1467", [DROPS]), ("401467", []), ("999999999999999", []), ("tea", []),
        ("12 tea", []), ("", []), ("٣٤٥٣٤٥٣", []), ("1" * 10_000, []), ("0000000", []), ("123", []),
    ],
)  # fmt: skip
def test_typed_digits_stand_at_either_end(index: CatalogueIndex, typed: str, expected: list[Product]) -> None:
    assert gtins("partial_gtin", index, Query(typed_text=typed)) == [product.gtin for product in expected]


@pytest.mark.parametrize("mask", ["", "4", "x" * 13, "?" * 14, "40063813339-1", "²" * 13])
def test_impossible_masks_are_passed_over(index: CatalogueIndex, mask: str) -> None:
    assert gtins("partial_gtin", index, partial((mask, 0.9))) == []


@pytest.mark.parametrize("name", ["partial_gtin", "size_weight", "shortlist"])
def test_no_evidence_gives_nothing_and_the_limit_holds(index: CatalogueIndex, name: str) -> None:
    assert found(name, index, Query()) == []
    everything = Query(
        partial_codes=(PartialCode("top", "?" * 13, 0.5, "bars"),),
        weight_g=112.0,
        shortlist=tuple(product.gtin for product in PRODUCTS),
    )
    assert len(found(name, index, everything, 1)) == 1
    assert found(name, index, everything, 0) == []


def test_size_and_weight_find_the_nearest_first(index: CatalogueIndex) -> None:
    query = Query(size_mm=(122.0, 61.0, 39.0), weight_g=118.0)
    ranked = found("size_weight", index, query)
    assert [candidate.gtin for candidate in ranked] == [TEA.gtin, BOX.gtin]
    assert 0 < ranked[1].score < ranked[0].score <= 1


def test_sides_may_be_called_anything(index: CatalogueIndex) -> None:
    assert BOX.gtin in gtins("size_weight", index, Query(size_mm=(120.0, 62.0, 40.0)))


def test_packaging_may_add_to_the_listed_weight_and_nothing_may_be_missing(index: CatalogueIndex) -> None:
    assert gtins("size_weight", index, Query(weight_g=580.0)) == [COFFEE.gtin]
    assert gtins("size_weight", index, Query(weight_g=400.0)) == []


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 0.0, -5.0])
def test_impossible_measures_are_passed_over(index: CatalogueIndex, bad: float) -> None:
    assert gtins("size_weight", index, Query(weight_g=bad, size_mm=(bad, 60.0, 40.0))) == []
    assert gtins("size_weight", index, Query(weight_g=bad, size_mm=(200.0, 90.0, 60.0))) == [COFFEE.gtin]


def test_the_shortlist_comes_by_popularity_without_what_is_unknown(index: CatalogueIndex) -> None:
    expected = (TEA.gtin, "4006381333955", DROPS.gtin, COFFEE.gtin, TEA.gtin)
    ranked = found("shortlist", index, Query(shortlist=expected))
    assert [candidate.gtin for candidate in ranked] == [COFFEE.gtin, DROPS.gtin, TEA.gtin]
    assert sum(candidate.score for candidate in ranked) == pytest.approx(1.0)
