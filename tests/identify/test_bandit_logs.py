"""The query log as counterfactuals see it, the searches run again from it, and the commands that do so."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from booth.cli.main import run as booth
from booth.domain.product import Candidate, Identification, Product
from booth.identify.bandit.arms import ARMS, LEVELS, RETRIEVED
from booth.identify.bandit.cold_start import cold_start
from booth.identify.bandit.context import PLACES, SIZE
from booth.identify.bandit.counterfactual import ABSENT, NOT_RUN
from booth.identify.bandit.experience import Tryout, context_at
from booth.identify.bandit.policy import Bandit, ignorant
from booth.identify.bandit.query_logs import read, replayed
from booth.identify.bandit.settings import SETTINGS
from booth.identify.corruption import corrupted, seeded_vectors
from booth.identify.embedding_log import logged
from booth.identify.gtin import check_digit
from booth.identify.strategies.exact_gtin import ExactGtin
from booth.ports.finding import Query
from booth.store.learning import Learning
from booth.store.query_log import LoggedQuery
from tests.fakes import FakeIndex

AT = datetime(2026, 3, 1, tzinfo=UTC)
VECTORS = seeded_vectors(1)


def product_of(number: int) -> Product:
    body = f"29{number:010d}"
    title = f"{('Green', 'Black', 'White')[number % 3]} tea {number}"
    return Product(body + check_digit(body), title, f"Brand{number % 5}", "Drinks", "100 g", 50.0 + number)


PRODUCTS = tuple(product_of(number) for number in range(40))
INDEX = FakeIndex(*PRODUCTS)


class Everything:
    """Gives all products in their order: the rank of the truth is its place."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.asked = 0

    @property
    def name(self) -> str:
        return self._name

    def propose(self, query: Query, limit: int) -> Sequence[Candidate]:
        self.asked += 1
        return [Candidate(product.gtin, 0.0, self._name) for product in PRODUCTS[:limit]]


def strategies() -> list[ExactGtin | Everything]:
    return [ExactGtin(INDEX), Everything("image"), Everything("printed_text")]


def served(bandit: Bandit, count: int, answered: float = 0.9) -> list[LoggedQuery]:
    """What a booth with these strategies logs."""
    rng, known = np.random.default_rng(3), {strategy.name: strategy for strategy in strategies()}
    entries = []
    for item in range(count):
        product = PRODUCTS[int(rng.integers(len(PRODUCTS)))]
        query = corrupted(product, rng, vectors=VECTORS, others=PRODUCTS)
        given = {"exact_gtin": known["exact_gtin"].propose(query, RETRIEVED)}
        context = context_at(INDEX, query, given)
        slate = bandit.choose(context, rng, known.keys())
        given |= {
            each.strategy: known[each.strategy].propose(query, RETRIEVED) for each in slate if each.level
        }
        found = Identification(
            barcodes=query.barcodes,
            words=query.words,
            strategies={"exact_gtin": RETRIEVED} | {each.strategy: each.level for each in slate},
            propensities={each.strategy: each.propensity for each in slate},
            retrieved={name: tuple(hit.gtin for hit in hits) for name, hits in given.items()},
            context=tuple(context.tolist()),
            embeddings=logged(query.embeddings),
        )
        gtin = product.gtin if rng.random() < answered else None
        entries.append(LoggedQuery(f"item-{item}", AT + timedelta(seconds=item), found, gtin))
    return entries


LOGGER = dataclasses.replace(ignorant(), settings=dataclasses.replace(SETTINGS, epsilon=0.5))
ENTRIES = served(LOGGER, 120)


def test_the_log_is_read_as_it_was_written() -> None:
    found = read(ENTRIES)
    assert found.left_out == 0
    assert len(found.log) == 120
    assert 80 < found.log.answered.sum() < 120
    for item, entry in enumerate(ENTRIES):
        levels = {arm: entry.identification.strategies[arm] for arm in ("image", "printed_text")}
        shares = LOGGER.propensity(found.log.contexts[item], levels)
        assert np.prod(shares) == pytest.approx(found.log.propensities[item])
        assert [LEVELS[place] for place in found.log.places[item]] == [
            entry.identification.strategies[arm] for arm in ARMS
        ]
    assert (found.log.ranks[~found.log.answered] == NOT_RUN).all()
    assert not found.log.exists[:, ARMS.index("shortlist")].any()


def test_entries_of_another_making_are_left_out() -> None:
    good = ENTRIES[0]
    strange = [
        dataclasses.replace(good.identification, context=(1.0,) * (SIZE + 1)),
        dataclasses.replace(good.identification, context=(float("nan"),) * SIZE),
        dataclasses.replace(good.identification, propensities={}),
        dataclasses.replace(good.identification, strategies={**good.identification.strategies, "image": 17}),
        Identification(),
    ]
    found = read([good, *(dataclasses.replace(good, identification=each) for each in strange)])
    assert (len(found.log), found.left_out) == (1, 5)
    assert len(read([]).log) == 0


