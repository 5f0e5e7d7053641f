"""Calibration runs are kept whole with all that they rest on, and only a person's word puts one in force."""

from __future__ import annotations

import logging
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from booth.domain.calibrating import CalibrationRun, Decision, Step
from booth.domain.picture import Calibration
from booth.errors import StoreError
from booth.store.calibrations import Calibrations
from booth.store.documents import Array
from tests.calibration_runs import PICTURE, make_decision, make_details, make_led_to, make_run, version
from tests.samples import STARTED_AT


@pytest.fixture
def store(tmp_path: Path) -> Calibrations:
    """Three runs that carry a calibration, and a drift check; nothing decided."""
    store = Calibrations(tmp_path)
    for number in (1, 2, 3):
        run = make_run(number, pictures={PICTURE: b"png"})
        store.keep_run(run, make_led_to(number, fx=100.0 + number), {PICTURE: b"png"}, make_details())
    store.keep_run(make_run(4, step=Step.DRIFT), None, {}, {})
    return store


def test_a_run_comes_back_with_its_calibration_pictures_and_details(tmp_path: Path) -> None:
    store, run, details = Calibrations(tmp_path), make_run(pictures={PICTURE: b"png"}), make_details()
    store.keep_run(run, make_led_to(), {PICTURE: b"png"}, details)
    assert store.run(run.version) == run
    assert store.load(run.version).cameras == make_led_to().cameras
    assert store.load(run.version).empty_tray["left"].rgb.shape == (72, 96, 3)
    assert store.picture(run.version, PICTURE).read_bytes() == b"png"
    again = store.details(run.version)
    assert again.keys() == details.keys()
    assert all(np.array_equal(again[name], details[name]) for name in details)
    assert store.problems(run.version) == ()


def test_runs_come_newest_first_and_by_step(store: Calibrations) -> None:
    assert [run.version for run in store.runs()] == [version(number) for number in (4, 3, 2, 1)]
    assert [run.version for run in store.runs(limit=2)] == [version(4), version(3)]
    assert [run.version for run in store.runs(step=Step.DRIFT)] == [version(4)]


def test_a_record_without_a_run_is_no_run_and_still_loads(store: Calibrations) -> None:
    alone = replace(make_led_to(), version="calibration-scene")
    store.keep(alone)
    store.keep(alone)
    assert "calibration-scene" in store.versions()
    assert store.load("calibration-scene").cameras == alone.cameras
    assert len(store.runs()) == 4
    assert store.problems("calibration-scene") == ()
    with pytest.raises(StoreError, match="no calibration run"):
        store.decide(Decision("calibration-scene", True, STARTED_AT, "t1"))


def test_a_record_without_a_run_is_told_apart_from_a_damaged_one(store: Calibrations, tmp_path: Path) -> None:
    store.keep(replace(make_led_to(9), version="calibration-old"))
    with pytest.raises(StoreError, match="kept without a run"):
        store.run("calibration-old")
    (tmp_path / "calibrations" / version(1) / "run.json").unlink()
    with pytest.raises(StoreError, match=r"run\.json cannot be read"):
        store.run(version(1))


def test_a_version_is_kept_once(store: Calibrations) -> None:
    with pytest.raises(StoreError, match="exists already"):
        store.keep_run(make_run(1, passed=False), None, {}, {})
    assert store.run(version(1)).passed


