"""A fusion is fitted on rows, told what it can do on products it did not see, and written with its card."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from booth.cli.main import run
from booth.errors import InputError
from booth.evaluate.metrics import auroc
from booth.evaluate.rows import Row, write_rows
from models.fitting.fusion import Calibrated, calibration, cases_of, doubts_of, fit_fusion
from models.fitting.fusion_card import reliability, reliability_png
from models.fusion import SITUATIONS, Fusion


def rows() -> list[Row]:
    """Damage shows in one view, to the gallery or to the supervised model, never to both."""
    rng = np.random.default_rng(3)
    found = []
    for product in range(16):
        for number in range(8):
            damaged = number >= 4
            for references in (0, 4):
                views = tuple(
                    _view(rng, references, damaged and view == number % 2, number % 4 < 2)
                    for view in range(2)
                )
                found.append(_row(f"p{product}", f"{product}-{number}", damaged, references, views))
    return found


def _view(rng: np.random.Generator, references: int, shows: bool, to_gallery: bool) -> dict[str, float]:
    lift = 1.0 if shows else 0.0
    supervised = float(rng.normal(-2 + (0 if to_gallery else 5) * lift))
    if not references:
        return {"supervised": supervised}
    far = [float(rng.normal(-0.4 + (1.2 if to_gallery else 0) * lift, 0.15)) for _ in range(2)]
    return {
        "supervised": supervised, "references": float(references), "foreign": far[0], "missing": far[1],
        "height": float(abs(rng.normal(0.1, 0.05))),
    }  # fmt: skip


def _row(product: str, item: str, damaged: bool, references: int, views: tuple[dict[str, float], ...]) -> Row:
    return Row(
        item, product, "carton", "tear" if damaged else "", "", "major" if damaged else "", "", False, "", "",
        0.0, "whole", references, (0,), views, {},
    )  # fmt: skip


@pytest.fixture(scope="module")
def both() -> tuple[Fusion, dict[str, Calibrated]]:
    return fit_fusion(rows(), "a test")


@pytest.fixture
def fitted(both: tuple[Fusion, dict[str, Calibrated]]) -> Fusion:
    return both[0]


def _area(fusion: Fusion, of: list[Row], kinds: tuple[str, ...] = ()) -> float:
    def score(row: Row) -> float:
        views = [{k: v for k, v in view.items() if not kinds or k in kinds} for view in row.views]
        return fusion.fuse(views).score

    return auroc([score(row) for row in of if not row.damaged], [score(row) for row in of if row.damaged])


def test_all_evidence_tells_more_than_either_kind(fitted: Fusion) -> None:
    four = [row for row in rows() if row.references == 4]
    whole = _area(fitted, four)
    assert whole > 0.97
    assert whole > _area(fitted, four, ("supervised",)) + 0.1
    assert whole > _area(fitted, four, ("foreign", "missing", "references")) + 0.1


def test_every_situation_has_a_regression_even_one_that_no_row_showed(fitted: Fusion) -> None:
    assert set(fitted.regressions) == set(SITUATIONS)
    assert fitted.regressions["one, depth, bare"] == fitted.regressions["several, depth, bare"]
    assert fitted.fitted_on == "a test"


def test_chances_of_left_out_products_come_to_pass_about_so_often(
    both: tuple[Fusion, dict[str, Calibrated]],
) -> None:
    held = both[1]
    found = reliability(held["several, depth, model"])
    assert found.error < 0.08
    assert found.brier < 0.1
    assert reliability_png(held)[:8] == b"\x89PNG\r\n\x1a\n"


def test_logits_that_are_too_sure_are_damped() -> None:
    rng = np.random.default_rng(0)
    truth = rng.random(4000) < 0.5
    logits = 4 * (2 * truth - 1 + rng.normal(0, 2, 4000))
    slope, _ = calibration(logits, truth)
    assert slope == pytest.approx(2 / 4 / 4, rel=0.15)


def test_evidence_is_left_out_of_some_items_of_every_kind() -> None:
    cases = cases_of(rows())
    assert {"several, plain, model", "several, depth, bare", "none, plain, model"} <= set(cases)
    assert len(cases["several, depth, model"]) > len(cases["several, plain, model"])


def test_the_model_is_doubted_beyond_what_references_of_made_up_products_get() -> None:
    told = [
        replace(row, views=({"supervised": 0.0, "supervised_usual": float(number)},))
        for number, row in enumerate(rows())
    ]
    doubted, distrusted = doubts_of(told)
    assert 0.9 * len(told) < doubted < distrusted < len(told)
    assert doubts_of(rows()) == (2.0, 4.0), "nothing is known of references"


def test_too_few_products_are_refused() -> None:
    few = [row for row in rows() if row.product == "p1"]
    with pytest.raises(InputError, match="needs items of 10 products"):
        fit_fusion(few, "")


def test_the_command_writes_weights_card_and_diagram(tmp_path: Path, fitted: Fusion) -> None:
    file, out = tmp_path / "rows.jsonl", tmp_path / "out"
    write_rows(file, rows())
    assert run(["train", "fusion", "--rows", str(file), "--out", str(out), "--json"]) == 0
    card = json.loads((out / "fusion-card.json").read_text())
    fusion = Fusion.from_json((out / "fusion.json").read_bytes())
    assert card["sha256"] == fusion.sha256
    assert fusion.regressions == fitted.regressions, "the same rows give the same weights"
    assert fusion.fitted_on == "128 captured items of 16 made-up products"
    assert card["held_out_products"]["several, depth, model"]["auroc"] > 0.95
    assert (out / "fusion-reliability.png").stat().st_size > 1000


def test_the_command_wants_one_source(tmp_path: Path) -> None:
    assert run(["train", "fusion", "--out", str(tmp_path)]) == 2
    assert not list(tmp_path.iterdir())


def test_a_row_that_shows_nothing_is_left_out() -> None:
    bare = [replace(row, views=({}, {})) for row in rows()]
    assert cases_of(bare) == {}
