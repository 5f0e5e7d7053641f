"""Percepts of a captured set are looked at once, survive an interruption, and are refused when damaged."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray

from booth.domain.percept import Percept, ViewPercept
from booth.domain.picture import Calibration, Frame, Region, View
from booth.domain.terms import Condition, DamageType
from booth.errors import InputError, ModelError
from models.percepts import INDEX, SHAPES, kept, look, percepts_folder

if TYPE_CHECKING:
    from booth.evaluate.captured import CapturedSet

VIEWS = ("top", "side")
REGION = Region(10, 20, 64, 64, 30.0)


@dataclass(frozen=True, slots=True)
class FakeItem:
    """One row of a captured set's table."""

    item_id: str
    seed: int
    share: float = 0.0
    damage: DamageType | None = None
    gtin: str = "4006381333931"
    product: str = "p"
    family: str = "carton"
    role: str = "pristine"
    decoy: bool = False
    negative: str = ""
    procedure: str = ""
    severity: str = "none"
    part: str = ""
    held_out: str = ""
    material: str = "card"
    rig: str = "rig0"


class FakeSet:
    """A captured set that draws its pictures by seed."""

    def __init__(self, items: Sequence[FakeItem]) -> None:
        self.items = tuple(items)
        self.rigs: Mapping[str, Calibration] = {"rig0": Calibration("rig0", {})}

    def views(self, item: FakeItem) -> tuple[View, ...]:
        rng = np.random.default_rng(item.seed)
        return tuple(
            View(name, Frame(name, rng.integers(0, 255, (96, 96, 3)).astype(np.uint8), None, 0, 0))
            for name in VIEWS
        )

    def masks(self, item: FakeItem) -> Mapping[str, NDArray[np.uint8]]:
        mask = np.zeros((96, 96), np.uint8)
        if item.damage is not None:
            mask[44:60, 34:50] = 1 + list(DamageType).index(item.damage)
        return {"top": mask, "side": np.zeros_like(mask)}


class FakePerception:
    """Sees the mean of a picture in each patch; may fail from some view on."""

    trunk, embedder = "trunk-1", ""

    def __init__(self, fails_after: int = 10_000) -> None:
        self.left = fails_after

    def perceive(
        self,
        views: Sequence[View],
        calibration: Calibration | None,
        regions: Mapping[str, Region] | None = None,
    ) -> Percept:
        self.left -= len(views)
        if self.left < 0:
            raise ModelError("the power went")
        return Percept(self.trunk, tuple(self._seen(view) for view in views))

    def _seen(self, view: View) -> ViewPercept:
        patches = np.full((40, 40, 288), view.frame.rgb.mean(), np.float32)
        heights = np.full((40, 40), 33.25, np.float32)
        heights[0] = np.nan
        item = np.full((40, 40), 0.5, np.float32)
        return ViewPercept(view.name, REGION, patches, heights, item, None, (Condition.BLURRED,))


def a_set(count: int = 3) -> Any:
    items = [FakeItem(f"i{number}", number) for number in range(count - 1)]
    torn = FakeItem(f"i{count - 1}", 99, 0.1, DamageType.TEAR, role="damaged", severity="minor")
    return cast("CapturedSet", FakeSet([*items, torn]))


def untold(done: int, total: int) -> None:
    """Nobody watches."""