@pytest.mark.parametrize(
    ("run", "calibration", "copies", "details", "says"),
    [
        (make_run(1), make_led_to(2), {}, {}, "would lead to the calibration"),
        (make_run(1, pictures={PICTURE: b"a"}), None, {PICTURE: b"b"}, {}, "not the picture"),
        (make_run(1), None, {PICTURE: b"b"}, {}, "not the picture"),
        (make_run(1, pictures={"../x": b"a"}), None, {"../x": b"a"}, {}, "cannot name a picture"),
        (make_run(1, pictures={"run.json": b"a"}), None, {"run.json": b"a"}, {}, "cannot name a picture"),
        (make_run(1, pictures={"SHA256SUMS": b"a"}), None, {"SHA256SUMS": b"a"}, {}, "cannot name a picture"),
        (make_run(1), None, {}, {"left/x": np.array([object()])}, "cannot be kept"),
        (make_run(1, results={"rms_px": np.zeros(3)}), None, {}, {}, "no place in a document"),
        (replace(make_run(1), version="../x"), None, {}, {}, "no calibration version"),
        (replace(make_run(1), version=""), None, {}, {}, "no calibration version"),
    ],
)
def test_what_does_not_fit_together_is_refused_and_leaves_nothing(
    tmp_path: Path,
    run: CalibrationRun,
    calibration: Calibration | None,
    copies: dict[str, bytes],
    details: dict[str, Array],
    says: str,
) -> None:
    with pytest.raises(StoreError, match=says):
        Calibrations(tmp_path).keep_run(run, calibration, copies, details)
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize("name", [PICTURE, "run.json", "calibration.json", "details.npz", "left.rgb.jxl"])
def test_a_changed_file_is_told_and_the_others_still_load(
    store: Calibrations, tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "calibrations" / version(2) / name
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    assert [name in problem for problem in store.problems(version(2))] == [True]
    with pytest.raises(StoreError, match=f"{version(2)}: .*{name} is not what was kept"):
        read_all(store, version(2))
    read_all(store, version(3))
    with caplog.at_level(logging.ERROR):
        numbers = [run.version for run in store.runs()]
    assert (version(2) in numbers) == (name != "run.json")
    assert (version(2) in caplog.text) == (name == "run.json")
    assert version(1) in numbers


def read_all(store: Calibrations, version: str) -> None:
    store.run(version)
    store.picture(version, PICTURE)
    store.details(version)
    store.load(version)


@pytest.mark.parametrize("name", ["run.json", "calibration.json", "SHA256SUMS", PICTURE])
def test_a_lost_file_is_told(store: Calibrations, tmp_path: Path, name: str) -> None:
    (tmp_path / "calibrations" / version(2) / name).unlink()
    assert any(name in problem for problem in store.problems(version(2)))
    with pytest.raises(StoreError, match=version(2)):
        read_all(store, version(2))


@pytest.mark.parametrize("version", ["nowhere", "../../etc", "", "a" * 500, "x\0y"])
def test_a_version_that_is_not_there_or_hostile_gives_one_error(store: Calibrations, version: str) -> None:
    for ask in (store.run, store.details, store.load):
        with pytest.raises(StoreError):
            ask(version)
    with pytest.raises(StoreError):
        store.decide(Decision(version, True, STARTED_AT, "t1"))


def test_nothing_is_in_force_before_a_person_says_so(store: Calibrations) -> None:
    assert store.in_force() is None
    assert store.decision(version(1)) is None
    store.decide(make_decision(1, accepted=False))
    assert store.in_force() is None
    store.decide(make_decision(2))
    in_force = store.in_force()
    assert in_force is not None
    assert (in_force.version, list(in_force.empty_tray)) == (version(2), ["left"])


def test_the_last_word_counts_whatever_the_clock_says(store: Calibrations) -> None:
    store.decide(make_decision(3))
    store.decide(replace(make_decision(1), decided_at=STARTED_AT - timedelta(days=400)))
    assert store.version_in_force() == version(1)
    store.decide(make_decision(1, accepted=False))
    assert store.version_in_force() == version(3)
    store.decide(make_decision(1))
    assert store.version_in_force() == version(1)
    decision = store.decision(version(1))
    assert decision is not None
    assert decision.accepted
    assert list(store.decisions()) == [version(3), version(1)]


def test_a_word_that_rests_on_older_words_is_not_kept(store: Calibrations) -> None:
    seen = store.decisions()
    store.decide(make_decision(1), after=seen)
    with pytest.raises(StoreError, match="decided on a calibration meanwhile"):
        store.decide(make_decision(2), after=seen)
    assert store.version_in_force() == version(1)
    store.decide(make_decision(2), after=store.decisions())
    assert store.version_in_force() == version(2)


def test_a_run_that_changes_nothing_puts_nothing_in_force(store: Calibrations) -> None:
    store.decide(make_decision(1))
    store.decide(make_decision(4))
    assert store.version_in_force() == version(1)


def test_no_older_calibration_is_taken_for_one_that_is_damaged(store: Calibrations, tmp_path: Path) -> None:
    store.decide(make_decision(1))
    store.decide(make_decision(2))
    (tmp_path / "calibrations" / version(2) / "left.rgb.jxl").write_bytes(b"")
    with pytest.raises(StoreError, match=rf"left\.rgb\.jxl is not what was kept; .*reject {version(2)}"):
        store.in_force()
    shutil.rmtree(tmp_path / "calibrations" / version(2))
    with pytest.raises(StoreError, match=version(2)):
        store.in_force()
    store.decide(make_decision(2, accepted=False))
    assert store.version_in_force() == version(1)


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\xfe", b'{"format":1,"decision":{"version":"x"}}'])
def test_a_damaged_decision_is_told_with_what_to_do(
    store: Calibrations, tmp_path: Path, content: bytes
) -> None:
    store.decide(make_decision(1))
    (tmp_path / "calibration-decisions" / "000002.json").write_bytes(content)
    with pytest.raises(StoreError, match=r"000002\.json: this decision cannot be read: .*move it away"):
        store.in_force()


def test_a_decision_of_before_reasons_were_kept_still_loads(store: Calibrations, tmp_path: Path) -> None:
    store.decide(make_decision(1))
    file = tmp_path / "calibration-decisions" / "000001.json"
    file.write_bytes(file.read_bytes().replace(b',"reason":""', b""))
    assert store.version_in_force() == version(1)
