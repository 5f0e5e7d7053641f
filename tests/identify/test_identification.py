"""When the booth settles on a product by itself, and when it asks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import zxingcpp

from booth import plugins
from booth.domain.picture import Frame, View
from booth.domain.product import BarcodeRead, Candidate, Product
from booth.identify.identification import identify, identify_codes
from booth.identify.strategies.exact_gtin import strategy
from booth.ports.finding import CatalogueIndex, Query
from booth.store.catalogue.embedded import index as embedded
from tests.fakes import sources

PEN = Product("4006381333931", "Pen")
TEA = Product("5901234123457", "Tea")
DROPS = Product("0036602301467", "Drops")
UNKNOWN = "9784872348880"


@pytest.fixture
def index(tmp_path: Path) -> CatalogueIndex:
    made = embedded(tmp_path, {})
    made.upsert([PEN, TEA, DROPS])
    return made


def read(gtin: str, view: str = "top", symbology: str = "EAN-13") -> BarcodeRead:
    return BarcodeRead(view, symbology, gtin or "LPN42", gtin)


class Fixed:
    """A strategy that always proposes the same."""

    name = "fixed"

    def __init__(self, *gtins: str) -> None:
        self._gtins = gtins

    def propose(self, query: Query, limit: int) -> Sequence[Candidate]:
        return [Candidate(gtin, 0.5, self.name) for gtin in self._gtins[:limit]]


@pytest.mark.parametrize(
    ("reads", "settled"),
    [
        ([read(PEN.gtin)], PEN.gtin),
        ([read(PEN.gtin), read(PEN.gtin, "side"), read("", symbology="Code 128")], PEN.gtin),
        ([read(PEN.gtin), read("0049040000014", symbology="UPC-E")], PEN.gtin),
        ([], ""),
        ([read("", symbology="Code 128")], ""),
        ([read(UNKNOWN)], ""),
        ([read(PEN.gtin), read(TEA.gtin, "side")], ""),
        ([read(PEN.gtin), read(UNKNOWN)], ""),
        ([read(PEN.gtin), read(DROPS.gtin, symbology="UPC-E")], ""),
    ],
    ids=[
        "one",
        "one in two views",
        "misread part beside",
        "none",
        "no gtin",
        "unknown",
        "two",
        "contradicted",
        "two known, one short",
    ],
)
def test_the_booth_settles_only_on_one_known_code_that_nothing_contradicts(
    index: CatalogueIndex, reads: list[BarcodeRead], settled: str
) -> None:
    found = identify_codes(reads, None, index, [strategy(sources(index))])
    assert found.gtin == settled
    assert found.barcodes == tuple(reads)


def test_every_known_code_is_a_candidate_most_often_read_first(index: CatalogueIndex) -> None:
    reads = [read(PEN.gtin, "top"), read(TEA.gtin, "side"), read(TEA.gtin, "back"), read(UNKNOWN, "back")]
    found = identify_codes(reads, None, index, [strategy(sources(index))])
    assert [(candidate.gtin, candidate.score) for candidate in found.candidates] == [
        (TEA.gtin, 2.0),
        (PEN.gtin, 1.0),
    ]


def test_the_log_says_what_ran_what_it_gave_and_what_was_searched(index: CatalogueIndex) -> None:
    found = identify_codes(
        [read(PEN.gtin)], None, index, [strategy(sources(index)), Fixed(TEA.gtin, PEN.gtin)]
    )
    assert found.strategies == {"exact_gtin": 1, "fixed": 2}
    assert found.propensities == {"exact_gtin": 1.0, "fixed": 1.0}
    assert found.snapshot == index.snapshot
    proposed = [(candidate.gtin, candidate.strategy) for candidate in found.candidates]
    assert proposed == [(PEN.gtin, "exact_gtin"), (TEA.gtin, "fixed")]


def test_a_strategy_never_settles_the_product(index: CatalogueIndex) -> None:
    assert identify_codes([], None, index, [Fixed(PEN.gtin)]).gtin == ""


@pytest.mark.parametrize("typed", ["036602301467", "0036602301467", "0 36602 30146 7"])
def test_typed_digits_propose_but_do_not_settle(index: CatalogueIndex, typed: str) -> None:
    found = identify_codes([], None, index, [strategy(sources(index))], typed)
    assert [candidate.gtin for candidate in found.candidates] == [DROPS.gtin]
    assert found.gtin == ""


def test_a_upc_a_on_the_item_finds_the_ean_of_the_catalogue(index: CatalogueIndex) -> None:
    code = zxingcpp.create_barcode("036602301467", zxingcpp.BarcodeFormat.UPCA)
    gray = np.pad(np.asarray(code.to_image(scale=3)), 40, constant_values=255)
    rgb = np.repeat(gray[:, :, None], 3, axis=2)
    found = identify([View("top", Frame("top", rgb, None, 0, 0))], None, index, [strategy(sources(index))])
    assert found.gtin == DROPS.gtin
    assert found.barcodes[0].view == "top"


def test_the_strategy_is_found_by_its_name_and_keeps_to_the_limit(index: CatalogueIndex) -> None:
    loaded = plugins.load("booth.strategies", "exact_gtin")(sources(index))
    query = Query(barcodes=(read(PEN.gtin), read(TEA.gtin)))
    assert loaded.name == "exact_gtin"
    assert [len(loaded.propose(query, limit)) for limit in (0, 1, 5)] == [0, 1, 2]
