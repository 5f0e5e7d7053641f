"""What is particular to the embedded catalogue: its folder, what it makes again, what it refuses."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from booth.domain.product import Product
from booth.errors import ConfigError, StoreError
from booth.store.catalogue.embedded import FOLDER, Catalogue, index
from booth.store.catalogue.generations import CURRENT
from tests.contract.products import COFFEE, PRODUCTS, TEA, directions, numbers


def generation(folder: Path) -> Path:
    return folder / FOLDER / (folder / FOLDER / CURRENT).read_text()


def filled(folder: Path) -> Catalogue:
    made = index(folder, {})
    made.upsert(PRODUCTS)
    made.upsert_vectors([(TEA.gtin, directions(0.0, 0.5)), (COFFEE.gtin, directions(2.0))])
    return made


def answers(catalogue: Catalogue) -> list[object]:
    """What every kind of search gives."""
    return [
        catalogue.count(),
        catalogue.get([TEA.gtin, COFFEE.gtin]),
        catalogue.by_text("lavazza", 10),
        catalogue.by_vector(directions(0.1), 10),
        catalogue.by_gtin_mask("?" * 13, 10),
        catalogue.by_ranges({"weight_g": (100, 600)}, 10),
        catalogue.values("brand"),
    ]


def test_the_catalogue_is_still_there_when_opened_again(tmp_path: Path) -> None:
    first = filled(tmp_path)
    before = (first.snapshot, answers(first))
    first.close()
    second = index(tmp_path, {})
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
        index(tmp_path, {})


def test_a_folder_that_cannot_be_made_gives_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be made"):
        index(tmp_path / "file" / "catalogue", {})


def test_a_generation_that_is_missing_gives_one_clear_error(tmp_path: Path) -> None:
    filled(tmp_path).close()
    shutil.rmtree(generation(tmp_path))
    with pytest.raises(StoreError, match="import"):
        index(tmp_path, {})


def test_a_catalogue_whose_pointer_is_lost_is_not_taken_for_none(tmp_path: Path) -> None:
    filled(tmp_path).close()
    kept = generation(tmp_path)
    (tmp_path / FOLDER / CURRENT).unlink()
    with pytest.raises(StoreError, match=kept.name):
        index(tmp_path, {})
    assert kept.is_dir()


def test_popularity_that_changed_moves_the_product(tmp_path: Path) -> None:
    catalogue = filled(tmp_path)
    catalogue.upsert([Product(COFFEE.gtin, COFFEE.title, popularity=0.5)])
    assert numbers(catalogue.by_gtin_mask("?" * 13, 10))[-1] == COFFEE.gtin
    assert catalogue.count() == len(PRODUCTS)
