"""Tables of ablations tell with and without, and are put where they belong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from booth.cli.main import run
from booth.errors import InputError
from booth.evaluate.metrics import Figure
from booth.evaluate.rows import Row, write_rows
from booth.evaluate.scores import Score
from models.measuring.ablations import BEGIN, END, ablations, parts_alone, table, write_between_marks
from models.measuring.goals import budget_goals, captured_goals, goals_table, never_below, photo_goals
from tests.evaluate.captured_stand_ins import loudest, rows_of


def rows() -> list[Row]:
    """Seen with no, one and four references; averaged ones on half of the products."""
    four = [_with_gallery(row) for row in rows_of(products=12)]
    averaged = [replace(row, variant="averaged") for row in four if row.product < "p5"]
    return [*four, *averaged, *(replace(row, references=0, plain={}) for row in rows_of(products=12))]


def _with_gallery(row: Row) -> Row:
    views = tuple(
        {**view, "foreign": view["supervised"] / 9, "missing": 0.0, "references": 4.0} for view in row.views
    )
    return replace(row, views=views)


def test_each_part_has_a_line_where_there_is_such_evidence() -> None:
    names = [line.name for line in parts_alone(rows(), loudest)]
    assert names == [
        "fused, no references", "supervised, no references", "fused, 4 references", "gallery, 4 references",
        "supervised, 4 references", "baseline: colours, 4 references", "baseline: edges, 4 references",
    ]  # fmt: skip


def test_what_is_left_out_is_compared_on_the_same_items() -> None:
    lines = {line.name: line for line in ablations(rows(), lambda views: max(map(_sum, views)))}
    whole = lines["everything, 4 references"].figures["auroc"].mean
    assert (lines["without the supervised model"].figures["auroc"].mean or 1) < (whole or 0)
    assert "references averaged cell by cell (105 items)" in lines
    assert lines["— everything, on these items"].figures["auroc"].n == 105


def _sum(view: dict[str, float] | object) -> float:
    assert isinstance(view, dict)
    return float(view.get("supervised", 0.0)) + float(view.get("missing", 0.0))


def test_a_table_is_put_between_its_marks_again_and_again(tmp_path: Path) -> None:
    page = tmp_path / "README.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    for text in ("new", table(parts_alone(rows(), loudest))):
        write_between_marks(page, text)
        assert page.read_text() == f"before\n{BEGIN}\n{text.strip()}\n{END}\nafter\n"


@pytest.mark.parametrize("text", ["", BEGIN, f"{END}{BEGIN}", f"{BEGIN}{END}{BEGIN}{END}"])
def test_a_page_without_its_marks_is_left_as_it_is(tmp_path: Path, text: str) -> None:
    page = tmp_path / "README.md"
    page.write_text(text)
    with pytest.raises(InputError, match="once each"):
        write_between_marks(page, "new")
    assert page.read_text() == text


def test_the_commands_print_tables_and_refuse_what_is_no_set(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, page = tmp_path / "rows.jsonl", tmp_path / "README.md"
    write_rows(file, rows())
    page.write_text(f"{BEGIN}{END}")
    assert run(["evaluate", "ablations", "--rows", str(file), "--write", str(page)]) == 0
    assert "| without the gallery model |" in capsys.readouterr().out
    assert "| gallery, 4 references |" in page.read_text()
    assert run(["evaluate", "ablations", "--rows", str(page)]) == 2
    assert run(["evaluate", "evidence", str(tmp_path), "--out", str(tmp_path / "r"), "--part", "x"]) == 2
    assert run(["evaluate", "damage", str(tmp_path), "--scores", str(tmp_path / "s.csv")]) == 2


def test_a_captured_set_is_measured_from_its_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, scores = tmp_path / "rows.jsonl", tmp_path / "scores.csv"
    write_rows(file, rows())
    (tmp_path / "items.csv").write_text("item_id\n")
    ask = ["evaluate", "damage", str(tmp_path), "--rows", str(file), "--budget", "0.05", "--splits", "3"]
    assert run([*ask, "--scores", str(scores)]) == 0
    out = capsys.readouterr().out
    assert "recall@1%, spillage beside the item" in out
    assert "inside" in out
    assert len(scores.read_text().splitlines()) == 181
    assert run([*ask, "--group", "x"]) == 2
    assert run([*ask, "--score", "height"]) == 2


def test_goals_say_what_is_reached_and_what_falls_short() -> None:
    def figures(area: float) -> dict[str, Figure]:
        return {"auroc": Figure(area, 0.01)}

    photos = {
        ("aliens", 4): {Score.FUSED: figures(0.995), Score.GALLERY: figures(0.994)},
        ("bottle", 4): {Score.FUSED: figures(0.95), Score.GALLERY: figures(0.99)},
        ("carton, side", 4): {Score.FUSED: figures(0.93)},
        ("carton, both views of a serial", 4): {Score.FUSED: figures(0.925)},
    }
    told = {
        (one.on, one.measure): one for one in [*photo_goals(photos), *never_below(rows(), loudest, photos)]
    }
    assert told["aliens, 4 references", "AUROC"].met
    assert not told["bottle, 4 references", "AUROC"].met
    assert not told["bottle, 1 reference", "AUROC"].met, "what was not measured is not reached"
    assert told["carton, both views of a serial, 4 references", "AUROC"].met
    against = "AUROC, fused against the best part"
    assert not told["bottle, 4 references", against].met
    assert told["captured, no references", against].met
    table_of = goals_table([*told.values()])
    assert "| short |" in table_of
    captured = {one.measure: one for one in captured_goals(rows(), loudest)}
    assert captured["AUROC of colours alone"].met
    assert captured["recall@1%, spillage beside the item"].reached.endswith("n = 24")


def test_a_budget_that_too_few_items_vouch_for_is_told_and_not_met() -> None:
    told = budget_goals(rows(), loudest, 3)
    assert [one.met for one in told] == [False]
    assert "more good items are needed" in told[0].reached
