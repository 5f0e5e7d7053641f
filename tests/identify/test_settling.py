"""The booth settles by itself only where nothing contradicts, and says what does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from booth.domain.evidence import PrintedWord
from booth.domain.product import BarcodeRead, Candidate, Product
from booth.identify.ranker.features import table_of
from booth.identify.ranker.ranker import Ranking
from booth.identify.settling import Settled, settle
from booth.ports.finding import Query

TEA = Product("4006381333931", "Grüner Tee", "Müller", "Tee", "100 g", 112.0, 120.0, 60.0, 40.0, 5.0)
COFFEE = Product("5901234123457", "Coffee beans", "Lavazza", "Drinks", "500 g", 512.0, 200.0, 90.0, 60.0)
UNKNOWN = "9784872348880"
LIMIT = 0.95
Retrieved = dict[str, Sequence[Candidate]]


def read(gtin: str, view: str = "top", symbology: str = "EAN-13", quality: float = 1.0) -> BarcodeRead:
    return BarcodeRead(view, symbology, gtin, gtin, quality=quality)


def printed(*words: str) -> tuple[PrintedWord, ...]:
    return tuple(PrintedWord("top", word, 0.9) for word in words)


def settled(
    query: Query, first: Product | None, confidence: float, limit: float = LIMIT, **scores: dict[str, float]
) -> Settled:
    """Both products are candidates, `first` before the other; each strategy gives these scores."""
    order = [first, *(p for p in (TEA, COFFEE) if p is not first)] if first else []
    arms: Retrieved = {
        "size_weight": [Candidate(product.gtin, 1.0, "size_weight") for product in order],
        **{
            name: [Candidate(gtin, score, name) for gtin, score in given.items()]
            for name, given in scores.items()
        },
    }
    products = {product.gtin: product for product in order}
    candidates = tuple(
        Candidate(product.gtin, 2.0 - place, "size_weight") for place, product in enumerate(order)
    )
    ranking = Ranking(candidates, confidence, table_of(query, arms, products))
    return settle(query, ranking, products, limit)


@pytest.mark.parametrize("confidence", [0.3, 0.96, 1.0])
def test_one_good_code_settles_without_any_other_evidence(confidence: float) -> None:
    assert settled(Query(barcodes=(read(TEA.gtin),)), TEA, confidence) == Settled(TEA.gtin)


@pytest.mark.parametrize(
    "codes",
    [
        (read(TEA.gtin), read(TEA.gtin, "left")),
        (read(TEA.gtin), BarcodeRead("top", "Code 128", "LPN42", "")),
        (read(TEA.gtin), read("0049040000014", symbology="UPC-E")),
        (read(TEA.gtin), read(UNKNOWN, quality=0.2)),
    ],
)
def test_what_does_not_contradict_the_code_does_not_unsettle_it(codes: tuple[BarcodeRead, ...]) -> None:
    assert settled(Query(barcodes=codes), TEA, 0.5) == Settled(TEA.gtin)


def test_a_good_code_that_words_and_weight_agree_with_settles() -> None:
    query = Query(barcodes=(read(TEA.gtin),), words=printed("Grüner", "Tee"), weight_g=113.0)
    assert settled(query, TEA, 0.99) == Settled(TEA.gtin)


def test_a_wrong_code_is_found_out_and_the_doubt_names_both_products() -> None:
    query = Query(
        barcodes=(read(TEA.gtin),),
        words=printed("Lavazza", "coffee", "beans", "500 g"),
        weight_g=510.0,
        matched={TEA.gtin: 0.02, COFFEE.gtin: 0.7},
    )
    said = settled(query, COFFEE, 0.97)
    assert said.gtin == ""
    assert said.doubt == (
        "the code says Grüner Tee 100 g; picture, words and weight say Coffee beans 500 g"
    )  # fmt: skip


def test_a_contradiction_is_found_at_the_second_look() -> None:
    quick = Query(barcodes=(read(TEA.gtin),))
    assert settled(quick, TEA, 0.9) == Settled(TEA.gtin)
    slow = replace(quick, words=printed("Lavazza", "coffee", "beans"))
    assert settled(slow, COFFEE, 0.6) == Settled(
        "", "the code says Grüner Tee 100 g; words say Coffee beans 500 g"
    )


def test_evidence_against_a_code_that_is_still_first_asks_unless_it_is_sure() -> None:
    query = Query(barcodes=(read(TEA.gtin),), words=printed("coffee", "beans"))
    assert "words say Coffee beans" in settled(query, TEA, 0.7).doubt
    assert settled(query, TEA, 0.97) == Settled(TEA.gtin)


def test_a_weight_that_is_far_off_asks_though_no_other_product_fits_better() -> None:
    query = Query(barcodes=(read(TEA.gtin),), weight_g=2_000.0)
    assert settled(query, TEA, 0.5) == Settled("", "the code says Grüner Tee 100 g; weight does not fit it")
    assert settled(query, TEA, 0.96) == Settled(TEA.gtin)


def test_a_contested_code_asks_for_less_than_no_code_does() -> None:
    query = Query(barcodes=(read(TEA.gtin),), weight_g=2_000.0)
    assert settled(query, TEA, 0.96, limit=2.0) == Settled(TEA.gtin)
    assert settled(query, TEA, 0.9, limit=0.8) == Settled(TEA.gtin)
    assert settled(Query(), TEA, 0.96, limit=2.0) == Settled("")


def test_pictures_speak_by_their_embeddings_where_none_were_compared() -> None:
    query = Query(barcodes=(read(TEA.gtin),))
    said = settled(query, TEA, 0.4, image={COFFEE.gtin: 0.8, TEA.gtin: 0.3})
    assert said == Settled("", "the code says Grüner Tee 100 g; picture says Coffee beans 500 g")


def test_two_known_codes_ask_and_name_both() -> None:
    query = Query(barcodes=(read(TEA.gtin), read(COFFEE.gtin, "left")))
    said = settled(query, TEA, 1.0)
    assert said == Settled("", "one code says Grüner Tee 100 g, another says Coffee beans 500 g")


def test_a_known_and_an_unknown_code_ask() -> None:
    said = settled(Query(barcodes=(read(TEA.gtin), read(UNKNOWN, "left"))), TEA, 1.0)
    assert said.gtin == ""
    assert UNKNOWN in said.doubt


def test_an_unknown_code_asks_whatever_else_is_found() -> None:
    query = Query(barcodes=(read(UNKNOWN),))
    said = settled(query, COFFEE, 0.99)
    assert said.gtin == ""
    assert said.doubt == (
        f"the code {UNKNOWN} is not in the catalogue; the other evidence says Coffee beans 500 g"
    )
    assert settled(query, COFFEE, 0.1) == Settled("")
    assert settled(query, None, 0.0) == Settled("")


def test_an_unknown_code_that_people_keep_correcting_settles() -> None:
    query = Query(barcodes=(read(UNKNOWN),))
    assert settled(query, COFFEE, 0.97, memory={COFFEE.gtin: 0.8}) == Settled(COFFEE.gtin)
    assert settled(query, COFFEE, 0.9, memory={COFFEE.gtin: 0.8}).gtin == ""


def test_without_a_code_confidence_alone_settles() -> None:
    assert settled(Query(), COFFEE, LIMIT) == Settled(COFFEE.gtin)
    assert settled(Query(), COFFEE, LIMIT - 0.01) == Settled("")
    assert settled(Query(), None, 0.0) == Settled("")
