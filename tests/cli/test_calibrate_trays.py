"""`booth calibrate tray` and `drift` on picture files, from an accepted array to a knocked camera."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from booth.calibration.outcome import Outcome
from booth.calibration.poses import as_numbers, distance_mm, transform
from booth.calibration.targets.board import board_from
from booth.calibration.targets.markers import opencv_charuco
from booth.calibration.versions.recording import recorded
from booth.cli.main import run
from booth.domain.calibrating import Decision, Step
from booth.domain.picture import CameraCalibration, Picture
from booth.domain.terms import now
from booth.ports.scene import Sheet
from booth.store.calibrations import Calibrations
from models.synthetic.sheet import show
from tests.calibration.fixed_markers import CAMERAS, look

BOARD = "charuco:7x5:25mm:18mm:DICT_5X5_100"
PX_PER_MM = 8
TAGS = "DICT_APRILTAG_36h11"


@pytest.fixture
def accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Calibrations:
    """An array that was accepted, whose world is not the tray."""
    monkeypatch.chdir(tmp_path)
    shift = transform(np.eye(3), np.array([10.0, 20.0, 300.0]))
    outcome = Outcome(
        Step.ARRAY,
        {},
        passed=True,
        intrinsics={camera_id: camera.intrinsics for camera_id, camera in CAMERAS.items()},
        poses={camera_id: as_numbers(shift @ camera.pose()) for camera_id, camera in CAMERAS.items()},
    )
    store = Calibrations(tmp_path / "var")
    kept = recorded(outcome, (), (), "tester", store)
    store.decide(Decision(kept.version, True, now(), "tester"))
    return store


def board_views() -> dict[str, NDArray[np.uint8]]:
    """The board flat on the tray with its middle at the tray's, as each camera sees it."""
    board = board_from(BOARD)
    size_mm = (board.columns * board.square_mm, board.rows * board.square_mm)
    printed = opencv_charuco(board).generateImage(tuple(round(side * PX_PER_MM) for side in size_mm))
    place = transform(np.diag([1.0, -1.0, -1.0]), np.array([-size_mm[0] / 2, size_mm[1] / 2, 0]))
    sheet = Sheet(np.dstack([printed] * 3), 1 / PX_PER_MM, as_numbers(place))
    return {camera_id: show(sheet, camera, _grey(camera)).rgb for camera_id, camera in CAMERAS.items()}


def _grey(camera: CameraCalibration) -> Picture:
    shape = (camera.intrinsics.height, camera.intrinsics.width)
    return Picture(np.full((*shape, 3), 120, np.uint8), np.full(shape, 5000, np.uint16))


def save(folder: Path, pictures: Mapping[str, NDArray[np.uint8]]) -> str:
    folder.mkdir()
    for camera_id, rgb in pictures.items():
        cv2.imwrite(str(folder / f"{camera_id}.png"), rgb[..., ::-1])
    return folder.name


def told(line: list[str], capfd: pytest.CaptureFixture[str], code: int = 0) -> dict[str, Any]:
    capfd.readouterr()
    assert run(["calibrate", *line, "--json"]) == code
    found: dict[str, Any] = json.loads(capfd.readouterr().out)
    return found


def test_a_tray_is_measured_accepted_and_checked_for_drift(
    accepted: Calibrations, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    flat, bare = save(tmp_path / "flat", board_views()), save(tmp_path / "bare", look(seed=3))

    found = told(["tray", flat, "--board", BOARD, "--empty", bare, "--markers", TAGS], capfd)

    assert found["passed"], found["advice"]
    assert found["flatness_rms_mm"] < 0.3
    assert len(found["markers"]) == 4
    assert run(["calibrate", "accept", found["version"], "--by", "tester"]) == 0
    calibration = accepted.in_force()
    assert calibration is not None
    for camera_id, camera in CAMERAS.items():
        assert distance_mm(calibration.cameras[camera_id].pose(), camera.pose()) < 1.0
    assert set(calibration.empty_tray) == set(CAMERAS)

    still = told(["drift", save(tmp_path / "still", look(seed=4))], capfd)
    assert still["verdict"] == "holds"

    pose = CAMERAS["left"].pose()
    pose[:3, 3] += (0, 6, 0)
    knocked = {**CAMERAS, "left": CameraCalibration(CAMERAS["left"].intrinsics, as_numbers(pose))}
    moved = told(["drift", save(tmp_path / "knocked", look(knocked))], capfd, code=1)
    assert moved["verdict"] == "recalibrate"
    assert moved["moved_cameras"] == ["left"]
    assert "recalibrate: camera 'left' is off by" in moved["advice"][0]
    one = told(["drift", "left=knocked/left.png", "--limit", "90"], capfd)
    assert one["limit_px"] == 90


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["tray"], "nothing"),
        (["tray", "left.png", "--board", BOARD], "which camera"),
        (["tray", "left=nowhere.png", "--board", BOARD], "nowhere.png"),
        (["tray", "left=left.png"], "--board"),
        (["tray", "--markers", TAGS], "--empty"),
        (["tray", "left=bare/left.png", "--board", BOARD], "not seen"),
        (["tray", "--empty", "empty_folder"], "no pictures"),
        (["tray", "--empty", "bare", "--markers", "DICT_KLINGON"], "no dictionary"),
        (["tray", "west=bare/left.png", "--board", BOARD], "not seen"),
        (["tray", "two", "--board", BOARD], "Two such boards"),
        (["drift", "bare"], "no fixed markers"),
        (["drift", "left=bare/left.png", "left=bare/left.png"], "one picture a camera"),
        (["drift", "bare", "--limit", "nan"], "no sense"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(
    line: list[str], said: str, accepted: Calibrations, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    grey = np.full((720, 960, 3), 120, np.uint8)
    save(tmp_path / "bare", {"left": grey})
    left = board_views()["left"]
    save(tmp_path / "two", {"left": np.hstack([left, left])})
    (tmp_path / "empty_folder").mkdir()
    before = accepted.versions()

    code = run(["calibrate", *line])

    err = capfd.readouterr().err.strip().splitlines()
    assert code == 2
    assert len(err) == 1
    assert said in err[0]
    assert accepted.versions() == before


def test_without_a_calibration_in_force_the_way_to_one_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    save(tmp_path / "bare", {"left": np.full((720, 960, 3), 120, np.uint8)})

    assert run(["calibrate", "drift", "bare"]) == 2
    assert "booth calibrate accept" in capfd.readouterr().err
