"""`booth devices`: what is listed, watched and set, and what is refused."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from booth.cli import devices
from booth.cli.context import print_table
from booth.cli.main import run
from booth.domain.device import DeviceInfo, DeviceState, DeviceStatus
from tests.emulators.running import Plugged

SIMULATED = "[scene]\noptions = { cameras = 2, products = 1, width = 160, height = 120 }\n"
Ran = Callable[..., tuple[int, str, str]]


@pytest.fixture
def ran(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Ran:
    """Runs `booth devices …` in a folder with two small simulated cameras: exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "booth.toml").write_text(SIMULATED)

    def run_devices(*arguments: str) -> tuple[int, str, str]:
        code = run(["devices", *arguments])
        return code, *capsys.readouterr()

    return run_devices


def as_json(answer: tuple[int, str, str]) -> Any:
    code, out, err = answer
    assert (code, err) == (0, "")
    return json.loads(out)


def test_every_camera_of_the_settings_is_listed_with_what_it_says_of_itself(ran: Ran) -> None:
    rows = as_json(ran("list", "--json"))
    used = [row for row in rows if row["part"]]
    assert [(row["part"], row["kind"], row["state"]) for row in used] == [
        ("top", "simulated", "answers"),
        ("front", "simulated", "answers"),
    ]
    code, out, _ = ran("list")
    assert code == 0
    assert "simulated RGB-D camera" in out


def test_a_serial_device_is_listed_where_it_answers_and_where_it_is_gone(ran: Ran, tmp_path: Path) -> None:
    options = f'{{ port = "{tmp_path}/scale" }}'
    (tmp_path / "booth.toml").write_text(f'{SIMULATED}[scale]\ndriver = "mt_sics"\noptions = {options}\n')
    scale = Plugged("scale", tmp_path / "scale")
    scale.plug_in()
    try:
        (row,) = [row for row in as_json(ran("list", "--json")) if row["part"] == "scale"]
    finally:
        scale.unplug()
    assert (row["kind"], row["serial"], row["state"]) == ("mt_sics", "B021002593", "answers")
    (row,) = [row for row in as_json(ran("list", "--json")) if row["part"] == "scale"]
    assert row["state"].startswith("lost: ")
    assert "cable" in row["state"]


def test_a_driver_that_does_not_exist_is_one_clear_line(ran: Ran, tmp_path: Path) -> None:
    (tmp_path / "booth.toml").write_text(f'{SIMULATED}[beacon]\ndriver = "torch"\n')
    for command in ("list", "watch"):
        code, _, err = ran(command)
        assert code == 2
        assert "torch" in err
        assert len(err.splitlines()) == 1


def test_devices_are_watched_for_as_long_as_is_asked(ran: Ran) -> None:
    watched = as_json(ran("watch", "--seconds", "1", "--json"))
    assert [status["part"] for status in watched] == ["top", "front"]
    assert all(status["received"] > 0 for status in watched)
    code, out, _ = ran("watch", "--seconds", "0.1")
    assert code == 0
    assert "longest gap" in out


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "soon"])
def test_no_time_at_all_is_refused(ran: Ran, seconds: str) -> None:
    code, out, err = ran("watch", "--seconds", seconds)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nose",), "there is no camera 'nose'; there are: top, front"),
        (("top", "exposure"), "'exposure' is no change"),
        (("top", "=5"), "'=5' is no change"),
        (("top", "exposure="), "'exposure=' is no change"),
        (("top", "no_such_setting=5"), "no_such_setting"),
        (("top", "no_such_setting=brightly"), "'brightly' is neither a number nor one of its choices"),
        (("top", "no_such_setting=nan"), "no_such_setting"),
    ],
)
def test_a_change_that_cannot_be_is_one_clear_line(ran: Ran, arguments: tuple[str, ...], said: str) -> None:
    code, out, err = ran("controls", *arguments)
    assert (code, out) == (2, "")
    assert said in err
    assert len(err.splitlines()) == 1


def test_the_settings_of_a_camera_are_shown(ran: Ran) -> None:
    assert isinstance(as_json(ran("controls", "top", "--json")), list)


def test_words_in_brackets_are_printed_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("what",), [["[/dev/ttyUSB0] is gone [red]"]])
    status = DeviceStatus(
        "scale", DeviceInfo("mt_sics", ""), DeviceState.LOST, last_error="[/dev/ttyUSB0] is gone"
    )
    Console(width=240).print(devices._table([status]))
    out = capsys.readouterr().out
    assert "[/dev/ttyUSB0] is gone [red]" in out
    assert out.count("[/dev/ttyUSB0] is gone") == 2


@pytest.mark.parametrize("json_too", [False, True])
def test_ctrl_c_ends_a_watch_with_what_was_seen(
    ran: Ran, monkeypatch: pytest.MonkeyPatch, json_too: bool
) -> None:
    pause = time.sleep

    def interrupted(seconds: float) -> None:
        if threading.current_thread() is threading.main_thread():
            raise KeyboardInterrupt
        pause(seconds)

    monkeypatch.setattr("booth.cli.devices.time.sleep", interrupted)
    code, out, err = ran("watch", "--seconds", "600", *(["--json"] if json_too else []))
    assert (code, err) == (0, "")
    assert "top" in out
    if json_too:
        assert [status["part"] for status in json.loads(out)] == ["top", "front"]


INTERRUPTIBLE = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
    "from booth.cli.main import main; main()"
)
"""Where the tests run in the background, SIGINT is ignored, and what they start would inherit that."""


def test_on_a_terminal_the_table_lives_until_ctrl_c(tmp_path: Path) -> None:
    (tmp_path / "booth.toml").write_text(SIMULATED)
    ours, theirs = pty.openpty()
    watching = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE, "devices", "watch"],
        cwd=tmp_path, stdout=theirs, stderr=subprocess.PIPE,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "200"},
    )  # fmt: skip
    os.close(theirs)
    seen = b""
    while seen.count(b"longest gap") < 3:
        seen += os.read(ours, 65536)
    watching.send_signal(signal.SIGINT)
    drained = threading.Thread(target=drain, args=(ours,), daemon=True)
    drained.start()
    _, err = watching.communicate(timeout=60)
    drained.join(10.0)
    os.close(ours)
    assert (watching.returncode, err) == (0, b"")


def drain(terminal: int) -> None:
    """Read what a terminal shows until whoever writes to it has ended."""
    with suppress(OSError):
        while os.read(terminal, 65536):
            pass
