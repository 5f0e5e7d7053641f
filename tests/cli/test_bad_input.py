"""Bad input gives one clear line on stderr, exit code 2, and leaves nothing half-written."""

from __future__ import annotations

import json
import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from booth.cli.main import run

GTIN = "4006381333931"
Line = Callable[[list[str]], str]


@pytest.fixture
def refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Line:
    """Runs a command line that must be refused; gives its one line."""
    monkeypatch.chdir(tmp_path)

    def run_refused(arguments: list[str]) -> str:
        before = written(tmp_path)
        assert run(arguments) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert len(err.strip().splitlines()) == 1, err
        assert "Traceback" not in err
        assert written(tmp_path) == before, "something was written"
        return err

    return run_refused


def written(folder: Path) -> set[Path]:
    """Every file, but for the databases that opening creates, the empty catalogue's arrays among them."""
    files = {path for path in folder.rglob("*") if path.is_file() and path.suffix != ".sqlite"}
    return {path for path in files if "catalogue" not in path.relative_to(folder).parts}


def jpeg(side_px: int = 64) -> bytes:
    pixels = np.random.default_rng(0).integers(0, 255, (side_px, side_px, 3)).astype(np.uint8)
    return bytes(cv2.imencode(".jpg", pixels)[1])


def png_header(width: int, height: int) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", head) + png_chunk(b"IDAT", zlib.compress(bytes(99)))


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


BAD_PICTURES = {
    "truncated.jpg": (jpeg()[:-600], "truncated"),
    "empty.jpg": (b"", "empty"),
    "huge.png": (png_header(30_000, 30_000), "pixels"),
    "header.png": (png_header(30_000, 30_000)[:33], "not a picture"),
    "text.jpg": (b"not a picture at all\n" * 20, "not a picture"),
}


@pytest.mark.parametrize("name", BAD_PICTURES)
@pytest.mark.parametrize("command", ["inspect", "enrol"])
def test_a_bad_picture_is_named(refused: Line, tmp_path: Path, name: str, command: str) -> None:
    data, word = BAD_PICTURES[name]
    (tmp_path / "good.jpg").write_bytes(jpeg())
    (tmp_path / name).write_bytes(data)
    arguments = {"inspect": ["inspect"], "enrol": ["gallery", "enrol", "--product", GTIN]}[command]
    line = refused([*arguments, "good.jpg", name])
    assert name in line
    assert word in line


def test_a_bad_picture_among_those_to_evaluate_is_named(refused: Line, tmp_path: Path) -> None:
    for label in ("normal", "anomaly"):
        (tmp_path / "set" / label).mkdir(parents=True)
        for index in range(3):
            (tmp_path / "set" / label / f"{index}.jpg").write_bytes(jpeg())
    (tmp_path / "set" / "anomaly" / "2.jpg").write_bytes(b"")
    assert "2.jpg" in refused(["evaluate", "damage", "set", "--references", "1", "--seeds", "1"])


@pytest.mark.parametrize("layout", [(), ("normal", "anomaly"), ("intact", "damaged")])
def test_a_folder_without_pictures_is_named(refused: Line, tmp_path: Path, layout: tuple[str, ...]) -> None:
    (tmp_path / "void").mkdir()
    for label in layout:
        (tmp_path / "void" / label).mkdir()
    assert "void" in refused(["evaluate", "damage", "void", "--references", "1", "--seeds", "1"])


def test_a_catalogue_with_a_nul_byte_writes_nothing(
    refused: Line, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = "\n".join(f"{GTIN},Soap {index}" for index in range(5000))
    (tmp_path / "c.csv").write_text(f"gtin,title\n{rows}\n{GTIN},So\0ap\n")
    assert "NUL" in refused(["catalogue", "import", "c.csv"])
    assert run(["catalogue", "search", "Soap", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_a_typo_in_the_settings_is_named(refused: Line, tmp_path: Path) -> None:
    (tmp_path / "booth.toml").write_text("[lane]\nsetle_s = 1\n")
    assert "lane.setle_s" in refused(["config", "show"])


def test_an_option_of_a_driver_with_a_typo_is_named(refused: Line, tmp_path: Path) -> None:
    (tmp_path / "booth.toml").write_text("[cameras.options]\nfpss = 1\n")
    assert "fpss" in refused(["run", "--offscreen", "--items", "1"])


@pytest.mark.parametrize("command", ["inspect", "enrol", "import"])
@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_what_is_no_file_is_refused_and_never_waited_for(
    refused: Line, tmp_path: Path, command: str, kind: str
) -> None:
    if kind == "pipe":
        os.mkfifo(tmp_path / "odd.jpg")
    else:
        (tmp_path / "odd.jpg").symlink_to("/dev/zero")
    arguments = {
        "inspect": ["inspect"],
        "enrol": ["gallery", "enrol", "--product", GTIN],
        "import": ["catalogue", "import"],
    }[command]
    assert "odd.jpg: this is no file" in refused([*arguments, "odd.jpg"])


def test_a_catalogue_of_which_no_row_goes_in_is_told_to_programs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.csv").write_text("gtin,title\n4006381333930,Soap\n")
    assert run(["catalogue", "import", "c.csv"]) == 1
    assert "c.csv:2: " in capsys.readouterr().err


def test_pictures_of_a_run_go_to_a_folder(refused: Line, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    assert "out: " in refused(["run", "--offscreen", "--items", "1", "--out", "out"])
    assert (tmp_path / "out").read_text() == "a file"
    assert not (tmp_path / "var").exists(), "something was started"


def test_a_run_without_a_display_starts_nothing(
    refused: Line, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert "--offscreen" in refused(["run"])
    assert not (tmp_path / "var").exists(), "something was started"


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["samples", "list", "--limit", "0"], "--limit"),
        (["samples", "list", "--offset", "-1"], "--offset"),
        (["samples", "list", "--limit", "9" * 30], "--limit"),
        (["catalogue", "search", "soap", "--limit", "many"], "--limit"),
        (["evaluate", "damage", ".", "--seeds", "0"], "--seeds"),
        (["evaluate", "damage", ".", "--seeds", "1000000000"], "--seeds"),
        (["evaluate", "damage", ".", "--references", "-1"], "--references"),
        (["samples", "show"], "sample_id"),
    ],
)
def test_an_option_that_is_wrong_is_named(refused: Line, arguments: list[str], name: str) -> None:
    assert name in refused(arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        ["inspect", "nowhere.jpg"],
        ["inspect", "--product", "4006381333930", "nowhere.jpg"],
        ["samples", "show", "no-such-sample"],
        ["samples", "show", "../../etc/passwd"],
        ["samples", "export", "no-such-sample"],
        ["catalogue", "import", "nowhere.csv"],
        ["sync"],
        ["no-such-command"],
        ["samples", "list", "--limit", "none"],
        ["--config", "nowhere.toml", "config", "show"],
    ],
)
def test_an_argument_that_is_wrong_is_refused_in_one_line(refused: Line, arguments: list[str]) -> None:
    assert refused(arguments).startswith("booth: ")
