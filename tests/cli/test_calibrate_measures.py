"""`booth calibrate depth|colour|light|focus|exposure` on picture files, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from booth.cli.main import run
from booth.domain.picture import Intrinsics
from models.synthetic.scene import scene
from tests.calibration.charts import seen
from tests.calibration.held_boards import held
from tests.calibration.sensor.test_focus import blurred

BOARD = "chessboard:8x5:20mm"
FOCUS_BOARD = "chessboard:11x8:20mm"


@pytest.fixture
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def save(name: str, picture: NDArray[Any]) -> str:
    Image.fromarray(picture).save(name)
    return name


def write_lens(name: str, lens: Intrinsics) -> str:
    table = {
        "size_px": [lens.width, lens.height],
        "camera_matrix": lens.matrix().tolist(),
        "distortion": list(lens.distortion),
    }
    Path(name).write_text(json.dumps(table))
    return name


def found(capfd: pytest.CaptureFixture[str]) -> dict[str, Any]:
    result = json.loads(capfd.readouterr().out)
    assert isinstance(result, dict)
    return result


def refused(capfd: pytest.CaptureFixture[str], line: list[str]) -> str:
    """The one line that a command ends with, having kept nothing."""
    assert run(["calibrate", *line]) == 2
    lines = capfd.readouterr().err.strip().splitlines()
    assert len(lines) == 1, lines
    assert not list(Path("var").glob("calibrations/*"))
    return lines[0]


def test_depth_of_files_is_measured_kept_and_accepted(
    inside: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    built = scene({"cameras": 1, "products": 1})
    camera = built.calibration.cameras["top"]
    files = []
    for index, (distance_mm, tilt) in enumerate(((360, (10, 0, 5)), (450, (-9, 12, 20)), (560, (4, -9, 40)))):
        built.hold(held(camera, distance_mm, tilt))
        picture = built.look("top")
        assert picture.depth_mm is not None
        files.append("top=" + save(f"{index}.png", picture.rgb))
        save(f"{index}.depth.png", (picture.depth_mm * 1.01 + 0.5).astype(np.uint16))
    lens = write_lens("top.json", camera.intrinsics)

    code = run(["calibrate", "depth", *files, "--board", BOARD, "--lenses", f"top={lens}", "--json"])

    result = found(capfd)
    assert code == 0
    assert result["passed"]
    assert result["top"]["scale_error_percent"] == pytest.approx(1.0, abs=0.1)
    assert run(["calibrate", "accept", result["version"], "--by", "jo"]) == 0
    run(["calibrate", "verify", result["version"]])
    assert len(list(Path("var/calibrations", result["version"]).glob("*.png"))) == 6


def test_colours_light_and_exposure_of_files_are_measured(
    inside: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    chart = save("chart.png", seen())
    rng = np.random.default_rng(0)
    sheets = [
        save(f"sheet{i}.png", np.clip(rng.normal(180, 2, (120, 160, 3)), 0, 255).astype(np.uint8))
        for i in range(3)
    ]
    dark = save("dark.png", np.full((120, 160, 3), 10, np.uint8))

    assert run(["calibrate", "colour", f"top={chart}", "--json"]) == 0
    assert found(capfd)["top"]["delta_e00_held_out_mean"] < 1
    light = ["calibrate", "light", *(f"top={name}" for name in sheets), "--dark", f"top={dark}", "--json"]
    assert run(light) == 0
    assert found(capfd)["top"]["uniformity_min_over_mean"] > 0.97
    assert run(["calibrate", "exposure", *sheets, "--exposure-ms", "camera=10", "--json"]) == 0
    assert found(capfd)["camera"]["modulation_50hz_percent"] == 0


def test_focus_is_compared_with_the_run_that_was_accepted_last(
    inside: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    sharp, soft = save("sharp.png", blurred(0.5)), save("soft.png", blurred(0.9))
    line = ["calibrate", "focus", "--board", FOCUS_BOARD, "--json"]

    assert run([*line, f"top={sharp}"]) == 0
    first = found(capfd)
    assert first["top"]["lost_percent"] is None
    assert run(["calibrate", "accept", first["version"], "--by", "jo"]) == 0
    capfd.readouterr()
    assert run([*line, f"top={soft}"]) == 0
    second = found(capfd)

    assert not second["passed"]
    assert second["top"]["lost_percent"] > 25


def test_files_that_are_no_depth_are_refused(inside: Path, capfd: pytest.CaptureFixture[str]) -> None:
    picture = save("a.png", np.full((48, 64, 3), 90, np.uint8))
    lens = write_lens("top.json", Intrinsics(64, 48, 60, 60, 32, 24))
    line = ["depth", f"top={picture}", "--board", BOARD, "--lenses", f"top={lens}"]

    assert "a.depth.png: cannot be read" in refused(capfd, line)
    save("a.depth.png", np.full((48, 64), 90, np.uint8))
    assert "16 bits" in refused(capfd, line)
    Path("a.depth.png").write_bytes(b"")
    assert "empty" in refused(capfd, line)
    whole = save("b.png", np.full((48, 64), 700, np.uint16))
    Path("a.depth.png").write_bytes(Path(whole).read_bytes()[:-40])
    assert "truncated" in refused(capfd, line)
    save("a.depth.png", np.full((40, 64), 700, np.uint16))
    assert "align" in refused(capfd, line)
    save("a.depth.png", np.full((48, 64), 700, np.uint16))
    assert "the target is not seen" in refused(capfd, line)
    assert "there is no lens of top" in refused(capfd, line[:4])


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (["colour", "top=nothing.png"], "nothing.png"),
        (["colour", "=a.png"], "CAMERA=FILE"),
        (["colour", "top="], "CAMERA=FILE"),
        (["colour", "top=a.png", "top=b.png"], "more than one picture of top"),
        (["colour", "top=a.png"], "no colour chart was found"),
        (["colour", "top=a.png", "--chart", "vinyl"], "vinyl"),
        (["light", "top=a.png", "top=a.png"], "given twice"),
        (["light", "top=a.png", "--dark", "left=b.png"], "--dark names left"),
        (["light", *["top=a.png"] * 201], "more than the 200"),
        (["focus", "top=a.png", "--board", "chess"], "chess"),
        (["focus", "top=a.png", "--board", FOCUS_BOARD], "the target is not seen"),
        (["exposure", "top=a.png", "--exposure-ms", "top=fast"], "MILLISECONDS"),
        (["exposure", "top=a.png", "--exposure-ms", "left=5"], "--exposure-ms names left"),
        (["exposure", "top=a.png", "--exposure-ms", "top=nan"], "impossible"),
        (["exposure", "top=text.png"], "not a picture"),
    ],
)
def test_what_cannot_be_measured_ends_in_one_clear_line(
    inside: Path, capfd: pytest.CaptureFixture[str], line: list[str], words: str
) -> None:
    for name in ("a.png", "b.png"):
        save(name, np.full((96, 128, 3), 90, np.uint8))
    Path("text.png").write_text("no picture")
    assert words in refused(capfd, line)
