"""Perception looks at every view once, over the region where the item lies."""

from __future__ import annotations

import numpy as np
import pytest

from booth.domain.picture import Frame, Region, View
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
