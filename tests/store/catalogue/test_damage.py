"""Files of the catalogue that are damaged, missing, behind or another's: made again, or one clear error."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from booth.domain.product import Product
from booth.errors import StoreError
from booth.store.catalogue.embedded import Catalogue
from booth.store.catalogue.generation import PICTURES_FILE, PRODUCTS_FILE
from booth.store.catalogue.generations import CURRENT
from booth.store.catalogue.pictures import Pictures, quantised
from booth.store.catalogue.products import Products
from tests.contract.products import COFFEE, TEA, directions, numbers
from tests.store.catalogue.filled import answers, filled, generation

MADE = ("columns", "vectors", "text")
FEW = 1
"""Changes that make the arrays anew: then all that is made lies in files."""


def flip(path: Path, place: int) -> None:
    """In place: who has the file mapped must not find it shorter."""
    with path.open("r+b") as file:
        file.seek(place)
        was = file.read(1)[0]
        file.seek(place)
        file.write(bytes([was ^ 0x10]))


def files_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.stat().st_size)


@pytest.mark.parametrize("made", MADE)
def test_a_flipped_byte_in_what_was_made_is_found_and_it_is_made_again(tmp_path: Path, made: str) -> None:
    catalogue = filled(tmp_path, FEW)
    expected = answers(catalogue)
    catalogue.close()
    folder = generation(tmp_path) / made
    names = [path.relative_to(folder) for path in files_of(folder)]
    assert names
    for name in names:
        if not (folder / name).exists():
            continue  # a segment of the text that was made anew has a new name
        flip(folder / name, (folder / name).stat().st_size // 2)
        opened = Catalogue(tmp_path, many=FEW)
        assert answers(opened) == expected, name
        opened.close()


@pytest.mark.parametrize("made", MADE)
def test_what_was_made_and_is_truncated_or_gone_is_made_again(tmp_path: Path, made: str) -> None:
    catalogue = filled(tmp_path, FEW)
    expected = answers(catalogue)
    catalogue.close()
    for path in files_of(generation(tmp_path) / made):
        half = path.read_bytes()[: path.stat().st_size // 2]
        path.unlink()  # who has the file mapped keeps the whole one
        path.write_bytes(half)
    assert answers(Catalogue(tmp_path)) == expected
    shutil.rmtree(generation(tmp_path) / made)
    assert answers(Catalogue(tmp_path)) == expected


@pytest.mark.parametrize("made", MADE)
def test_what_was_made_from_another_catalogue_is_not_believed(tmp_path: Path, made: str) -> None:
    other = filled(tmp_path / "other", FEW)
    other.upsert([Product(COFFEE.gtin, "Lavazza tonic", weight_g=1.0)])
    other.upsert_vectors([(COFFEE.gtin, directions(0.1))])
    other.close()
    catalogue = filled(tmp_path / "own", FEW)
    expected = answers(catalogue)
    catalogue.close()
    shutil.rmtree(generation(tmp_path / "own") / made)
    shutil.copytree(generation(tmp_path / "other") / made, generation(tmp_path / "own") / made)
    assert answers(Catalogue(tmp_path / "own")) == expected


def test_the_pictures_of_another_catalogue_are_refused(tmp_path: Path) -> None:
    filled(tmp_path / "other").close()
    filled(tmp_path / "own").close()
    for name in (PICTURES_FILE, PRODUCTS_FILE):
        kept = (generation(tmp_path / "own") / name).read_bytes()
        shutil.copy(generation(tmp_path / "other") / name, generation(tmp_path / "own") / name)
        with pytest.raises(StoreError, match="of another catalogue"):
            Catalogue(tmp_path / "own")
        (generation(tmp_path / "own") / name).write_bytes(kept)


def test_a_flipped_byte_in_a_product_gives_an_error_not_a_wrong_answer(tmp_path: Path) -> None:
    catalogue = filled(tmp_path)
    path = generation(tmp_path) / PRODUCTS_FILE
    assert catalogue.check() == []
    flip(path, path.read_bytes().index(b"Lavazza"))
    opened = Catalogue(tmp_path)
    with pytest.raises(StoreError, match=f"{COFFEE.gtin} is damaged"):
        opened.by_gtin(COFFEE.gtin)
    assert opened.by_gtin(TEA.gtin) == TEA
    assert [line for line in opened.check() if COFFEE.gtin in line]


def test_a_flipped_byte_in_an_embedding_gives_an_error_not_a_wrong_answer(tmp_path: Path) -> None:
    catalogue = filled(tmp_path)
    path = generation(tmp_path) / PICTURES_FILE
    flip(path, path.read_bytes().index(quantised(directions(2.0)).tobytes()))
    assert [line for line in catalogue.check() if "damaged" in line]
    with pytest.raises(StoreError, match="damaged"):
        Catalogue(tmp_path)


def test_what_a_killed_writer_committed_is_caught_up_with(tmp_path: Path) -> None:
    filled(tmp_path, FEW).close()
    folder = generation(tmp_path)
    products, pictures = Products(folder / PRODUCTS_FILE), Pictures(folder / PICTURES_FILE)
    products.upsert([Product("2000000000015", "Sponge", weight_g=10.0), Product(TEA.gtin, "Black tea")])
    pictures.upsert([("2000000000015", directions(1.0)), (TEA.gtin, directions(3.0))], products)
    opened = Catalogue(tmp_path, many=FEW)
    assert opened.count() == 5
    assert numbers(opened.by_text("sponge", 5)) == ["2000000000015"]
    assert list(opened.by_text("müller", 5)) == []
    assert numbers(opened.by_gtin_mask("200000000001?", 5)) == ["2000000000015"]
    assert numbers(opened.by_ranges({"weight_g": (5, 15)}, 5)) == ["2000000000015"]
    assert numbers(opened.by_vector(directions(1.0), 10)) == ["2000000000015", COFFEE.gtin, TEA.gtin]


def test_a_database_put_back_from_a_backup_is_believed_more_than_what_was_made(tmp_path: Path) -> None:
    catalogue = filled(tmp_path, FEW)
    kept = (generation(tmp_path) / PRODUCTS_FILE).read_bytes()
    expected = answers(catalogue)
    catalogue.upsert([Product(COFFEE.gtin, "Tonic"), Product(TEA.gtin, "Black tea")])
    catalogue.close()
    (generation(tmp_path) / PRODUCTS_FILE).write_bytes(kept)
    assert answers(Catalogue(tmp_path)) == expected


@pytest.mark.parametrize("content", [b"", b"[", b"{}"])
def test_the_full_texts_own_list_of_files_may_be_anything(tmp_path: Path, content: bytes) -> None:
    catalogue = filled(tmp_path)
    expected = answers(catalogue)
    catalogue.close()
    (generation(tmp_path) / "text" / "index" / ".managed.json").write_bytes(content)
    assert answers(Catalogue(tmp_path)) == expected


@pytest.mark.parametrize("kind", [b'"<i8"', b'"<u8"', b'"<@8"', b'"<$8"'])
def test_a_manifest_that_says_another_kind_of_number_is_not_believed(tmp_path: Path, kind: bytes) -> None:
    catalogue = filled(tmp_path, FEW)
    expected = answers(catalogue)
    catalogue.close()
    path = next((generation(tmp_path) / "columns").glob("*/manifest.json"))
    assert b'"<f8"' in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(b'"<f8"', kind))
    assert answers(Catalogue(tmp_path)) == expected


@pytest.mark.parametrize("lost", ["missing", "empty"])
def test_a_catalogue_that_lost_its_pictures_is_another_one_so_that_it_is_given_them_again(
    tmp_path: Path, lost: str
) -> None:
    catalogue = filled(tmp_path, FEW)
    before, expected = catalogue.snapshot.partition("-")[0], answers(catalogue)
    catalogue.close()
    path = generation(tmp_path) / PICTURES_FILE
    path.unlink()
    if lost == "empty":
        path.touch()
    opened = Catalogue(tmp_path, many=FEW)
    assert opened.snapshot.partition("-")[0] != before
    opened.upsert_vectors([(TEA.gtin, directions(0.0, 0.5)), (COFFEE.gtin, directions(2.0))])
    assert answers(opened) == expected
    snapshot = opened.snapshot
    opened.close()
    assert Catalogue(tmp_path, many=FEW).snapshot == snapshot


def test_lost_or_ruined_products_are_refused_with_what_to_do(tmp_path: Path) -> None:
    filled(tmp_path).close()
    path = generation(tmp_path) / PRODUCTS_FILE
    whole = path.read_bytes()
    for content in (None, b"", whole[: len(whole) // 2], b"no database" * 1_000):
        path.unlink()
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(StoreError, match=f"take {tmp_path} away, then import the catalogue again"):
            Catalogue(tmp_path)
        path.write_bytes(whole)
    shutil.rmtree(generation(tmp_path))
    with pytest.raises(StoreError, match=f"take {tmp_path} away, then import the catalogue again"):
        Catalogue(tmp_path)


def test_a_catalogue_with_a_damaged_embedding_can_be_replaced(tmp_path: Path) -> None:
    catalogue = filled(tmp_path)
    path = generation(tmp_path) / PICTURES_FILE
    flip(path, path.read_bytes().index(quantised(directions(2.0)).tobytes()))
    assert catalogue.check()
    catalogue.replace([TEA, COFFEE])
    assert catalogue.check() == []
    assert numbers(catalogue.by_vector(directions(2.0), 10)) == [TEA.gtin]


def test_a_catalogue_with_ruined_pictures_can_be_replaced(tmp_path: Path) -> None:
    catalogue = filled(tmp_path)
    path = generation(tmp_path) / PICTURES_FILE
    with closing(sqlite3.connect(path)) as database:
        ((page,),) = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'embedding'")
        ((size,),) = database.execute("PRAGMA page_size")
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    assert catalogue.check()
    assert catalogue.replace([TEA, COFFEE]) == 2
    assert catalogue.check() == []
    assert list(catalogue.by_vector(directions(2.0), 10)) == []


@pytest.mark.parametrize("content", [b"", b"\n", b"0123456789ab", b"../own", b"\xff\xfe"])
def test_a_damaged_name_of_what_is_in_force_deletes_nothing(tmp_path: Path, content: bytes) -> None:
    catalogue = filled(tmp_path)
    expected = answers(catalogue)
    catalogue.close()
    name = (tmp_path / CURRENT).read_bytes()
    (tmp_path / CURRENT).write_bytes(content)
    with pytest.raises(StoreError, match=f"which of {name.decode()}"):
        Catalogue(tmp_path)
    (tmp_path / CURRENT).write_bytes(name)
    assert answers(Catalogue(tmp_path)) == expected
