"""A made-up catalogue is the same for the same seed, and as full of near duplicates as a real one."""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from booth.domain.product import Product
from booth.evaluate.finding.synthetic.catalogue import products
from booth.evaluate.finding.synthetic.files import write_products
from booth.evaluate.finding.synthetic.noise import TYPED, Noise
from booth.evaluate.finding.synthetic.queries import Draw, queries
from booth.evaluate.finding.synthetic.sizes import Size, measures_of, read_size, units_of, written
from booth.evaluate.finding.synthetic.typing import neighbours, typed
from booth.identify.catalogue_files import rows_of
from booth.identify.gtin import as_gtin13

COUNT = 8_000
SILENT = Noise(**dict.fromkeys((
    "key", "brand_missing", "word_missing", "size_missing", "swapped", "abbreviated", "unfinished",
    "unit_variant", "lower", "upper", "plain", "accent", "ampersand",
), 0.0))  # fmt: skip
SOAP = Product("2900000000018", "Acme Royal Soap Bar Lavender", "Acme", "Home", "500 g")


@pytest.fixture(scope="module")
def made() -> list[Product]:
    return list(products(COUNT, seed=1))


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.csv", "b.csv", "c.csv")]
    for path, seed in zip(paths, (1, 1, 2), strict=True):
        assert write_products(path, products(500, seed)) == 500
    same, again, other = (path.read_bytes() for path in paths)
    assert same == again
    assert same != other


def test_fewer_products_are_the_first_of_more(made: list[Product]) -> None:
    assert list(products(100, seed=1)) == made[:100]


def test_every_gtin_is_valid_unique_and_nobodys(made: list[Product]) -> None:
    assert all(as_gtin13(product.gtin) == product.gtin for product in made)
    assert len({product.gtin for product in made}) == COUNT
    assert all(product.gtin.startswith("29") for product in made)


def test_products_of_a_brand_share_the_number_of_their_company(made: list[Product]) -> None:
    companies: dict[str, set[str]] = {}
    for product in made:
        companies.setdefault(product.brand, set()).add(product.gtin[:7])
    assert all(len(of_brand) == 1 for of_brand in companies.values())
    assert len(set.union(*companies.values())) > 50


def test_most_products_have_siblings_that_differ_in_little(made: list[Product]) -> None:
    by_line = Counter((product.brand, product.category) for product in made)
    assert sum(by_line[product.brand, product.category] > 1 for product in made) > 0.9 * COUNT
    beside = sum(
        len(set(here.title.split()) ^ set(there.title.split())) <= 4 and here.category == there.category
        for here, there in zip(made, islice(made, 1, None), strict=False)
    )
    assert beside > 0.6 * COUNT


def test_siblings_of_one_size_weigh_and_measure_alike() -> None:
    of_one_kind = [product for product in products(COUNT, seed=1) if "Mineral Water" in product.title]
    assert len(of_one_kind) > 20
    for here, there in zip(of_one_kind, islice(of_one_kind, 1, None), strict=False):
        if (here.brand, here.size) == (there.brand, there.size):
            assert there.weight_g == pytest.approx(here.weight_g, rel=0.03, abs=0.2)
            assert there.length_mm == pytest.approx(here.length_mm, rel=0.03, abs=0.2)
    assert all(product.length_mm >= product.width_mm >= product.height_mm > 0 for product in of_one_kind)


