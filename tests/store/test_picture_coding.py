"""Pictures and depth come back to the bit, heat maps to 1/65,535."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from booth.errors import StoreError
from booth.store.pictures import HEAT_STEPS, Array, decode, encode

sides = st.integers(1, 40)


@settings(deadline=None, max_examples=40)
@given(hnp.arrays(np.uint8, st.tuples(sides, sides, st.just(3))))
def test_any_colour_picture_comes_back_to_the_bit(rgb: Array) -> None:
    again = decode("top.rgb.jxl", encode("top.rgb.jxl", rgb))
    assert again.dtype == np.uint8
    assert np.array_equal(again, rgb)


@settings(deadline=None, max_examples=40)
@given(hnp.arrays(np.uint16, st.tuples(sides, sides)))
def test_any_depth_comes_back_to_the_bit(depth_mm: Array) -> None:
    again = decode("top.depth.jxl", encode("top.depth.jxl", depth_mm))
    assert again.dtype == np.uint16
    assert np.array_equal(again, depth_mm)


@settings(deadline=None, max_examples=40)
@given(hnp.arrays(np.float32, st.tuples(sides, sides), elements=st.floats(-0.25, 1.25, width=32)))
def test_any_heat_map_comes_back_within_its_step(values: Array) -> None:
    again = decode("top.v0.heat.jxl", encode("top.v0.heat.jxl", values))
    assert again.dtype == np.float32
    assert again.min() >= 0
    assert again.max() <= 1
    assert np.abs(again - np.clip(values, 0, 1)).max() <= 0.51 / HEAT_STEPS


def test_a_heat_map_without_numbers_is_read_as_nothing_found() -> None:
    values = np.array([[np.nan, np.inf, -np.inf, 0.5]], np.float32)
    again = decode("a.v0.heat.jxl", encode("a.v0.heat.jxl", values))
    assert again.tolist() == [[0.0, 1.0, 0.0, pytest.approx(0.5, abs=1e-4)]]


def test_a_picture_that_is_a_view_of_another_is_coded_as_it_looks() -> None:
    rgb = np.arange(6 * 8 * 3, dtype=np.uint8).reshape(6, 8, 3)[:, ::-1]
    assert np.array_equal(decode("top.rgb.jxl", encode("top.rgb.jxl", rgb)), rgb)


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("top.rgb.jxl", np.zeros((4, 4), np.uint8)),
        ("top.rgb.jxl", np.zeros((4, 4, 4), np.uint8)),
        ("top.rgb.jxl", np.zeros((4, 4, 3), np.uint16)),
        ("top.rgb.jxl", np.zeros((0, 4, 3), np.uint8)),
        ("top.depth.jxl", np.zeros((4, 4), np.float32)),
        ("top.v0.heat.jxl", np.zeros((4,), np.float32)),
        ("top.mask.jxl", np.zeros((4, 4), np.uint16)),
    ],
)
def test_an_array_that_its_name_does_not_say_is_refused(name: str, array: Array) -> None:
    with pytest.raises(StoreError, match="cannot hold"):
        encode(name, array)


@pytest.mark.parametrize("cut", [0, 1, 10, 50])
def test_a_cut_picture_gives_one_clear_error(cut: int) -> None:
    whole = encode("top.rgb.jxl", np.random.default_rng(0).integers(0, 255, (16, 16, 3), np.uint8))
    with pytest.raises(StoreError, match=r"top\.rgb\.jxl"):
        decode("top.rgb.jxl", whole[:cut])


def test_a_picture_of_another_kind_is_refused() -> None:
    depth = encode("top.depth.jxl", np.ones((4, 4), np.uint16))
    with pytest.raises(StoreError, match="which its name does not say"):
        decode("top.rgb.jxl", depth)


def test_noise_that_the_fastest_coding_spoils_comes_back_too() -> None:
    for seed in range(400):
        noise = np.random.default_rng(seed).integers(0, 256, (48, 64, 3), np.uint8)
        assert np.array_equal(decode("noise.rgb.jxl", encode("noise.rgb.jxl", noise)), noise)
