"""Nearest neighbours agree with the plain way to find them."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.nearest import (
    REACH,
    TILE,
    Points,
    backward_of,
    factors_of,
    forward_of,
    nearest_of,
    space_of,
    squared_distances,
    tiles_of,
    windows_of,
    worst,
)


def points_of(grid: np.ndarray) -> Points:
    return Points(grid, np.sum(grid**2, axis=2))


@settings(max_examples=30, deadline=None)
@given(
    st.integers(1, 2 * TILE + 3),
    st.integers(1, 2 * TILE + 3),
    st.integers(1, 12),
    st.integers(-3, 3),
    st.integers(0, 2**32 - 1),
)
def test_both_ways_agree_with_every_pair_of_a_window(
    rows: int, columns: int, dimensions: int, down: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    item, other = random.normal(size=(2, rows, columns, dimensions)).astype(np.float32)
    tiles = tiles_of(points_of(item))
    windows = windows_of(factors_of(points_of(other)), tiles, down, 0)
    squared = squared_distances(tiles, windows)
    nearest = nearest_of(squared, windows, tiles)
    forward = forward_of(squared, tiles)
    seen = other.reshape(-1, dimensions)
    assert np.allclose(forward, np.linalg.norm(item - seen[nearest], axis=2), atol=2e-3)
    row, column = rows // 2, columns // 2
    top, left = row // TILE * TILE - REACH, column // TILE * TILE - REACH
    side = TILE + 2 * REACH
    near_rows = np.clip(np.arange(top, top + side) + down, 0, rows - 1)
    near_columns = np.clip(np.arange(left, left + side), 0, columns - 1)
    near = other[near_rows][:, near_columns].reshape(-1, dimensions)
    assert np.isclose(forward[row, column], np.linalg.norm(near - item[row, column], axis=1).min(), atol=2e-3)
    back = backward_of(squared, windows, tiles)[row, column]
    if not 0 <= row + down < rows:
        assert back == 0.0
        return
    lies_there = other[row + down, column]
    assert back <= np.linalg.norm(item[row, column] - lies_there) + 2e-3
    assert back >= np.linalg.norm(item - lies_there, axis=2).min() - 2e-3


def test_what_a_reference_shows_far_away_excuses_nothing() -> None:
    other = np.zeros((40, 40, 3), np.float32)
    other[2, 2] = 5.0
    item = np.zeros((40, 40, 3), np.float32)
    item[35, 35] = 5.0
    tiles = tiles_of(points_of(item))
    windows = windows_of(factors_of(points_of(other)), tiles, 0, 0)
    squared = squared_distances(tiles, windows)
    assert forward_of(squared, tiles)[35, 35] > 8
    assert backward_of(squared, windows, tiles)[2, 2] > 8


def test_a_reference_of_a_finer_grid_is_laid_on_the_items() -> None:
    other = np.random.default_rng(0).normal(size=(40, 40, 6)).astype(np.float32)
    tiles = tiles_of(points_of(np.ascontiguousarray(other[1::2, 1::2])))
    squared = squared_distances(tiles, windows_of(factors_of(points_of(other)), tiles, 0, 0))
    assert np.allclose(forward_of(squared, tiles), 0.0, atol=2e-3)


@given(st.lists(st.floats(0, 100, width=32), min_size=1, max_size=400))
def test_the_worst_lie_between_mean_and_maximum(values: list[float]) -> None:
    distances = np.array(values, np.float32)
    assert distances.mean() - 1e-3 <= worst(distances) <= distances.max() + 1e-3


def test_stages_of_many_channels_do_not_outvote_those_of_few() -> None:
    random = np.random.default_rng(0)
    patches = random.normal(size=(3000, 40)).astype(np.float32) * 7 + 3
    points = space_of(patches, (8, 32), 40).place(patches)
    assert np.isclose(points.squared.mean(), 2.0, rtol=1e-3), "one for each stage"


def away(one: Points, others: Points) -> float:
    """The distance of one patch from the nearest of a row of others."""
    squared = others.squared - 2 * np.einsum("...d,...d->...", one.along, others.along) + one.squared
    return float(np.sqrt(np.maximum(squared.min(), 0.0)))


def test_what_lies_off_the_leading_axes_still_counts() -> None:
    random = np.random.default_rng(0)
    patches = np.zeros((500, 6), np.float32)
    patches[:, :2] = random.normal(size=(500, 2))
    patches[:, 2:] = 0.01 * random.normal(size=(500, 4))
    space = space_of(patches, (6,), 2)
    near = patches[:1]
    odd = near.copy()
    odd[0, 4] += 1.0
    by, far = (away(space.place(one.reshape(1, 1, 6)), space.place(patches[None])) for one in (near, odd))
    assert far > 10 * by


def test_a_channel_that_never_varies_does_no_harm() -> None:
    patches = np.random.default_rng(0).normal(size=(200, 4)).astype(np.float32)
    patches[:, 2] = 5.0
    assert np.isfinite(space_of(patches, (4,), 4).place(patches).squared).all()
