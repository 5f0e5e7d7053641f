"""The strategies of words propose by what was typed, what was read and what both mean."""

from __future__ import annotations

import pytest

from booth import plugins
from booth.domain.evidence import PrintedWord, Understood
from booth.domain.product import Product
from booth.identify.strategies.printed_words import telling_words
from booth.ports.finding import CatalogueIndex, Query, Sources, Strategy
from tests.fakes import FakeMemory

SOAP = Product("2900000000018", "Nivalo Soap Lavender", "Nivalo", "Beauty > Bath", "125 g", popularity=3.0)
ROSE = Product("2900000000025", "Nivalo Soap Rose", "Nivalo", "Beauty > Bath", "125 g", popularity=9.0)
TEA = Product("2900000000032", "Earl Grey Tea", "Rose & Co", "Drinks > Tea", "20 pcs")
NAMES = ("structured", "printed_text", "typed_text")


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> CatalogueIndex:
    folder = tmp_path_factory.mktemp("words") / "catalogue"
    made: CatalogueIndex = plugins.load("booth.indexes", "embedded")(folder, {})
    made.upsert([SOAP, ROSE, TEA])
    return made


def made(name: str, index: CatalogueIndex) -> Strategy:
    strategy: Strategy = plugins.load("booth.strategies", name)(Sources(index, FakeMemory()))
    return strategy


def read(text: str, confidence: float = 0.9, height: float = 20.0, view: str = "top") -> PrintedWord:
    corners = ((0.0, 0.0), (50.0, 0.0), (50.0, height), (0.0, height))
    return PrintedWord(view, text, confidence, corners)


def proposed(strategy: Strategy, query: Query, limit: int = 10) -> list[str]:
    candidates = strategy.propose(query, limit)
    assert all(candidate.strategy == strategy.name for candidate in candidates)
    assert [each.score for each in candidates] == sorted((each.score for each in candidates), reverse=True)
    return [candidate.gtin for candidate in candidates]


@pytest.mark.parametrize("name", NAMES)
def test_without_its_evidence_a_strategy_proposes_nothing(index: CatalogueIndex, name: str) -> None:
    strategy = made(name, index)
    assert strategy.name == name
    assert proposed(strategy, Query()) == []
    full = Query(
        typed_text="soap", words=(read("soap"),), understood=(Understood("brand", "Nivalo", 0.5, "x"),)
    )
    assert proposed(strategy, full, 0) == []
    assert len(proposed(strategy, full, 1)) == 1


def test_typed_words_find_products(index: CatalogueIndex) -> None:
    assert proposed(made("typed_text", index), Query(typed_text="nivalo lavneder"))[0] == SOAP.gtin
    assert proposed(made("typed_text", index), Query(typed_text=" \n")) == []


def test_printed_words_find_products_among_noise(index: CatalogueIndex) -> None:
    noise = [
        read(word, 0.5, 6.0)
        for word in ("ingredients", "keep", "dry", "xxqq", "best", "before", "lot", "1O3")
    ]
    words = (read("NIVAL0", height=60.0), *noise, read("Lavendcr", 0.7, 30.0), read("SOAP", 0.8, 30.0))
    assert proposed(made("printed_text", index), Query(words=words))[0] == SOAP.gtin


def test_what_was_understood_decides_between_products(index: CatalogueIndex) -> None:
    structured = made("structured", index)
    as_brand = Query(typed_text="rose", understood=(Understood("brand", "Rose & Co", 0.9, "rose"),))
    sure = Query(
        words=(read("soap"), read("tea")), understood=(Understood("category", "Drinks > Tea", 0.98, ""),)
    )
    assert proposed(structured, as_brand)[0] == TEA.gtin
    assert proposed(structured, sure) == [TEA.gtin]


def test_telling_words_are_sure_long_large_and_seen_twice() -> None:
    words = [
        read("Nivalo", height=60.0),
        read("a", height=60.0),
        read("unsure", 0.1, 60.0),
        read("small print of ingredients", height=5.0),
        read("lavender", height=30.0),
        read("lavender", height=30.0, view="side"),
    ]
    assert telling_words(words, 2) == ["nivalo", "lavender"]
    assert telling_words([], 5) == []
    assert telling_words([PrintedWord("top", "Soap 500 g", 0.9)], 5) == ["soap", "500g"]
