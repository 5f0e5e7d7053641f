"""Good items that are unlike a gallery in one way are of a design; those unlike it in many ways are not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from booth.gallery.designs import Alike, alike
from tests.gallery.stand_ins import PlainJudge, near, reference

OLD, NEW = (1.0, 1.0, 0.2, 0.2), (1.0, 0.2, 1.0, 0.2)
TORN, CRUSHED, STAINED = (1.0, 1.0, 2.0, 0.2), (0.1, 1.0, 0.2, 1.5), (1.0, 2.2, 0.2, 0.9)


def found(items: Sequence[np.ndarray], references: int = 4, least: int = 3) -> Alike | None:
    known = [[reference(near(OLD, seed))] for seed in range(references)]
    pictured = {f"item {number}": {"top": [reference(rgb)]} for number, rgb in enumerate(items)}
    return alike(PlainJudge(), {"top": known} if known else {}, pictured, least)


def of(point: Sequence[float], count: int, seed: int = 50) -> list[np.ndarray]:
    return [near(point, seed + number) for number in range(count)]


@pytest.mark.parametrize("references", [1, 2, 4])
def test_three_items_with_one_changed_label_are_a_design(references: int) -> None:
    design = found(of(NEW, 3), references)
    assert design is not None
    assert design.items == ("item 0", "item 1", "item 2")
    assert design.from_references > design.from_each_other


def test_three_items_with_three_damages_are_none() -> None:
    assert found([near(TORN, 1), near(CRUSHED, 2), near(STAINED, 3)]) is None


def test_two_items_are_an_accident() -> None:
    assert found(of(NEW, 2)) is None
    assert found(of(NEW, 2), least=2) is not None


def test_two_of_a_design_and_one_damaged_are_none() -> None:
    assert found([*of(NEW, 2), near(TORN, 1)]) is None


def test_a_damaged_item_among_those_of_a_design_is_left_out() -> None:
    design = found([near(TORN, 1), *of(NEW, 3), near(CRUSHED, 2)])
    assert design is not None
    assert design.items == ("item 1", "item 2", "item 3")


def test_items_like_the_references_are_no_new_design() -> None:
    assert found(of(OLD, 5)) is None


def test_a_product_without_references_has_no_design_to_differ_from() -> None:
    assert found(of(NEW, 3), references=0) is None


def test_a_change_that_only_one_view_shows_is_enough_and_a_damage_in_another_is_too_much() -> None:
    known = {view: [[reference(near(OLD, seed), view)] for seed in range(4)] for view in ("top", "side")}
    sides = [OLD, OLD, OLD, TORN]
    items = {
        f"item {number}": {
            "top": [reference(near(NEW, 70 + number), "top")],
            "side": [reference(near(side, 80 + number), "side")],
        }
        for number, side in enumerate(sides)
    }
    design = alike(PlainJudge(), known, items)
    assert design is not None
    assert design.items == ("item 0", "item 1", "item 2")
