"""Work becomes a version that says what it rests on, and a person's word is needed to put it in force."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest

from booth.calibration.outcome import Outcome
from booth.calibration.versions.accepting import accept, accepted_results, objections, reject
from booth.calibration.versions.recording import Evidence, photographed, recorded
from booth.domain.calibrating import CalibrationRun, Step
from booth.domain.picture import Intrinsics, Picture
from booth.errors import InputError, StoreError
from booth.store.calibrations import Calibrations
from booth.store.durable import sha256_of
from booth.store.picture_files import read_picture
from tests.samples import make_calibration

IDENTITY = tuple(float(value) for value in np.eye(4).reshape(-1))


@pytest.fixture
def store(tmp_path: Path) -> Calibrations:
    return Calibrations(tmp_path)


def lens(camera_id: str, fx: float, passed: bool = True) -> Outcome:
    """The lens of one camera, measured."""
    found = Intrinsics(640, 480, fx, fx, 320.0, 240.0, (0.1, -0.05, 0.0, 0.0, 0.0))
    results = {camera_id: {"rms_px": 0.2}}
    return Outcome(Step.INTRINSICS, results, passed, intrinsics={camera_id: found})


def placed(camera_id: str, x_mm: float) -> Outcome:
    """The place of one camera, measured."""
    pose = (*IDENTITY[:3], x_mm, *IDENTITY[4:])
    return Outcome(Step.ARRAY, {}, True, poses={camera_id: pose})


def kept(outcome: Outcome, store: Calibrations, *pictures: Evidence) -> CalibrationRun:
    return recorded(outcome, (), pictures, "t1", store)


def test_a_first_run_is_based_on_nothing_and_carries_what_was_measured(store: Calibrations) -> None:
    run = kept(lens("left", 500), store)
    assert (run.based_on, run.difference, run.made_by) == ("", {}, "t1")
    assert store.load(run.version).cameras["left"].intrinsics.fx == 500
    assert store.in_force() is None


def test_a_later_run_says_how_far_it_lies_from_the_one_in_force(store: Calibrations) -> None:
    first = kept(lens("left", 500), store)
    accept(store, first.version, "t1")
    second = kept(lens("left", 503), store)
    assert second.based_on == first.version
    assert second.difference["left.fx_px"] == pytest.approx(3)
    third = recorded(lens("left", 503), (), (), "t1", store, make_calibration(("left",), 640, 480))
    assert third.based_on == "calibration-1"


def test_what_was_not_measured_stays_as_it_was_in_force(store: Calibrations) -> None:
    for outcome in (lens("left", 500), lens("right", 510), placed("left", 30.0)):
        accept(store, kept(outcome, store).version, "t1")
    calibration = store.in_force()
    assert calibration is not None
    assert [calibration.cameras[name].intrinsics.fx for name in ("left", "right")] == [500, 510]
    assert calibration.cameras["left"].pose()[0, 3] == 30.0


def test_a_camera_without_a_lens_cannot_be_placed(store: Calibrations) -> None:
    with pytest.raises(InputError, match="lens of camera left is not known: calibrate its intrinsics"):
        kept(placed("left", 3.0), store)
    assert store.versions() == []


@pytest.mark.parametrize("step", [Step.DRIFT, Step.FOCUS, Step.EXPOSURE, Step.LIGHT])
def test_a_check_is_kept_and_carries_no_calibration(store: Calibrations, step: Step) -> None:
    accept(store, kept(lens("left", 500), store).version, "t1")
    run = kept(Outcome(step, {"moved_mm": 0.2}, True), store)
    assert not store.carries(run.version)
    assert [each.version for each in store.runs(step=step)] == [run.version]


def test_an_empty_tray_alone_carries_a_calibration(store: Calibrations) -> None:
    picture = Picture(np.full((48, 64, 3), 9, np.uint8))
    run = kept(Outcome(Step.TRAY, {}, True, empty_tray={"left": picture}), store)
    assert list(store.load(run.version).empty_tray) == ["left"]


def test_pictures_are_copied_so_that_the_work_can_be_done_again(store: Calibrations) -> None:
    rgb = np.random.default_rng(1).integers(0, 255, (48, 64, 3)).astype(np.uint8)
    left_out = photographed(2, "left", rgb, used=False, note="blurred")
    run = kept(lens("left", 500), store, photographed(1, "left", rgb), left_out)
    assert [(each.name, each.used, each.note) for each in run.pictures] == [
        ("0001.png", True, ""),
        ("0002.png", False, "blurred"),
    ]
    assert np.array_equal(read_picture(store.picture(run.version, "0001.png")), rgb)


def test_pictures_that_two_cameras_number_alike_are_both_kept(store: Calibrations) -> None:
    pictures = [photographed(1, name, np.full((8, 8, 3), grey, np.uint8)) for grey, name in enumerate("abc")]
    run = kept(lens("left", 500), store, *pictures)
    assert [each.camera_id for each in run.pictures] == ["a", "b", "c"]
    greys = [read_picture(store.picture(run.version, each.name))[0, 0, 0] for each in run.pictures]
    assert greys == [0, 1, 2]


def test_beyond_the_bound_the_hash_alone_is_kept_and_said_so(store: Calibrations) -> None:
    data = {"0001.png": b"a" * 2**19, "0002.png": b"b" * 2**20, "0003.png": b"c" * 2**19}
    pictures = [Evidence(name, "left", sha256_of(each), each) for name, each in data.items()]
    run = recorded(lens("left", 500), (), pictures, "t1", store, copies_mb=1)
    assert [each.note for each in run.pictures] == ["", "no copy kept", ""]
    assert {"0001.png", "0003.png"} < store.hashes(run.version).keys()
    assert "0002.png" not in store.hashes(run.version)


@pytest.mark.parametrize(("passed", "copies"), [(True, 0), (False, 1)])
def test_a_drift_check_keeps_its_pictures_only_where_it_failed(
    store: Calibrations, passed: bool, copies: int
) -> None:
    picture = photographed(1, "left", np.zeros((8, 8, 3), np.uint8))
    run = kept(Outcome(Step.DRIFT, {"moved_mm": 3.0}, passed), store, picture)
    assert sum(each.name in store.hashes(run.version) for each in run.pictures) == copies


def test_a_run_that_did_not_pass_needs_a_reason(store: Calibrations) -> None:
    run = kept(lens("left", 500, passed=False), store)
    with pytest.raises(InputError, match="did not pass"):
        accept(store, run.version, "t1", although="  ")
    assert store.version_in_force() == ""
    assert accept(store, run.version, "t1", although="the best we have").reason == "the best we have"
    assert store.version_in_force() == run.version


def test_a_run_that_would_undo_another_is_refused_with_what_it_would_undo(store: Calibrations) -> None:
    accept(store, kept(lens("left", 500), store).version, "t1")
    stale, fresh = kept(lens("left", 501), store), kept(lens("right", 510), store)
    assert objections(store, fresh.version) == ()
    accept(store, fresh.version, "t1")
    with pytest.raises(InputError, match=rf"would undo what {fresh.version} changed .*the lens of right"):
        accept(store, stale.version, "t1")
    accept(store, stale.version, "t1", although="right is out of use")
    assert store.version_in_force() == stale.version


def test_of_several_who_accept_at_once_only_one_undoes_nothing(store: Calibrations) -> None:
    runs = [kept(lens(name, 500), store) for name in "abcd"]
    gate = Barrier(len(runs))

    def told(run: CalibrationRun) -> str:
        gate.wait(10)
        try:
            return accept(store, run.version, "t1").version
        except (InputError, StoreError) as error:
            return str(error)

    with ThreadPoolExecutor(len(runs)) as pool:
        said = list(pool.map(told, runs))
    (in_force,) = [word for word in said if word in store.versions()]
    assert store.version_in_force() == in_force
    assert all("meanwhile" in word or "would undo" in word for word in said if word != in_force)


def test_what_was_rejected_is_accepted_only_with_a_reason(store: Calibrations) -> None:
    run = kept(lens("left", 500), store)
    reject(store, run.version, "t2", "bent board")
    with pytest.raises(InputError, match=r"t2 rejected it on 20\d\d-\d\d-\d\d: bent board\."):
        accept(store, run.version, "t1")
    accept(store, run.version, "t1", although="the board was straight")
    assert store.version_in_force() == run.version
    assert objections(store, run.version) == ()


def test_a_lost_run_does_not_hide_what_was_accepted_before(store: Calibrations, tmp_path: Path) -> None:
    focus = kept(Outcome(Step.FOCUS, {"top": {"mtf50_cycles_per_px": 0.2}}, True), store)
    light = kept(Outcome(Step.LIGHT, {}, True), store)
    for run in (focus, light):
        accept(store, run.version, "t1")
    shutil.rmtree(tmp_path / "calibrations" / light.version)
    assert accepted_results(store, Step.FOCUS) == focus.results
    assert accepted_results(store, Step.LIGHT) is None


def test_a_newer_measurement_of_the_same_parts_undoes_nothing(store: Calibrations) -> None:
    accept(store, kept(lens("left", 500), store).version, "t1")
    earlier, later = kept(lens("left", 501), store), kept(lens("left", 502), store)
    accept(store, earlier.version, "t1")
    assert objections(store, later.version) == ()


def test_to_go_back_to_an_older_calibration_takes_a_reason_or_a_rejection(store: Calibrations) -> None:
    first = kept(lens("left", 500), store)
    accept(store, first.version, "t1")
    second = kept(lens("right", 510), store)
    accept(store, second.version, "t1")
    assert objections(store, first.version) != ()
    reject(store, second.version, "t1", "the board was bent")
    assert store.version_in_force() == first.version


def test_a_damaged_run_is_not_accepted(store: Calibrations, tmp_path: Path) -> None:
    run = kept(lens("left", 500), store, photographed(1, "left", np.zeros((8, 8, 3), np.uint8)))
    (tmp_path / "calibrations" / run.version / "0001.png").write_bytes(b"another")
    with pytest.raises(StoreError, match=r"0001\.png is not what was kept; calibrate again"):
        accept(store, run.version, "t1", although="never mind")


def test_another_can_be_accepted_while_the_one_in_force_is_damaged(
    store: Calibrations, tmp_path: Path
) -> None:
    first, second = kept(lens("left", 500), store), kept(lens("right", 510), store)
    accept(store, first.version, "t1")
    (tmp_path / "calibrations" / first.version / "calibration.json").write_bytes(b"{}")
    accept(store, second.version, "t1")
    assert store.version_in_force() == second.version


@pytest.mark.parametrize("name", ["", "   ", "x" * 101])
def test_somebody_must_decide(store: Calibrations, name: str) -> None:
    run = kept(lens("left", 500), store)
    with pytest.raises(InputError, match="say who decides"):
        accept(store, run.version, name)
    with pytest.raises(InputError, match="at most 1000"):
        reject(store, run.version, "t1", "x" * 1001)
    assert store.decision(run.version) is None
