"""What the settings name is built, and what an earlier run left open is closed at the next start."""

from __future__ import annotations

import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest

from booth.assembly.devices import build_serial
from booth.assembly.finding import build_finding
from booth.assembly.running import close_orphans, say_recovered
from booth.assembly.stock import true_calibration
from booth.calibration.outcome import Outcome
from booth.calibration.versions.accepting import accept
from booth.calibration.versions.recording import recorded
from booth.config import Config, read_config
from booth.domain.calibrating import Step
from booth.domain.device import Weight, WeightState
from booth.errors import ConfigError
from booth.events import Bus, Trouble
from booth.feed.weights import WeightFeed
from booth.lane.station import LastWords
from booth.store.calibrations import DECISIONS, Calibrations
from booth.store.records import Recovery, SampleState
from booth.store.samples import Store
from models.synthetic.scene import scene
from tests.emulators.running import Plugged
from tests.fakes import Heard, wait_until
from tests.samples import make_sample

OTHER = Weight(WeightState.MOVING, None, 0)


def test_open_samples_of_an_earlier_run_are_closed_in_their_order(tmp_path: Path) -> None:
    names = ("s1", "s2", "s3", "s4")
    with Store.open(tmp_path, high_water_free_mb=0, ballast_mb=0) as store:
        for name in names:
            store.keep(make_sample(name))
    (tmp_path / "samples" / "s2" / "top.rgb.jxl").write_bytes(b"other")
    (tmp_path / "samples" / "s3" / "sample.json").unlink()
    with Store.open(tmp_path, high_water_free_mb=0, ballast_mb=0) as store:
        assert store.recovery.flagged == ("s2", "s3")
        close_orphans(store)
        assert not store.rows(state=SampleState.KEPT)
        assert store.closed_unsent() == ["s1", "s4"]
        assert not store.outbox()
        closing = store.load("s4").closing
    assert closing is not None
    assert (closing.closed_by, closing.gtin_source, closing.person_outcome) == ("booth", "barcode", None)


def test_what_the_start_found_is_said(caplog: pytest.LogCaptureFixture) -> None:
    say_recovered(Recovery((Path("quarantine/half-1"),), ("s1",)))
    assert "quarantine/half-1" in caplog.text
    assert "sample s1 is not what was kept" in caplog.text


def settings_of(folder: Path, text: str) -> Config:
    (folder / "booth.toml").write_text(text)
    return read_config(folder / "booth.toml")


def test_an_engine_that_is_gone_when_the_booth_starts_is_told_to_a_screen_that_comes_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    dsn = "host=127.0.0.1 port=1 connect_timeout=2"
    config = settings_of(tmp_path, f'[identify]\nindex = "postgres"\n[identify.options]\ndsn = "{dsn}"\n')
    bus, heard = Bus(), Heard()
    latest = LastWords(bus)
    build_finding(config, bus).close()
    latest.subscribe(heard)
    [trouble] = heard.of(Trouble)
    assert "own copy" in trouble.message
    assert not trouble.over
    assert trouble.message in caplog.text


@pytest.mark.parametrize("part", ["scale", "light", "scanner", "beacon"])
def test_a_serial_driver_that_does_not_exist_is_named(tmp_path: Path, part: str) -> None:
    config = settings_of(tmp_path, f'[{part}]\ndriver = "abacus"\n')
    with pytest.raises(ConfigError, match="abacus"):
        build_serial(config, Bus())


def test_a_booth_without_serial_devices_has_none(tmp_path: Path) -> None:
    assert build_serial(settings_of(tmp_path, ""), Bus()).all() == ()


def test_a_scale_of_the_settings_is_weighed_by_a_thread_and_missed_when_it_is_pulled(tmp_path: Path) -> None:
    text = f'[scale]\ndriver = "mt_sics"\noptions = {{ port = "{tmp_path}/scale" }}\n'
    bus, heard, plugged = Bus(), Heard(), Plugged("scale", tmp_path / "scale")
    bus.subscribe(heard)
    (feed,) = build_serial(settings_of(tmp_path, text), bus).all()
    assert isinstance(feed, WeightFeed)
    plugged.plug_in()
    feed.start()
    try:
        plugged.do("put 412.5")
        wait_until(lambda: (feed.settled(time.monotonic_ns(), 1.0) or OTHER).grams == 412.5, 30.0)
        plugged.unplug()
        wait_until(lambda: any("cable" in each.message for each in heard.of(Trouble)), 30.0)
        assert feed.settled(time.monotonic_ns(), 1.0) is None
        plugged.plug_in()
        wait_until(lambda: heard.of(Trouble)[-1].over, 30.0)
        wait_until(lambda: feed.settled(time.monotonic_ns(), 1.0) is not None, 30.0)
    finally:
        feed.stop()
        plugged.unplug()


def test_a_simulated_booth_begins_with_its_true_calibration_and_keeps_what_is_accepted_later(
    tmp_path: Path,
) -> None:
    shown, store = scene({"cameras": 2, "products": 1, "width": 160, "height": 120}), Calibrations(tmp_path)
    true = true_calibration(shown, store)
    assert true.version == store.version_in_force()
    assert true.cameras == shown.calibration.cameras
    assert true_calibration(shown, store).version == true.version
    assert len(store.runs()) == 1
    lens = replace(true.cameras["top"].intrinsics, fx=123.0)
    later = recorded(Outcome(Step.INTRINSICS, {}, True, intrinsics={"top": lens}), (), (), "tina", store)
    accept(store, later.version, "tina")
    assert true_calibration(shown, store).version == later.version


def test_a_start_that_was_cut_off_before_the_true_calibration_was_accepted_is_made_up_for(
    tmp_path: Path,
) -> None:
    shown, store = scene({"cameras": 1, "products": 1, "width": 160, "height": 120}), Calibrations(tmp_path)
    true = true_calibration(shown, store)
    shutil.rmtree(tmp_path / DECISIONS)
    assert store.version_in_force() == ""
    assert true_calibration(shown, store).version == true.version == store.version_in_force()
    assert len(store.runs()) == 1
