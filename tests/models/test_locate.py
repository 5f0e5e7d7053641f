"""The item is found by its height, else by its colour, else not at all."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from booth.domain.picture import (
    Calibration,
    CameraCalibration,
    Frame,
    Intrinsics,
    Picture,
    Region,
    View,
)
from booth.regions import corners, from_picture
from models.locate import locate

WIDTH, HEIGHT, TRAY_MM = 320, 240, 1000
# A camera that looks straight down from 1 m over the tray.
DOWN = (1.0, 0, 0, 0, 0, -1.0, 0, 0, 0, 0, -1.0, float(TRAY_MM), 0, 0, 0, 1.0)
GROUND = np.full((HEIGHT, WIDTH, 3), 60, np.uint8)
FLAT = np.full((HEIGHT, WIDTH), TRAY_MM, np.uint16)


def calibration(empty: Picture | None = None) -> Calibration:
    lens = Intrinsics(WIDTH, HEIGHT, 300.0, 300.0, WIDTH / 2, HEIGHT / 2)
    return Calibration(
        "1", {"top": CameraCalibration(lens, DOWN)}, empty_tray={} if empty is None else {"top": empty}
    )


def view(rgb: NDArray[np.uint8], depth_mm: NDArray[np.uint16] | None = None) -> View:
    return View("top", Frame("top", rgb, depth_mm, 0, 0))


def box(x: int, y: int, width: int, height: int) -> tuple[NDArray[np.uint8], NDArray[np.uint16]]:
    rgb, depth_mm = GROUND.copy(), FLAT.copy()
    rgb[y : y + height, x : x + width] = 200
    depth_mm[y : y + height, x : x + width] = TRAY_MM - 60
    return rgb, depth_mm


def holds(region: Region, x: int, y: int, width: int, height: int) -> bool:
    ends = np.array([[x, y], [x + width, y], [x, y + height], [x + width, y + height]])
    own = from_picture(region, ends)
    return bool((own >= -1).all() and (own <= (region.width + 1, region.height + 1)).all())


def test_without_calibration_what_stands_out_alone_is_the_item() -> None:
    rgb, _ = box(100, 80, 60, 40)
    region = locate(view(rgb), None)
    assert holds(region, 100, 80, 60, 40)
    assert region.width < 100


@pytest.mark.parametrize("picture", ["noise", "plain", "ground on one side", "several things"])
def test_without_calibration_what_is_not_clear_gives_the_whole_picture(picture: str) -> None:
    rgb = GROUND.copy()
    if picture == "noise":
        rgb = np.random.default_rng(0).integers(0, 255, rgb.shape).astype(np.uint8)
    elif picture == "ground on one side":
        rgb[:, 80:] = 200
    elif picture == "several things":
        for x in (30, 130, 230):
            rgb[80:140, x : x + 50] = 200
    assert locate(view(rgb), None) == Region(0, 0, WIDTH, HEIGHT)


def test_an_empty_tray_gives_the_whole_picture() -> None:
    known = calibration(Picture(GROUND, FLAT))
    assert locate(view(GROUND, FLAT), known) == Region(0, 0, WIDTH, HEIGHT)


@settings(max_examples=40, deadline=None)
@given(x=st.integers(40, 200), y=st.integers(40, 130), width=st.integers(20, 80), height=st.integers(20, 70))
def test_the_region_holds_the_item_in_its_middle(x: int, y: int, width: int, height: int) -> None:
    rgb, depth_mm = box(x, y, width, height)
    for known in (calibration(Picture(GROUND, FLAT)), calibration(Picture(GROUND)), calibration()):
        region = locate(view(rgb, depth_mm), known)
        assert holds(region, x, y, width, height)
        assert region.width <= 1.3 * max(width, height) + 4
        assert abs(corners(region).mean(axis=0) - (x + width / 2, y + height / 2)).max() <= 2


def test_a_puddle_beside_the_item_does_not_change_the_scale() -> None:
    known = calibration(Picture(GROUND, FLAT))
    rgb, depth_mm = box(100, 80, 60, 50)
    dry = locate(view(rgb, depth_mm), known)
    rgb[95:125, 160:185] = 20
    assert locate(view(rgb, depth_mm), known) == dry


def test_a_flat_item_is_found_by_its_colour() -> None:
    rgb, _ = box(100, 80, 60, 50)
    region = locate(view(rgb, FLAT), calibration(Picture(GROUND, FLAT)))
    assert holds(region, 100, 80, 60, 50)
    assert region.width < 120


def test_what_stands_on_the_empty_tray_already_is_not_the_item() -> None:
    depth_mm = FLAT.copy()
    depth_mm[:, :40] = TRAY_MM - 100
    empty = Picture(GROUND, depth_mm.copy())
    rgb, with_item = GROUND.copy(), depth_mm.copy()
    rgb[100:140, 150:190] = 210
    with_item[100:140, 150:190] = TRAY_MM - 50
    region = locate(view(rgb, with_item), calibration(empty))
    assert holds(region, 150, 100, 40, 40)
    assert region.x > 100


def test_specks_and_missing_depth_are_not_an_item() -> None:
    rgb, depth_mm = GROUND.copy(), FLAT.copy()
    rgb[10, 10] = 255
    depth_mm[50:60, 50:60] = 0
    assert locate(view(rgb, depth_mm), calibration(Picture(GROUND, FLAT))) == Region(0, 0, WIDTH, HEIGHT)
