"""Depth pictures from outside: 16-bit grey files are read as they are, and anything else is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from booth.errors import InputError
from booth.store.picture_files import read_depth, read_picture


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_what_was_written_is_read(tmp_path: Path, suffix: str) -> None:
    depth = np.arange(48 * 64, dtype=np.uint16).reshape(48, 64) * 21
    Image.fromarray(depth).save(tmp_path / f"a.{suffix}")
    assert np.array_equal(read_depth(tmp_path / f"a.{suffix}"), depth)


def test_the_depth_of_a_real_camera_is_read(shared_data: Path) -> None:
    depth = read_depth(shared_data / "cameras" / "rgbd_pairs" / "depth" / "00000.png")
    assert depth.shape == (480, 640)
    assert depth.dtype == np.uint16
    assert 500 < np.median(depth[depth > 0]) < 3000


def test_colour_is_no_depth_and_depth_no_colour(tmp_path: Path) -> None:
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(tmp_path / "colour.png")
    Image.fromarray(np.zeros((8, 8), np.uint16)).save(tmp_path / "depth.png")
    with pytest.raises(InputError, match="16 bits"):
        read_depth(tmp_path / "colour.png")
    with pytest.raises(InputError, match="not a colour picture"):
        read_picture(tmp_path / "depth.png")
