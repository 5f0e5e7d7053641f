"""An evaluation draws, scores and times as its rules say."""

from __future__ import annotations

from pathlib import Path

import pytest

from booth.errors import InputError
from booth.evaluate.damage import Plan, evaluate_damage
from booth.evaluate.scores import Score
from models.judge import judge
from models.perception import perception
from tests.evaluate.stand_ins import ColourJudge, MeanColour, write_flat, write_picture, write_trained

FIGURES = ["auroc", "ap", "recall@1%", "recall@5%", "n_good", "n_bad", "p50_ms", "p95_ms"]


def test_bad_items_far_from_the_references_are_told_apart(tmp_path: Path) -> None:
    plan = Plan(write_flat(tmp_path, 6, 4), references=2, seeds=3)
    figures = evaluate_damage(plan, MeanColour(), ColourJudge())
    assert list(figures) == FIGURES
    assert (figures["auroc"].mean, figures["ap"].mean) == (1.0, 1.0)
    assert (figures["n_good"].mean, figures["n_bad"].mean) == (4.0, 4.0)
    assert figures["recall@1%"].mean is None
    assert figures["auroc"].spread == 0.0
    assert 0 < (figures["p50_ms"].mean or 0) <= (figures["p95_ms"].mean or 0)


def test_every_picture_is_looked_at_once_for_all_seeds(tmp_path: Path) -> None:
    look = MeanColour()
    evaluate_damage(Plan(write_trained(tmp_path), references=0, seeds=4), look, ColourJudge())
    assert look.looks == 15


def test_an_item_is_never_scored_against_itself(tmp_path: Path) -> None:
    judge_of = ColourJudge()
    plan = Plan(write_flat(tmp_path, 5, 1), references=4, seeds=6)
    figures = evaluate_damage(plan, MeanColour(), judge_of)
    assert figures["n_good"].mean == 1.0
    assert len(judge_of.galleries) == 6 * (1 + 1 + 1), "each seed: one to make ready, one good, one bad"


def test_without_references_everything_is_judged_without_a_gallery(tmp_path: Path) -> None:
    judge_of = ColourJudge()
    figures = evaluate_damage(Plan(write_flat(tmp_path), references=0, seeds=1), MeanColour(), judge_of)
    assert figures["auroc"].mean == 0.5
    assert figures["auroc"].spread is None
    assert set(judge_of.galleries) == {None}


def test_more_seeds_than_galleries_held_at_a_time_are_all_counted(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    plan = Plan(write_flat(tmp_path, 4, 2), references=1, seeds=11)
    figures = evaluate_damage(
        plan, MeanColour(), ColourJudge(), lambda done, total: seen.append((done, total))
    )
    assert figures["n_good"].mean == 3.0
    assert seen[-1][0] == seen[-1][1] == len(seen)


def test_views_of_a_group_make_one_item_with_its_worst_view(tmp_path: Path) -> None:
    for serial in range(4):
        write_picture(tmp_path / "intact" / f"{serial}_top.png", 50)
        write_picture(tmp_path / "intact" / f"{serial}_side.png", 90)
        write_picture(tmp_path / "damaged" / f"{serial}_top.png", 50)
        write_picture(tmp_path / "damaged" / f"{serial}_side.png", 220)
    plan = Plan(tmp_path, references=1, seeds=2, group=r"^\d")
    figures = evaluate_damage(plan, MeanColour(), ColourJudge())
    assert (figures["auroc"].mean, figures["n_good"].mean, figures["n_bad"].mean) == (1.0, 3.0, 4.0)


def test_the_gallery_score_is_the_gallery_evidence(tmp_path: Path) -> None:
    plan = Plan(write_flat(tmp_path), references=2, seeds=1, score=Score.GALLERY)
    assert evaluate_damage(plan, MeanColour(), ColourJudge())["auroc"].mean == 1.0


@pytest.mark.parametrize(
    ("references", "score", "word"),
    [
        (2, Score.SUPERVISED, "no item has the evidence 'supervised'"),
        (0, Score.GALLERY, "needs references"),
        (-1, Score.FUSED, "no fewer than 0 references"),
        (6, Score.FUSED, "leave no good item"),
    ],
)
def test_what_cannot_be_measured_is_told(tmp_path: Path, references: int, score: Score, word: str) -> None:
    plan = Plan(write_flat(tmp_path), references=references, seeds=1, score=score)
    with pytest.raises(InputError, match=word):
        evaluate_damage(plan, MeanColour(), ColourJudge())


def test_a_truncated_picture_names_the_file(tmp_path: Path) -> None:
    write_flat(tmp_path)
    broken = tmp_path / "anomaly" / "00.png"
    broken.write_bytes(broken.read_bytes()[:60])
    with pytest.raises(InputError, match=r"anomaly/00\.png"):
        evaluate_damage(Plan(tmp_path, references=1, seeds=1), MeanColour(), ColourJudge())


def test_the_real_judge_tells_broken_figures_from_whole_ones(shared_data: Path) -> None:
    plan = Plan(shared_data / "damage" / "aliens", references=4, seeds=1)
    figures = evaluate_damage(plan, perception({}), judge({}))
    assert (figures["n_good"].mean, figures["n_bad"].mean) == (54.0, 60.0)
    assert (figures["auroc"].mean or 0) >= 0.97
