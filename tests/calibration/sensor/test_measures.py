"""The measures on frames of simulated cameras, through their noise and holes."""

from __future__ import annotations

import numpy as np
import pytest

from booth.calibration.sensor.live import STEPS, Known, measured
from booth.domain.calibrating import Step
from booth.domain.picture import Frame
from booth.errors import InputError
from booth.ports.scene import Sheet
from drivers.simulated import cameras
from models.synthetic.scene import SyntheticScene, scene
from tests.calibration.charts import drawn, encoded
from tests.calibration.held_boards import BOARD, held

SENSOR = {"fps": 1000, "noise_sd": 2.0, "depth_noise_mm": 2.0, "dropout": 0.01}


@pytest.fixture(scope="module")
def built() -> SyntheticScene:
    found = scene({"cameras": 2, "products": 1})
    assert isinstance(found, SyntheticScene)
    return found


def taken(built: SyntheticScene, sheet: Sheet, count: int = 1) -> dict[str, list[Frame]]:
    built.hold(sheet)
    frames = {}
    for camera in cameras(SENSOR, built)[:1]:
        camera.open()
        frames[camera.camera_id] = [camera.read(10) for _ in range(count)]
        camera.close()
    return frames


def test_depth_and_focus_are_measured_on_a_held_board(built: SyntheticScene) -> None:
    camera = built.calibration.cameras["top"]
    frames: dict[str, list[Frame]] = {"top": []}
    for distance_mm in (350, 450, 550):
        frames["top"] += taken(built, held(camera, distance_mm, (8, -6, 6)))["top"]
    depth = measured(Step.DEPTH, frames, Known(BOARD, {"top": camera.intrinsics}))
    focus = measured(Step.FOCUS, frames, Known(BOARD))
    assert depth.passed
    assert depth.depth["top"].scale == pytest.approx(1.0, abs=0.001)
    assert focus.passed
    assert set(focus.results) == {"top"}


def test_colours_are_measured_on_a_held_chart(built: SyntheticScene) -> None:
    chart = np.rint(encoded(drawn())).astype(np.uint8)
    place = np.eye(4)
    place[:3, 3] = (-110, -75, 450)
    sheet = Sheet(chart, 0.34, tuple((built.calibration.cameras["top"].pose() @ place).ravel()))
    outcome = measured(Step.COLOUR, taken(built, sheet), Known())
    found = outcome.results["top"]
    assert isinstance(found, dict)
    assert outcome.passed
    assert found["delta_e00_before_mean"] < 0.5


def test_light_and_exposure_are_measured_on_a_held_sheet(built: SyntheticScene) -> None:
    place = np.eye(4)
    place[:3, 3] = (-200, -200, 500)
    sheet = Sheet(
        np.full((400, 400, 3), 235, np.uint8),
        1.0,
        tuple((built.calibration.cameras["top"].pose() @ place).ravel()),
    )
    frames = taken(built, sheet, 4)
    light, exposure = (measured(step, frames, Known()) for step in (Step.LIGHT, Step.EXPOSURE))
    assert light.passed
    assert exposure.passed
    seen = exposure.results["top"]
    assert isinstance(seen, dict)
    assert seen["noise_levels"] == pytest.approx(2.0 * np.sqrt(0.299**2 + 0.587**2 + 0.114**2), rel=0.2)


def test_a_camera_that_gave_no_depth_frame_does_not_pass_unseen(built: SyntheticScene) -> None:
    camera = built.calibration.cameras["top"]
    frames = {**taken(built, held(camera, 450, (8, -6, 6))), "left": []}
    lenses = {name: camera.intrinsics for name in frames}
    outcome = measured(Step.DEPTH, frames, Known(BOARD, lenses))
    assert not outcome.passed
    assert any(sentence.startswith("left: no view could be used") for sentence in outcome.advice)


def test_what_a_step_needs_and_does_not_have_is_named(built: SyntheticScene) -> None:
    grey = np.full((96, 128, 3), 120, np.uint8)
    colour_alone = {"top": [Frame("top", grey, None, 1, 1)]}
    for step in STEPS:
        with pytest.raises(InputError, match="no camera gave a picture"):
            measured(step, {"top": []}, Known(BOARD))
    with pytest.raises(InputError, match="no camera gave depth"):
        measured(Step.DEPTH, colour_alone, Known(BOARD))
    with pytest.raises(InputError, match="name the board"):
        measured(Step.FOCUS, colour_alone, Known())
    with pytest.raises(InputError, match="choose one of depth"):
        measured(Step.TRAY, colour_alone, Known())
