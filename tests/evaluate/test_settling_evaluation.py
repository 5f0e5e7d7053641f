"""Settling is measured by the state of the barcode, each share with its exact interval."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from booth.cli.main import run
from booth.evaluate.finding.settling import Item, settle_items, settling_figures
from booth.evaluate.finding.synthetic.catalogue import products as made_up
from booth.evaluate.intervals import clopper_pearson
from booth.identify.ranker.cold_start import cold_start, world_of
from booth.store.catalogue.embedded import index as embedded
from tests.identify.ranker.stand_ins import plain_strategies


def test_intervals_are_clopper_and_pearsons() -> None:
    assert clopper_pearson(0, 100) == pytest.approx((0.0, 0.0362), abs=1e-4)
    assert clopper_pearson(5, 100) == pytest.approx((0.0164, 0.1128), abs=1e-4)
    assert clopper_pearson(7, 7)[1] == 1.0
    assert clopper_pearson(0, 0) == (0.0, 1.0)


def test_shares_are_counted_by_the_state_of_the_code() -> None:
    items = [
        Item("good", "a", "a", "", True),
        Item("good", "a", "", "the code says …", True),
        Item("wrong", "a", "", "the code says …", True),
        Item("wrong", "a", "b", "", True),
        Item("wrong", "a", "", "", False),
        Item("none", "a", "a", "", False),
    ]
    figures = settling_figures(items)
    assert list(figures) == ["good", "none", "wrong"]
    counts = {
        (state, name): (share["count"], share["n"])
        for state, of_state in figures.items()
        for name, share in of_state.items()
        if isinstance(share, dict)
    }
    assert counts["good", "settled_right"] == (1, 2)
    assert counts["good", "false_doubts"] == (1, 2)
    assert counts["wrong", "settled_wrong"] == (1, 3)
    assert counts["wrong", "found_out"] == (1, 2)
    assert counts["wrong", "doubted"] == (1, 2)
    assert counts["none", "asked"] == (0, 1)


def test_good_codes_settle_and_wrong_ones_are_asked_about(tmp_path: Path) -> None:
    index = embedded(tmp_path, {})
    index.upsert(made_up(60, seed=3))
    strategies, rng = plain_strategies(index), np.random.default_rng(0)
    ranker = cold_start(index, strategies, rng, 250).ranker
    world = world_of(index, strategies, rng)
    items = settle_items(world, ranker, [*world.pool, *world.pool], rng, limit=0.95)
    good = [item for item in items if item.state == "good"]
    wrong = [item for item in items if item.state == "wrong" and item.code_known]
    assert sum(item.settled == item.truth for item in good) >= 0.8 * len(good)
    assert sum(item.settled in ("", item.truth) for item in wrong) >= 0.6 * len(wrong) > 0


def test_ranks_are_told_by_the_state_of_the_code_and_not_of_strangers() -> None:
    items = [Item("none", "a", "", "", False, rank) for rank in (1, 4, None, 8)]
    figures = settling_figures([*items, Item("stranger", "x", "", "", False)])
    assert (figures["none"]["r@1"], figures["none"]["r@5"]) == (0.25, 0.5)
    assert figures["none"]["mrr"] == pytest.approx((1 + 1 / 4 + 1 / 8) / 4)
    assert "r@1" not in figures["stranger"]


def test_the_command_settles_on_items_of_a_catalogue_of_its_own(
    capsys: pytest.CaptureFixture[str],
) -> None:
    command = "evaluate settling --items 60 --products 150 --fitted 200 --seed 3 --json"
    assert run(command.split()) == 0
    told = json.loads(capsys.readouterr().out)
    by_state = told["by_barcode"]
    assert sum(of_state["n"] for of_state in by_state.values()) == told["n"] == 60
    assert {"good", "partial", "none", "wrong", "stranger"} == by_state.keys()
    good, wrong = by_state["good"], by_state["wrong"]
    assert good["false_doubts"]["n"] == good["n"]
    assert good["r@1"] > 0.8
    assert 0 < wrong["found_out"]["n"] < wrong["n"]
    assert wrong["found_out"]["low"] <= wrong["found_out"]["share"] <= wrong["found_out"]["high"]
