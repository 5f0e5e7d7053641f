"""Figures of captured sets say what they are of, and how sure they are."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from booth.errors import InputError
from booth.evaluate.baselines import colour_distance, edge_distance, plain_look
from booth.evaluate.budget_splits import budget_splits
from booth.evaluate.captured_figures import (
    baseline_figures,
    figures_of,
    summary,
    threshold_at,
    write_scores,
)
from booth.evaluate.scores import Score
from tests.evaluate.captured_stand_ins import loudest, rows_of
from tests.evaluate.stand_ins import write_picture

ROWS = rows_of()


def test_items_that_lie_apart_are_told_apart_in_every_part() -> None:
    figures = figures_of(rows_of(gap=40.0), 4, Score.FUSED, loudest)
    assert (figures["auroc"].mean, figures["recall@1%"].mean, figures["auroc"].spread) == (1.0, 1.0, 0.0)
    assert figures["recall@1%, spillage beside the item"].n == 40
    assert figures["recall@1%, family never trained on"].n == 20
    assert figures["recall@1%, severity minor"].mean == 1.0
    assert figures["false alarms@1%"].mean == pytest.approx(2 / 200)


def test_every_share_has_its_interval_and_its_n() -> None:
    figures = figures_of(ROWS, 4, Score.FUSED, loudest)
    for name, told in figures.items():
        assert told.mean is not None, name
        assert told.low is not None and told.high is not None, name  # noqa: PT018
        assert told.low <= told.mean <= told.high, name
    assert figures["auroc"].n == 300
    assert figures["false alarms@1%, print decoys"].n == figures["false alarms@1%, tape"].n == 20
    assert all(len(row) == 5 for row in summary(figures))


def test_a_part_measures_its_own_evidence_alone() -> None:
    assert figures_of(ROWS, 4, Score.SUPERVISED, lambda _: 0.5)["auroc"].mean == pytest.approx(
        figures_of(ROWS, 4, Score.FUSED, loudest)["auroc"].mean or 0.0
    )
    with pytest.raises(InputError, match="no view has the evidence 'height'"):
        figures_of(ROWS, 4, Score.HEIGHT, loudest)


def test_what_has_no_rows_or_no_damage_is_told() -> None:
    with pytest.raises(InputError, match="good and damaged items"):
        figures_of(ROWS, 3, Score.FUSED, loudest)
    with pytest.raises(InputError, match="good and damaged items"):
        figures_of([row for row in ROWS if not row.damaged], 4, Score.FUSED, loudest)


def test_a_share_of_too_few_good_items_cannot_be_told() -> None:
    assert threshold_at([0.1] * 99, 0.01) is None
    assert threshold_at([0.9, *[0.1] * 99], 0.01) == 0.1
    assert figures_of(rows_of(2), 4, Score.FUSED, loudest)["recall@1%"].mean is None


def test_baselines_that_guess_lie_near_a_half() -> None:
    figures = baseline_figures(ROWS, 4)
    assert sorted(figures) == ["colours", "edges"]
    for told in figures.values():
        assert told.low is not None and told.low < 0.5 < (told.high or 0)  # noqa: PT018


def test_a_picture_lies_nowhere_from_itself_and_somewhere_from_another(tmp_path: Path) -> None:
    from booth.store.picture_files import read_picture

    one = plain_look(read_picture(write_picture(tmp_path / "a.png", 40)))
    other = plain_look(read_picture(write_picture(tmp_path / "b.png", 200)))
    assert colour_distance(one, [other, one]) == pytest.approx(0.0, abs=1e-3)
    assert edge_distance(one, [one]) == 0.0
    assert colour_distance(one, [other]) == pytest.approx(1.0)


def test_a_threshold_of_one_half_keeps_its_promise_on_the_other() -> None:
    splits = budget_splits(rows_of(60, 20, 5), loudest, budget=0.01, splits=12)
    assert splits.inside >= 0.9
    assert splits.false_alarms == pytest.approx(0.01, abs=0.01)
    assert 0.8 < splits.recall <= 1.0
    assert splits.good == 600


def test_splits_without_damage_are_refused() -> None:
    with pytest.raises(InputError, match="good and damaged"):
        budget_splits([row for row in ROWS if not row.damaged], loudest, splits=1)


def test_written_scores_name_each_item_once(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    assert write_scores(path, ROWS, loudest) == len(ROWS)
    with path.open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    assert [row["item"] for row in table] == [row.item for row in ROWS]
    assert float(table[0]["score"]) == loudest(ROWS[0].views)
    assert {row["damaged"] for row in table} == {"0", "1"}
    with pytest.raises(InputError, match="cannot be written"):
        write_scores(tmp_path, [replace(ROWS[0])], loudest)
