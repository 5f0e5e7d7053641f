"""Every pixel format becomes RGB, and block ids become numbers that only count up."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from booth.errors import DeviceError
from drivers.genicam.frames import FORMATS, BlockIds, RawImage, to_rgb

HEIGHT, WIDTH = 8, 12
COLOUR = (200, 120, 40)


def mosaic(name: str) -> NDArray[np.uint8]:
    """A flat picture of COLOUR under the Bayer pattern whose first four letters PFNC names."""
    pattern = {"BayerRG8": "RGGB", "BayerGR8": "GRBG", "BayerGB8": "GBRG", "BayerBG8": "BGGR"}[name]
    raw = np.zeros((HEIGHT, WIDTH), np.uint8)
    for place, letter in enumerate(pattern):
        raw[place // 2 :: 2, place % 2 :: 2] = COLOUR["RGB".index(letter)]
    return raw


@pytest.mark.parametrize("name", ["BayerRG8", "BayerGR8", "BayerGB8", "BayerBG8"])
def test_each_bayer_pattern_gives_its_colour(name: str) -> None:
    rgb = to_rgb(RawImage(mosaic(name).ravel(), WIDTH, HEIGHT, name))
    assert rgb.shape == (HEIGHT, WIDTH, 3)
    assert np.all(rgb[2:-2, 2:-2] == COLOUR)


@pytest.mark.parametrize(
    ("name", "pixel"),
    [
        ("Mono8", (90,)),
        ("RGB8", COLOUR),
        ("BGR8", COLOUR[::-1]),
        ("RGBa8", (*COLOUR, 255)),
        ("BGRa8", (*COLOUR[::-1], 255)),
    ],
)
def test_each_format_gives_rgb_whatever_pads_its_lines(name: str, pixel: tuple[int, ...]) -> None:
    for padding in (0, 5):
        line = np.concatenate([np.tile(np.array(pixel, np.uint8), WIDTH), np.full(padding, 255, np.uint8)])
        raw = RawImage(np.tile(line, HEIGHT), WIDTH, HEIGHT, name, padding)
        assert np.all(to_rgb(raw) == (COLOUR if name != "Mono8" else (90, 90, 90)))


@pytest.mark.parametrize(("name", "grey"), [("YUV422_8", (128, 128)), ("YUV422_8_UYVY", (128, 128))])
def test_yuv_without_colour_is_grey(name: str, grey: tuple[int, int]) -> None:
    rgb = to_rgb(RawImage(np.tile(np.array(grey, np.uint8), WIDTH * HEIGHT), WIDTH, HEIGHT, name))
    assert np.ptp(rgb) == 0
    assert 120 < rgb[0, 0, 0] < 140


@pytest.mark.parametrize("known", FORMATS, ids=lambda known: known.name)
def test_a_format_goes_by_name_and_number_and_its_pixels_are_copied(known: object) -> None:
    assert isinstance(known, type(FORMATS[0]))
    data = np.arange(HEIGHT * WIDTH * known.channels, dtype=np.uint8)
    by_name = to_rgb(RawImage(data, WIDTH, HEIGHT, known.name))
    by_code = to_rgb(RawImage(data, WIDTH, HEIGHT, known.code))
    assert np.array_equal(by_name, by_code)
    assert not np.shares_memory(by_name, data)
    assert by_name.flags.owndata or by_name.base is not data
    assert known.code >> 16 & 0xFF == 8 * known.channels


@pytest.mark.parametrize("wrong", ["Mono12p", 0x010C0047, "", "Coord3D_C16"])
def test_a_format_that_is_not_read_names_those_that_are(wrong: str | int) -> None:
    with pytest.raises(DeviceError, match="BayerRG8"):
        to_rgb(RawImage(np.zeros(1_000, np.uint8), WIDTH, HEIGHT, wrong))


@pytest.mark.parametrize(("width", "height"), [(0, 8), (8, 0), (-8, 8), (1_000_000, 1_000_000)])
def test_a_buffer_that_cannot_hold_its_picture_is_refused(width: int, height: int) -> None:
    with pytest.raises(DeviceError, match="cannot hold"):
        to_rgb(RawImage(np.zeros(96, np.uint8), width, height, "Mono8"))


def test_block_ids_that_wrap_count_on() -> None:
    ids = BlockIds()
    assert [ids.sequence(block) for block in (65_534, 65_535, 1, 2, 5)] == [1, 2, 3, 4, 7]


def test_block_ids_of_64_bits_do_not_wrap() -> None:
    ids = BlockIds()
    assert [ids.sequence(block) for block in (2**40, 2**40 + 1, 2**40 + 3)] == [1, 2, 4]
    assert ids.sequence(1) == 5


def test_a_width_that_its_format_cannot_have_is_named() -> None:
    with pytest.raises(DeviceError, match="even Width"):
        to_rgb(RawImage(np.zeros(40, np.uint8), 5, 4, "YUV422_8"))
