"""A view that cannot be judged as it should be says why, and one that can says nothing."""

from __future__ import annotations

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
from booth.domain.terms import Condition
from booth.regions import crop
from models.conditions import conditions_of, is_blurred
from models.heights import heights_over
from models.locate import find
from models.perception import described

WIDTH, HEIGHT, TRAY_MM = 320, 240, 1000
DOWN = (1.0, 0, 0, 0, 0, -1.0, 0, 0, 0, 0, -1.0, float(TRAY_MM), 0, 0, 0, 1.0)
LENS = Intrinsics(WIDTH, HEIGHT, 300.0, 300.0, WIDTH / 2, HEIGHT / 2)
GROUND = np.full((HEIGHT, WIDTH, 3), 60, np.uint8)
FLAT = np.full((HEIGHT, WIDTH), TRAY_MM, np.uint16)
KNOWN = Calibration("1", {"top": CameraCalibration(LENS, DOWN)}, empty_tray={"top": Picture(GROUND, FLAT)})


def printed() -> NDArray[np.uint8]:
    """A box with print in the middle of the tray."""
    rgb = GROUND.copy()
    rgb[80:160, 100:220] = (200, 180, 60)
    for row in range(90, 150, 12):
        cv2.putText(rgb, "Oat Bars 12 x 40 g", (104, row), cv2.FONT_HERSHEY_SIMPLEX, 0.35, (20, 20, 90), 1)
    noise = np.random.default_rng(0).normal(0, 2, rgb.shape)
    return np.asarray(np.clip(rgb + noise, 0, 255), np.uint8)


def deep() -> NDArray[np.uint16]:
    depth_mm = FLAT.copy()
    depth_mm[80:160, 100:220] -= 60
    return depth_mm


def conditions(rgb: NDArray[np.uint8], depth_mm: NDArray[np.uint16] | None) -> tuple[Condition, ...]:
    view = View("top", Frame("top", rgb, depth_mm, 0, 0))
    found = find(view, KNOWN)
    return described(
        view, found, crop(rgb, found.region), np.zeros((40, 40, 1), np.float32), KNOWN
    ).conditions


def test_a_good_view_says_nothing() -> None:
    assert conditions(printed(), deep()) == ()
    assert conditions(printed(), None) == ()


def test_a_dark_room_is_black_and_an_overexposed_item_saturated() -> None:
    dark = np.full_like(GROUND, 4)
    assert Condition.BLACK in conditions(dark, None)
    white = GROUND.copy()
    white[80:160, 100:220] = 255
    assert conditions(white, deep()) == (Condition.SATURATED,)


def test_an_empty_tray_has_no_item() -> None:
    assert conditions(GROUND, FLAT) == (Condition.NO_ITEM,)


def test_a_view_out_of_focus_is_blurred_and_a_slightly_soft_one_is_not() -> None:
    far, near = (np.asarray(cv2.GaussianBlur(printed(), (0, 0), by), np.uint8) for by in (6.0, 0.8))
    assert conditions(far, deep()) == (Condition.BLURRED,)
    assert conditions(near, deep()) == ()


@pytest.mark.parametrize("level", [30, 120, 240])
def test_a_plain_item_is_not_called_blurred(level: int) -> None:
    plain = GROUND.copy()
    plain[80:160, 100:220] = level
    assert not is_blurred(plain)
    assert not is_blurred(np.full((50, 40, 3), level, np.uint8))


def test_texture_is_not_taken_for_noise() -> None:
    assert not is_blurred(np.random.default_rng(0).integers(0, 255, (200, 200, 3)).astype(np.uint8))


def test_depth_that_says_nothing_is_named() -> None:
    nothing = np.zeros_like(FLAT)
    assert conditions(printed(), nothing) == (Condition.DEPTH_UNUSABLE,)
    only_tray = deep()
    only_tray[78:162, 98:222] = 0
    assert conditions(printed(), only_tray) == (Condition.DEPTH_UNUSABLE,)


def test_depth_of_another_size_than_colour_is_named() -> None:
    assert conditions(printed(), deep()[::2, ::2]) == (Condition.DEPTH_UNUSABLE,)
    assert conditions(printed(), deep()[:0]) == (Condition.DEPTH_UNUSABLE,)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -5.0])
def test_depth_that_is_no_number_is_named_and_gives_no_height(value: float) -> None:
    broken = np.full((HEIGHT, WIDTH), value, np.float32)
    assert conditions(printed(), broken) == (Condition.DEPTH_UNUSABLE,)  # type: ignore[arg-type]
    view = View("top", Frame("top", printed(), broken, 0, 0))  # type: ignore[arg-type]
    heights_mm = heights_over(view.frame, find(view, KNOWN).region, KNOWN, (40, 40))
    assert heights_mm is not None
    assert np.isnan(heights_mm).all()


def test_heights_are_over_the_tray_and_follow_the_depth_correction() -> None:
    view = View("top", Frame("top", printed(), deep(), 0, 0))
    region = find(view, KNOWN).region
    heights_mm = heights_over(view.frame, region, KNOWN, (40, 40))
    assert heights_mm is not None
    assert np.isclose(heights_mm[20, 20], 60, atol=0.5)
    assert np.isclose(heights_mm[0, 0], 0, atol=0.5)
    corrected = Calibration("2", KNOWN.cameras, depth={"top": DepthCorrection(1.0, 10.0)})
    lower = heights_over(view.frame, region, corrected, (40, 40))
    assert lower is not None
    assert np.isclose(lower[20, 20], 50, atol=0.5)


def test_without_depth_or_calibration_there_are_no_heights() -> None:
    view = View("top", Frame("top", printed(), None, 0, 0))
    region = find(view, KNOWN).region
    assert heights_over(view.frame, region, KNOWN, (40, 40)) is None
    deep_view = View("top", Frame("top", printed(), deep(), 0, 0))
    assert heights_over(deep_view.frame, region, None, (40, 40)) is None


def test_nothing_is_said_of_an_item_that_was_not_expected() -> None:
    view = View("top", Frame("top", GROUND, None, 0, 0))
    found = find(view, None)
    assert conditions_of(found, GROUND, view.frame, None, None) == ()
