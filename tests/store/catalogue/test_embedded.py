"""What is particular to the embedded catalogue: its folder, what it makes again, what it refuses."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import pytest

from booth.domain.product import Product
from booth.errors import ConfigError, StoreError
from booth.store.catalogue.embedded import Catalogue, index
from booth.store.catalogue.generations import CURRENT
from tests.contract.products import COFFEE, PRODUCTS, TEA, directions, numbers
from tests.store.catalogue.filled import answers, filled, generation


def test_the_catalogue_is_still_there_when_opened_again(tmp_path: Path) -> None:
    first = filled(tmp_path)
    before = (first.snapshot, answers(first))
    first.close()
    second = Catalogue(tmp_path)
    assert (second.snapshot, answers(second)) == before


def test_two_catalogues_have_different_snapshots(tmp_path: Path) -> None:
    assert index(tmp_path / "a", {}).snapshot != index(tmp_path / "b", {}).snapshot


def test_an_option_that_does_not_exist_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="colour"):
        index(tmp_path, {"colour": 1})


@pytest.mark.parametrize("name", ["products.sqlite", "pictures.sqlite"])
def test_a_file_that_is_no_database_gives_one_clear_error(tmp_path: Path, name: str) -> None:
    filled(tmp_path).close()
    (generation(tmp_path) / name).write_bytes(b"not a database" * 1_000)
    with pytest.raises(StoreError, match=name):
        Catalogue(tmp_path)


def test_a_folder_that_cannot_be_made_gives_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be made"):
        index(tmp_path / "file" / "catalogue", {})


def test_a_generation_that_is_missing_gives_one_clear_error(tmp_path: Path) -> None:
    filled(tmp_path).close()
    shutil.rmtree(generation(tmp_path))
    with pytest.raises(StoreError, match="import"):
        Catalogue(tmp_path)


def test_a_catalogue_whose_pointer_is_lost_is_not_taken_for_none(tmp_path: Path) -> None:
    filled(tmp_path).close()
    kept = generation(tmp_path)
    (tmp_path / CURRENT).unlink()
    with pytest.raises(StoreError, match=kept.name):
        Catalogue(tmp_path)
    assert kept.is_dir()


def test_popularity_that_changed_moves_the_product(tmp_path: Path) -> None:
    catalogue = filled(tmp_path)
    catalogue.upsert([Product(COFFEE.gtin, COFFEE.title, popularity=0.5)])
    assert numbers(catalogue.by_gtin_mask("?" * 13, 10))[-1] == COFFEE.gtin
    assert catalogue.count() == len(PRODUCTS)


def test_embeddings_are_found_again_as_they_were(tmp_path: Path) -> None:
    catalogue = filled(tmp_path)
    scores = [hit.score for hit in catalogue.by_vector(directions(0.5, 2.0), 10)]
    assert scores == pytest.approx([1.0, 1.0], abs=1e-3)


def test_more_products_than_fit_in_place_are_written_beside(tmp_path: Path) -> None:
    catalogue = filled(tmp_path, many=5)
    before, snapshot = generation(tmp_path), catalogue.snapshot
    more = [Product(f"{number:013}", f"Widget {number}", "Acme", popularity=number) for number in range(300)]
    assert catalogue.upsert([*more, Product(TEA.gtin, "Black tea")]) == 301
    assert generation(tmp_path) != before
    assert catalogue.snapshot != snapshot
    assert catalogue.count() == len(PRODUCTS) + 300
    assert numbers(catalogue.by_text("widget 17", 1)) == ["0000000000017"]
    assert catalogue.by_text("lavazza", 1)[0].gtin == COFFEE.gtin
    assert numbers(catalogue.by_vector(directions(0.1), 1)) == [TEA.gtin]
    assert catalogue.values("brand")["Acme"] == 300


def test_changes_over_changes_are_found_in_step(tmp_path: Path) -> None:
    catalogue = filled(tmp_path, many=40)
    catalogue.upsert(Product(f"{number:013}", f"Widget {number}", weight_g=500) for number in range(400))
    for weight_g in (501.0, 502.0, 503.0):
        catalogue.upsert(Product(f"{number:013}", "Gadget", weight_g=weight_g) for number in range(30))
        catalogue.upsert_vectors((f"{number:013}", directions(weight_g)) for number in range(30))
        assert len(catalogue.by_ranges({"weight_g": (weight_g, weight_g)}, 100)) == 30
        assert len(catalogue.by_ranges({"weight_g": (500, 510)}, 1_000)) == 400
        assert len(catalogue.by_text("gadget", 100)) == 30
        assert catalogue.by_vector(directions(weight_g), 30)[-1].score == pytest.approx(1.0, abs=1e-3)
    assert catalogue.count() == 404


def test_the_file_of_an_older_booth_is_told_of_until_there_are_products(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "catalogue.sqlite").touch()
    with closing(index(tmp_path, {})) as made:
        assert "catalogue.sqlite is of an older booth" in caplog.text
        made.upsert([TEA])
    caplog.clear()
    index(tmp_path, {}).close()
    assert "older booth" not in caplog.text
