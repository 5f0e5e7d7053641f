"""What the ranker sees of each candidate."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booth.domain.evidence import PartialCode, PrintedWord, Understood
from booth.domain.product import BarcodeRead, Candidate, Product
from booth.identify.ranker.features import FEATURES, Table, table_of
from booth.ports.finding import Query

TEA = Product("4006381333931", "Grüner Tee", "Müller", "Tee", "100 g", 112.0, 120.0, 60.0, 40.0, 5.0)
TWIN = Product("4006381333948", "Grüner Tee Minze", "Müller", "Tee", "200 g", 212.0, 120.0, 60.0, 80.0, 1.0)
COFFEE = Product("5901234123457", "Coffee beans", "Lavazza", "Drinks", "500 g", 512.0, popularity=90.0)
PRODUCTS = (TEA, TWIN, COFFEE)


def seen(query: Query, **scores: dict[str, float]) -> Table:
    arms = {
        arm: [Candidate(gtin, score, arm) for gtin, score in each.items()] for arm, each in scores.items()
    }
    arms.setdefault("size_weight", [Candidate(product.gtin, 1.0, "size_weight") for product in PRODUCTS])
    return table_of(query, arms, {product.gtin: product for product in PRODUCTS})


def printed(*words: str) -> Query:
    return Query(words=tuple(PrintedWord("top", word, 0.9) for word in words))


def test_every_candidate_of_the_catalogue_has_one_row_of_finite_numbers() -> None:
    table = seen(Query(), image={TEA.gtin: 0.9, "0000000000000": 0.8})
    assert table.gtins == (TEA.gtin, TWIN.gtin, COFFEE.gtin)
    assert table.values.shape == (3, len(FEATURES))
    assert table.values.dtype == np.float32
    assert np.isfinite(table.values).all()
    assert table.row("0000000000000") == {}


def test_nothing_retrieved_gives_an_empty_table() -> None:
    assert table_of(Query(), {}, {}).values.shape == (0, len(FEATURES))


def test_ranks_and_scores_of_the_strategies_are_told() -> None:
    table = seen(Query(), image={TWIN.gtin: 0.9, TEA.gtin: 0.45})
    assert table.row(TWIN.gtin)["image_rank"] == 1.0
    assert table.row(TEA.gtin)["image_rank"] == 0.5
    assert table.row(TEA.gtin)["image_share"] == pytest.approx(0.5)
    assert table.row(TEA.gtin)["image_gap"] == pytest.approx(-0.45)
    assert table.row(COFFEE.gtin)["image_score"] == 0.0
    assert table.column("arms").tolist() == [2.0, 2.0, 1.0]


def test_digits_are_compared_with_codes_and_masks() -> None:
    query = Query(
        barcodes=(BarcodeRead("top", "EAN-13", TEA.gtin, TEA.gtin, quality=0.8),),
        partial_codes=(PartialCode("top", "4006381333???", 0.9, "bars"),),
    )
    table = seen(query)
    assert table.row(TEA.gtin)["code_quality"] == pytest.approx(0.8)
    assert table.row(TEA.gtin)["code_rival"] == 0.0
    assert table.row(TWIN.gtin)["code_rival"] == pytest.approx(0.8)
    assert table.column("code_distance").tolist() == [0.0, 2.0, 11.0]
    assert table.row(TWIN.gtin)["mask_conflicts"] == 0.0
    assert table.row(COFFEE.gtin)["mask_fit"] < 0 < table.row(TEA.gtin)["mask_fit"]


def test_the_word_that_tells_twins_apart_counts_most() -> None:
    table = seen(printed("MULLER", "gruner", "tee", "minze"))
    cover, covered = table.column("printed_cover"), table.column("printed_covered")
    assert cover[1] > cover[0] > cover[2]
    assert covered[1] > covered[0] > covered[2] == 0.0
    assert table.column("printed_brand").tolist() == pytest.approx([0.9, 0.9, 0.0], abs=0.1)


def test_misread_words_still_count() -> None:
    table = seen(printed("c0ffee", "beens", "lavaza"))
    assert table.row(COFFEE.gtin)["printed_cover"] > 0.4
    assert table.row(TEA.gtin)["printed_cover"] == 0.0


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("100g", [1, -1, -1]),
        ("0,2 kg", [-1, 1, -1]),
        ("2 x 250 g", [-1, -1, 1]),
        ("1 l", [0, 0, 0]),
        ("", [0, 0, 0]),
    ],
)
def test_sizes_are_compared_in_whatever_unit(text: str, fits: list[float]) -> None:
    assert seen(Query(typed_text=f"tee {text}")).column("size_match").tolist() == fits


def test_what_was_understood_counts_by_its_probability() -> None:
    table = seen(Query(understood=(Understood("brand", "Lavazza", 0.8, "lavaza"),)))
    assert table.column("understood_brand").tolist() == pytest.approx([0.0, 0.0, 0.8])


def test_weight_size_and_pictures_are_compared_as_far_as_they_are_known() -> None:
    query = Query(weight_g=112.0, size_mm=(120.0, 60.0, 40.0), matched={TEA.gtin: 0.6, TWIN.gtin: 0.2})
    table = seen(query)
    assert table.row(TEA.gtin)["weight_off"] == pytest.approx(0.0)
    assert table.row(TWIN.gtin)["weight_ratio"] == pytest.approx(np.log(112 / 212), abs=1e-4)
    assert table.column("size_off").tolist() == pytest.approx([0.0, 0.231, -1.0], abs=1e-3)
    assert table.column("matched").tolist() == pytest.approx([0.6, 0.2, -1.0])
    assert table.column("matched_gap").tolist() == pytest.approx([0.0, -0.4, -1.0])
    unknown = seen(Query())
    assert unknown.column("weight_off").tolist() == [-1.0] * 3
    assert unknown.column("size_off").tolist() == [-1.0] * 3


def test_the_shortlist_marks_who_is_on_it_and_who_is_not() -> None:
    assert seen(Query(shortlist=(TEA.gtin,))).column("expected").tolist() == [1.0, -1.0, -1.0]
    assert seen(Query()).column("expected").tolist() == [0.0] * 3


@given(st.text(max_size=500), st.lists(st.text(max_size=40), max_size=60), st.text(max_size=20))
@settings(max_examples=50, deadline=None)
def test_no_evidence_can_be_wrong(typed: str, words: list[str], code: str) -> None:
    query = Query(
        barcodes=(BarcodeRead("top", "QR Code", code, code),),
        partial_codes=(PartialCode("top", code, 0.5, "print"),),
        typed_text=typed,
        words=tuple(PrintedWord("top", word, 0.5) for word in words),
        size_mm=(0.0, 0.0, 0.0),
        weight_g=0.0,
    )
    table = seen(query, image={TEA.gtin: float("nan"), TWIN.gtin: float("inf")})
    assert np.isfinite(table.values).all()


def test_a_hundred_thousand_characters_are_cut() -> None:
    table = seen(
        Query(
            typed_text="tee " * 25_000, words=tuple(PrintedWord("top", "x" * 9_000, 1.0) for _ in range(500))
        )
    )
    assert np.isfinite(table.values).all()
