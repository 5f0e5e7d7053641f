"""A technician keeps, compares, accepts and reports calibrations on the command line."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from booth.calibration.outcome import Outcome
from booth.cli.calibrate.keeping import KEEP, Looked, keep
from booth.cli.main import run
from booth.domain.calibrating import CalibratedDevice, CalibrationRun, Step
from booth.domain.device import DeviceInfo
from booth.domain.picture import Intrinsics
from booth.errors import InputError, StoreError
from booth.store.calibrations import Calibrations

Json = Callable[..., Any]
LEFT = CalibratedDevice("left", DeviceInfo("realsense", "f1230001", "D455", "5.17.0.9"), 38.5)


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The default data folder lies under the working folder."""
    monkeypatch.chdir(tmp_path)
    token = KEEP.set(True)
    yield
    KEEP.reset(token)


@pytest.fixture
def as_json(capsys: pytest.CaptureFixture[str]) -> Json:
    """Runs `booth calibrate …` with --json and gives what it printed."""

    def run_json(*arguments: str, code: int = 0) -> Any:
        assert run(["calibrate", *arguments, "--json"]) == code
        return json.loads(capsys.readouterr().out)

    return run_json


def lens(fx: float = 500.0, passed: bool = True) -> Outcome:
    found = Intrinsics(640, 480, fx, fx, 320.0, 240.0, (0.1, -0.05))
    advice = () if passed else ("Show the board at the edges.",)
    return Outcome(Step.INTRINSICS, {"left": {"rms_px": 0.2}}, passed, advice, intrinsics={"left": found})


def kept(outcome: Outcome, *pictures: Looked) -> CalibrationRun:
    found = keep(outcome, [LEFT], pictures, "t1", as_json=True)
    assert found is not None
    return found


