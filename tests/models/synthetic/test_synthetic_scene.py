"""The synthetic scene: what it shows is seeded, true to its calibration, readable and honest."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
import zxingcpp
from numpy.typing import NDArray

from booth.domain.picture import Calibration, CameraCalibration, Picture
from booth.domain.terms import DamageType, Severity
from booth.errors import ConfigError, InputError
from booth.ports.scene import ItemWish
from models.synthetic.scene import SyntheticScene, scene

SMALL = {"width": 320, "height": 240, "products": 7}


@pytest.fixture(scope="module")
def small() -> SyntheticScene:
    built = scene(SMALL)
    assert isinstance(built, SyntheticScene)
    return built


@pytest.fixture(scope="module")
def full() -> SyntheticScene:
    built = scene({})
    assert isinstance(built, SyntheticScene)
    return built


@pytest.fixture(autouse=True)
def _empty_afterwards(small: SyntheticScene) -> Iterator[None]:
    yield
    small.clear()


def depth_of(picture: Picture) -> NDArray[np.float64]:
    assert picture.depth_mm is not None
    return picture.depth_mm.astype(np.float64)


def back_projected(camera: CameraCalibration, depth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Tray coordinates of every pixel, (H, W, 3)."""
    inner = camera.intrinsics
    y, x = np.mgrid[0 : inner.height, 0 : inner.width]
    rays = np.stack([(x - inner.cx) / inner.fx, (y - inner.cy) / inner.fy, np.ones_like(x)], axis=-1)
    pose = camera.pose()
    return np.asarray((rays * depth[..., None]) @ pose[:3, :3].T + pose[:3, 3])


