"""A region's crop and its points say the same of a picture, turned or not."""

from __future__ import annotations

import math

import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from booth.domain.picture import Region
from booth.regions import corners, crop, crop_at_most, from_picture, laid, part, resampled, to_picture

ANY = st.builds(
    Region,
    x=st.integers(-50, 300),
    y=st.integers(-50, 200),
    width=st.integers(1, 400),
    height=st.integers(1, 300),
    turn_deg=st.floats(-180, 180),
)


def picture() -> np.ndarray:
    """Its red grows by one a column, its green by one a row."""
    rgb = np.zeros((120, 160, 3), np.uint8)
    rgb[..., 0] = np.arange(160)[None]
    rgb[..., 1] = np.arange(120)[:, None]
    return rgb


def test_an_upright_region_within_the_picture_is_cut_as_it_is() -> None:
    assert np.array_equal(crop(picture(), Region(10, 20, 30, 40)), picture()[20:60, 10:40])


def test_a_turned_region_holds_what_lies_at_its_points() -> None:
    region = Region(40, 30, 60, 40, 30.0)
    found = crop(picture(), region)
    assert found.shape == (40, 60, 3)
    for x, y in ((0, 0), (30, 20), (59, 39), (10, 35)):
        across, down = to_picture(region, np.array([[x + 0.5, y + 0.5]]))[0]
        assert np.allclose(found[y, x, :2], (across - 0.5, down - 0.5), atol=1.01)


def test_the_turn_is_clockwise_as_seen() -> None:
    right_of_the_middle = to_picture(Region(0, 0, 100, 100, 90.0), np.array([[100.0, 50.0]]))[0]
    assert np.allclose(right_of_the_middle, (50, 100))


def test_beyond_the_picture_its_edge_is_repeated_or_a_value_stands() -> None:
    region = Region(-20, 0, 40, 40)
    assert crop(picture(), region)[5, 0, 0] == 0
    filled = resampled(picture()[..., 1], region, (40, 40), nearest=True, beyond=255)
    assert filled[5, 2] == 255
    assert filled[5, 30] == 5


def test_a_large_crop_is_made_smaller_and_shows_the_same() -> None:
    large = cv2.resize(picture(), (1600, 1200), interpolation=cv2.INTER_LINEAR)
    region = Region(400, 300, 900, 600, 20.0)
    small = crop_at_most(large, region, 300)
    assert small.shape == (200, 300, 3)
    whole = cv2.resize(crop(large, region), (300, 200), interpolation=cv2.INTER_AREA)
    assert np.abs(small.astype(int) - whole).max() <= 2


@given(region=ANY, x=st.floats(-500, 500), y=st.floats(-500, 500))
def test_points_come_back_from_the_picture(region: Region, x: float, y: float) -> None:
    point = np.array([[x, y]])
    assert np.allclose(from_picture(region, to_picture(region, point)), point, atol=1e-6)


@given(region=ANY)
def test_the_corners_span_the_region(region: Region) -> None:
    found = corners(region)
    assert math.isclose(float(np.linalg.norm(found[1] - found[0])), region.width, abs_tol=1e-6)
    assert math.isclose(float(np.linalg.norm(found[3] - found[0])), region.height, abs_tol=1e-6)
    assert np.allclose(found.mean(axis=0), (region.x + region.width / 2, region.y + region.height / 2))


def test_a_part_lies_where_its_shares_say() -> None:
    region = Region(100, 100, 200, 100, 90.0)
    found = part(region, 0.75, 0.0, 1.0, 1.0)
    assert (found.width, found.height, found.turn_deg) == (50, 100, 90.0)
    assert np.allclose(corners(found).mean(axis=0), (200, 225), atol=1)


def test_values_are_laid_where_the_region_was_cut() -> None:
    region = Region(40, 30, 60, 40, 25.0)
    values = np.zeros((4, 6), np.float32)
    values[3, 5] = 1.0
    shown = laid(values, region, (120, 160, 3))
    assert shown.shape == (120, 160)
    y, x = np.unravel_index(np.argmax(shown), shown.shape)
    own = from_picture(region, np.array([[x, y]]))[0]
    assert own[0] > 48
    assert own[1] > 28
    assert shown[0, 0] == 0
