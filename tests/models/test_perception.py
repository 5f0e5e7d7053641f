"""Perception looks at every view once, over the region where the item lies."""

from __future__ import annotations

import numpy as np
import pytest

from booth.domain.picture import (
    Calibration,
    CameraCalibration,
    Frame,
    Intrinsics,
    Picture,
    Region,
    View,
)
from booth.errors import ConfigError, ModelError
from models.perception import perception


def view(rgb: np.ndarray, name: str = "top") -> View:
    return View(name, Frame(name, rgb, None, 0, 0))


def test_each_view_gives_its_region_and_patches() -> None:
    look = perception({})
    rgb = np.random.default_rng(0).integers(0, 255, (48, 64, 3)).astype(np.uint8)
    seen = look.perceive([view(rgb), view(rgb[::-1], "side")], None)
    assert seen.trunk == look.trunk
    assert [(one.view, one.region) for one in seen.views] == [
        ("top", Region(0, 0, 64, 48)),
        ("side", Region(0, 0, 64, 48)),
    ]
    assert seen.views[0].patches.shape == (40, 40, 288)
    assert not np.allclose(seen.views[0].patches, seen.views[1].patches)


def test_the_same_picture_gives_the_same_patches() -> None:
    look = perception({})
    rgb = np.random.default_rng(1).integers(0, 255, (48, 64, 3)).astype(np.uint8)
    first, second = (look.perceive([view(rgb)], None).views[0].patches for _ in range(2))
    assert np.array_equal(first, second)


def test_an_unknown_option_is_refused_by_name() -> None:
    with pytest.raises(ConfigError, match="'speed'"):
        perception({"speed": 3})


def test_a_view_without_pixels_is_refused() -> None:
    with pytest.raises(ModelError, match="view top has no picture"):
        perception({}).perceive([view(np.zeros((0, 0, 3), np.uint8))], None)


def test_where_to_look_can_be_given_and_decides_the_patches() -> None:
    look = perception({})
    rgb = np.random.default_rng(2).integers(0, 255, (80, 120, 3)).astype(np.uint8)
    upright, turned = Region(20, 10, 60, 60), Region(20, 10, 60, 60, 90.0)
    seen = look.perceive([view(rgb), view(rgb, "side")], None, {"top": upright, "side": turned})
    assert [one.region for one in seen.views] == [upright, turned]
    cut = rgb[10:70, 20:80]
    for one, expected in zip(seen.views, (cut, np.rot90(cut)), strict=True):
        again = look.perceive([view(np.ascontiguousarray(expected))], None).views[0]
        assert np.allclose(one.patches, again.patches, atol=0.05)


def test_a_calibrated_view_gives_heights_outline_and_what_lies_beside() -> None:
    ground = np.full((240, 320, 3), 90, np.uint8)
    flat = np.full((240, 320), 1000, np.uint16)
    lens = Intrinsics(320, 240, 300.0, 300.0, 160.0, 120.0)
    down = (1.0, 0, 0, 0, 0, -1.0, 0, 0, 0, 0, -1.0, 1000.0, 0, 0, 0, 1.0)
    known = Calibration(
        "1", {"top": CameraCalibration(lens, down)}, empty_tray={"top": Picture(ground, flat)}
    )
    rgb, depth_mm = ground.copy(), flat.copy()
    rgb[80:160, 110:210] = (60, 60, 200)
    rgb[80:160:6, 110:210] = (240, 240, 240)
    depth_mm[80:160, 110:210] -= 50
    rgb[100:130, 218:232] = (120, 60, 20)
    seen = perception({}).perceive([View("top", Frame("top", rgb, depth_mm, 0, 0))], known).views[0]
    assert seen.conditions == ()
    for found in (seen.heights_mm, seen.item, seen.beside):
        assert found is not None
        assert found.shape == seen.patches.shape[:2]
    assert seen.heights_mm is not None
    assert seen.item is not None
    assert seen.beside is not None
    assert np.isclose(seen.heights_mm[20, 20], 50, atol=1)
    assert seen.item[20, 20] == 1
    assert seen.item[0, 0] == seen.beside[0, 0] == seen.beside[20, 20] == 0
    assert seen.beside[:, 37:].max() > 0.5


def test_features_are_named_after_the_way_items_are_located_too() -> None:
    look = perception({})
    assert look.trunk.endswith("-l2")
    assert look.embedder.endswith("-l2")
