"""What every catalogue index must do with pictures' embeddings, whichever engine it runs on."""

from __future__ import annotations

import numpy as np
import pytest

from booth.domain.percept import FloatArray
from booth.domain.product import Product
from booth.errors import InputError, StoreError
from booth.ports.finding import VECTOR_SIZE, CatalogueIndex
from tests.contract.products import COFFEE, TEA, UPC, directions, numbers


def test_the_nearest_picture_decides_and_each_product_comes_once(index: CatalogueIndex) -> None:
    assert list(index.by_vector(directions(0.0), 10)) == []
    kept = [
        (TEA.gtin, directions(0.0, 1.0)),
        (COFFEE.gtin, directions(0.4, 2.0)),
        (UPC.gtin, directions(3.0)),
    ]
    assert index.upsert_vectors(kept) == 5
    found = index.by_vector(directions(0.1), 10)
    assert numbers(found) == [TEA.gtin, COFFEE.gtin, UPC.gtin]
    assert [hit.score for hit in found] == pytest.approx([np.cos(a) for a in (0.1, 0.3, 2.9)], abs=0.01)
    assert numbers(index.by_vector(directions(0.1), 2)) == [TEA.gtin, COFFEE.gtin]


def test_any_view_may_find_the_product(index: CatalogueIndex) -> None:
    index.upsert_vectors([(TEA.gtin, directions(0.0)), (COFFEE.gtin, directions(2.0))])
    assert numbers(index.by_vector(directions(0.2, 2.01), 10)) == [COFFEE.gtin, TEA.gtin]


def test_new_pictures_take_the_place_of_the_old(index: CatalogueIndex) -> None:
    index.upsert_vectors([(TEA.gtin, directions(0.0)), (COFFEE.gtin, directions(1.0))])
    index.upsert_vectors([(TEA.gtin, directions(3.0))])
    found = index.by_vector(directions(0.0), 10)
    assert numbers(found) == [COFFEE.gtin, TEA.gtin]
    assert found[1].score == pytest.approx(np.cos(3.0), abs=0.01)
    index.upsert_vectors([(TEA.gtin, directions())])
    assert numbers(index.by_vector(directions(0.0), 10)) == [COFFEE.gtin]


def test_a_product_that_changes_keeps_its_pictures(index: CatalogueIndex) -> None:
    index.upsert_vectors([(TEA.gtin, directions(0.0))])
    index.upsert([Product(TEA.gtin, "Black tea")])
    assert numbers(index.by_vector(directions(0.0), 10)) == [TEA.gtin]


@pytest.mark.parametrize(
    "impossible",
    [
        np.full((1, VECTOR_SIZE), np.nan, np.float32),
        np.full((1, VECTOR_SIZE), np.inf, np.float32),
        np.ones((1, VECTOR_SIZE), np.float32),
        np.zeros((1, VECTOR_SIZE), np.float32),
        np.ones((1, VECTOR_SIZE - 1), np.float32),
        np.ones(VECTOR_SIZE, np.float32),
    ],
    ids=["nan", "endless", "too long", "nought", "narrow", "no rows"],
)
def test_an_impossible_vector_is_refused_with_all_that_came_with_it(
    index: CatalogueIndex, impossible: FloatArray
) -> None:
    before = index.snapshot
    with pytest.raises(StoreError):
        index.upsert_vectors([(TEA.gtin, directions(0.0)), (COFFEE.gtin, impossible)])
    assert list(index.by_vector(directions(0.0), 10)) == []
    assert index.snapshot == before


@pytest.mark.parametrize("shape", [(VECTOR_SIZE,), (1, VECTOR_SIZE + 1)])
def test_a_question_that_is_no_vector_is_refused(index: CatalogueIndex, shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError):
        index.by_vector(np.ones(shape, np.float32), 10)
    with pytest.raises(InputError):
        index.by_vector(np.full((1, VECTOR_SIZE), np.nan, np.float32), 10)
    assert list(index.by_vector(directions(), 10)) == []


@pytest.mark.parametrize("unknown", ["4006381333955", "no gtin", ""])
def test_pictures_of_an_unknown_product_are_refused(index: CatalogueIndex, unknown: str) -> None:
    with pytest.raises(StoreError, match="no product"):
        index.upsert_vectors([(TEA.gtin, directions(0.0)), (unknown, directions(1.0))])
    assert list(index.by_vector(directions(0.0), 10)) == []


def test_the_snapshot_changes_with_the_pictures(index: CatalogueIndex) -> None:
    seen = [index.snapshot]
    assert index.upsert_vectors([]) == 0
    assert index.snapshot == seen[0]
    for angle in (0.0, 1.0):
        index.upsert_vectors([(TEA.gtin, directions(angle))])
        seen.append(index.snapshot)
    assert len(set(seen)) == 3
