"""Nearest neighbours agree with the plain way to find them."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.nearest import Points, nearest_both_ways, space_of, worst


def points_of(rows: np.ndarray) -> Points:
    return Points(rows, np.sum(rows**2, axis=1))


@settings(max_examples=50, deadline=None)
@given(
    st.integers(1, 30),
    st.integers(1, 30),
    st.integers(1, 12),
    st.integers(0, 2**32 - 1),
)
def test_both_ways_agree_with_every_pair(points: int, others: int, dimensions: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    a = random.normal(size=(points, dimensions)).astype(np.float32)
    b = random.normal(size=(others, dimensions)).astype(np.float32)
    pairs = np.linalg.norm(a[:, None] - b[None], axis=2)
    forward, backward = nearest_both_ways(points_of(a), points_of(b))
    assert np.allclose(forward, pairs.min(axis=1), atol=2e-3)
    assert np.allclose(backward, pairs.min(axis=0), atol=2e-3)


@given(st.lists(st.floats(0, 100, width=32), min_size=1, max_size=400))
def test_the_worst_lie_between_mean_and_maximum(values: list[float]) -> None:
    distances = np.array(values, np.float32)
    assert distances.mean() - 1e-3 <= worst(distances) <= distances.max() + 1e-3


def test_stages_of_many_channels_do_not_outvote_those_of_few() -> None:
    random = np.random.default_rng(0)
    patches = random.normal(size=(3000, 40)).astype(np.float32) * 7 + 3
    points = space_of(patches, (8, 32), 40).place(patches)
    assert np.isclose(points.squared.mean(), 2.0, rtol=1e-3), "one for each stage"


def test_what_lies_off_the_leading_axes_still_counts() -> None:
    random = np.random.default_rng(0)
    patches = np.zeros((500, 6), np.float32)
    patches[:, :2] = random.normal(size=(500, 2))
    patches[:, 2:] = 0.01 * random.normal(size=(500, 4))
    space = space_of(patches, (6,), 2)
    odd = patches[:1].copy()
    odd[0, 4] += 1.0
    near, far = (
        nearest_both_ways(space.place(one), space.place(patches))[0][0] for one in (patches[:1], odd)
    )
    assert far > 10 * near


def test_a_channel_that_never_varies_does_no_harm() -> None:
    patches = np.random.default_rng(0).normal(size=(200, 4)).astype(np.float32)
    patches[:, 2] = 5.0
    assert np.isfinite(space_of(patches, (4,), 4).place(patches).squared).all()
