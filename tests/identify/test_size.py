"""The item's box by depth, on the simulated tray with its true calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from booth.domain.picture import Calibration, DepthCorrection, Frame, View
from booth.domain.product import Product
from booth.identify.size import size_of
from booth.ports.scene import ItemWish, Scene
from models.synthetic.scene import scene

PLACEMENTS, ALL_PLACEMENTS = 3, 18


@pytest.fixture(scope="module")
def tray() -> Scene:
    return scene({"cameras": 3, "width": 320, "height": 240, "products": 6})


@pytest.fixture(scope="module")
def laid(tray: Scene) -> tuple[Product, list[View]]:
    """A product and how all cameras see it."""
    tray.place(ItemWish(1, tray.products[0].gtin))
    return tray.products[0], looks(tray)


def looks(tray: Scene) -> list[View]:
    frames = [(name, tray.look(name)) for name in tray.calibration.cameras]
    return [View(name, Frame(name, look.rgb, look.depth_mm, 0, 0)) for name, look in frames]


def changed(views: Sequence[View], depths: Sequence[NDArray[np.uint16] | None]) -> list[View]:
    return [
        View(view.name, replace(view.frame, depth_mm=depth))
        for view, depth in zip(views, depths, strict=True)
    ]


def true_size(product: Product) -> list[float]:
    return sorted((product.length_mm, product.width_mm, product.height_mm), reverse=True)


def error_mm(views: Sequence[View], calibration: Calibration, product: Product) -> list[float]:
    found = size_of(views, calibration)
    assert found is not None
    return [abs(one - other) for one, other in zip(found, true_size(product), strict=True)]


@pytest.mark.parametrize("count", [PLACEMENTS, pytest.param(ALL_PLACEMENTS, marks=pytest.mark.proof)])
def test_sizes_are_right_to_some_millimetres_wherever_the_item_lies(tray: Scene, count: int) -> None:
    errors: list[float] = []
    for seed in range(count):
        product = tray.products[seed % len(tray.products)]
        tray.place(ItemWish(seed, product.gtin))
        errors += error_mm(looks(tray), tray.calibration, product)
    print(f"{count} placements: median {np.median(errors):.1f} mm, worst {max(errors):.1f} mm")
    assert np.median(errors) < 2.0
    assert np.percentile(errors, 95) < 8.0


def test_noise_dropouts_and_flying_pixels_cost_little(tray: Scene, laid: tuple[Product, list[View]]) -> None:
    rng = np.random.default_rng(0)
    product, views = laid
    depths = []
    for view in views:
        assert view.frame.depth_mm is not None
        noisy = view.frame.depth_mm + rng.normal(0, 2.0, view.frame.depth_mm.shape)
        noisy[rng.random(noisy.shape) < 0.2] = 0
        stray = rng.random(noisy.shape) < 0.002
        noisy[stray] -= rng.uniform(30, 300, int(stray.sum()))
        depths.append(np.clip(noisy, 0, 65535).astype(np.uint16))
    assert max(error_mm(changed(views, depths), tray.calibration, product)) < 10.0


def test_one_view_from_above_is_enough(tray: Scene, laid: tuple[Product, list[View]]) -> None:
    product, views = laid
    (top,) = (view for view in views if view.name == "top")
    assert max(error_mm([top], tray.calibration, product)) < 6.0


def test_depth_is_corrected_as_the_calibration_says(tray: Scene, laid: tuple[Product, list[View]]) -> None:
    product, views = laid
    long = [(view.frame.depth_mm * 1.03 + 4).astype(np.uint16) for view in views]  # type: ignore[operator, union-attr]
    fix = dict.fromkeys(tray.calibration.cameras, DepthCorrection(1 / 1.03, -4 / 1.03))
    calibration = replace(tray.calibration, depth=fix)
    assert max(error_mm(changed(views, long), calibration, product)) < 6.0


def test_without_depth_calibration_or_item_there_is_no_size(
    tray: Scene, laid: tuple[Product, list[View]]
) -> None:
    _, views = laid
    assert size_of(views, None) is None
    assert size_of([], tray.calibration) is None
    assert size_of(changed(views, [None] * len(views)), tray.calibration) is None
    others = [View(view.name, replace(view.frame, camera_id="other")) for view in views]
    assert size_of(others, tray.calibration) is None
    tray.clear()
    assert size_of(looks(tray), tray.calibration) is None


@pytest.mark.parametrize("value", [0, 1, 300, 65535])
def test_impossible_depth_gives_no_error(tray: Scene, value: int) -> None:
    tray.clear()
    views = looks(tray)
    flat = [np.full((240, 320), value, np.uint16)] * len(views)
    wrong = [np.full((7, 5), value, np.uint16)] * len(views)
    assert size_of(changed(views, wrong), tray.calibration) is None
    size_of(changed(views, flat), tray.calibration)
