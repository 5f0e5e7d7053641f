"""Corners of a carton of known place, seen in every view at the depth that geometry predicts."""

from __future__ import annotations

import numpy as np
import pytest

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
    to_camera = np.linalg.inv(camera.pose())
    for corner in (lid[0, 0], lid[0, -1], lid[-1, 0], lid[-1, -1]):
        beside = corner + (inwards - corner) / np.linalg.norm(inwards - corner) * 3.0
        x, y, depth = to_camera[:3, :3] @ beside + to_camera[:3, 3]
        column = round(x / depth * camera.intrinsics.fx + camera.intrinsics.cx)
        row = round(y / depth * camera.intrinsics.fy + camera.intrinsics.cy)
        assert look.item[row, column]
        assert float(look.picture.depth_mm[row, column]) == pytest.approx(depth, abs=2.0)
        outside = corner + (corner - inwards) / np.linalg.norm(inwards - corner) * 6.0
        x, y, depth = to_camera[:3, :3] @ outside + to_camera[:3, 3]
        column = round(x / depth * camera.intrinsics.fx + camera.intrinsics.cx)
        row = round(y / depth * camera.intrinsics.fy + camera.intrinsics.cy)
        assert float(look.picture.depth_mm[row, column]) > depth + 10.0 or not look.item[row, column]
