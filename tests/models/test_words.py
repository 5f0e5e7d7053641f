"""Print is read in any direction, and where it stands; what is no picture is refused."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from booth.domain.picture import Frame, View
from booth.errors import ConfigError, ModelError
from models.words import RapidReader, reader

LINES = (("HAVREDRYCK", 70), ("Naturell 1,5%", 130), ("EKOLOGISK", 190))


@pytest.fixture(scope="module")
def rapid() -> RapidReader:
    return reader({})


def _label() -> NDArray[np.uint8]:
    picture = np.full((240, 360, 3), 235, np.uint8)
    for words, y in LINES:
        cv2.putText(picture, words, (30, y), (20, 30, 60), cv2.FontFace("sans"), 36, 600)
    return picture


def _view(rgb: NDArray[np.uint8], name: str = "top") -> View:
    return View(name, Frame(name, rgb, None, host_ns=0, sequence=0))


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_label_is_read_in_every_direction(rapid: RapidReader, turns: int) -> None:
    turned = np.ascontiguousarray(np.rot90(_label(), turns))
    found = {word.text.casefold(): word for word in rapid.read([_view(turned)])}
    assert {"havredryck", "ekologisk"} <= set(found)
    back = np.array(found["ekologisk"].corners)
    for turn in range(turns):  # from the turned picture to the label
        side = turned.shape[turn % 2]
        back = np.stack([side - 1 - back[:, 1], back[:, 0]], axis=1)
    assert back[0] == pytest.approx((30, 160), abs=12)
    assert back[:, 1].max() < 210


def test_words_name_their_view_and_lie_in_its_picture(rapid: RapidReader) -> None:
    blank = np.full((100, 100, 3), 90, np.uint8)
    words = rapid.read([_view(blank, "front"), _view(_label(), "top")])
    assert {word.view for word in words} == {"top"}
    for word in words:
        assert 0.5 <= word.confidence <= 1.0
        assert len(word.corners) == 4
        assert all(-10 <= x <= 370 and -10 <= y <= 250 for x, y in word.corners)


@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 2000, 3), (40, 40, 3)])
def test_odd_pictures_have_no_words(rapid: RapidReader, shape: tuple[int, int, int]) -> None:
    assert rapid.read([_view(np.full(shape, 200, np.uint8))]) == ()


def test_what_is_no_picture_is_refused(rapid: RapidReader) -> None:
    for rgb in (np.zeros((0, 0, 3), np.uint8), np.zeros((9, 9), np.uint8)):
        with pytest.raises(ModelError, match="no picture to read"):
            rapid.read([_view(rgb)])


@pytest.mark.parametrize("options", [{"speed": 1}, {"max_side_px": 10}, {"max_side_px": True}, {"turns": 1}])
def test_impossible_options_are_named(options: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=next(iter(options))):
        reader(options)
