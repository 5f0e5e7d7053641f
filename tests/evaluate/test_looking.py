"""A captured set is looked at once, and never against itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from booth.domain.percept import Reference
from booth.errors import InputError, ModelError
from booth.evaluate.looking import AVERAGED, NO_DEPTH, PHOTO, VARIANTS, Look, averaged, look_at
from booth.evaluate.rows import WHOLE, Row, chosen, read_rows, seeds_of, write_rows
from booth.evaluate.scores import Score
from tests.evaluate.captured_stand_ins import Captures, GreyWitness, loudest, shop
from tests.evaluate.stand_ins import MeanColour


def look(captures: Captures, what: Look, witness: GreyWitness | None = None) -> list[Row]:
    return list(look_at(captures, what, MeanColour(), witness or GreyWitness()))


def test_every_item_has_a_row_for_each_number_of_references_and_no_reference_has_one() -> None:
    rows = look(shop(), Look((0, 1, 4), seeds=3))
    for count in (0, 1, 4):
        for seed in range(3):
            assert len(chosen(rows, count, seed)) == 12
    assert not any("-r" in row.item for row in rows)
    assert seeds_of(rows) == [0, 1, 2]
    assert {row.item for row in rows if row.damaged} == {row.item for row in rows if "-b" in row.item}


def test_an_items_pictures_are_asked_for_once_a_way_of_looking() -> None:
    captures = shop()
    look(captures, Look((0, 1, 2, 4), seeds=5))
    assert sorted(captures.asked) == sorted(item.item_id for item in captures.items)


def test_draws_that_came_to_the_same_references_are_judged_once() -> None:
    witness = GreyWitness()
    rows = look(shop(1), Look((4,), seeds=5), witness)
    assert len(witness.galleries) == len(rows) == 6
    assert rows[0].seeds == (0, 1, 2, 3, 4)


def test_other_seeds_draw_other_references() -> None:
    witness = GreyWitness()
    look(shop(1), Look((1,), seeds=5), witness)
    drawn = {one.references[0].reference_id for one in witness.galleries if one}
    assert len(drawn) > 1


def test_shares_of_the_products_make_the_whole() -> None:
    whole = {row.item for row in look(shop(5), Look((1,), seeds=1))}
    parts = [{row.item for row in look(shop(5), Look((1,), 1, share=(n, 2)))} for n in range(2)]
    assert parts[0] | parts[1] == whole
    assert not parts[0] & parts[1]


def test_a_photograph_has_neither_depth_nor_calibration() -> None:
    class Watching(MeanColour):
        def __init__(self) -> None:
            super().__init__()
            self.seen: set[tuple[bool, bool]] = set()

        def perceive(self, views, calibration, regions=None):  # type: ignore[no-untyped-def]
            self.seen |= {(view.frame.depth_mm is not None, calibration is not None) for view in views}
            return super().perceive(views, calibration, regions)

    for variant, expected in ((WHOLE, (True, True)), (NO_DEPTH, (False, True)), (PHOTO, (False, False))):
        watching = Watching()
        rows = list(look_at(shop(1), Look((1,), 1, (variant,)), watching, GreyWitness()))
        assert watching.seen == {expected}
        assert {row.variant for row in rows} == {variant}


def test_averaged_references_are_one_a_view() -> None:
    witness = GreyWitness()
    look(shop(1), Look((4,), 1, (AVERAGED,)), witness)
    gallery = witness.galleries[0]
    assert gallery is not None
    assert sorted(one.view for one in gallery.references) == ["side", "top"]
    top = next(one for one in gallery.references if one.view == "top")
    assert float(top.patches.mean()) == pytest.approx(103.19, abs=0.1)


def test_the_mean_of_references_keeps_heights_that_some_have() -> None:
    patches = np.zeros((2, 2, 3), np.float32)
    heights = np.full((2, 2), 8.0, np.float32)
    bare, tall = Reference("a", "top", "t", patches), Reference("b", "top", "t", patches + 2, 0, heights)
    one = averaged([bare, tall, Reference("b", "top", "t", patches, 1)])[0]
    assert one.heights_mm is not None
    assert (float(one.patches.mean()), float(one.heights_mm.mean())) == (1.0, 8.0)


def test_a_row_scores_by_the_worst_view() -> None:
    row = look(shop(1), Look((1,), 1))[0]
    assert row.score(Score.SUPERVISED, loudest) == max(view["supervised"] for view in row.views)
    assert row.score(Score.HEIGHT, loudest) is None
    assert row.score(Score.FUSED, loudest) == loudest(row.views)


def test_rows_read_back_as_they_were_written(tmp_path: Path) -> None:
    rows = look(shop(), Look((0, 4), 2, VARIANTS, items_per_product=1))
    path = tmp_path / "rows.jsonl"
    assert write_rows(path, rows) == len(rows)
    assert read_rows([path]) == rows


def test_endless_evidence_is_kept_as_very_much_and_no_number_is_an_error(tmp_path: Path) -> None:
    rows = look(shop(1), Look((0,), 1), GreyWitness(float("inf")))
    assert rows[0].views[0]["supervised"] == 1e9
    with pytest.raises(ModelError, match="not a number"):
        look(shop(1), Look((0,), 1), GreyWitness(float("nan")))


@pytest.mark.parametrize(
    "text",
    ["", "{}\n", '{"rows": 1}\n', '{"rows": 1}\n{"item": 1}\n', '{"rows": 1}\n{"item"', "\x00\x01"],
    ids=["empty", "other", "none", "lacking", "cut off", "binary"],
)
def test_a_file_that_holds_no_rows_is_one_clear_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(text)
    with pytest.raises(InputError, match=r"rows\.jsonl"):
        read_rows([path])


def test_what_cannot_be_looked_at_is_told() -> None:
    with pytest.raises(InputError, match="a product has 4"):
        look(shop(), Look((5,), 1))
    with pytest.raises(InputError, match="'askew' is no way to look"):
        Look(variants=("askew",))
    with pytest.raises(InputError, match="a share such as"):
        Look(share=(2, 2))
