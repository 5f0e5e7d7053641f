"""Items that a person called good reach the gallery as candidates, bounded, without anyone waiting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from booth.domain.percept import Percept
from booth.domain.picture import Calibration, Frame, Region, View
from booth.domain.terms import Condition
from booth.errors import ModelError
from booth.events import Bus, Trouble
from booth.gallery.candidates import (
    ENOUGH,
    MOST_ACTIVE,
    MOST_WAITING,
    QUEUE_SIZE,
    Candidates,
    GoodItem,
    why_kept,
)
from booth.store.gallery_schema import ReferenceState
from booth.store.reference_rows import KeptReference
from tests.fakes import Heard
from tests.gallery.stand_ins import GTIN, TRUNK, PointPerception, near, shelf

OLD = (1.0, 1.0, 0.2, 0.2)
CALIBRATION = Calibration("c-5", {})
STATES = ReferenceState


def item(number: int, distance: float | None = 0.5, views: tuple[str, ...] = ("top", "side")) -> GoodItem:
    pictured = []
    for view in views:
        rgb = near(OLD, 100 + 10 * number + len(view))
        frame = Frame(view, rgb, np.full((8, 8), 700 + number, np.uint16), 0, 0)
        pictured.append(View(view, frame))
    percept = PointPerception().perceive(pictured, CALIBRATION)
    return GoodItem(f"sample-{number}", GTIN, pictured, percept, CALIBRATION, distance)


def row(
    number: int, state: STATES = STATES.ACTIVE, sample: str = "", distance: float | None = None
) -> KeptReference:
    return KeptReference(
        number, GTIN, "1", "top", "ab", state, "", TRUNK, sample, "", distance, None, None
    )  # fmt: skip


class Taken:
    """What is in the galleries once a worker has taken in all that it was offered."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.heard = Heard()
        self.perception = PointPerception()

    def offer(self, *items: GoodItem) -> list[KeptReference]:
        bus = Bus()
        bus.subscribe(self.heard)
        with shelf(self.root) as kept:
            for each in items:
                worker = Candidates(self.perception, kept.references, kept.standing, bus)
                worker.start()
                worker.offer(each)
                worker.stop()
            return kept.standing.rows(GTIN)


@pytest.fixture
def taken(tmp_path: Path) -> Taken:
    return Taken(tmp_path)


def test_a_good_item_of_a_thin_gallery_becomes_a_candidate_with_every_view(taken: Taken) -> None:
    rows = taken.offer(item(1))
    assert [(each.view, each.state, each.sample) for each in rows] == [
        ("top", STATES.CANDIDATE, "sample-1"),
        ("side", STATES.CANDIDATE, "sample-1"),
    ]
    assert {each.calibration for each in rows} == {"c-5"}
    with shelf(taken.root) as kept:
        (original, *turns) = kept.references.load([rows[0].number])[rows[0].number]
        picture = kept.references.picture_of(rows[0].number)
        assert "thin" in kept.standing.history(rows[0].number)[0].why
    assert picture.depth_mm is not None
    assert original.heights_mm is not None
    assert len(turns) == 2
    assert original.heights_mm[0, 0] == picture.depth_mm[0, 0] == 701


def test_a_view_that_was_blurred_is_no_candidate(taken: Taken) -> None:
    whole = item(1)
    top, side = whole.percept.views
    blurred = replace(top, conditions=(Condition.BLURRED,))
    rows = taken.offer(replace(whole, percept=replace(whole.percept, views=(blurred, side))))
    assert [each.view for each in rows] == ["side"]


def test_the_same_item_comes_in_once(taken: Taken) -> None:
    assert len(taken.offer(item(1), item(1))) == 2


def test_candidates_of_a_busy_product_are_never_more_than_may_wait(taken: Taken) -> None:
    rows = taken.offer(*[item(number, views=("top",)) for number in range(MOST_WAITING + 4)])
    assert len(rows) == MOST_WAITING


def test_of_items_unlike_the_gallery_the_newest_wait(taken: Taken) -> None:
    count = MOST_WAITING + 3
    rows = taken.offer(*[item(number, distance=2.0, views=("top",)) for number in range(count)])
    assert [each.sample for each in rows] == [f"sample-{number}" for number in range(3, count)]
    assert len(list((taken.root / "gallery" / "kept").iterdir())) == MOST_WAITING


class Broken(PointPerception):
    def perceive(
        self,
        views: Sequence[View],
        calibration: Calibration | None,
        regions: Mapping[str, Region] | None = None,
    ) -> Percept:
        raise ModelError("the weights are broken")


def test_what_cannot_be_taken_in_is_told_and_the_next_one_is(taken: Taken) -> None:
    taken.perception, sound = Broken(), taken.perception
    assert taken.offer(item(1)) == []
    (trouble,) = taken.heard.of(Trouble)
    assert "a good item does not reach the gallery: the weights are broken" in trouble.message
    taken.perception = sound
    assert len(taken.offer(item(2))) == 2
    assert taken.heard.of(Trouble)[-1].over


def test_nobody_waits_where_more_is_offered_than_can_be_taken_in(tmp_path: Path) -> None:
    with shelf(tmp_path) as kept:
        candidates = Candidates(PointPerception(), kept.references, kept.standing, Bus())
        for number in range(QUEUE_SIZE + 3):
            candidates.offer(item(number))
        candidates.start()
        candidates.stop()
        assert len({each.sample for each in kept.standing.rows()}) == QUEUE_SIZE


@pytest.mark.parametrize(
    ("active", "distance", "kept"),
    [
        (0, None, "thin"),
        (ENOUGH - 1, 0.5, "thin"),
        (ENOUGH, 0.5, ""),
        (ENOUGH, 0.95, "new to the gallery"),
        (ENOUGH, 1.3, "unlike the references"),
        (ENOUGH, None, ""),
        (MOST_ACTIVE, 0.95, ""),
        (MOST_ACTIVE, 1.3, "unlike the references"),
    ],
)
def test_an_item_is_kept_where_the_gallery_is_thin_or_it_adds_something(
    active: int, distance: float | None, kept: str
) -> None:
    why = why_kept([row(number) for number in range(active)], item(1, distance, ("top",)))
    assert kept in why
    assert bool(why) == bool(kept)
