"""A gallery made by another trunk goes on from its kept pictures, depth among them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from booth.domain.picture import Calibration, Frame, View
from booth.gallery.enrol import enrol
from booth.gallery.renewal import Renewal, renew
from booth.store.gallery_schema import ReferenceState
from booth.store.reference_files import PICTURE
from booth.store.reference_rows import Source
from tests.gallery.stand_ins import GTIN, PointPerception, Shelf, near, shelf

OLD = (1.0, 1.0, 0.2, 0.2)


def view(seed: int, depth: int | None = None) -> View:
    depth_mm = None if depth is None else np.full((8, 8), depth, np.uint16)
    return View("top", Frame("top", near(OLD, seed), depth_mm, 0, 0))


def stock(kept: Shelf) -> None:
    old = PointPerception("old")
    enrol(old, kept.references, GTIN, [view(1, 700)], Calibration("c-1", {}))
    enrol(old, kept.references, GTIN, [view(2)], None, source=Source(state=ReferenceState.CANDIDATE))


def renewed(kept: Shelf, perception: PointPerception) -> Renewal:
    known = {"c-1": Calibration("c-1", {}), "": Calibration("in force", {})}
    return renew(perception, kept.references, kept.standing, known.__getitem__)


def test_every_reference_gets_the_new_features_and_stays_what_it_was(tmp_path: Path) -> None:
    with shelf(tmp_path) as kept:
        stock(kept)
        before = [(row.number, row.state, row.calibration) for row in kept.standing.rows()]
        assert kept.references.of(GTIN, "new") is None
        assert renewed(kept, PointPerception("new")) == Renewal(2, ())
        assert [(row.number, row.state, row.calibration) for row in kept.standing.rows()] == before
        gallery = kept.references.of(GTIN, "new")
        assert gallery is not None
        assert {one.trunk for one in gallery.references} == {"new"}
        assert gallery.references[0].heights_mm is not None, "its depth was kept"


def test_pictures_are_looked_at_under_their_own_calibration_where_it_is_there(tmp_path: Path) -> None:
    with shelf(tmp_path) as kept:
        stock(kept)
        perception = PointPerception("new")
        renewed(kept, perception)
        assert perception.calibrations == ["c-1"] * 3 + ["in force"] * 3


def test_a_second_time_nothing_is_left_to_do(tmp_path: Path) -> None:
    with shelf(tmp_path) as kept:
        stock(kept)
        renewed(kept, PointPerception("new"))
        perception = PointPerception("new")
        assert renewed(kept, perception) == Renewal(0, ())
        assert perception.calibrations == []


@pytest.mark.parametrize("harm", ["gone", "changed"])
def test_a_picture_that_was_lost_is_told_and_stops_no_other(tmp_path: Path, harm: str) -> None:
    with shelf(tmp_path) as kept:
        stock(kept)
        folders = sorted((tmp_path / "gallery" / "kept").iterdir(), key=lambda path: path.stat().st_mtime_ns)
        picture, other = (folder / PICTURE for folder in folders)
        if harm == "gone":
            picture.unlink()
        else:
            picture.write_bytes(other.read_bytes())
        result = renewed(kept, PointPerception("new"))
        assert result.renewed == 1
        ((row, why),) = result.failed
        assert row.number == 1
        assert "again" in why
        assert [row.trunk for row in kept.standing.rows()] == ["old", "new"]
