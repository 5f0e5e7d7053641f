"""A catalogue that is replaced or changed by another process while it is searched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from booth.domain.product import Product
from booth.errors import InputError, StoreError
from booth.store.catalogue.embedded import Catalogue
from booth.store.catalogue.generations import CURRENT
from tests.contract.products import COFFEE, PRODUCTS, TEA, TEAPOT, directions, numbers
from tests.store.catalogue.filled import answers, filled, generation

NEW = Product("2000000000015", "Sponge", "Acme", weight_g=10.0)


@pytest.fixture
def importing(tmp_path: Path) -> Catalogue:
    """The catalogue as an import sees it."""
    return filled(tmp_path)


@pytest.fixture
def running(importing: Catalogue, tmp_path: Path) -> Catalogue:
    """The same catalogue as a running booth sees it."""
    return Catalogue(tmp_path, recheck_s=0.0)


def test_a_running_booth_sees_what_another_process_changed(importing: Catalogue, running: Catalogue) -> None:
    before = running.snapshot
    importing.upsert([NEW])
    importing.upsert_vectors([(NEW.gtin, directions(1.0))])
    assert running.snapshot == importing.snapshot != before
    assert running.count() == len(PRODUCTS) + 1
    assert numbers(running.by_text("sponge", 5)) == [NEW.gtin]
    assert numbers(running.by_vector(directions(1.0), 1)) == [NEW.gtin]
    assert numbers(running.by_ranges({"weight_g": (5, 15)}, 5)) == [NEW.gtin]
    assert running.values("brand")["Acme"] == 1


def test_a_running_booth_sees_a_new_catalogue_whole(importing: Catalogue, running: Catalogue) -> None:
    before = running.snapshot
    assert importing.replace([NEW, TEA]) == 2
    assert running.snapshot == importing.snapshot
    assert running.snapshot.split("-")[0] != before.split("-")[0]
    assert running.count() == 2
    assert running.by_gtin(COFFEE.gtin) is None
    assert list(running.by_text("lavazza", 5)) == []
    assert running.values("brand") == {"Acme": 1, "Müller": 1}


def test_products_that_stay_keep_their_pictures(importing: Catalogue) -> None:
    importing.replace([TEA, NEW])
    assert numbers(importing.by_vector(directions(0.1), 10)) == [TEA.gtin]
    importing.replace([COFFEE, TEA])
    assert numbers(importing.by_vector(directions(0.1), 10)) == [TEA.gtin]


def test_who_is_in_the_midst_of_a_search_ends_it_in_the_catalogue_it_began_in(
    importing: Catalogue, running: Catalogue
) -> None:
    searched = running._now()
    expected = answers(running)
    importing.replace([NEW])
    importing.replace([TEAPOT])
    view = searched.view
    assert view.columns.by_mask("?" * 13, 10) == expected[4]
    assert numbers(view.vectors.by_vector(directions(0.1), 10)) == [TEA.gtin, COFFEE.gtin]
    assert numbers(view.by_text("lavazza", 10, ())) == [COFFEE.gtin]
    assert searched.products.by_gtin(TEA.gtin) == TEA


def test_the_last_two_generations_are_kept(importing: Catalogue, tmp_path: Path) -> None:
    for product in (NEW, TEA, COFFEE):
        last = generation(tmp_path)
        importing.replace([product])
    folders = {path for path in tmp_path.iterdir() if path.is_dir()}
    assert folders == {last, generation(tmp_path)}


def test_a_replacement_that_breaks_leaves_the_catalogue_as_it_was(
    importing: Catalogue, tmp_path: Path
) -> None:
    def breaking() -> Iterator[Product]:
        yield NEW
        raise InputError("the file broke")

    before = (importing.snapshot, answers(importing), sorted(tmp_path.iterdir()))
    with pytest.raises(InputError, match="the file broke"):
        importing.replace(breaking())
    with pytest.raises(StoreError, match="title"):
        importing.replace([NEW, Product(TEA.gtin, "")])
    assert (importing.snapshot, answers(importing), sorted(tmp_path.iterdir())) == before


def test_what_a_killed_replacement_left_is_swept(importing: Catalogue, tmp_path: Path) -> None:
    (tmp_path / ".new").mkdir()
    (tmp_path / ".new" / "products.sqlite").write_bytes(b"half")
    importing.replace([NEW])
    assert importing.count() == 1
    assert not (tmp_path / ".new").exists()


def test_a_booth_searches_on_while_the_new_catalogue_cannot_be_read(
    importing: Catalogue, running: Catalogue, tmp_path: Path
) -> None:
    expected = answers(running)
    importing.replace([NEW])
    kept = (tmp_path / CURRENT).read_text()
    (tmp_path / CURRENT).write_text("nothing")
    assert answers(running) == expected
    (tmp_path / CURRENT).write_text(kept)
    assert running.count() == 1


def test_two_who_write_take_turns(importing: Catalogue, running: Catalogue) -> None:
    importing.upsert([NEW])
    running.upsert([Product("2000000000022", "Brush")])
    importing.replace([TEA, COFFEE])
    running.upsert([NEW])
    assert importing.count() == running.count() == 3
    assert numbers(importing.by_text("sponge", 5)) == [NEW.gtin]
