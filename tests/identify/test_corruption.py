"""Simulated evidence is repeatable, plausible, and made of nothing but the product and its neighbours."""

from __future__ import annotations

import dataclasses
from collections import Counter

import numpy as np
import pytest

from booth.domain.product import Product
from booth.identify.corruption import (
    RATES,
    STATES,
    Rates,
    barcode_state,
    corrupted,
    matched,
    seeded_vectors,
)
from booth.identify.gtin import as_gtin13, check_digit
from booth.ports.finding import Query


def product_of(number: int) -> Product:
    body = f"4{number:011d}"
    return Product(
        body + check_digit(body), f"Green tea number {number} 100 g", f"Brand{number % 9}", "Drinks", "100 g",
        100.0 + number, 120.0, 60.0, 40.0 + number % 17,
    )  # fmt: skip


PRODUCTS = tuple(product_of(number) for number in range(60))
VECTORS = seeded_vectors(3)


def queries(count: int, rates: Rates = RATES, seed: int = 1) -> list[tuple[Product, Query]]:
    rng = np.random.default_rng(seed)
    drawn = [PRODUCTS[place] for place in rng.integers(0, len(PRODUCTS), count)]
    return [(product, corrupted(product, rng, rates, VECTORS, PRODUCTS)) for product in drawn]


def test_the_same_seed_gives_the_same_evidence() -> None:
    first, second, third = (queries(30, seed=seed)[-1][1] for seed in (5, 5, 6))
    assert (first.barcodes, first.words, first.typed_text) == (
        second.barcodes,
        second.words,
        second.typed_text,
    )
    assert (first.words, first.size_mm) != (third.words, third.size_mm)


def test_barcode_states_come_in_the_shares_asked_for() -> None:
    found = Counter(barcode_state(query, product.gtin) for product, query in queries(3_000))
    assert set(found) == set(STATES)
    for state, share in (("good", RATES.good), ("partial", RATES.partial), ("wrong", RATES.wrong)):
        assert found[state] / 3_000 == pytest.approx(share, abs=0.03)


def test_every_wrong_code_is_another_valid_gtin() -> None:
    rates = dataclasses.replace(RATES, good=0.0, partial=0.0, wrong=1.0)
    for product, query in queries(200, rates):
        (gtin,) = {code.gtin for code in query.barcodes}
        assert gtin != product.gtin
        assert as_gtin13(gtin) == gtin


def test_partial_codes_mostly_fit_the_product_and_say_so() -> None:
    rates = dataclasses.replace(RATES, good=0.0, partial=1.0, wrong=0.0)
    fits = []
    for product, query in queries(400, rates):
        for code in query.partial_codes:
            assert len(code.mask) == 13
            assert 0.0 <= code.quality <= 1.0
            fits.append(
                all(mask in ("?", digit) for mask, digit in zip(code.mask, product.gtin, strict=True))
            )
    assert 0.75 < np.mean(fits) < 0.98


def test_a_picture_is_nearer_to_its_own_product_than_to_most_and_to_siblings_than_to_strangers() -> None:
    references = np.concatenate([VECTORS(product) for product in PRODUCTS])
    ranks = []
    for product, query in queries(300):
        if query.embeddings is not None:
            assert np.linalg.norm(query.embeddings, axis=1) == pytest.approx(1.0, abs=1e-5)
            best = (query.embeddings @ references.T).max(axis=0)
            ranks.append(int((best > best[PRODUCTS.index(product)]).sum()))
    assert 0.5 < np.mean(np.array(ranks) == 0) < 0.995
    cosines = references @ references.T
    sibling = [cosines[a, a + 9] for a in range(40)]
    stranger = [cosines[a, a + 1] for a in range(40)]
    assert np.mean(sibling) > np.mean(stranger) + 0.3


def test_measures_are_ordered_noisy_and_absent_where_the_catalogue_has_none() -> None:
    sizes = [query.size_mm for _, query in queries(200) if query.size_mm is not None]
    assert len(set(sizes)) > 50
    assert all(long >= middle >= short > 0 for long, middle, short in sizes)
    bare = corrupted(Product("4006381333931", "Tea"), np.random.default_rng(0))
    assert bare.size_mm is None
    assert bare.weight_g is None
    assert bare.embeddings is None


def test_words_lose_letters_and_words_but_stay_recognisable() -> None:
    kept = [
        np.mean([word in {read.text for read in query.words} for word in product.title.split()])
        for product, query in queries(300)
        if query.words
    ]
    assert 0.4 < np.mean(kept) < 0.8


def test_a_shortlist_nearly_always_holds_the_item() -> None:
    held = [product.gtin in query.shortlist for product, query in queries(1_500) if query.shortlist]
    assert 0.9 < np.mean(held) <= 1.0
    assert len(held) / 1_500 == pytest.approx(RATES.shortlist, abs=0.05)


def test_the_own_reference_fits_best_most_of_the_time() -> None:
    rng = np.random.default_rng(2)
    first = [
        max(fits := matched(product.gtin, PRODUCTS[:20], rng), key=lambda gtin: fits[gtin]) == product.gtin
        for product in PRODUCTS[:20]
        for _ in range(10)
    ]
    assert 0.5 < np.mean(first) < 0.95
