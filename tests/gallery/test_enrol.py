"""Enrolling brings each picture in once, with small turns of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from booth.domain.percept import Percept, ViewPercept
from booth.domain.picture import Calibration, Frame, Region, View
from booth.domain.terms import Condition
from booth.errors import InputError
from booth.gallery.enrol import enrol, references_of
from booth.gallery.turns import TURNS, turns_of
from booth.regions import crop
from booth.store.references import References

GTIN = "4006381333931"
REGION = Region(8, 4, 16, 16)


class MeanColour:
    """Sees the region's pixels themselves, and remembers how it was asked."""

    trunk = "fake-trunk"
    embedder = ""

    def __init__(self) -> None:
        self.asked: list[Region | None] = []

    def perceive(
        self,
        views: Sequence[View],
        calibration: Calibration | None,
        regions: Mapping[str, Region] | None = None,
    ) -> Percept:
        seen = []
        for view in views:
            rgb = view.frame.rgb
            self.asked.append(None if regions is None else regions[view.name])
            height, width = rgb.shape[:2]
            region = REGION if calibration else Region(0, 0, width, height)
            region = regions[view.name] if regions else region
            seen.append(ViewPercept(view.name, region, crop(rgb, region)[:4, :4].astype(np.float32)))
        return Percept(self.trunk, tuple(seen))


def view(seed: int, name: str = "top") -> View:
    rgb = np.random.default_rng(seed).integers(0, 255, (24, 32, 3)).astype(np.uint8)
    return View(name, Frame(name, rgb, None, 0, 0))


def test_each_picture_is_enrolled_once(tmp_path: Path) -> None:
    references = References(tmp_path)
    look = MeanColour()
    assert enrol(look, references, GTIN, [view(1), view(2), view(1, "side")], None) == 3
    assert enrol(look, references, GTIN, [view(1), view(3)], None) == 1
    gallery = references.of(GTIN, look.trunk)
    assert gallery is not None
    assert sum(one.variant == 0 for one in gallery.references) == 4
    assert [one.variant for one in gallery.references[:3]] == [0, 1, 2]


def test_turns_are_made_of_the_region_and_looked_at_where_they_are() -> None:
    look = MeanColour()
    original, *turned = references_of(look, view(1), Calibration("1", {}))
    assert look.asked == [None, *turns_of(REGION)]
    assert {one.reference_id for one in turned} == {original.reference_id}
    assert all(not np.array_equal(one.patches, original.patches) for one in turned)


def test_a_turn_keeps_the_middle_of_the_region() -> None:
    rgb = np.zeros((60, 80, 3), np.uint8)
    rgb[25:35, 35:45] = 200
    turns = list(turns_of(Region(20, 10, 40, 40, 10.0)))
    assert [region.turn_deg - 10.0 for region in turns] == [degrees for degrees, _ in TURNS]
    for region in turns:
        turned = crop(rgb, region)
        assert turned[region.height // 2, region.width // 2].min() == 200
        assert turned[:5].max() == 0


@pytest.mark.parametrize("condition", [Condition.BLACK, Condition.SATURATED])
def test_a_picture_that_shows_nothing_is_refused_and_leaves_nothing(
    tmp_path: Path, condition: Condition
) -> None:
    class Blind(MeanColour):
        def perceive(
            self,
            views: Sequence[View],
            calibration: Calibration | None,
            regions: Mapping[str, Region] | None = None,
        ) -> Percept:
            seen = super().perceive(views, calibration, regions)
            return replace(seen, views=tuple(replace(each, conditions=(condition,)) for each in seen.views))

    with pytest.raises(InputError, match=f"is {condition}: it shows nothing"):
        enrol(Blind(), References(tmp_path), GTIN, [view(1)], None)
    assert References(tmp_path).listing() == []


def test_enrolling_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="GTIN and at least one picture"):
        enrol(MeanColour(), References(tmp_path), "", [view(1)], None)
    with pytest.raises(InputError):
        enrol(MeanColour(), References(tmp_path), GTIN, [], None)
