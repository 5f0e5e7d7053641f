"""Corners of a carton of known place, seen in every view at the depth that geometry predicts."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from booth.domain.picture import CameraCalibration
from models.synthetic import rig
from models.synthetic.products import Form, catalogue
from models.synthetic.render import Viewpoint
from models.synthetic.shapes import Item
from models.synthetic.stage import set_stage


@pytest.fixture(scope="module")
def carton() -> Item:
    return catalogue(3, 1)[0].build(Form.WHOLE, "clear").placed(12.0, -7.0, 0.13)


@pytest.mark.parametrize("name", [camera[0] for camera in rig.CAMERAS])
def test_every_corner_of_the_lid_is_seen_where_and_as_far_as_it_is(carton: Item, name: str) -> None:
    camera = rig.calibrations(len(rig.CAMERAS), 640, 480)[name]
    look = Viewpoint(camera, rig.ground(0)).look(set_stage(carton))
    assert look.picture.depth_mm is not None
    lid = next(sheet for sheet in carton.sheets if sheet.name == "top").points
    inwards = lid.mean(axis=(0, 1))
    depth_mm = look.picture.depth_mm.astype(float)
    for corner in (lid[0, 0], lid[0, -1], lid[-1, 0], lid[-1, -1]):
        step = (inwards - corner) / np.linalg.norm(inwards - corner)
        row, column, depth = _seen(camera, corner + 3.0 * step)
        assert look.item[row, column]
        assert depth_mm[row, column] == pytest.approx(depth, abs=2.0)
        row, column, depth = _seen(camera, corner - 6.0 * step)
        assert depth_mm[row, column] > depth + 2.0


def _seen(camera: CameraCalibration, point_mm: NDArray[np.float64]) -> tuple[int, int, float]:
    """Row, column and z-depth at which a point of the tray frame appears."""
    to_camera = np.linalg.inv(camera.pose())
    x, y, depth = to_camera[:3, :3] @ point_mm + to_camera[:3, 3]
    inner = camera.intrinsics
    return round(y / depth * inner.fy + inner.cy), round(x / depth * inner.fx + inner.cx), float(depth)
