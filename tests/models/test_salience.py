"""Without a calibration the item is what stands out of one ground, and turns as it lies."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from booth.domain.picture import Frame, Region, View
from booth.regions import crop, from_picture
from models.locate import find, locate
from models.orientation import outline_of, region_of, turn_of
from models.salience import salient

WIDTH, HEIGHT = 320, 240


def conveyor(seed: int) -> NDArray[np.uint8]:
    """Grey links with dark gaps, as a belt has them."""
    rng = np.random.default_rng(seed)
    rgb = np.full((HEIGHT, WIDTH, 3), (140, 145, 155), np.float32)
    for top in range(0, HEIGHT, 30):
        rgb[top : top + 4] -= 100
        for left in range((top // 30 % 2) * 12, WIDTH, 24):
            rgb[top : top + 30, left : left + 4] -= 90
    return np.asarray(np.clip(rgb + rng.normal(0, 4, rgb.shape), 0, 255), np.uint8)


def laid(rgb: NDArray[np.uint8], x: float, y: float, turn_deg: float) -> tuple[NDArray[np.uint8], np.ndarray]:
    """A white carton with a green end on a ground, and its corners."""
    out = rgb.copy()
    for colour, left, right in (((235, 235, 238), -45, 45), ((60, 190, 140), 25, 45)):
        box = ((x, y), (1.0, 1.0), turn_deg)
        angle = np.radians(turn_deg)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        ends = np.array([[left, -24], [right, -24], [right, 24], [left, 24]]) @ turn.T + box[0]
        cv2.fillConvexPoly(out, np.round(ends).astype(np.int32), colour, cv2.LINE_AA)
    corners = np.array([[-45, -24], [45, -24], [45, 24], [-45, 24]]) @ turn.T + (x, y)
    return out, corners


def view(rgb: NDArray[np.uint8]) -> View:
    return View("top", Frame("top", rgb, None, 0, 0))


@settings(max_examples=15, deadline=None)
@given(x=st.floats(60, 260), y=st.floats(60, 180), turn_deg=st.floats(-40, 40), seed=st.integers(0, 99))
def test_a_carton_anywhere_on_a_conveyor_is_cut_out_level(
    x: float, y: float, turn_deg: float, seed: int
) -> None:
    rgb, ends = laid(conveyor(seed), x, y, turn_deg)
    region = locate(view(rgb), None)
    assert abs(region.turn_deg - turn_deg) < 6
    own = from_picture(region, ends)
    assert (own > 0).all()
    assert (own < (region.width, region.height)).all()
    assert region.width < 1.6 * 90


def test_a_round_thing_that_fills_the_picture_keeps_all_of_it() -> None:
    rgb = np.full((256, 256, 3), 250, np.uint8)
    cv2.circle(rgb, (128, 128), 120, (40, 40, 50), -1, cv2.LINE_AA)
    found = find(view(rgb), None)
    assert found.region == Region(0, 0, 256, 256)
    assert found.mask is not None
    assert found.mask[128, 128] == 1
    assert found.mask[:20, :20].max() == 0


def test_an_upright_bottle_is_not_laid_on_its_side() -> None:
    rgb = np.full((HEIGHT, WIDTH, 3), 250, np.uint8)
    rgb[50:190, 140:180] = (180, 40, 30)
    region = locate(view(rgb), None)
    assert abs(region.turn_deg) < 1
    assert region.height > region.width


def test_a_shelf_full_of_things_is_no_ground() -> None:
    rng = np.random.default_rng(0)
    rgb = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    for left in range(0, WIDTH, 40):
        for top in range(0, HEIGHT, 60):
            rgb[top : top + 60, left : left + 40] = rng.integers(0, 255, 3)
    assert salient(rgb) is None


@pytest.mark.parametrize("size", [(1, 1), (3, 400), (30, 30), (400, 3)])
def test_a_tiny_picture_says_nothing(size: tuple[int, int]) -> None:
    assert salient(np.zeros((*size, 3), np.uint8)) is None


@settings(max_examples=40, deadline=None)
@given(turn_deg=st.floats(-80, 80), length=st.floats(50, 110), ratio=st.floats(0.35, 1.0))
def test_what_is_edged_lies_straight_in_its_region(turn_deg: float, length: float, ratio: float) -> None:
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    ends = cv2.boxPoints(((160, 120), (length, ratio * length), turn_deg))
    cv2.fillConvexPoly(mask, np.round(ends).astype(np.int32), 1)
    outline = outline_of(mask)
    turned = turn_of(outline, from_above=True)
    assert turned is not None
    assert abs((turned - turn_deg + 45) % 90 - 45) < 5
    seen = crop(mask, region_of(outline, turned, 1, WIDTH, HEIGHT))
    rows, columns = (np.flatnonzero(seen.any(axis=axis)) for axis in (1, 0))
    share = seen[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].mean()
    assert share > 0.85
    if ratio < 0.8:
        assert len(columns) > len(rows)


def test_a_square_item_is_turned_as_little_as_can_be() -> None:
    for turn_deg in (-8.0, -2.0, 3.0, 8.0):
        mask = np.zeros((HEIGHT, WIDTH), np.uint8)
        cv2.fillConvexPoly(
            mask, np.round(cv2.boxPoints(((160, 120), (90, 86), turn_deg))).astype(np.int32), 1
        )
        turned = turn_of(outline_of(mask), from_above=True)
        assert turned is not None
        assert abs(turned - turn_deg) < 3


def test_a_round_item_seen_from_above_is_not_turned() -> None:
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.circle(mask, (160, 120), 40, 1, -1)
    outline = outline_of(mask)
    assert turn_of(outline, from_above=True) is None
    region = region_of(outline, 0.0, 1, WIDTH, HEIGHT)
    assert (region.width, region.height) == (101, 101)
