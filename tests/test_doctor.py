"""The doctor looks and makes nothing; an ill store is called ill."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest

from booth.assembly import parts
from booth.config import Config, read_config
from booth.doctor import Finding, Parts, State, examine
from booth.ports.devices import Camera, Device
from booth.ports.outside import Remote
from booth.store.samples import Store
from tests.fakes import FakeCamera, FakePerception
from tests.samples import make_closing, make_sample


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "booth.toml").write_text("[store]\nhigh_water_free_mb = 0\nballast_mb = 0\n")
    return read_config(tmp_path / "booth.toml")


def no_remote() -> Remote:
    raise AssertionError("no remote is set")


def findings(
    config: Config, cameras: Sequence[Camera] = (), serial: Sequence[tuple[str, Device]] = ()
) -> dict[str, list[Finding]]:
    store = partial(parts.open_store, config)
    examined = Parts(lambda: cameras, lambda: serial, FakePerception, store, no_remote, lambda remote: None)
    found: dict[str, list[Finding]] = {}
    for finding in examine(config, examined):
        found.setdefault(finding.part, []).append(finding)
        assert finding.remedy or finding.state is State.WELL
    return found


def fill(config: Config) -> None:
    with Store.open(config.data_dir, high_water_free_mb=0, ballast_mb=0) as store:
        for name in ("s1", "s2"):
            store.keep(make_sample(name))
            store.close_sample(name, make_closing())


def test_where_nothing_is_nothing_is_made(config: Config) -> None:
    (finding,) = findings(config)["store"]
    assert finding.state is State.CARE
    assert "there is none" in finding.seen
    assert not config.data_dir.exists()


def test_a_sound_store_is_well(config: Config) -> None:
    fill(config)
    (finding,) = findings(config)["store"]
    assert finding.state is State.WELL
    assert "2 closed" in finding.seen


def test_samples_without_their_database_are_ill_and_no_new_one_is_made(config: Config) -> None:
    fill(config)
    (config.data_dir / "booth.sqlite").unlink()
    for _ in range(2):
        (finding,) = findings(config)["store"]
        assert finding.state is State.ILL
        assert "booth.sqlite is gone" in finding.seen
    assert not (config.data_dir / "booth.sqlite").exists()


def test_rows_whose_files_are_gone_are_ill(config: Config) -> None:
    fill(config)
    shutil.rmtree(config.data_dir / "samples")
    (finding,) = findings(config)["store"]
    assert finding.state is State.ILL
    assert finding.seen == "the files of 2 samples are gone, such as s1"


@pytest.mark.parametrize("page", [1, 3])
def test_a_damaged_database_is_ill(config: Config, page: int) -> None:
    fill(config)
    path = config.data_dir / "booth.sqlite"
    data = bytearray(path.read_bytes())
    data[4096 * (page - 1) : 4096 * page] = b"\xa5" * 4096
    path.write_bytes(data)
    assert {finding.state for finding in findings(config)["store"]} == {State.ILL}


def test_a_folder_that_is_a_file_is_one_clear_finding(config: Config) -> None:
    config.data_dir.write_text("mine")
    finding = findings(config)["models"][-1]
    assert finding.state is State.ILL
    assert "cannot be" in finding.seen
    assert config.data_dir.read_text() == "mine"


def test_what_lies_in_quarantine_is_told(config: Config) -> None:
    fill(config)
    (config.data_dir / "samples" / "stranger").mkdir()
    Store.open(config.data_dir, high_water_free_mb=0, ballast_mb=0).close()
    (finding,) = findings(config)["store/quarantine"]
    assert finding.state is State.CARE
    assert str(config.data_dir / "quarantine") in finding.seen


def test_a_camera_that_is_gone_is_ill_and_the_rest_is_looked_at(config: Config) -> None:
    gone = FakeCamera("side")
    gone.plugged = False
    found = findings(config, (gone, FakeCamera("top")))
    assert found["devices/side"][0].state is State.ILL
    assert found["devices/top"][0].state is State.WELL
    assert {"disk", "models", "store", "clock", "remote"} <= found.keys()


def test_a_disk_that_cannot_be_written_is_ill(tmp_path: Path) -> None:
    (tmp_path / "booth.toml").write_text('[booth]\ndata_dir = "/proc/booth"\n')
    (finding,) = findings(read_config(tmp_path / "booth.toml"))["disk"]
    assert finding.state is State.ILL
    assert "/proc cannot be written" in finding.seen
