"""`booth calibrate target`, `intrinsics` and `stereo`: real pictures, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from booth.calibration.targets.board import board_from
from booth.cli.main import run
from tests.calibration.seen_boards import POSES, Camera, Pose, taken

CHESSBOARD = "chessboard:9x6:25mm"
CHARUCO = "charuco:7x5:30mm:21mm:DICT_5X5_100"
SMALL = Camera(320, 240, 265.0, (161.0, 118.0))
Refused = Callable[..., str]


@pytest.fixture
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def refused(inside: Path, capfd: pytest.CaptureFixture[str]) -> Refused:
    """Runs a command that must be refused, keeping nothing; gives its one line."""

    def run_refused(*arguments: str) -> str:
        before = {path for path in inside.rglob("*") if path.is_file()}
        assert run(["calibrate", *arguments]) == 2
        out, err = capfd.readouterr()
        assert out == ""
        assert len(err.strip().splitlines()) == 1, err
        kept = {path for path in inside.rglob("*") if path.is_file() and path.suffix != ".sqlite"}
        assert kept <= before, "something was written"
        return err

    return run_refused


def shot(name: str, picture: NDArray[np.uint8]) -> str:
    assert cv2.imwrite(name, picture)
    return name


def held(text: str, poses: Iterable[Pose] = POSES[:1], prefix: str = "left") -> list[str]:
    board = board_from(text)
    return [
        shot(f"{prefix}{number:02d}.png", taken(board, pose, SMALL, blur_px=0.4))
        for number, pose in enumerate(poses)
    ]


def run_json(capfd: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert run(["calibrate", *arguments, "--json"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert isinstance(found, dict)
    return found


def test_the_left_camera_of_opencv_comes_out_as_published(
    shared_data: Path, inside: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    pictures = [str(path) for path in (shared_data / "calibration" / "opencv_stereo").glob("left*.jpg")]

    found = run_json(capfd, "intrinsics", *pictures, "--board", CHESSBOARD)

    (fx, _, cx), (_, fy, cy), _ = found["camera_matrix"]
    assert found["camera"] == "left"
    assert found["rms_px"] <= 0.26
    assert found["heldout_rms_px"] <= 0.26
    assert (fx, fy) == pytest.approx((535.916, 535.916), rel=0.01)
    assert (cx, cy) == pytest.approx((342.283, 235.571), abs=3.0)
    assert len(found["distortion"]) == 5
    assert found["std"]["fx_px"] < 1.0
    assert found["passed"]
    assert found["version"]


def test_the_pair_of_opencv_fits_together(
    shared_data: Path, inside: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = shared_data / "calibration" / "opencv_stereo"
    pictures = [str(path) for side in ("left", "right") for path in folder.glob(f"{side}*.jpg")]

    found = run_json(capfd, "stereo", *pictures, "--board", CHESSBOARD)

    assert found["rms_px"] <= 0.45
    assert found["baseline_mm"] == pytest.approx(83.2, abs=1.0)
    assert len(found["pairs"]) == 13
    assert found["left"]["rms_px"] <= 0.26


def test_a_target_is_written_and_named(inside: Path, capfd: pytest.CaptureFixture[str]) -> None:
    found = run_json(capfd, "target", "--paper", "A3")
    assert board_from(found["board"]).square_mm > 30
    assert (inside / found["file"]).read_bytes().startswith(b"%PDF")


def test_a_target_that_does_not_fit_is_refused_with_one_that_does(refused: Refused) -> None:
    line = refused("target", "--paper", "A4", "--board", "chessboard:9x6:40mm")
    assert "the largest that does is chessboard:9x6:" in line
    assert "A5" in refused("target", "--paper", "napkin")
    assert "cannot be written" in refused("target", "--out", "missing/target.pdf")


def test_a_board_seen_once_is_refused_with_what_is_missing(refused: Refused) -> None:
    line = refused("intrinsics", *held(CHESSBOARD), "--board", CHESSBOARD)
    assert "take 4 more pictures" in line
    twice = held(CHESSBOARD) * 9
    assert "take 4 more pictures" in refused("intrinsics", *twice, "--board", CHESSBOARD)


def test_a_mirrored_board_is_refused(refused: Refused) -> None:
    (name,) = held(CHARUCO)
    shot(name, np.asarray(cv2.imread(name))[:, ::-1].copy())
    assert "seen mirrored: switch off" in refused("intrinsics", name, "--board", CHARUCO)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("charuco:7x5:30mm:21mm:DICT_6X6_250", "its markers are of DICT_5X5_50"),
        ("charuco:5x7:30mm:21mm:DICT_5X5_100", "not laid out as on"),
        (CHESSBOARD, "a chessboard was asked for"),
        ("draughts:8x8:50mm", "a board is written as"),
    ],
)
def test_the_wrong_board_is_refused(refused: Refused, asked: str, told: str) -> None:
    names = held(CHARUCO, [Pose(0, 0, 330), Pose(4, 3, 340)])
    assert told in refused("intrinsics", *names, "--board", asked)


def test_blurred_pictures_are_refused(refused: Refused) -> None:
    names = held(CHESSBOARD, POSES[:3])
    for name in names:
        shot(name, np.asarray(cv2.GaussianBlur(np.asarray(cv2.imread(name)), (0, 0), 2.5), dtype=np.uint8))
    line = refused("intrinsics", *names, "--board", CHESSBOARD)
    assert "none of the 3 pictures can be used" in line
    assert "blurred" in line


def test_two_boards_in_one_picture_are_refused(refused: Refused) -> None:
    (name,) = held(CHARUCO)
    shot("two.png", np.hstack([np.asarray(cv2.imread(name))] * 2))
    assert "take one of them away" in refused("intrinsics", "two.png", "--board", CHARUCO)


def test_pictures_without_use_are_named_and_the_rest_goes_on(
    inside: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    names = held(CHESSBOARD, POSES)
    shot("left99.png", np.full((240, 320), 120, np.uint8))
    found = run_json(capfd, "intrinsics", *names, "left99.png", "--board", CHESSBOARD)
    assert any(sentence.startswith("left99.png was not used.") for sentence in found["advice"])
    assert found["camera_matrix"][0][0] == pytest.approx(265.0, rel=0.01)


def test_a_file_that_is_no_picture_is_refused(refused: Refused, inside: Path) -> None:
    (inside / "left01.jpg").write_bytes(b"\xff\xd8\xff no picture")
    (inside / "left02.jpg").write_bytes(b"")
    assert "left01.jpg" in refused("intrinsics", "left01.jpg", "--board", CHESSBOARD)
    assert "is empty" in refused("intrinsics", "left02.jpg", "--board", CHESSBOARD)
    assert "left03.jpg" in refused("intrinsics", "left03.jpg", "--board", CHESSBOARD)


def test_pictures_that_cannot_be_paired_are_refused(refused: Refused, inside: Path) -> None:
    names = [f"{side}{number}.png" for side in ("a", "b", "c") for number in (1, 2)]
    for name in [*names, "a01.png", "odd.png"]:
        shot(name, np.full((240, 320), 120, np.uint8))
    assert "of 3 cameras (a, b, c)" in refused("stereo", *names, "--board", CHESSBOARD)
    assert "of 1 cameras (a)" in refused("stereo", "a1.png", "a2.png", "--board", CHESSBOARD)
    assert "two pictures of a with the number 1" in refused(
        "stereo", "a1.png", "a01.png", "b1.png", "--board", CHESSBOARD
    )
    assert "a number at the end" in refused("stereo", "a1.png", "odd.png", "--board", CHESSBOARD)
    assert "none of the 1 pictures" not in refused("stereo", "a1.png", "b1.png", "--board", CHESSBOARD)


def test_a_name_that_no_camera_can_have_is_refused(refused: Refused) -> None:
    names = held(CHESSBOARD)
    for camera in ("../../evil", "a/b", "x" * 300, "two words"):
        line = refused("intrinsics", *names, "--board", CHESSBOARD, "--camera", camera)
        assert "is no camera's id" in line