def test_few_products_are_very_popular(made: list[Product]) -> None:
    popularity = sorted((product.popularity for product in made), reverse=True)
    assert sum(popularity[: COUNT // 100]) > 0.3 * sum(popularity)


def test_brands_are_words_several_words_and_inventions(made: list[Product]) -> None:
    brands = {product.brand.lower() for product in made}
    assert any(" " in brand for brand in brands)
    assert len(brands) > 100


def test_the_booth_reads_the_file_without_a_complaint(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    write_products(path, products(300, seed=3))
    assert [row.problem for row in rows_of(path, lambda done, total: None)] == [""] * 300


@pytest.mark.parametrize(
    "size", [Size(500, "g"), Size(330, "ml", 6), Size(1500, "ml"), Size(20, "pcs"), Size(4.2, "g")]
)
def test_a_size_is_read_back_in_whatever_unit_it_was_written(size: Size) -> None:
    for unit in units_of(size):
        for spaced in (True, False):
            for comma in (True, False):
                assert read_size(written(size, unit, spaced, comma)) == size


def test_ounces_are_read_back_to_a_percent() -> None:
    read = read_size(written(Size(500, "g"), "oz", spaced=True))
    assert read is not None
    assert read.amount == pytest.approx(500, rel=0.01)


@pytest.mark.parametrize("text", ["", "family", "5 apples", "g", "6 x", "1,2,3 g"])
def test_what_is_no_size_is_not_read_as_one(text: str) -> None:
    assert read_size(text) is None


def test_a_pack_of_six_weighs_six_times_as_much() -> None:
    one, six = (measures_of(Size(330, "ml", packs), "can", 1.0, 1.0) for packs in (1, 6))
    assert six[0] == pytest.approx(6 * one[0])
    assert six[1] * six[2] * six[3] == pytest.approx(6 * one[1] * one[2] * one[3])


def test_without_noise_all_of_the_title_and_the_size_is_typed() -> None:
    assert typed(SOAP, Random(1), SILENT) == "Acme Royal Soap Bar Lavender 500 g"


def test_queries_are_the_same_for_the_same_seed() -> None:
    drawn = list(products(50, seed=4))
    assert queries(drawn, 1) == queries(drawn, 1)
    assert queries(drawn, 1) != queries(drawn, 2)


@pytest.mark.parametrize(
    ("rate", "seen"),
    [
        ("brand_missing", lambda text: "acme" not in text),
        ("size_missing", lambda text: not re.search(r"\d", text)),
        ("lower", lambda text: text == text.lower()),
        ("unfinished", lambda text: "lavender" not in text and "lav" in text),
    ],
)
def test_each_rate_of_noise_holds(rate: str, seen: object) -> None:
    alone = Noise(**{**{name: getattr(SILENT, name) for name in SILENT.__dataclass_fields__}, rate: 0.3})
    product = SOAP if rate != "unfinished" else Product(SOAP.gtin, SOAP.title, SOAP.brand)
    rng = Random(5)
    texts = [typed(product, rng, alone) for _ in range(2_000)]
    fold = (lambda text: text) if rate == "lower" else str.lower
    assert callable(seen)
    assert sum(seen(fold(text)) for text in texts) / 2_000 == pytest.approx(0.3, abs=0.04)


def test_keys_are_missed_at_their_rate() -> None:
    only_keys = Noise(
        **{**{name: getattr(SILENT, name) for name in SILENT.__dataclass_fields__}, "key": 0.023}
    )
    rng, clean = Random(6), "Acme Royal Soap Bar Lavender 500 g"
    right = sum(typed(SOAP, rng, only_keys) == clean for _ in range(3_000)) / 3_000
    assert right == pytest.approx((1 - 0.023) ** len(clean), abs=0.05)


def test_at_least_two_words_are_typed_of_a_product_that_has_them() -> None:
    rng = Random(7)
    spared = Noise(key=0.0, word_missing=1.0, size_missing=1.0)
    assert all(len(typed(SOAP, rng, spared).split()) >= 2 for _ in range(200))


def test_neighbouring_keys_touch() -> None:
    assert set(neighbours("g")) == set("fhtyvb")
    assert set(neighbours("q")) == set("wa")
    assert " " in neighbours("b")
    assert neighbours("é") == ""


def test_half_of_the_products_sought_are_popular(made: list[Product]) -> None:
    draw = Draw(400, seed=1)
    assert list(draw.passing(made)) == made
    drawn = draw.drawn()
    assert len(drawn) == 400
    mean = sum(product.popularity for product in made) / COUNT
    assert sum(product.popularity for product in drawn) / 400 > mean


def test_the_noise_that_is_scored_has_typing_errors() -> None:
    assert TYPED.key > 0
