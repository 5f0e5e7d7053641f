"""The tray beside the item differs where something lies on it, not where a shadow falls or light changes."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from booth.domain.picture import (
    Calibration,
    CameraCalibration,
    DepthCorrection,
    Frame,
    Intrinsics,
    Picture,
    View,
)
from models.beside import beside_of
from models.ground import differs
from models.locate import find
from models.tray import Trays

WIDTH, HEIGHT, TRAY_MM = 320, 240, 1000
DOWN = (1.0, 0, 0, 0, 0, -1.0, 0, 0, 0, 0, -1.0, float(TRAY_MM), 0, 0, 0, 1.0)
LENS = Intrinsics(WIDTH, HEIGHT, 300.0, 300.0, WIDTH / 2, HEIGHT / 2)
FLAT = np.full((HEIGHT, WIDTH), TRAY_MM, np.uint16)
Rgb = NDArray[np.uint8]


def tray(seed: int, gain: float = 1.0) -> Rgb:
    """A grey tray, brighter in its middle, with a camera's noise."""
    across = np.linspace(-1, 1, WIDTH)[None, :, None]
    light = np.broadcast_to(140.0 - 25 * across**2, (HEIGHT, WIDTH, 3))
    noise = np.random.default_rng(seed).normal(0, 2, (HEIGHT, WIDTH, 3))
    return np.asarray(np.clip(gain * light + noise, 0, 255), np.uint8)


KNOWN = Calibration("1", {"top": CameraCalibration(LENS, DOWN)}, empty_tray={"top": Picture(tray(0), FLAT)})


def with_item(rgb: Rgb) -> View:
    depth_mm = FLAT.copy()
    rgb[80:160, 120:200] = (40, 90, 200)
    depth_mm[80:160, 120:200] -= 60
    return View("top", Frame("top", rgb, depth_mm, 0, 0))


def beside(rgb: Rgb) -> NDArray[np.float32]:
    found = beside_of(find(with_item(rgb), KNOWN))
    assert found is not None
    return found


def shaded(rgb: Rgb, softness: float) -> Rgb:
    shade = np.zeros((HEIGHT, WIDTH), np.float32)
    shade[100:175, 190:260] = 0.35
    shade = np.asarray(cv2.GaussianBlur(shade, (0, 0), softness), np.float32)
    return np.asarray(rgb * (1 - shade[..., None]), np.uint8)


@pytest.mark.parametrize("gain", [0.8, 1.0, 1.25])
def test_light_and_noise_are_no_difference(gain: float) -> None:
    assert beside(tray(1, gain)).max() < 0.35


def test_a_soft_shadow_is_no_puddle() -> None:
    assert beside(shaded(tray(1), 9.0)).max() < 0.35
    assert find(with_item(shaded(tray(1), 9.0)), KNOWN).region == find(with_item(tray(1)), KNOWN).region


@pytest.mark.parametrize("colour", [(120, 70, 30), (200, 210, 215), (45, 45, 45)])
def test_a_puddle_is_seen_where_it_lies(colour: tuple[int, int, int]) -> None:
    rgb = tray(1)
    cv2.ellipse(rgb, (230, 180), (24, 16), 0, 0, 360, colour, -1, cv2.LINE_AA)
    found = beside(rgb)
    assert found[180, 230] > 0.5 or found[166, 230] > 0.5
    assert found[:70].max() < 0.35
    assert found[90:150, 130:190].max() == 0


def test_without_an_empty_tray_nothing_is_known() -> None:
    known = replace(KNOWN, empty_tray={})
    assert beside_of(find(with_item(tray(1)), known)) is None


def test_pictures_at_the_ends_of_the_range_give_numbers() -> None:
    black, white = np.zeros((30, 40, 3), np.uint8), np.full((30, 40, 3), 255, np.uint8)
    for one, other in ((black, white), (white, black), (black, black)):
        found = differs(one, other)
        assert np.isfinite(found).all()
        assert 0 <= found.min() <= found.max() <= 1


def test_what_is_kept_of_an_empty_tray_is_of_that_tray() -> None:
    trays, frame = Trays(), with_item(tray(1)).frame
    first = trays.of(frame, KNOWN)
    assert trays.of(frame, KNOWN) is first
    other = replace(KNOWN, empty_tray={"top": Picture(tray(5), FLAT)})
    assert trays.of(frame, other) is not first
    corrected = replace(KNOWN, depth={"top": DepthCorrection(1.0, 7.0)})
    shifted = trays.of(frame, corrected).depth_mm
    assert shifted is not None
    assert np.allclose(shifted, TRAY_MM + 7)
    for number in range(60):
        trays.of(frame, replace(KNOWN, empty_tray={"top": Picture(tray(number), FLAT)}))
    assert trays.of(frame, KNOWN).rgb is not None
    assert trays.of(frame, None).rgb is None


def test_an_empty_tray_of_another_size_is_not_compared() -> None:
    small = replace(KNOWN, empty_tray={"top": Picture(tray(0)[::2, ::2], FLAT[::2, ::2])})
    assert Trays().of(with_item(tray(1)).frame, small).rgb is None
