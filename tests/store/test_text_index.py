"""The full text finds products by mistyped words, survives damage and never fails on what is typed."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from booth.domain.evidence import Understood
from booth.domain.product import Product
from booth.errors import InputError, StoreError
from booth.store.catalogue.folding import fold, words_of
from booth.store.catalogue.text import TextIndex

SOAP = Product(
    "2900000000018", "Nivalo Royal Soap Bar Lavender", "Nivalo", "Beauty > Bath", "125 g", popularity=3.0
)
SOAPS = Product(
    "2900000000025",
    "Nivalo Royal Soap Bar Lavender",
    "Nivalo",
    "Beauty > Bath",
    "2 x 125 g",
    popularity=9.0,
)
ROSE = Product(
    "2900000000032", "Nivalo Royal Soap Bar Rose", "Nivalo", "Beauty > Bath", "125 g", popularity=1.0
)
TEA = Product(
    "2900000000049", "Crème de Thé Earl Grey", "Rose & Co", "Drinks > Tea", "20 pcs", popularity=2.0
)
PASTE = Product("2900000000056", "Dentex Toothpaste Spearmint", "Dentex", "Beauty > Oral", "75 ml")
CHINESE = Product("2900000000063", "茉莉花茶 绿茶", "天福", "Drinks > Tea", "100 g")
ALL = (SOAP, SOAPS, ROSE, TEA, PASTE, CHINESE)


@pytest.fixture
def index(tmp_path: Path) -> TextIndex:
    made = TextIndex(tmp_path / "text")
    made.update("r1", ALL, whole=True)
    return made


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory: pytest.TempPathFactory) -> TextIndex:
    """An index for those who only search."""
    made = TextIndex(tmp_path_factory.mktemp("unchanged") / "text")
    made.update("r1", ALL, whole=True)
    return made


def found(index: TextIndex, text: str, understood: tuple[Understood, ...] = ()) -> list[str]:
    return [hit.gtin for hit in index.search(text, 10, understood)]


@pytest.mark.parametrize(
    ("typed", "sought"),
    [
        ("nivalo lavender 125g", SOAP),
        ("nivslo lavneder 125 g", SOAP),
        ("nivalo laventer 0,125 kg", SOAP),
        ("2x125g nivalo", SOAPS),
        ("ROSE SOAP", ROSE),
        ("creme the erl grey", TEA),
        ("tooth paste dentex", PASTE),
        ("dentexspearmint", PASTE),
        ("dentexnspearmint", PASTE),
        ("tthpst 7.5 cl", PASTE),
        ("spearm", PASTE),
        ("绿茶", CHINESE),
    ],
)
def test_a_product_is_found_however_it_is_typed(unchanged: TextIndex, typed: str, sought: Product) -> None:
    assert found(unchanged, typed)[0] == sought.gtin


def test_of_equals_the_more_popular_comes_first(unchanged: TextIndex) -> None:
    soaps = found(unchanged, "nivalo royal soap 125g")
    assert soaps.index(SOAP.gtin) < soaps.index(ROSE.gtin)


def test_products_that_fit_every_word_are_given_alone(unchanged: TextIndex) -> None:
    assert set(found(unchanged, "nivalo royal")) == {SOAP.gtin, SOAPS.gtin, ROSE.gtin}
    assert found(unchanged, "nivalo rose") == [ROSE.gtin]


def test_nothing_is_found_by_a_word_like_no_other(unchanged: TextIndex) -> None:
    assert found(unchanged, "zzzz") == []
    assert found(unchanged, "zzzz nivalo")


@pytest.mark.parametrize("limit", [0, -1])
def test_none_asked_for_none_given(unchanged: TextIndex, limit: int) -> None:
    assert unchanged.search("soap", limit) == []


@pytest.mark.parametrize(
    "typed",
    [
        "", " ", "\0", '"', "*:~^!(){}[]\\", "soap AND", "title:soap~2", "'; DROP TABLE--", "\udc80soap",
        "صابون ٣٤٥", "香皂", "a" * 10_000, "soap " * 2_000, "1" * 10_000, "1x" * 500, "1 x 2 x 3 x",
        "9" * 400 + " kg",
        "e\u0301" * 300, "²³", "½ l", "ﷺ", "\U0001f9fc", "-", "_" * 50, "0x0", "0 kg", "x", "ss" * 50,
    ],
)  # fmt: skip
def test_nothing_typed_can_be_wrong(unchanged: TextIndex, typed: str) -> None:
    assert set(found(unchanged, typed)) <= {product.gtin for product in ALL}


def test_what_is_understood_weighs_more_and_what_is_sure_excludes_the_rest(unchanged: TextIndex) -> None:
    maybe = Understood("brand", "Rose & Co", 0.8, "rose")
    sure = Understood("brand", "Rose & Co", 0.97, "rose")
    assert found(unchanged, "rose")[0] != found(unchanged, "rose", (maybe,))[0]
    assert found(unchanged, "rose", (sure,)) == [TEA.gtin]
    lavender = Understood("title", "Lavender", 0.99, "lavender")
    assert found(unchanged, "soap", (lavender,)) == [SOAPS.gtin, SOAP.gtin]
    small, bath = Understood("size", "125g", 0.99, ""), Understood("category", "beauty > bath", 0.99, "")
    assert set(found(unchanged, "soap", (small, bath))) == {SOAP.gtin, ROSE.gtin}
    empty, bare = Understood("brand", "", 0.99, ""), Understood("title", "--", 0.99, "")
    assert found(unchanged, "soap", (empty, bare)) == []


def test_an_update_replaces_by_gtin_and_keeps_the_rest(index: TextIndex) -> None:
    index.update("r2", [Product(ROSE.gtin, "Peony balm", "Nivalo")], whole=False)
    assert index.revision == "r2"
    assert ROSE.gtin not in found(index, "rose soap")
    assert found(index, "peony") == [ROSE.gtin]
    assert found(index, "earl grey") == [TEA.gtin]


def test_of_a_product_given_twice_the_last_counts(index: TextIndex) -> None:
    index.update("r2", [Product(ROSE.gtin, "First"), Product(ROSE.gtin, "Second")], whole=False)
    assert found(index, "second") == [ROSE.gtin]
    assert ROSE.gtin not in found(index, "first")


def test_starting_anew_forgets_what_was_there(index: TextIndex) -> None:
    index.update("r3", [TEA], whole=True)
    assert found(index, "nivalo") == []
    assert found(index, "earl") == [TEA.gtin]


def test_an_error_half_way_leaves_the_index_as_it_was(index: TextIndex) -> None:
    def breaking() -> Iterator[Product]:
        yield PASTE
        raise InputError("the file broke")

    with pytest.raises(InputError):
        index.update("r4", breaking(), whole=True)
    assert index.revision == "r1"
    assert found(index, "earl") == [TEA.gtin]
    index.update("r5", [], whole=False)
    assert index.revision == "r5"


def test_it_is_opened_as_it_was_left(index: TextIndex, tmp_path: Path) -> None:
    index.close()
    again = TextIndex(tmp_path / "text")
    assert again.revision == "r1"
    assert found(again, "earl") == [TEA.gtin]


@pytest.mark.parametrize("damage", ["flip", "cut", "gone", "commit", "seal", "format"])
def test_damage_is_found_and_the_index_made_anew(
    index: TextIndex, tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    index.close()
    folder = tmp_path / "text"
    largest = max((path for path in folder.iterdir() if path.suffix), key=lambda path: path.stat().st_size)
    match damage:
        case "flip":
            data = bytearray(largest.read_bytes())
            data[len(data) // 2] ^= 1
            largest.write_bytes(data)
        case "cut":
            largest.write_bytes(largest.read_bytes()[:-1])
        case "gone":
            next(folder.glob("*.idx")).unlink()
        case "commit":
            (folder / "meta.json").write_text("{}")
        case "seal":
            (folder / "seal.json").write_text("[")
        case "format":
            sealed = (folder / "seal.json").read_text()
            (folder / "seal.json").write_text(sealed.replace('"format": "', '"format": "older '))
    with caplog.at_level(logging.WARNING):
        again = TextIndex(folder)
    assert "made anew" in caplog.text
    assert again.revision == ""
    assert found(again, "earl") == []
    again.update("r6", ALL, whole=True)
    assert found(again, "earl") == [TEA.gtin]


def test_an_empty_index_finds_nothing(tmp_path: Path) -> None:
    index = TextIndex(tmp_path / "text")
    assert (index.revision, found(index, "soap")) == ("", [])
    index.close()
    assert found(index, "soap") == []


def test_two_cannot_write_at_once(index: TextIndex, tmp_path: Path) -> None:
    other = TextIndex(tmp_path / "text")

    def meanwhile() -> Iterator[Product]:
        with pytest.raises(StoreError, match="written by another"):
            other.update("r7", [TEA], whole=False)
        yield TEA

    index.update("r8", meanwhile(), whole=False)
    assert index.revision == "r8"


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("")
    with pytest.raises(StoreError, match="cannot be opened"):
        TextIndex(tmp_path / "text")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("6 x 330 ml", ["6x", "330ml"]),
        ("6x33cl", ["6x", "330ml"]),
        ("0,5 KG 500g ½", ["500g", "500g", "1", "2"]),
        ("17.6 oz / 8.45 fl oz", ["500g", "250ml"]),
        ("12 fl. oz", ["355ml"]),
        ("Crème Brûlée 70%", ["creme", "brulee", "70"]),
        ("Straße ŁÓDŹ Yılmaz", ["strasse", "lodz", "yilmaz"]),
        ("LR03 E27 8.5W 48h", ["lr03", "e27", "8.5w", "48h"]),
        ("3 blades 39-42", ["3", "blades", "39", "42"]),
        ("2 pieces 20 CT", ["2pcs", "20pcs"]),
        ("绿茶 100g", ["绿", "茶", "100g"]),
        ("", []),
        ("&!?", []),
    ],
)
def test_words_are_folded_and_sizes_are_one_word(text: str, words: list[str]) -> None:
    assert words_of(text) == words


def test_folding_is_done_once_and_for_all() -> None:
    for text in ("Crème", "ﬁnest", "ẞ", "İstanbul", "Ångström", "ŉ", "Σίσυφος"):
        assert fold(fold(text)) == fold(text)