def test_what_was_seen_comes_back(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    percepts = look(a_set(), FakePerception(), tmp_path / "p", lambda *done: told.append(done))
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert [row.view for row in percepts.rows] == [*VIEWS] * 3
    assert percepts.items() == {"i0": [0, 1], "i1": [2, 3], "i2": [4, 5]}
    view = percepts.view(4)
    wanted = FakeSet([]).views(a_set().items[2])[0].frame.rgb.mean()
    assert view.patches[3, 3, 3] == pytest.approx(wanted, rel=1e-3)
    assert view.region == REGION
    assert view.conditions == (Condition.BLURRED,)
    assert view.beside is None
    assert view.heights_mm is not None
    assert np.isnan(view.heights_mm[0]).all()
    assert view.heights_mm[1, 1] == 33.25
    labels = percepts.rows[4].labels
    assert (labels["damage"], labels["severity"], labels["decoy"]) == ("tear", "minor", "")
    assert percepts.rows[0].labels["damage"] == ""


def test_masks_lie_upright_in_the_region_by_type(tmp_path: Path) -> None:
    percepts = look(a_set(), FakePerception(), tmp_path, untold)
    masks = percepts.arrays["masks"][4]
    tear = list(DamageType).index(DamageType.TEAR)
    assert masks[tear, 32, 32] == 255, "the middle of the region is the middle of the damage"
    assert not np.delete(masks, tear, axis=0).any()
    assert not percepts.arrays["masks"][5].any()
    assert percepts.rows[4].seen == pytest.approx(256 / (64 * 64 * 0.5))
    assert percepts.rows[5].seen == 0


def test_a_view_can_be_a_reference(tmp_path: Path) -> None:
    percepts = look(a_set(), FakePerception(), tmp_path, untold)
    first, second = percepts.reference(0), percepts.reference(1)
    assert first.trunk == "trunk-1"
    assert first.reference_id != second.reference_id
    assert first.heights_mm is not None
    assert first.patches.dtype == np.float32


def test_an_interrupted_look_goes_on_where_it_stopped(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="power"):
        look(a_set(), FakePerception(fails_after=5), tmp_path, untold)
    with pytest.raises(InputError, match="2 of 3 items; look again"):
        kept(tmp_path)
    with (tmp_path / INDEX).open("a") as index:
        index.write('[{"view": "to')
    with (tmp_path / "patches.bin").open("ab") as data:
        data.write(b"half a patch")
    again = look(a_set(), FakePerception(fails_after=2), tmp_path, untold)
    whole = look(a_set(), FakePerception(), tmp_path.parent / f"{tmp_path.name}-2", untold)
    assert again.rows == whole.rows
    assert all(np.array_equal(again.arrays[name], whole.arrays[name], equal_nan=True) for name in SHAPES)


def test_another_set_or_another_perception_is_refused(tmp_path: Path) -> None:
    look(a_set(), FakePerception(), tmp_path, untold)
    other = FakePerception()
    other.trunk = "trunk-2"
    for captured, perception in ((a_set(4), FakePerception()), (a_set(), other)):
        with pytest.raises(InputError, match="delete it first"):
            look(captured, perception, tmp_path, untold)
    assert percepts_folder(tmp_path, "trunk-1") != percepts_folder(tmp_path, "trunk-2")


@pytest.mark.parametrize("name", [INDEX, *(f"{name}.bin" for name in SHAPES)])
@pytest.mark.parametrize("damage", ["cut", "gone", "grown"])
def test_damaged_percepts_are_refused_in_one_line(name: str, damage: str, tmp_path: Path) -> None:
    look(a_set(), FakePerception(), tmp_path, untold)
    path = tmp_path / name
    data = path.read_bytes()
    path.unlink()
    if damage != "gone":
        path.write_bytes(data[: len(data) // 2] if damage == "cut" else data + b"more\n")
    with pytest.raises(InputError) as told:
        kept(tmp_path)
    assert "\n" not in str(told.value)
    assert "look again" in str(told.value)


@pytest.mark.parametrize("head", [b"", b"[]\n", b'{"format": 9}\n', b"\xff\xfe\n", b'{"format": 1}\n'])
def test_an_index_that_is_none_is_refused(head: bytes, tmp_path: Path) -> None:
    (tmp_path / INDEX).write_bytes(head)
    with pytest.raises(InputError, match="no whole percepts"):
        kept(tmp_path)


def test_rows_that_lack_something_are_refused(tmp_path: Path) -> None:
    look(a_set(), FakePerception(), tmp_path, untold)
    head, *items = (tmp_path / INDEX).read_text().splitlines()
    rows = [json.loads(item) for item in items]
    del rows[1][0]["region"]
    (tmp_path / INDEX).write_text("\n".join([head, *(json.dumps(item) for item in rows)]) + "\n")
    with pytest.raises(InputError, match="no whole percepts"):
        kept(tmp_path)


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "p").write_text("no folder")
    with pytest.raises(InputError, match="cannot be kept"):
        look(a_set(), FakePerception(), tmp_path / "p", untold)
