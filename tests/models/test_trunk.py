"""The trunk is cut from the pinned file and from no other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from booth.errors import ModelError
from models.manifest import Stage, pinned_bytes, trunk_pin
from models.patches import on_one_grid, patches_of
from models.trunk import Trunk, cut, prepared


@pytest.fixture(scope="module")
def trunk() -> Trunk:
    return Trunk()


def test_the_trunk_gives_the_stages_that_the_manifest_names(trunk: Trunk) -> None:
    stages = trunk.stages(np.full((100, 60, 3), 90, np.uint8))
    assert [stage.shape for stage in stages] == [(40, 40, 96), (20, 20, 192)]
    assert all(stage.dtype == np.float32 for stage in stages)


def test_patches_lie_on_the_finest_grid(trunk: Trunk) -> None:
    rgb = np.random.default_rng(0).integers(0, 255, (90, 120, 3)).astype(np.uint8)
    patches = patches_of(trunk, rgb)
    assert patches.shape == (40, 40, 288)
    assert np.isfinite(patches).all()
    assert np.abs(patches).max() < 1_000, "patches are kept in half precision"


def test_a_constant_stage_stays_constant_on_the_finer_grid() -> None:
    fine = np.zeros((8, 8, 3), np.float32)
    coarse = np.full((4, 4, 130), 2.5, np.float32)
    joined = on_one_grid([fine, coarse])
    assert joined.shape == (8, 8, 133)
    assert np.allclose(joined[..., 3:], 2.5)


def test_pictures_are_prepared_in_blue_green_red_order() -> None:
    blue = np.zeros((10, 10, 3), np.uint8)
    blue[..., 2] = 255
    first, _, last = prepared(blue)[0].mean(axis=(1, 2))
    assert first == pytest.approx((1 - 0.485) / 0.229, abs=1e-4)
    assert last == pytest.approx((0 - 0.406) / 0.225, abs=1e-4)


def test_another_file_than_the_pinned_one_is_refused_with_both_hashes() -> None:
    pin = trunk_pin()
    with pytest.raises(ModelError) as told:
        Trunk(replace(pin, sha256="0" * 64))
    assert pin.sha256 in str(told.value)
    assert "0" * 64 in str(told.value)


def test_a_missing_wheel_or_file_is_told_with_what_to_install() -> None:
    pin = trunk_pin()
    with pytest.raises(ModelError, match=r"install no-such-wheel==3\.10\.0"):
        pinned_bytes(replace(pin, distribution="no-such-wheel"))
    with pytest.raises(ModelError, match="cannot be read; install rapidocr"):
        pinned_bytes(replace(pin, file="rapidocr/none.onnx"))


def test_bytes_that_are_no_network_or_lack_a_stage_are_refused() -> None:
    pin = trunk_pin()
    with pytest.raises(ModelError, match="cannot be cut"):
        cut(b"not a network", pin)
    with pytest.raises(ModelError, match="cannot be cut"):
        cut(pinned_bytes(pin), replace(pin, stages=(Stage("Nowhere.1", 1, 8),)))


def test_a_stage_of_another_shape_than_the_manifest_says_is_refused() -> None:
    pin = trunk_pin()
    odd = Trunk(replace(pin, stages=(Stage("Add.65", 95, 8),)))
    with pytest.raises(ModelError, match="another shape"):
        odd.stages(np.zeros((32, 32, 3), np.uint8))


def test_the_version_names_file_and_cut(trunk: Trunk) -> None:
    pin = trunk_pin()
    assert trunk.version == Trunk(pin).version
    assert trunk.version != Trunk(replace(pin, stages=pin.stages[:1])).version
