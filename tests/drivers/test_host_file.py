"""The file host writes one whole file an item, and keeps the first word."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from booth.errors import ConfigError, DeviceError
from drivers.host_file import host

HOSTILE = ("", "../out", "a/b", "a\\b", ".hidden", "a\0b", "x" * 101, "a\n", "a.json")
SAMPLE = "sample-20261120T092500123456-9f3a1c"


def test_a_message_becomes_one_json_file_named_by_its_sample(tmp_path: Path) -> None:
    folder = tmp_path / "site" / "in"
    host({"folder": str(folder)}).deliver(SAMPLE, {"disposition": "sell", "title": "Kaffee, gemahlen ☕"})
    assert [path.name for path in folder.iterdir()] == [f"{SAMPLE}.json"]
    written = json.loads((folder / f"{SAMPLE}.json").read_text("utf-8"))
    assert written == {"sample_id": SAMPLE, "disposition": "sell", "title": "Kaffee, gemahlen ☕"}


def test_the_same_message_again_is_harmless(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    site = host({"folder": str(tmp_path)})
    for _ in range(3):
        site.deliver(SAMPLE, {"disposition": "sell"})
    assert len(list(tmp_path.iterdir())) == 1
    assert not caplog.records


def test_another_message_for_the_same_sample_leaves_the_first_standing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    site = host({"folder": str(tmp_path)})
    site.deliver(SAMPLE, {"disposition": "sell"})
    site.deliver(SAMPLE, {"disposition": "donate"})
    assert json.loads((tmp_path / f"{SAMPLE}.json").read_text("utf-8"))["disposition"] == "sell"
    assert SAMPLE in caplog.text


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_sample_id_that_is_no_file_name_is_refused_and_nothing_is_written(
    tmp_path: Path, hostile: str
) -> None:
    site = host({"folder": str(tmp_path / "in")})
    with pytest.raises(DeviceError, match="nothing was written"):
        site.deliver(hostile, {"disposition": "sell"})
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_a_device_error(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(DeviceError, match="check its disk or network share"):
        host({"folder": str(blocked)}).deliver(SAMPLE, {})


def test_what_a_power_cut_left_half_written_does_not_stand_in_the_way(tmp_path: Path) -> None:
    (tmp_path / f".{SAMPLE}.tmp").write_bytes(b"{")
    host({"folder": str(tmp_path)}).deliver(SAMPLE, {"disposition": "sell"})
    assert [path.name for path in tmp_path.iterdir()] == [f"{SAMPLE}.json"]


def test_options_are_checked_by_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"host\.options\.folder"):
        host({})
    with pytest.raises(ConfigError, match=r"host\.options\.fodler"):
        host({"folder": str(tmp_path), "fodler": "x"})
