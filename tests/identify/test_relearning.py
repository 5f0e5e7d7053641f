"""The nightly refit puts into force what does no worse on items held out, and changes nothing on too few."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from booth.domain.product import Identification, Product
from booth.errors import InputError
from booth.evaluate.finding.synthetic.catalogue import products as made_up
from booth.identify import relearning
from booth.identify.bandit.experience import context_at
from booth.identify.bandit.policy import Bandit, ignorant
from booth.identify.learning import (
    Confirmed,
    confirmed_of,
    example_of,
    query_of,
    ranks_of,
    remembering,
    taken_of,
    taught,
)
from booth.identify.memory import Memory
from booth.identify.ranker.cold_start import world_of
from booth.identify.ranker.features import FEATURES, table_of
from booth.identify.ranker.ranker import Ranker
from booth.identify.ranker.simulate import World, simulated
from booth.identify.relearning import KINDS, MADE_COLD, Outcome, Searching, learn_cold, learn_nightly
from booth.ports.finding import CatalogueIndex
from booth.store.catalogue.embedded import index as embedded
from booth.store.learning import Learning
from tests.identify.ranker.stand_ins import plain_strategies

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def silent(task: str, done: int, total: int) -> None:
    """Told of progress."""


@pytest.fixture(scope="module")
def searching(tmp_path_factory: pytest.TempPathFactory) -> Searching:
    index: CatalogueIndex = embedded(tmp_path_factory.mktemp("shop"), {})
    index.upsert(made_up(24, seed=3))
    return Searching(index, plain_strategies(index))


@pytest.fixture(scope="module")
def world(searching: Searching) -> World:
    return world_of(searching.index, searching.strategies, np.random.default_rng(0))


@pytest.fixture
def learning(tmp_path: Path) -> Iterator[Learning]:
    opened = Learning(tmp_path)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def cold(searching: Searching, tmp_path_factory: pytest.TempPathFactory) -> Learning:
    """Learning state after a cold start."""
    learning = Learning(tmp_path_factory.mktemp("cold"))
    outcomes = learn_cold(learning, searching, np.random.default_rng(0), 120, silent)
    assert {outcome.kind for outcome in outcomes if outcome.in_force} == set(KINDS)
    return learning


def start(learning: Learning, cold: Learning) -> None:
    """Take the cold start over."""
    for version in cold.versions():
        state = cold.state(version.kind, version.version)
        learning.keep(state.kind, state.document, MADE_COLD, "", state.figures, in_force=True)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relearning, "LEAST", 80)
    monkeypatch.setattr(relearning, "SIMULATED", 60)


def searched(world: World, product: Product, rng: np.random.Generator) -> Identification:
    """A search as the booth logs it."""
    query, retrieved, _ = simulated(world, product, rng)
    hits = {name: retrieved.get(name, ()) for name in ("exact_gtin", "memory")}
    return Identification(
        barcodes=query.barcodes,
        partial_codes=query.partial_codes,
        words=query.words,
        typed_text=query.typed_text,
        weight_g=query.weight_g,
        size_mm=query.size_mm,
        shortlist=query.shortlist,
        matched=query.matched,
        strategies=dict.fromkeys(retrieved, 100),
        propensities=dict.fromkeys(retrieved, 0.5),
        retrieved={name: tuple(each.gtin for each in given) for name, given in retrieved.items()},
        scores={name: tuple(each.score for each in given) for name, given in retrieved.items()},
        context=tuple(float(value) for value in context_at(world.index, query, hits)),
    )


def log(learning: Learning, world: World, count: int, seed: int = 1) -> None:
    rng = np.random.default_rng(seed)
    for number in range(count):
        product = world.pool[int(rng.integers(len(world.pool)))]
        entry_id, at = f"item-{seed}-{number}-0", AT + timedelta(minutes=number)
        learning.log(entry_id, searched(world, product, rng), at)
        learning.confirm(entry_id, product.gtin, at)


def by_kind(outcomes: list[Outcome]) -> dict[str, Outcome]:
    return {outcome.kind: outcome for outcome in outcomes}


def test_too_little_logged_says_how_many_more_and_changes_nothing(
    learning: Learning, searching: Searching, world: World
) -> None:
    log(learning, world, 5)
    outcomes = learn_nightly(learning, searching, np.random.default_rng(0), silent)
    assert [outcome.reason for outcome in outcomes] == [
        "5 confirmed searches are logged; 75 more are needed"
    ] * 3
    assert learning.versions() == []


def test_a_cold_start_and_a_night_put_all_three_into_force(
    learning: Learning, searching: Searching, world: World, cold: Learning
) -> None:
    start(learning, cold)
    log(learning, world, 100)
    night = by_kind(learn_nightly(learning, searching, np.random.default_rng(0), silent))
    assert night["memory"].in_force
    assert night["memory"].figures["mrr"] > night["memory"].before["mrr"] == 0.0
    assert night["bandit"].figures["n"] == night["ranker"].figures["n"] == 25
    assert night["ranker"].before["n"] == 25
    for kind, outcome in night.items():
        state = learning.in_force(kind)
        assert state is not None
        assert (state.version == outcome.version) == outcome.in_force
    newest = {each.kind: each.upto for each in reversed(learning.versions())}
    assert newest == dict.fromkeys(KINDS, 100)


def test_what_does_worse_is_kept_but_not_used(
    learning: Learning, searching: Searching, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    log(learning, world, 80)
    confirmed = [each for entry in learning.entries(after=0) if (each := confirmed_of(entry))]
    good = remembering(Memory(), confirmed, searching.index).to_bytes()
    good_version = learning.keep("memory", good, MADE_COLD, "", {}, in_force=True)
    monkeypatch.setattr(relearning, "remembering", lambda memory, confirmed, index: Memory())
    outcome = by_kind(learn_nightly(learning, searching, np.random.default_rng(0), silent))["memory"]
    assert not outcome.in_force
    assert outcome.reason == "worse than before by mrr"
    state = learning.in_force("memory")
    assert state is not None
    assert state.version == good_version
    learning.use("memory", outcome.version)


def test_without_a_cold_start_the_bandit_says_so(
    learning: Learning, searching: Searching, world: World
) -> None:
    log(learning, world, 80)
    outcome = by_kind(learn_nightly(learning, searching, np.random.default_rng(0), silent))["bandit"]
    assert (outcome.version, outcome.in_force) == ("", False)
    assert "booth learn --cold" in outcome.reason


def test_an_empty_catalogue_starts_nothing(learning: Learning, tmp_path: Path) -> None:
    index = embedded(tmp_path / "empty", {})
    with pytest.raises(InputError, match="booth catalogue import"):
        learn_cold(learning, Searching(index, plain_strategies(index)), np.random.default_rng(0), 100, silent)
    assert learning.versions() == []


def test_the_ranker_sees_in_the_log_what_it_saw_at_the_search(searching: Searching, world: World) -> None:
    rng = np.random.default_rng(5)
    product = world.pool[0]
    query, retrieved, products = simulated(world, product, rng)
    logged = Confirmed(searched(world, product, np.random.default_rng(5)), product.gtin, AT)
    assert taken_of(logged.identification) == retrieved
    assert query_of(logged.identification).weight_g == query.weight_g
    example = example_of(logged, searching.index)
    assert example is not None
    then = table_of(query, retrieved, products)
    for gtin in example.table.gtins:
        assert example.table.row(gtin) == pytest.approx(then.row(gtin), abs=1e-5)
    assert len(FEATURES) == example.table.values.shape[1]


def test_a_search_whose_scores_were_not_logged_teaches_the_ranker_nothing(
    searching: Searching, world: World
) -> None:
    found = searched(world, world.pool[0], np.random.default_rng(5))
    assert example_of(Confirmed(replace(found, scores={}), world.pool[0].gtin, AT), searching.index) is None


def test_the_bandit_is_taught_the_ranks_of_what_ran(searching: Searching) -> None:
    found = Identification(retrieved={"image": ("a", "b"), "typed_text": ("c",)}, context=(0.0,) * 3)
    assert ranks_of(Confirmed(found, "b", AT)) == {"image": 1, "typed_text": None}
    untaught = ignorant()
    assert taught(untaught, [Confirmed(found, "b", AT)]).version == untaught.version


def test_taught_and_fitted_state_can_be_read_again(cold: Learning, world: World) -> None:
    bandit, ranker, memory = (cold.in_force(kind) for kind in ("bandit", "ranker", "memory"))
    assert bandit is not None
    assert ranker is not None
    assert memory is not None
    entry = Confirmed(searched(world, world.pool[0], np.random.default_rng(5)), world.pool[0].gtin, AT)
    before = Bandit.from_bytes(bandit.document)
    assert taught(before, [entry]).version != before.version
    assert Ranker.from_bytes(ranker.document, ranker.version).version == ranker.version
    assert Memory.from_bytes(memory.document).keys == {}
