"""The doctor looks and makes nothing; an ill store is called ill."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from booth.assembly import parts
from booth.assembly.finding import build_engine, build_own_index
from booth.calibration.outcome import Outcome
from booth.calibration.versions.accepting import accept
from booth.calibration.versions.recording import recorded
from booth.config import Config, read_config
from booth.doctor import Finding, Parts, State, examine
from booth.domain.calibrating import Step
from booth.domain.device import DeviceInfo
from booth.domain.picture import Intrinsics
from booth.domain.product import Identification, Product
from booth.domain.terms import now
from booth.domain.thresholds import Thresholds
from booth.errors import BoothError, DeviceError
from booth.identify.memory import Memory
from booth.ports.devices import Camera, Device
from booth.ports.outside import Remote
from booth.store.calibrations import Calibrations
from booth.store.learning import Learning
from booth.store.policies import Policies
from booth.store.samples import Store
from tests.fakes import FakeCamera, FakePerception
from tests.feed.serial_fakes import FakeLight, FakeScale
from tests.samples import make_closing, make_sample


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "booth.toml").write_text("[store]\nhigh_water_free_mb = 0\nballast_mb = 0\n")
    return read_config(tmp_path / "booth.toml")


def no_remote() -> Remote:
    raise AssertionError("no remote is set")


def findings(
    config: Config,
    cameras: Sequence[Camera] = (),
    serial: Sequence[tuple[str, Device]] = (),
    plugged: Sequence[tuple[str, DeviceInfo | BoothError]] = (),
) -> dict[str, list[Finding]]:
    examined = Parts(
        cameras=lambda: cameras,
        serial=lambda: serial,
        plugged_in=lambda: plugged,
        perception=FakePerception,
        store=partial(parts.open_store, config),
        catalogue=partial(build_own_index, config),
        engine=partial(build_engine, config),
        remote=no_remote,
        probe=lambda remote: None,
    )
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


def test_a_serial_device_says_what_it_is_or_which_cable_to_look_at(config: Config) -> None:
    gone = FakeScale()
    gone.plugged = False
    found = findings(config, serial=[("scale", gone), ("light", FakeLight())])
    assert (found["devices/scale"][0].state, found["devices/light"][0].state) == (State.ILL, State.WELL)
    assert "cable" in found["devices/scale"][0].seen
    assert found["devices/light"][0].seen == "fake 7 /dev/fake"


def calibrated(config: Config) -> Calibrations:
    """A store whose calibration is in force, with a fixed marker."""
    store = Calibrations(config.data_dir)
    lens = Intrinsics(96, 72, 100.0, 100.0, 48.0, 36.0)
    outcome = Outcome(Step.INTRINSICS, {}, True, intrinsics={"top": lens})
    accept(store, recorded(outcome, (), (), "tina", store).version, "tina")
    return store


def checked(store: Calibrations, verdict: str, advice: str) -> None:
    recorded(
        Outcome(Step.DRIFT, {"verdict": verdict}, verdict == "holds", advice=(advice,) if advice else ()),
        (),
        (),
        "booth",
        store,
    )


def test_a_booth_without_a_calibration_is_told_where_to_begin(config: Config) -> None:
    (finding,) = findings(config)["calibration"]
    assert finding.state is State.CARE
    assert "booth calibrate" in finding.remedy
    assert not config.data_dir.exists()


def test_the_calibration_in_force_is_named_with_its_age(config: Config) -> None:
    version = calibrated(config).version_in_force()
    (finding,) = findings(config)["calibration"]
    assert (finding.state, finding.seen) == (State.WELL, f"{version}, accepted 0 days ago")


@pytest.mark.parametrize(
    ("verdict", "advice", "state", "remedy"),
    [
        ("holds", "", State.WELL, ""),
        ("recalibrate", "recalibrate: camera 'top' is off by 6.1 px", State.ILL, "calibrate again"),
        ("unchecked", "no marker was seen", State.CARE, "clear the tray"),
    ],
)
def test_the_last_drift_check_is_told(
    config: Config, verdict: str, advice: str, state: State, remedy: str
) -> None:
    checked(calibrated(config), verdict, advice)
    (finding,) = findings(config)["calibration"]
    assert finding.state is state
    assert advice in finding.seen
    assert remedy in finding.remedy


def test_a_drift_check_of_an_earlier_calibration_is_forgotten(config: Config) -> None:
    store = calibrated(config)
    checked(store, "recalibrate", "recalibrate: camera 'top' is off by 6.1 px")
    calibrated(config)
    assert findings(config)["calibration"][0].state is State.WELL


def test_a_calibration_that_cannot_be_read_is_ill(config: Config) -> None:
    store = calibrated(config)
    (config.data_dir / "calibrations" / store.version_in_force() / "calibration.json").write_text("{")
    (finding,) = findings(config)["calibration"]
    assert finding.state is State.ILL


def test_what_is_plugged_in_and_not_used_is_named(config: Config) -> None:
    camera, spare = FakeCamera("top"), DeviceInfo("realsense", "0123", "D435", address="usb 2-1")
    there = [("fake", camera.info), ("realsense", spare)]
    (finding,) = findings(config, [camera], plugged=there)["devices/realsense"]
    assert finding.state is State.CARE
    assert "realsense 0123 D435 usb 2-1 is plugged in, and not in booth.toml" in finding.seen
    assert "devices/fake" not in findings(config, [camera], plugged=there)


def test_a_scale_behind_a_usb_plug_is_known_by_its_address(config: Config) -> None:
    scale = FakeScale()
    plug = DeviceInfo("serial", "AB12", "FT232R", address=scale.info.address)
    assert "devices/serial" not in findings(config, serial=[("scale", scale)], plugged=[("serial", plug)])


def test_a_driver_that_cannot_look_says_why(config: Config) -> None:
    refused = DeviceError("the USB bus cannot be read: check the access rights")
    (finding,) = findings(config, plugged=[("uvc", refused)])["devices/uvc"]
    assert (finding.state, finding.seen) == (State.CARE, str(refused))


def test_a_camera_that_tells_its_serial_only_once_it_is_open_is_known_as_used(config: Config) -> None:
    class Shy(FakeCamera):
        def open(self) -> None:
            super().open()
            self.info = DeviceInfo("fake", "0123")

    camera = Shy("top")
    assert "devices/fake" not in findings(config, [camera], plugged=[("fake", DeviceInfo("fake", "0123"))])


def catalogued(config: Config) -> Path:
    """A catalogue of one product; gives the folder of its files."""
    with closing(build_own_index(config)) as index:
        index.upsert([Product("4006381333931", "Plain soap")])
    folder = config.data_dir / "catalogue"
    return folder / (folder / "current").read_text()


def flip_last_byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


def test_a_booth_without_catalogue_or_learning_is_told_how_to_begin(config: Config) -> None:
    found = findings(config)
    assert "booth catalogue import" in found["catalogue"][0].remedy
    assert "booth run" in found["learnt"][0].remedy
    assert not config.data_dir.exists()


def test_a_sound_catalogue_is_well_and_says_its_snapshot(config: Config) -> None:
    catalogued(config)
    found = findings(config)
    assert (found["catalogue"][0].state, found["catalogue/text"][0].state) == (State.WELL, State.WELL)
    assert "1 products, snapshot" in found["catalogue"][0].seen


def test_the_catalogue_of_an_older_booth_is_told_of(config: Config) -> None:
    catalogued(config)
    (config.data_dir / "catalogue.sqlite").touch()
    older, own = findings(config)["catalogue"]
    assert (older.state, own.state) == (State.CARE, State.WELL)
    assert "catalogue.sqlite is of an older booth" in older.seen
    assert "booth catalogue import" in older.remedy


def test_a_flipped_byte_of_the_catalogue_is_ill(config: Config) -> None:
    path = catalogued(config) / "pictures.sqlite"
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xa5" * (len(data) - 4096)
    path.write_bytes(data)
    assert State.ILL in {finding.state for finding in findings(config)["catalogue"]}


def test_a_full_text_that_was_damaged_is_told_and_made_anew(config: Config) -> None:
    flip_last_byte(catalogued(config) / "text" / "index" / "meta.json")
    assert findings(config)["catalogue/text"][0].state is State.CARE
    assert findings(config)["catalogue/text"][0].state is State.WELL


def test_an_engine_that_is_gone_needs_care_and_what_searches_meanwhile_is_said(config: Config) -> None:
    toml = config.data_dir.parent / "booth.toml"
    dsn = "host=127.0.0.1 port=1 connect_timeout=2"
    toml.write_text(f'[identify]\nindex = "postgres"\n[identify.options]\ndsn = "{dsn}"\n')
    config = read_config(toml)
    catalogued(config)
    found = findings(config)
    assert found["catalogue"][0].state is State.WELL
    assert found["catalogue/engine"][0].state is State.CARE
    assert "own copy" in found["catalogue/engine"][0].remedy


def test_what_was_learnt_is_read_as_the_booth_reads_it(config: Config) -> None:
    learning = Learning(config.data_dir)
    learning.keep("memory", Memory().to_bytes(), "booth", "", {}, in_force=True)
    learning.keep("bandit", b"no bandit", "booth", "", {}, in_force=True)
    learning.log("item-0", Identification(), now())
    found = findings(config)
    states = {part: found[part][0].state for part in ("learnt/memory", "learnt/bandit", "learnt/ranker")}
    assert list(states.values()) == [State.WELL, State.ILL, State.CARE]
    assert found["learnt/log"][0].seen == "1 searches are logged, 0 of them confirmed"


def test_learning_state_whose_bytes_changed_is_ill_and_says_what_replaces_it(config: Config) -> None:
    with closing(Learning(config.data_dir)) as learning:
        learning.keep("memory", Memory().to_bytes(), "booth", "", {}, in_force=True)
    with sqlite3.connect(config.data_dir / "learning.sqlite") as raw:
        raw.execute("UPDATE state SET document = x'00'")
    (finding,) = findings(config)["learnt/memory"]
    assert finding.state is State.ILL
    assert "booth learn" in finding.remedy


def test_the_policy_in_force_is_named_and_a_damaged_one_is_ill(config: Config) -> None:
    (nominal,) = findings(config)["policy"]
    assert nominal.state is State.CARE
    assert "booth policy fit" in nominal.remedy
    policies = Policies(config.data_dir)
    policies.keep(Thresholds("policy-1", 0.25, 0.5, now()))
    policies.use("policy-1")
    (fitted,) = findings(config)["policy"]
    assert (fitted.state, fitted.seen) == (State.WELL, "policy-1: unsure above 0.25, damaged above 0.5")
    (config.data_dir / "policies" / "policy-1.json").write_text("{}")
    (damaged,) = findings(config)["policy"]
    assert damaged.state is State.ILL
    assert "booth policy use" in damaged.seen