def codes_in(rgb: NDArray[np.uint8]) -> list[str]:
    larger = cv2.resize(rgb, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    return [code.text for picture in (rgb, larger) for code in zxingcpp.read_barcodes(picture)]


def reads(shown: SyntheticScene, gtin: str) -> bool:
    return any(gtin in codes_in(shown.look(camera).rgb) for camera in shown.calibration.cameras)


@pytest.mark.parametrize(("key", "value"), [("camera", 2), ("cameras", 7), ("width", "wide"), ("seed", -1)])
def test_a_wrong_option_is_refused_by_its_name(key: str, value: object) -> None:
    with pytest.raises(ConfigError, match=f"'{key}'"):
        scene({key: value})


@pytest.mark.parametrize(
    "wish", [ItemWish(0, gtin="4006381333931"), ItemWish(0, barcode="blurred")], ids=["gtin", "barcode"]
)
def test_a_wish_for_what_is_not_there_is_refused_and_the_tray_keeps_its_item(
    small: SyntheticScene, wish: ItemWish
) -> None:
    small.place(ItemWish(1))
    before = small.look("top").rgb
    with pytest.raises(InputError):
        small.place(wish)
    assert small.look("top").rgb is before


def test_an_unknown_camera_is_refused(small: SyntheticScene) -> None:
    with pytest.raises(InputError, match="sideways"):
        small.look("sideways")


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not(small: SyntheticScene) -> None:
    gtin = small.products[0].gtin
    looks = []
    for seed in (5, 6, 5):
        small.place(ItemWish(seed, gtin, DamageType.CRUSH))
        picture = small.look("front")
        looks.append((picture.rgb.tobytes(), depth_of(picture).tobytes()))
    assert looks[0] == looks[2]
    assert looks[0][0] != looks[1][0]


def test_the_calibration_is_named_after_the_options() -> None:
    tiny = {"width": 160, "height": 120, "cameras": 1}
    versions = [scene({**tiny, "seed": seed}).calibration.version for seed in (0, 0, 1)]
    assert versions[0] == versions[1] != versions[2]
    assert versions[0].startswith("synthetic-")


@pytest.mark.parametrize("count", [1, 6])
def test_there_are_as_many_cameras_as_asked_for(count: int) -> None:
    built = scene({"cameras": count, "width": 160, "height": 120})
    assert len(built.calibration.cameras) == count
    assert set(built.calibration.empty_tray) == set(built.calibration.cameras)
    assert all(built.look(camera).rgb.shape == (120, 160, 3) for camera in built.calibration.cameras)


def test_the_empty_trays_depth_lies_on_the_tray_plane(small: SyntheticScene) -> None:
    calibration: Calibration = small.calibration
    a, b, c, d = calibration.tray_plane
    for name, camera in calibration.cameras.items():
        points = back_projected(camera, depth_of(calibration.empty_tray[name]))
        assert np.abs(points @ (a, b, c) + d).max() < 1.0


def test_a_cleared_tray_shows_the_empty_picture(small: SyntheticScene) -> None:
    small.place(ItemWish(2))
    assert not np.array_equal(small.look("left").rgb, small.calibration.empty_tray["left"].rgb)
    small.clear()
    assert np.array_equal(small.look("left").rgb, small.calibration.empty_tray["left"].rgb)


def test_the_item_rises_above_the_tray_where_it_is_seen(small: SyntheticScene) -> None:
    carton = small.products[0]
    small.place(ItemWish(3, carton.gtin))
    for name, camera in small.calibration.cameras.items():
        heights = back_projected(camera, depth_of(small.look(name)))[..., 2]
        assert np.abs(heights[~small.item_mask(name)]).max() < 1.0
        assert heights.max() == pytest.approx(carton.height_mm, abs=1.5)


def test_one_printed_code_is_found_at_one_place_from_every_view(full: SyntheticScene) -> None:
    carton = full.products[0]
    full.place(ItemWish(0, carton.gtin))
    places = []
    for name, camera in full.calibration.cameras.items():
        picture = full.look(name)
        points = back_projected(camera, depth_of(picture))
        for code in zxingcpp.read_barcodes(picture.rgb):
            corners = code.position
            ends = [corners.top_left, corners.top_right, corners.bottom_right, corners.bottom_left]
            x, y = (round(sum(getattr(end, axis) for end in ends) / 4) for axis in ("x", "y"))
            places.append(points[y, x])
    assert len(places) >= 2
    assert np.ptp(np.array(places), axis=0).max() < 4.0
    assert np.array(places)[:, 2] == pytest.approx(carton.height_mm, abs=1.5)


def test_nine_of_ten_pristine_items_show_a_readable_code(full: SyntheticScene) -> None:
    asked = [(product, (index + step) % 5) for index, product in enumerate(full.products) for step in (0, 2)]
    read = 0
    for product, seed in asked:
        full.place(ItemWish(seed, product.gtin))
        read += reads(full, product.gtin)
    assert len(asked) == 12
    assert read >= 0.9 * len(asked)


@pytest.mark.parametrize("state", ["smudged", "missing"])
def test_a_spoilt_code_cannot_be_read(full: SyntheticScene, state: str) -> None:
    gtin = full.products[0].gtin
    full.place(ItemWish(0, gtin, barcode=state))
    assert not reads(full, gtin)


@pytest.mark.parametrize("damage", list(DamageType))
def test_each_damage_shows_where_the_truth_says(small: SyntheticScene, damage: DamageType) -> None:
    product = small.products[list(DamageType).index(damage)]
    small.place(ItemWish(4, product.gtin))
    pristine = {name: small.look(name).rgb.astype(int) for name in small.calibration.cameras}
    assert not any(small.damage_mask(name).any() for name in pristine)
    small.place(ItemWish(4, product.gtin, damage))
    masks = {name: small.damage_mask(name) for name in pristine}
    changes = {name: np.abs(small.look(name).rgb - pristine[name]).max(axis=-1) > 24 for name in pristine}
    assert any(mask.sum() > 60 for mask in masks.values())
    assert any((changes[name] & masks[name]).sum() > 40 for name in pristine)


def test_a_damage_of_no_severity_is_none(small: SyntheticScene) -> None:
    gtin = small.products[0].gtin
    small.place(ItemWish(7, gtin))
    pristine = small.look("top").rgb
    small.place(ItemWish(7, gtin, DamageType.HOLE, Severity.NONE))
    assert np.array_equal(small.look("top").rgb, pristine)


def test_a_major_crush_is_larger_than_a_minor_one(small: SyntheticScene) -> None:
    gtin = small.products[0].gtin
    area = []
    for severity in (Severity.MINOR, Severity.MAJOR):
        small.place(ItemWish(8, gtin, DamageType.CRUSH, severity))
        area.append(sum(int(small.damage_mask(name).sum()) for name in small.calibration.cameras))
    assert 0 < area[0] < area[1]


def test_many_threads_looking_at_once_see_one_item(small: SyntheticScene) -> None:
    small.place(ItemWish(9))
    cameras = list(small.calibration.cameras) * 3
    with ThreadPoolExecutor(6) as pool:
        looks = list(pool.map(small.look, cameras, timeout=60))
    assert all(look is small.look(name) for name, look in zip(cameras, looks, strict=True))


def test_the_catalogue_holds_different_products_of_every_kind_with_true_measures(
    small: SyntheticScene,
) -> None:
    products = small.products
    assert len({product.gtin for product in products}) == 7
    assert len({product.extra["packaging"] for product in products}) == 7
    for product in products:
        total = sum(int(digit) * (3 if index % 2 else 1) for index, digit in enumerate(product.gtin))
        assert len(product.gtin) == 13
        assert total % 10 == 0
        assert product.brand in product.title
        assert min(product.weight_g, product.length_mm, product.width_mm, product.height_mm) > 0
