"""The finder settles on what nothing contradicts, and logs enough to be reckoned with later."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import zxingcpp

from booth import plugins
from booth.config import IdentifySection
from booth.domain.evidence import PrintedWord
from booth.domain.picture import Capture, Frame
from booth.domain.product import BarcodeRead, Identification, Product
from booth.domain.terms import new_id, now
from booth.identify.bandit import cold_start as bandit_cold_start
from booth.identify.bandit.arms import ARMS, RETRIEVED, STAGE_0
from booth.identify.bandit.context import SIZE
from booth.identify.evidence import first_look, with_words
from booth.identify.finder import Learnt, SlateFinder
from booth.identify.memory import Memory
from booth.identify.ranker import cold_start as ranker_cold_start
from booth.identify.understanding.understanding import Understanding
from booth.ports.finding import Query, Sources
from booth.store.catalogue.embedded import Catalogue
from booth.store.documents import from_json, to_json

PEN = Product(
    "4006381333931", "Ball pen blue", "Stabilo", "office > pens", "1 piece", 12.0, 150.0, 12.0, 10.0
)
TEA = Product("4006381333948", "Green tea", "Teekanne", "drinks > tea", "100 g", 120.0, 140.0, 80.0, 60.0)
DROPS = Product("0036602301467", "Cough drops", "Ricola", "health", "45 g", 50.0, 90.0, 60.0, 20.0)
OTHERS = tuple(
    Product(f"29000000{number:02}000"[:12] + "0", f"{kind} {taste}", brand, "food", f"{size} g", float(size))
    for number, (kind, taste, brand, size) in enumerate(
        (kind, taste, brand, size)
        for kind, brand in (("Rusk", "Ovenly"), ("Crisps", "Saltmoor"))
        for taste in ("paprika", "honey", "onion")
        for size in (100, 250)
    )
)
UNKNOWN = "5901234123457"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalogue]:
    made = Catalogue(tmp_path_factory.mktemp("catalogue"))
    made.upsert((PEN, TEA, DROPS, *OTHERS))
    yield made
    made.close()


@pytest.fixture(scope="module")
def finder(index: Catalogue) -> SlateFinder:
    rng, understanding = np.random.default_rng(1), Understanding(index)
    sources = Sources(index, Memory())
    strategies = [plugins.load("booth.strategies", name)(sources) for name in IdentifySection().strategies]
    fitted = ranker_cold_start.cold_start(index, strategies, rng, 300, understand=understanding.of)
    products = (PEN, TEA, DROPS, *OTHERS)
    bandit = bandit_cold_start.cold_start(
        index, strategies, products, rng, understand=understanding.of, items=100
    )
    return SlateFinder(
        index,
        strategies,
        understanding.of,
        lambda: Learnt(bandit, fitted.ranker, fitted.ranker.limit),
        seed=0,
    )


def read(gtin: str, view: str = "top", symbology: str = "EAN-13") -> BarcodeRead:
    return BarcodeRead(view, symbology, gtin, gtin)


@pytest.mark.parametrize(
    ("reads", "settled"),
    [
        ([read(PEN.gtin)], PEN.gtin),
        ([read(PEN.gtin, "top"), read(PEN.gtin, "side")], PEN.gtin),
        ([read(PEN.gtin), read("0000000012348", symbology="UPC-E")], PEN.gtin),
        ([BarcodeRead("top", "QR Code", "https://example.org", "")], ""),
        ([read(UNKNOWN)], ""),
        ([read(PEN.gtin), read(TEA.gtin)], ""),
        ([read(PEN.gtin), read(UNKNOWN)], ""),
    ],
    ids=["one", "one in two views", "misread part beside", "no gtin", "unknown", "two", "contradicted"],
)
def test_the_booth_settles_on_one_known_code_that_nothing_contradicts(
    finder: SlateFinder, reads: list[BarcodeRead], settled: str
) -> None:
    found = finder.find(Query(barcodes=tuple(reads)))
    assert found.gtin == settled
    assert found.barcodes == tuple(reads)


def test_a_code_that_words_and_weight_contradict_is_doubted(finder: SlateFinder) -> None:
    words = tuple(PrintedWord("top", text, 0.95) for text in ("Teekanne", "Green tea", "100 g"))
    found = finder.find(Query(barcodes=(read(PEN.gtin),), words=words, weight_g=121.0))
    assert found.gtin == ""
    assert "Ball pen blue" in found.doubt
    assert {candidate.gtin for candidate in found.candidates[:2]} == {PEN.gtin, TEA.gtin}


def test_printed_words_find_a_product_whose_code_is_missing(finder: SlateFinder) -> None:
    words = [PrintedWord("top", text, 0.95) for text in ("RICOLA", "cough drops", "45 g")]
    found = finder.find(with_words(Query(), words))
    assert found.candidates[0].gtin == DROPS.gtin
    assert {each.field for each in found.understood} >= {"brand"}


def test_the_log_says_what_was_searched_with_and_what_each_strategy_gave(
    finder: SlateFinder, index: Catalogue
) -> None:
    embeddings = np.eye(2, 256, dtype=np.float32)
    query = Query(
        barcodes=(read(UNKNOWN),),
        typed_text="tea",
        embeddings=embeddings,
        weight_g=119.0,
        shortlist=(PEN.gtin,),
    )
    found = finder.find(query)
    assert found.snapshot == index.snapshot
    assert len(found.context) == SIZE
    assert set(found.strategies) == {*STAGE_0, *ARMS}
    assert all(0 < share <= 1 for share in found.propensities.values())
    assert set(found.propensities) == set(ARMS)
    ran = {name for name, level in found.strategies.items() if level}
    assert set(found.retrieved) == set(found.scores) == ran
    assert all(len(found.scores[name]) == len(given) <= RETRIEVED for name, given in found.retrieved.items())
    assert (found.typed_text, found.weight_g, found.shortlist) == ("tea", 119.0, (PEN.gtin,))
    assert len(found.embeddings) == 2
    assert found.bandit
    assert found.ranker
    assert from_json(Identification, to_json(found)) == found


def test_candidates_are_only_those_of_the_levels_that_were_taken(finder: SlateFinder) -> None:
    for _ in range(20):
        found = finder.find(Query(typed_text="rusk paprika", weight_g=100.0))
        taken = {gtin for name, given in found.retrieved.items() for gtin in given[: found.strategies[name]]}
        assert {candidate.gtin for candidate in found.candidates} <= taken


def test_nothing_is_known_of_an_item_without_evidence(finder: SlateFinder) -> None:
    found = finder.find(Query())
    assert (found.gtin, found.candidates, found.confidence) == ("", (), 0.0)


def test_without_a_catalogue_to_learn_from_the_codes_are_still_logged(tmp_path: Path) -> None:
    empty = Catalogue(tmp_path)
    found = SlateFinder(empty, (), Understanding(empty).of, lambda: None).find(
        Query(barcodes=(read(UNKNOWN),))
    )
    assert (found.barcodes[0].gtin, found.candidates, found.snapshot) == (UNKNOWN, (), empty.snapshot)


def test_a_catalogue_that_came_later_is_found_by_code_before_anything_is_learnt(index: Catalogue) -> None:
    finder = SlateFinder(index, (), Understanding(index).of, lambda: None)
    found = finder.find(Query(barcodes=(read(PEN.gtin, "top"), read(PEN.gtin, "side"))))
    assert (found.gtin, [each.gtin for each in found.candidates]) == (PEN.gtin, [PEN.gtin])
    assert finder.find(Query(barcodes=(read(PEN.gtin), read(TEA.gtin)))).gtin == ""
    assert finder.find(Query(barcodes=(read(PEN.gtin), read(UNKNOWN)))).gtin == ""


def test_a_upc_a_on_the_item_finds_the_ean_of_the_catalogue(finder: SlateFinder) -> None:
    code = zxingcpp.create_barcode("036602301467", zxingcpp.BarcodeFormat.UPCA)
    gray = np.pad(np.asarray(code.to_image(scale=3)), 40, constant_values=255)
    rgb = np.repeat(gray[:, :, None], 3, axis=2)
    capture = Capture(new_id("capture"), now(), ((Frame("top", rgb, None, 0, 0),),), weight_g=50.0)
    query = first_look(capture, None, None, (TEA.gtin,))
    assert (query.weight_g, query.shortlist, query.size_mm) == (50.0, (TEA.gtin,), None)
    found = finder.find(query)
    assert found.gtin == DROPS.gtin
    assert found.barcodes[0].view == "top"


@pytest.mark.parametrize("typed", ["036602301467", "0036602301467", "0 36602 30146 7"])
def test_typed_digits_propose_the_product(finder: SlateFinder, typed: str) -> None:
    assert finder.find(Query(typed_text=typed)).candidates[0].gtin == DROPS.gtin
