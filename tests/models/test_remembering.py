"""Views that were looked at before are not looked at again, and only those."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from booth.domain.picture import Calibration, Frame, Region, View
from models.measuring.kept import Remembering, remembering
from models.percepts import Percepts, Row
from tests.evaluate.stand_ins import MeanColour

RIG = Calibration("rig", {})
RGB = np.full((12, 16, 3), 50, np.uint8)


def view(rgb: np.ndarray = RGB, depth: bool = True, name: str = "top") -> View:
    depth_mm = np.full(rgb.shape[:2], 500, np.uint16) if depth else None
    return View(name, Frame(name, rgb, depth_mm, host_ns=0, sequence=0))


def remembered() -> tuple[Remembering, MeanColour]:
    row = Row("top", {}, 0, 0.0, 0.0, (1, 2, 10, 9, 5.0), (), hashlib.sha256(RGB.tobytes()).hexdigest())
    arrays: dict[str, np.ndarray] = {
        "patches": np.full((1, 4, 4, 3), 7, np.float16),
        "heights_mm": np.full((1, 4, 4), 30, np.float32),
        "item": np.full((1, 4, 4), 1, np.float16),
        "beside": np.full((1, 4, 4), np.nan, np.float16),
    }
    look = MeanColour()
    return Remembering(look, Percepts("fake-trunk", (row,), arrays)), look


def test_a_kept_view_comes_back_without_a_look() -> None:
    one, look = remembered()
    seen = one.perceive([view()], RIG).views[0]
    assert look.looks == 0
    assert (seen.region, float(seen.patches.mean())) == (Region(1, 2, 10, 9, 5.0), 7.0)
    assert seen.heights_mm is not None
    assert seen.beside is None
    assert one.trunk == look.trunk


def test_what_was_not_kept_so_is_looked_at() -> None:
    one, look = remembered()
    others = [view(RGB + 1), view(depth=False), view(name="side")]
    assert [float(seen.patches.mean()) for seen in one.perceive(others, RIG).views] == [51.0, 50.0, 50.0]
    one.perceive([view()], None)
    one.perceive([view()], RIG, {"top": Region(0, 0, 4, 4)})
    assert look.looks == 5


def test_without_anything_kept_perception_is_as_it_was(tmp_path: Path) -> None:
    look = MeanColour()
    assert remembering(look, tmp_path) is look