def picture(path: Path) -> Looked:
    path.parent.mkdir(exist_ok=True)
    cv2.imwrite(str(path), np.random.default_rng(1).integers(0, 255, (48, 64, 3)).astype(np.uint8))
    return Looked(path, "left")


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line that a refused command gives."""
    capsys.readouterr()
    assert run(["calibrate", *arguments]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    return lines[0]


def test_a_command_prints_its_results_and_keeps_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    looked = [picture(tmp_path / folder / "view 1.png") for folder in ("a", "b")]
    found = kept(lens(passed=False), *looked)
    printed = json.loads(capsys.readouterr().out)
    advice = ["Show the board at the edges."]
    assert printed == {
        "left": {"rms_px": 0.2},
        "passed": False,
        "advice": advice,
        "version": found.version,
    }
    again = Calibrations(tmp_path / "var").run(found.version)
    assert again.devices == (LEFT,)
    assert [each.name for each in again.pictures] == ["0001-view_1.png", "0002-view_1.png"]
    copy = Calibrations(tmp_path / "var").picture(found.version, "0002-view_1.png")
    assert copy.read_bytes() == looked[1].path.read_bytes()


def test_results_that_cannot_be_kept_are_printed_all_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "var").write_text("a file where the data folder belongs")
    with pytest.raises(StoreError, match=r"the results are not kept: .*var"):
        keep(lens(), [LEFT], [], "t1", as_json=True)
    assert json.loads(capsys.readouterr().out)["version"] == ""
    with pytest.raises(InputError, match=r"not kept: .*gone\.png: cannot be read again"):
        keep(lens(), [LEFT], [Looked(tmp_path / "gone.png", "left")], "t1", as_json=False)
    assert "rms_px" in capsys.readouterr().out


def test_nothing_is_kept_when_it_is_not_wanted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["calibrate", "--no-keep", "list"]) == 0
    capsys.readouterr()
    KEEP.set(False)
    assert keep(lens(), [LEFT], [], "t1", as_json=True) is None
    assert json.loads(capsys.readouterr().out)["version"] == ""
    assert not (tmp_path / "var").exists()


def test_runs_are_listed_shown_and_accepted(as_json: Json, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = kept(lens()), kept(lens(501.0))
    capsys.readouterr()
    rows = as_json("list")
    assert [(row["version"], row["decision"]) for row in rows] == [(second.version, ""), (first.version, "")]
    assert as_json("list", "--step", "drift") == []
    assert as_json("accept", first.version, "--by", "t2")["in_force"] == first.version
    told = as_json("show", first.version)
    assert (told["in_force"], told["decision"]["decided_by"], told["objections"]) == (True, "t2", [])
    assert told["devices"][0]["info"]["firmware"] == "5.17.0.9"
    assert as_json("show")["version"] == second.version
    assert run(["calibrate", "list"]) == 0
    assert run(["calibrate", "show"]) == 0


def test_going_back_is_a_rejection(as_json: Json, capsys: pytest.CaptureFixture[str]) -> None:
    first = kept(lens())
    assert run(["calibrate", "accept", "newest", "--by", "t2"]) == 0
    second = kept(lens(501.0))
    assert run(["calibrate", "accept", second.version, "--by", "t2"]) == 0
    capsys.readouterr()
    rejected = as_json("reject", second.version, "--by", "t3", "--because", "bent board")
    assert (rejected["in_force"], rejected["reason"]) == (first.version, "bent board")


def test_a_lost_calibration_is_told_and_can_be_rejected(
    as_json: Json, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = kept(lens()), kept(lens(501.0))
    for each in (first, second):
        assert run(["calibrate", "accept", each.version, "--by", "t2"]) == 0
    shutil.rmtree(tmp_path / "var" / "calibrations" / second.version)
    capsys.readouterr()
    assert run(["calibrate", "list"]) == 0
    assert f"in force: unknown: there is no calibration {second.version}" in capsys.readouterr().err
    assert any(second.version in problem for problem in as_json("verify", code=1)["bad"])
    assert as_json("reject", second.version, "--by", "t3")["in_force"] == first.version
    assert as_json("verify")["bad"] == []


def test_a_damaged_run_is_shown_with_what_is_wrong(
    as_json: Json, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_id = kept(lens(), picture(tmp_path / "a" / "view.png")).version
    capsys.readouterr()
    assert as_json("show")["problems"] == []
    assert run(["calibrate", "show"]) == 0
    told = capsys.readouterr().out
    assert "D455, serial f1230001, firmware 5.17.0.9, 38.5 °C" in told
    assert "{" not in told
    (tmp_path / "var" / "calibrations" / run_id / "0001-view.png").write_bytes(b"another")
    assert any("0001-view.png" in problem for problem in as_json("show")["problems"])


def test_a_run_that_did_not_pass_is_accepted_only_with_a_reason(
    as_json: Json, capsys: pytest.CaptureFixture[str]
) -> None:
    run_id = kept(lens(passed=False)).version
    assert "did not pass" in refusal(capsys, "accept", run_id, "--by", "t2")
    accepted = as_json("accept", run_id, "--by", "t2", "--although", "the site waits")
    assert (accepted["in_force"], accepted["reason"]) == (run_id, "the site waits")


def test_bad_input_gives_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "nothing was calibrated yet" in refusal(capsys, "show")
    run_id = kept(lens()).version
    for arguments, says in {
        ("show", "../../etc"): "no calibration version",
        ("accept", "calibration-x", "--by", "t"): "calibration-x",
        ("accept", run_id): "--by",
        ("accept", run_id, "--by", " "): "say who decides",
        ("report", run_id, "--out", str(tmp_path)): "is no file",
        ("report", run_id, "--out", "/dev/null"): "is no file",
        ("report", run_id, "--out", "nowhere/report.html"): "cannot be written",
        ("report", run_id, "--out", "x\0y"): "--out",
        ("list", "--limit", "0"): "--limit",
    }.items():
        assert says in refusal(capsys, *arguments), arguments


def test_a_report_is_written_whole_or_not_at_all(as_json: Json, capsys: pytest.CaptureFixture[str]) -> None:
    run_id = kept(lens()).version
    capsys.readouterr()
    for _ in range(2):
        written = as_json("report", "--out", "report.html")
    assert written["version"] == run_id
    assert run_id in Path("report.html").read_text("utf-8")
    assert sorted(os.listdir()) == ["report.html", "var"]


def test_verify_tells_a_changed_picture(
    as_json: Json, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_id = kept(lens(), picture(tmp_path / "a" / "view.png")).version
    capsys.readouterr()
    assert as_json("verify") == {"verified": 1, "bad": []}
    (tmp_path / "var" / "calibrations" / run_id / "0001-view.png").write_bytes(b"another")
    (tmp_path / "var" / "calibrations" / "notes.txt").write_text("mine")
    report = as_json("verify", code=1)
    assert report["verified"] == 2
    assert any("0001-view.png is not what was kept" in problem for problem in report["bad"])
    assert any("notes.txt" in problem for problem in report["bad"])
    assert [row["version"] for row in as_json("list")] == [run_id]


def test_the_commands_load_no_calibration_before_they_are_used() -> None:
    rooms = ("arrays", "keeping", "lenses", "live", "measures", "trays", "versions")
    imports = "; ".join(f"import booth.cli.calibrate.{room}" for room in rooms)
    heavy = "('cv2', 'scipy', 'matplotlib', 'jinja2', 'booth.calibration')"
    program = f"import sys; {imports}; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"
