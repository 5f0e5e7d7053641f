"""The held sheet: its corners lie where the true calibration projects them, its depth is its plane."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from booth.domain.picture import CameraCalibration
from booth.errors import InputError
from booth.ports.scene import ItemWish, Sheet
from models.synthetic.scene import SyntheticScene, scene

SQUARE_PX = 60
COLUMNS, ROWS = 7, 5
"""Squares."""
MM_PER_PX = 0.4


@pytest.fixture(scope="module")
def built() -> SyntheticScene:
    found = scene({"cameras": 4, "products": 1})
    assert isinstance(found, SyntheticScene)
    return found


@pytest.fixture(autouse=True)
def _empty_afterwards(built: SyntheticScene) -> Iterator[None]:
    yield
    built.clear()


def chessboard(margin_px: int = SQUARE_PX) -> NDArray[np.uint8]:
    rows, columns = np.mgrid[0 : ROWS * SQUARE_PX, 0 : COLUMNS * SQUARE_PX] // SQUARE_PX
    board = np.where((rows + columns) % 2, 235, 20).astype(np.uint8)
    return np.dstack([np.pad(board, margin_px, constant_values=235)] * 3)


def corners_mm() -> NDArray[np.float64]:
    y, x = np.mgrid[1:ROWS, 1:COLUMNS]
    return np.column_stack([x.ravel() + 1.0, y.ravel() + 1.0]) * SQUARE_PX * MM_PER_PX


def held_before(camera: CameraCalibration, distance_mm: float, tilt: tuple[float, float]) -> Sheet:
    rgb = chessboard()
    turn = cv2.Rodrigues(np.radians([tilt[0], tilt[1], 3.0]))[0]
    middle = np.array([rgb.shape[1], rgb.shape[0], 0.0]) / 2 * MM_PER_PX
    place = np.eye(4)
    place[:3, :3] = turn
    place[:3, 3] = np.array([4.3, -6.1, distance_mm]) - turn @ middle
    return Sheet(rgb, MM_PER_PX, tuple((camera.pose() @ place).ravel()))


def in_camera(sheet: Sheet, camera: CameraCalibration, points_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    pose = np.linalg.inv(camera.pose()) @ np.array(sheet.tray_from_sheet).reshape(4, 4)
    flat = np.column_stack([points_mm, np.zeros(len(points_mm))])
    return np.asarray(flat @ pose[:3, :3].T + pose[:3, 3])


@pytest.mark.parametrize(
    ("distance_mm", "tilt"), [(450, (0, 0)), (560, (25, 10)), (600, (-20, 30)), (560, (0, -40))]
)
@pytest.mark.parametrize("camera_id", ["top", "right"])
def test_the_corners_are_found_where_the_calibration_projects_them(
    built: SyntheticScene, camera_id: str, distance_mm: float, tilt: tuple[float, float]
) -> None:
    camera = built.calibration.cameras[camera_id]
    sheet = held_before(camera, distance_mm, tilt)
    built.hold(sheet)
    grey = cv2.cvtColor(built.look(camera_id).rgb, cv2.COLOR_RGB2GRAY)
    found, seen = cv2.findChessboardCornersSB(grey, (COLUMNS - 1, ROWS - 1), flags=cv2.CALIB_CB_ACCURACY)
    assert found
    at = in_camera(sheet, camera, corners_mm())
    true = (at[:, :2] / at[:, 2:]) @ camera.intrinsics.matrix()[:2, :2] + camera.intrinsics.matrix()[:2, 2]
    seen = seen.reshape(-1, 2)
    off = min(np.linalg.norm(way - true, axis=1).max() for way in (seen, seen[::-1]))
    assert off < 0.1


def test_the_depth_is_the_plane_within_a_millimetre(built: SyntheticScene) -> None:
    camera = built.calibration.cameras["front"]
    sheet = held_before(camera, 500, (30, -20))
    built.hold(sheet)
    depth = built.look("front").depth_mm
    assert depth is not None
    at = in_camera(sheet, camera, corners_mm())
    pixel = np.rint(
        at[:, :2] / at[:, 2:] * camera.intrinsics.fx + [camera.intrinsics.cx, camera.intrinsics.cy]
    )
    columns, rows = pixel.astype(int).T
    assert np.abs(depth[rows, columns] - at[:, 2]).max() < 1.0


def test_the_back_is_plain_white(built: SyntheticScene) -> None:
    camera = built.calibration.cameras["top"]
    sheet = held_before(camera, 500, (180, 0))
    built.hold(sheet)
    held = built.look("top")
    assert held.depth_mm is not None
    on_it = (held.depth_mm > 480) & (held.depth_mm < 520)
    assert on_it.sum() > 10_000
    inner = cv2.erode(on_it.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    assert np.ptp(held.rgb[inner], axis=0).max() == 0


@pytest.mark.parametrize("distance_mm", [-500.0, 2000.0])
def test_a_sheet_behind_the_camera_or_below_the_tray_is_not_seen(
    built: SyntheticScene, distance_mm: float
) -> None:
    built.hold(held_before(built.calibration.cameras["top"], distance_mm, (0, 0)))
    assert np.array_equal(built.look("top").rgb, built.calibration.empty_tray["top"].rgb)


def test_a_sheet_that_reaches_past_the_camera_is_cut_in_front_of_it(built: SyntheticScene) -> None:
    built.hold(held_before(built.calibration.cameras["top"], 60, (80, 0)))
    depth = built.look("top").depth_mm
    assert depth is not None
    assert 10 <= depth.min() < 100


def test_a_sheet_on_the_tray_is_seen_by_every_camera(built: SyntheticScene) -> None:
    turned = np.diag([1.0, -1.0, -1.0, 1.0])
    turned[:3, 3] = (-100, 90, 0)
    built.hold(Sheet(chessboard(), MM_PER_PX, tuple(turned.ravel())))
    for camera_id, empty in built.calibration.empty_tray.items():
        assert (built.look(camera_id).rgb != empty.rgb).any(axis=2).mean() > 0.1


def test_the_sheet_goes_when_the_tray_is_cleared_or_an_item_is_laid(built: SyntheticScene) -> None:
    sheet = held_before(built.calibration.cameras["top"], 500, (0, 0))
    built.hold(sheet)
    held = built.look("top").rgb
    built.clear()
    assert np.array_equal(built.look("top").rgb, built.calibration.empty_tray["top"].rgb)
    built.hold(sheet)
    built.place(ItemWish(1))
    assert not np.array_equal(built.look("top").rgb, held)
    assert built.item_mask("top").any()


@pytest.mark.parametrize(
    "sheet",
    [
        Sheet(np.zeros((0, 5, 3), np.uint8), 1.0, tuple(np.eye(4).ravel())),
        Sheet(np.zeros((4, 5, 3), np.uint8), 0.0, tuple(np.eye(4).ravel())),
        Sheet(np.zeros((4, 5, 3), np.uint8), float("nan"), tuple(np.eye(4).ravel())),
        Sheet(np.zeros((4, 5, 3), np.uint8), 1.0, tuple(np.eye(3).ravel())),
        Sheet(np.zeros((4, 5, 3), np.uint8), 1.0, tuple((2 * np.eye(4)).ravel())),
        Sheet(np.zeros((4, 5, 3), np.uint8), 1.0, tuple(np.diag([1.0, 1.0, -1.0, 1.0]).ravel())),
    ],
)
def test_an_impossible_sheet_is_refused_and_changes_nothing(built: SyntheticScene, sheet: Sheet) -> None:
    before = built.look("top").rgb
    with pytest.raises(InputError):
        built.hold(sheet)
    assert np.array_equal(built.look("top").rgb, before)
