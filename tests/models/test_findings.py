"""A heat map peaks at its view's score, and the places that stand out of it say why and where."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from booth.domain.percept import Reference, ViewPercept
from booth.domain.picture import Region
from booth.gallery.turns import turns_of
from booth.regions import corners, from_picture
from models.alignment import Alignment
from models.evidence import ViewEvidence
from models.findings import FAINT, MOST_PLACES, findings_of, heat_of
from models.prepared import Comparison

SIDE = 40
REGION = Region(30, 20, 200, 100)
WHOLE = Region(0, 0, REGION.width, REGION.height)
ALONE = {"foreign": 1.0}
Map = NDArray[np.float32]


def spots(*places: tuple[int, int], level: float = 1.0) -> Map:
    found = np.zeros((SIDE, SIDE), np.float32)
    for row, column in places:
        found[row : row + 2, column : column + 2] = level
    return found


def seen(maps: Mapping[str, Map], nearest: NDArray[np.intp] | None = None, variant: int = 0) -> ViewEvidence:
    patches = np.zeros((SIDE, SIDE, 4), np.float32)
    view = ViewPercept("top", REGION, patches)
    if nearest is None:
        return ViewEvidence(view, dict.fromkeys(maps, 1.0), maps)
    empty = np.zeros((SIDE, SIDE), np.float32)
    compared = Comparison(empty, empty, 1, 1, 1, 1, 0, nearest, Alignment(0, 0, 1.0, variant))
    reference = Reference("0" * 64, "top", "t", patches)
    return ViewEvidence(view, dict.fromkeys(maps, 1.0), maps, compared, None, reference)


def moved(down: int, right: int) -> NDArray[np.intp]:
    """Every cell is found again so far down and to the right, at the edge at most."""
    rows, columns = np.mgrid[0:SIDE, 0:SIDE]
    found = np.clip(rows + down, 0, SIDE - 1) * SIDE + np.clip(columns + right, 0, SIDE - 1)
    return np.asarray(found, np.intp)


@pytest.mark.parametrize("score", [0.02, 0.4, 0.97])
def test_a_heat_map_peaks_at_the_score_however_faint_its_parts_are(score: float) -> None:
    evidence = seen({"foreign": spots((5, 5), level=0.01), "height": spots((20, 20))})
    heat = heat_of(evidence, {"foreign": 0.8, "height": 0.2}, score)
    assert heat.max() == pytest.approx(score)
    assert heat[5, 5] == heat.max()


def test_a_good_item_has_no_place_that_stands_out() -> None:
    evidence = seen({"foreign": spots((5, 5))})
    assert findings_of(evidence, heat_of(evidence, ALONE, 0.9 * FAINT), ALONE) == []
    assert not heat_of(seen({"foreign": spots()}), ALONE, 0.9).any()


def test_the_worst_places_come_first_each_with_what_carried_it_and_inside_the_region() -> None:
    evidence = seen({"foreign": spots((0, 0), (38, 38)), "height": spots((20, 0), (0, 38), level=0.5)})
    shares = {"foreign": 0.6, "height": 0.4}
    found = findings_of(evidence, heat_of(evidence, shares, 0.9), shares)
    assert len(found) == MOST_PLACES
    assert [one.carried_by for one in found] == ["foreign", "foreign", "height"]
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    for one in found:
        assert sum(one.shares.values()) == pytest.approx(1.0)
        assert (corners(one.place) >= np.array([30, 20]) - 0.5).all()
        assert (corners(one.place) <= np.array([230, 120]) + 0.5).all()


@pytest.mark.parametrize("variant", [0, 1, 2])
def test_the_like_place_is_told_in_the_reference_as_it_was_taken(variant: int) -> None:
    target = np.array([150.0, 30.0])
    look = [WHOLE, *turns_of(WHOLE)][variant]
    column, row = from_picture(look, target[None])[0] / [look.width, look.height] * SIDE - 1
    nearest = moved(round(float(row)) - 8, round(float(column)) - 25)
    evidence = seen({"foreign": spots((8, 25))}, nearest, variant)
    place = findings_of(evidence, heat_of(evidence, ALONE, 0.9), ALONE)[0].reference_place
    assert place is not None
    middle = np.array([place[0] + place[2], place[1] + place[3]]) / 2
    assert middle * [WHOLE.width, WHOLE.height] == pytest.approx(target, abs=3.0)


@pytest.mark.parametrize(("down", "right"), [(30, 0), (-30, 0), (0, 39), (-39, -39)])
def test_a_like_place_beyond_the_reference_is_still_a_place_in_it(down: int, right: int) -> None:
    evidence = seen({"foreign": spots((20, 20))}, moved(down, right), 1)
    place = findings_of(evidence, heat_of(evidence, ALONE, 0.9), ALONE)[0].reference_place
    assert place is not None
    assert 0 <= place[0] < place[2] <= 1
    assert 0 <= place[1] < place[3] <= 1
