"""The size that a JPEG XL file declares is read without decoding it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booth.errors import InputError
from booth.store import pictures
from drivers.jpegxl import declared_size

SIDES = st.integers(1, 700)


@settings(max_examples=60, deadline=None)
@given(SIDES, SIDES, st.booleans())
def test_the_declared_size_is_that_of_the_picture(height: int, width: int, is_depth: bool) -> None:
    if is_depth:
        data = pictures.encode("view.depth.jxl", np.zeros((height, width), np.uint16))
    else:
        data = pictures.encode("view.rgb.jxl", np.zeros((height, width, 3), np.uint8))
    assert declared_size(data) == (height, width)


@pytest.mark.parametrize("shape", [(480, 640), (720, 1280), (512, 512), (400, 600), (320, 400), (100, 200)])
def test_sizes_of_a_common_ratio_are_read(shape: tuple[int, int]) -> None:
    assert declared_size(pictures.encode("view.depth.jxl", np.zeros(shape, np.uint16))) == shape


@settings(max_examples=200)
@given(st.binary(max_size=64), st.sampled_from([b"", b"\xff\x0a", b"\x00\x00\x00\x0cJXL \x0d\x0a\x87\x0a"]))
def test_any_bytes_give_a_size_or_an_input_error(data: bytes, start: bytes) -> None:
    try:
        height, width = declared_size(start + data)
    except InputError:
        return
    assert height > 0
    assert width > 0
