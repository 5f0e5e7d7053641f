"""`booth calibrate array`: a real session against its own solution, and what is refused."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from booth.cli.main import run
from tests.calibration.array.test_videos import write_session

BOARD = "charuco:4x5:54mm:0.75:DICT_4X4_1000:inverted"
LENSES = "\n".join(
    f"[cam_{number}]\nsize = [64, 48]\nmatrix = [[60, 0, 32], [0, 60, 24], [0, 0, 1]]\ndistortions = []\n"
    for number in range(2)
)


@pytest.fixture
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.timeout(300)
def test_four_webcams_come_out_where_another_solver_saw_them(
    shared_data: Path, inside: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    session = shared_data / "calibration" / "charuco_4cam"
    config = str(session / "config.toml")
    line = ["array", str(session), "--board", BOARD, "--lenses", config, "--compare", config, "--json"]

    code = run(["calibrate", *line])

    found = json.loads(capsys.readouterr().out)
    assert code == 0
    assert found["passed"]
    assert found["rms_px"] <= 1.45
    assert found["rms_with_rejected_px"] <= 1.45
    assert found["compared"]["worst_baseline_percent"] <= 2.0
    assert found["compared"]["worst_rotation_deg"] <= 1.0
    assert abs(found["scale"]["mean_error_mm"]) < 0.2
    assert found["isolated"] == []


def test_a_session_in_which_the_board_is_never_seen_is_refused(
    inside: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write_session(inside)
    (inside / "config.toml").write_text(LENSES)

    code = run(["calibrate", "array", ".", "--board", BOARD, "--lenses", "config.toml"])

    assert code == 2
    err = capfd.readouterr().err.strip().splitlines()
    assert len(err) == 1
    assert "fewer than two cameras saw the board" in err[0]
    assert not (inside / "var" / "calibrations").exists()


def test_a_camera_without_a_lens_is_named_before_any_picture_is_read(
    inside: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write_session(inside, cameras=3)
    (inside / "cam_2.mp4").write_bytes(b"no video at all")
    (inside / "config.toml").write_text(LENSES)

    code = run(["calibrate", "array", ".", "--board", BOARD, "--lenses", "config.toml"])

    assert code == 2
    assert "no lens of cam_2" in capfd.readouterr().err


def test_a_truncated_video_ends_the_command_in_one_line(inside: Path) -> None:
    write_session(inside)
    video = inside / "cam_1.mp4"
    video.write_bytes(video.read_bytes()[:-200])
    (inside / "config.toml").write_text(LENSES)

    line = [str(Path(sys.executable).with_name("booth")), "calibrate", "array", ".", "--board", BOARD]
    ended = subprocess.run([*line, "--lenses", "config.toml"], capture_output=True, text=True, check=False)

    err = ended.stderr.strip().splitlines()
    assert ended.returncode == 2
    assert len(err) == 1, err
    assert "cam_1.mp4" in err[0]


def test_lenses_can_come_one_file_a_camera(
    shared_data: Path, inside: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write_session(inside)
    (inside / "one.toml").write_text(LENSES)
    lens = {"size_px": [64, 48], "camera_matrix": [[60, 0, 32], [0, 60, 24], [0, 0, 1]], "distortion": []}
    (inside / "right.json").write_text(json.dumps(lens))
    shutil.copy(inside / "right.json", inside / "left.json")
    given = ["--lenses", "cam_0=left.json", "--lenses", "cam_1=right.json"]

    code = run(["calibrate", "array", ".", "--board", BOARD, *given])

    assert code == 2
    assert "saw the board" in capfd.readouterr().err