def test_what_was_not_run_is_run_from_the_log_and_nothing_twice() -> None:
    image, printed = Everything("image"), Everything("printed_text")
    found = read(ENTRIES)
    whole = replayed(found, Tryout(INDEX, [ExactGtin(INDEX), image, printed]))
    assert whole.left_out == 0
    assert len(whole.log) == found.log.answered.sum()
    for arm in (image, printed):
        column = ARMS.index(arm.name)
        there = found.log.exists[:, column] & found.log.answered
        assert arm.asked == (there & (found.log.places[:, column] == 0)).sum()
        assert (whole.log.ranks[whole.log.exists[:, column], column] != NOT_RUN).all()
    truths = [[product.gtin for product in PRODUCTS].index(entry.gtin or "") for entry in whole.entries]
    ranks = whole.log.ranks[:, ARMS.index("image")]
    assert all(rank in (truth, NOT_RUN) for rank, truth in zip(ranks, truths, strict=True))
    assert (ranks != ABSENT).all()


def test_pictures_that_were_not_logged_cannot_be_searched_again() -> None:
    blind = [
        dataclasses.replace(entry, identification=dataclasses.replace(entry.identification, embeddings=()))
        for entry in ENTRIES
    ]
    whole = replayed(read(blind), Tryout(INDEX, strategies()))
    assert whole.left_out > 0
    column = ARMS.index("image")
    assert (whole.log.places[whole.log.exists[:, column], column] > 0).all()


def test_a_cold_start_knows_which_strategies_find() -> None:
    bandit = cold_start(INDEX, strategies(), PRODUCTS, np.random.default_rng(0), vectors=VECTORS, items=150)
    seen = np.zeros(SIZE, np.float32)
    for name in ("bias", "words_there", "embedding_there"):
        seen[PLACES[name]] = 1.0
    chances = bandit.chances(seen)
    assert chances[1 + ARMS.index("printed_text"), -1] > 0.7
    assert chances[1 + ARMS.index("typed_text")].max() < 0.1
    assumed = cold_start(INDEX, strategies(), PRODUCTS, np.random.default_rng(0), items=150)
    assert assumed.chances(seen)[1 + ARMS.index("image"), -1] > 0.4
    nothing = cold_start(INDEX, strategies(), (), np.random.default_rng(0))
    assert nothing.version == ignorant().version


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings = tmp_path / "booth.toml"
    settings.write_text('[booth]\nid = "booth-1"\ndata_dir = "data"\n')
    monkeypatch.setenv("BOOTH_CONFIG", str(settings))
    (tmp_path / "candidate.bandit").write_bytes(LOGGER.to_bytes())
    (tmp_path / "data").mkdir()
    return tmp_path


def fill(home: Path, entries: Sequence[LoggedQuery]) -> str:
    learning = Learning(home / "data")
    for entry in entries:
        learning.log(entry.entry_id, entry.identification, entry.at)
        if entry.gtin:
            learning.confirm(entry.entry_id, entry.gtin, entry.at)
    version = learning.keep("bandit", LOGGER.to_bytes(), "test", "", {}, in_force=True)
    learning.close()
    return version


def test_a_candidate_is_evaluated_from_a_file_and_by_its_version(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    version = fill(home, ENTRIES)
    told = []
    for name in (str(home / "candidate.bandit"), version):
        assert booth(["bandit", "evaluate", "--candidate", name, "--json"]) == 0
        told.append(json.loads(capsys.readouterr().out))
    assert told[0] == told[1]
    assert told[0]["n"] == 120
    assert told[0]["effective"] == pytest.approx(told[0]["answered"])
    assert told[0]["snips"]["value"] == pytest.approx(told[0]["logged"]["value"])
    assert booth(["bandit", "evaluate", "--candidate", version]) == 0
    assert "snips" in capsys.readouterr().out


def test_too_few_answers_are_one_clear_line(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    version = fill(home, ENTRIES[:20])
    for command in ("evaluate", "replay"):
        assert booth(["bandit", command, "--candidate", version]) == 2
        error = capsys.readouterr().err
        assert "at least 50 are needed" in error
        assert len(error.splitlines()) == 1


@pytest.mark.parametrize("name", ["nowhere.bandit", "bandit-unknown", "trash.bandit", "."])
def test_a_candidate_that_is_none_is_refused(
    home: Path, capsys: pytest.CaptureFixture[str], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home)
    (home / "trash.bandit").write_bytes(b"\x80\x04trash")
    assert booth(["bandit", "evaluate", "--candidate", name]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_replay_runs_on_the_booths_own_catalogue(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    version = fill(home, ENTRIES)
    assert booth(["bandit", "replay", "--candidate", version, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told["errors"]) == {"dm", "snips", "dr"}
    assert told["dr"]["value"] - told["truth"] == pytest.approx(told["errors"]["dr"])
