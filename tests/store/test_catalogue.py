"""What is particular to the embedded catalogue: its file, its order of popularity, its bounds."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booth.domain.product import Product
from booth.errors import ConfigError, StoreError
from booth.store.catalogue.embedded import COMMON, FILE_NAME, index
from booth.store.catalogue.schema import place_of
from booth.store.catalogue.typed import MAX_WORDS, digits_of, words_of

GTINS = st.integers(0, 10**13 - 1).map(lambda number: f"{number:013}")
POPULARITIES = st.floats(0, 1e12)


def test_the_catalogue_is_still_there_when_opened_again(tmp_path: Path) -> None:
    first = index(tmp_path, {})
    first.upsert([Product("4006381333931", "Pen")])
    snapshot = first.snapshot
    first.close()
    second = index(tmp_path, {})
    assert (second.count(), second.snapshot) == (1, snapshot)
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_two_catalogues_have_different_snapshots(tmp_path: Path) -> None:
    assert index(tmp_path / "a", {}).snapshot != index(tmp_path / "b", {}).snapshot


def test_an_option_that_does_not_exist_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="colour"):
        index(tmp_path, {"colour": 1})


def test_a_file_that_is_no_catalogue_gives_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"not a database" * 1_000)
    with pytest.raises(StoreError, match=FILE_NAME):
        index(tmp_path, {})


def test_a_folder_that_cannot_be_made_gives_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be made"):
        index(tmp_path / "file" / "catalogue", {})


def test_a_word_that_fits_too_many_gives_the_most_popular_of_all(tmp_path: Path) -> None:
    catalogue = index(tmp_path, {})
    many = [Product(f"{number:013}", f"Widget {number}", popularity=1.0) for number in range(COMMON + 500)]
    catalogue.upsert([*many, Product("9999999999994", "Widget supreme", popularity=500.0)])
    assert catalogue.by_text("widget", 1)[0].gtin == "9999999999994"
    assert catalogue.by_text("widget 17", 3)[0].gtin == "0000000000017"
    assert catalogue.by_text("widget supre", 3)[0].gtin == "9999999999994"


def test_popularity_that_changed_moves_the_product(tmp_path: Path) -> None:
    catalogue = index(tmp_path, {})
    catalogue.upsert(
        [Product("4006381333931", "Pen", popularity=9.0), Product("4006381333948", "Pen", popularity=5.0)]
    )
    catalogue.upsert([Product("4006381333948", "Pen", popularity=50.0)])
    assert [hit.gtin for hit in catalogue.by_text("pen", 5)] == ["4006381333948", "4006381333931"]
    assert catalogue.count() == 2


@given(GTINS, GTINS, POPULARITIES, POPULARITIES)
def test_no_two_products_share_a_place_and_the_more_popular_never_comes_later(
    one: str, other: str, popularity: float, more: float
) -> None:
    assert (place_of(one, popularity) == place_of(other, more)) <= (one == other)
    assert place_of(one, max(popularity, more)) <= place_of(one, min(popularity, more))
    assert abs(place_of(one, popularity)) < 2**63


@given(st.text(max_size=500))
def test_any_typed_text_becomes_few_clean_words(text: str) -> None:
    words = words_of(text)
    assert len(words) <= MAX_WORDS
    assert all("\0" not in word and any(letter.isalnum() for letter in word) for word in words)
    assert digits_of(text) == "" or digits_of(text).isascii()
