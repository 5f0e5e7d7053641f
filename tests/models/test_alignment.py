"""Alignment finds again what was shifted, and says how well it fits."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from models.alignment import alignments, outline_of


def scenery(seed: int, side: int = 60, channels: int = 16) -> NDArray[np.float32]:
    """Patches that change over a few cells, (side, side, channels)."""
    noise = np.random.default_rng(seed).normal(size=(side, side, channels)).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(noise, (0, 0), 2.0), np.float32)


@pytest.mark.parametrize(("down", "right"), [(0, 0), (3, -2), (-5, 4), (6, 6)])
def test_a_shift_is_found_to_a_cell(down: int, right: int) -> None:
    whole = scenery(1)
    reference = whole[10:50, 10:50]
    item = whole[10 + down : 50 + down, 10 + right : 50 + right]
    found = alignments(outline_of(item), [outline_of(reference)], (40, 40))[0]
    assert abs(found.down - down) <= 1
    assert abs(found.right - right) <= 1


def test_the_picture_that_fits_agrees_most() -> None:
    item = outline_of(scenery(1)[8:48, 9:49])
    others = [outline_of(scenery(seed)[8:48, 8:48]) for seed in (2, 1, 3)]
    found = alignments(item, others, (40, 40))
    assert max(range(3), key=lambda index: found[index].agreement) == 1
    assert found[1].agreement > 0.8
    assert all(-1.0 <= one.agreement <= 1.0 + 1e-5 for one in found)


def test_a_picture_without_any_structure_stays_where_it_is() -> None:
    flat = outline_of(np.ones((40, 40, 16), np.float32))
    found = alignments(flat, [flat, outline_of(scenery(1)[:40, :40])], (40, 40))
    assert all(np.isfinite(one.agreement) for one in found)
