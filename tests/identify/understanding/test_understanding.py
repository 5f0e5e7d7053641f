"""The words of a query are understood by what the catalogue has, and anew when it changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from booth import plugins
from booth.domain.evidence import Understood
from booth.domain.product import Product
from booth.events import Bus
from booth.identify.understanding.dictionaries import Dictionaries
from booth.identify.understanding.understanding import HIGHEST, Understanding
from booth.ports.finding import CatalogueIndex
from booth.worker import Worker

SURE = 0.95


def product(number: int, title: str, brand: str, category: str, size: str) -> Product:
    return Product(f"29000{number:07}0"[:13], title, brand, category, size)


SCENTS = ("lavender", "honey", "lemon", "sport", "cool", "fresh", "pure", "rose", "olive", "milk", "almond")
MADE = [
    *(
        product(place, f"Nivalo soap {scent}", "Nivalo", "Beauty > Bath", "125 g")
        for place, scent in enumerate(SCENTS)
    ),
    *(
        product(100 + place, f"Rose shampoo {place}", "Calineo", "Beauty > Hair", "250ml")
        for place in range(12)
    ),
    product(200, "Garden rake", "Rose", "Garden > Tools", "1 pcs"),
    product(201, "Green Valley oats", "Green Valley", "Food > Breakfast", "0,5 kg"),
    product(202, "Valley water", "Valley", "Drinks > Water", "6 x 0.5 l"),
]


@pytest.fixture
def index(tmp_path: Path) -> CatalogueIndex:
    made: CatalogueIndex = plugins.load("booth.indexes", "embedded")(tmp_path / "catalogue", {})
    made.upsert(MADE)
    return made


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory: pytest.TempPathFactory) -> CatalogueIndex:
    """An index for those who only search."""
    folder = tmp_path_factory.mktemp("unchanged") / "catalogue"
    made: CatalogueIndex = plugins.load("booth.indexes", "embedded")(folder, {})
    made.upsert(MADE)
    return made


def values(said: tuple[Understood, ...]) -> list[tuple[str, str]]:
    return [(each.field, each.value) for each in said]


def test_brand_category_and_size_are_understood(unchanged: CatalogueIndex) -> None:
    said = Understanding(unchanged).of("NIVALO bath 125g lavender")
    assert values(said) == [("brand", "Nivalo"), ("category", "Beauty > Bath"), ("size", "125 g")]
    assert [each.text for each in said] == ["nivalo", "bath", "125g"]
    assert all(0.0 < each.probability <= HIGHEST for each in said)
    assert said[0].probability > 0.8


def test_what_several_views_say_is_understood_once(unchanged: CatalogueIndex) -> None:
    said = Understanding(unchanged).of("nivallo bath NIVALO soap bath nivalo")
    assert values(said) == [("brand", "Nivalo"), ("category", "Beauty > Bath")]
    assert said[0].text == "nivalo"


def test_a_brand_that_is_more_often_a_scent_is_not_sure(unchanged: CatalogueIndex) -> None:
    assert all(each.probability < 0.5 for each in Understanding(unchanged).of("rose"))


def test_the_longest_match_wins(unchanged: CatalogueIndex) -> None:
    assert values(Understanding(unchanged).of("green valley")) == [("brand", "Green Valley")]


def test_a_size_is_understood_in_any_unit(unchanged: CatalogueIndex) -> None:
    assert values(Understanding(unchanged).of("500 g")) == [("size", "0,5 kg")]
    assert values(Understanding(unchanged).of("6x500ml")) == [("size", "6 x 0.5 l")]


def test_a_mistyped_brand_is_understood_but_never_surely(unchanged: CatalogueIndex) -> None:
    said = Understanding(unchanged).of("nivslo soap")
    assert ("brand", "Nivalo") in values(said)
    assert all(each.probability < SURE for each in said if each.field == "brand")


def test_what_a_person_took_away_is_not_said_again(unchanged: CatalogueIndex) -> None:
    understanding = Understanding(unchanged)
    said = understanding.of("nivalo 125g")
    assert values(understanding.of("nivalo 125g", said[:1])) == [("size", "125 g")]
    assert understanding.of("nivalo 125g", said) == ()


def test_a_changed_catalogue_is_understood_anew(index: CatalogueIndex) -> None:
    understanding = Understanding(index)
    assert understanding.of("zorbax") == ()
    index.upsert([product(300, "Zorbax drill", "Zorbax", "Tools > Drills", "1 pcs")])
    assert ("brand", "Zorbax") in values(understanding.of("zorbax"))


@pytest.mark.parametrize(
    "text", ["", " ", "&!*", "صابون", "香皂", "a" * 10_000, "nivalo " * 2_000, "\udc80", "1" * 5_000]
)
def test_nothing_typed_can_be_wrong(unchanged: CatalogueIndex, text: str) -> None:
    assert all(0.0 < each.probability <= 1.0 for each in Understanding(unchanged).of(text))


def test_an_empty_catalogue_understands_nothing(tmp_path: Path) -> None:
    empty = plugins.load("booth.indexes", "embedded")(tmp_path / "empty", {})
    assert Understanding(empty).of("nivalo 125g") == ()
    assert len(Dictionaries(empty)) == 0


def test_many_threads_may_ask_while_the_catalogue_changes(index: CatalogueIndex) -> None:
    told: list[object] = []
    bus = Bus()
    bus.subscribe(told.append)
    understanding = Understanding(index)

    def ask(stopping: object) -> None:
        for _ in range(20):
            assert ("brand", "Nivalo") in values(understanding.of("nivalo 125g"))

    workers = [Worker(f"ask {number}", bus, ask) for number in range(3)]
    for worker in workers:
        worker.start()
    for number in range(3):
        index.upsert([product(400 + number, f"Widget {number}", "Widgets", "Tools", "1 pcs")])
    assert all(worker.stop(timeout_s=30.0) for worker in workers)
    assert told == []
