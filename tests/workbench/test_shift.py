"""Before each shift the fixed markers are looked at, and a knocked camera asks for calibration."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from booth.calibration.outcome import Outcome
from booth.calibration.tray.fixed_markers import markers
from booth.calibration.versions.accepting import accept
from booth.calibration.versions.recording import recorded
from booth.domain.calibrating import Step
from booth.domain.picture import Calibration
from booth.events import Bus, Placement, TrayChanged, Trouble
from booth.feed.frames import Feed
from booth.store.calibrations import Calibrations
from booth.workbench.shift import PART, ShiftCheck
from tests.calibration.fixed_markers import CAMERAS, look
from tests.fakes import FakeCamera, Heard, wait_until

Pictures = Mapping[str, NDArray[np.uint8]]
NAMES = ("front", "left")
SEEN = {name: picture for name, picture in look().items() if name in NAMES}


def pushed(camera_id: str, px: int) -> Pictures:
    """What is seen after one camera was turned a little: its picture moves by so many pixels."""
    move = np.array([[1, 0, px], [0, 1, 0]], np.float64)
    height, width = SEEN[camera_id].shape[:2]
    moved = cv2.warpAffine(SEEN[camera_id], move, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return {**SEEN, camera_id: np.asarray(moved, np.uint8)}


def in_force(folder: Path, marked: bool = True) -> Calibrations:
    """A store whose calibration in force has the true cameras, and the markers as they were seen."""
    store, cameras = Calibrations(folder), {name: CAMERAS[name] for name in NAMES}
    found = markers(SEEN, Calibration("bare", CAMERAS)) if marked else {}
    outcome = Outcome(
        Step.TRAY,
        {},
        True,
        intrinsics={name: camera.intrinsics for name, camera in cameras.items()},
        poses={name: camera.tray_from_camera for name, camera in cameras.items()},
        markers=found,
    )
    accept(store, recorded(outcome, (), (), "tina", store).version, "tina")
    return store


@contextmanager
def checking(store: Calibrations, seen: Pictures) -> Iterator[tuple[ShiftCheck, Bus, Heard]]:
    bus, heard = Bus(), Heard()
    bus.subscribe(heard)
    cameras = [FakeCamera(name) for name in NAMES]
    for camera in cameras:
        camera.rgb = seen[camera.camera_id].copy()
    feeds = [Feed(camera, bus, 1.0) for camera in cameras]
    shift = ShiftCheck(feeds, store, bus, 8.0, 1.5)
    for feed in feeds:
        feed.start()
    try:
        wait_until(lambda: all(feed.newest() for feed in feeds))
        yield shift, bus, heard
    finally:
        for feed in feeds:
            feed.stop()


def troubles(heard: Heard) -> list[Trouble]:
    return [trouble for trouble in heard.of(Trouble) if trouble.part == PART]


def test_an_array_that_holds_is_kept_as_checked_and_not_checked_again_at_once(tmp_path: Path) -> None:
    store = in_force(tmp_path)
    with checking(store, SEEN) as (shift, bus, heard):
        bus.tell(TrayChanged(Placement.EMPTY))
        run = shift.make_when_due()
        assert run is not None
        assert (run.step, run.passed, run.based_on) == (Step.DRIFT, True, store.version_in_force())
        assert shift.make_when_due() is None
    assert [trouble.over for trouble in troubles(heard)] == [True]
    assert store.runs(1)[0] == run


def test_a_camera_that_was_knocked_says_recalibrate_with_a_number(tmp_path: Path) -> None:
    with checking(in_force(tmp_path), pushed("left", 6)) as (shift, bus, heard):
        bus.tell(TrayChanged(Placement.EMPTY))
        run = shift.make_when_due()
    assert run is not None
    assert not run.passed
    (trouble,) = troubles(heard)
    assert re.search(r"recalibrate: camera 'left' is off by [56]\.\d px", trouble.message)


def test_nothing_is_checked_while_something_lies_on_the_tray(tmp_path: Path) -> None:
    with checking(in_force(tmp_path), SEEN) as (shift, bus, heard):
        assert shift.make_when_due() is None
        bus.tell(TrayChanged(Placement.EMPTY))
        bus.tell(TrayChanged(Placement.MOVING))
        assert shift.make_when_due() is None
    assert troubles(heard) == []


def test_without_fixed_markers_there_is_nothing_to_check_and_nothing_to_say(tmp_path: Path) -> None:
    with checking(in_force(tmp_path, marked=False), SEEN) as (shift, bus, heard):
        bus.tell(TrayChanged(Placement.EMPTY))
        assert shift.make_when_due() is None
    assert troubles(heard) == []


def test_pictures_of_another_size_than_the_calibration_are_told_and_do_no_harm(tmp_path: Path) -> None:
    small = {name: np.ascontiguousarray(picture[::2, ::2]) for name, picture in SEEN.items()}
    with checking(in_force(tmp_path), small) as (shift, bus, heard):
        bus.tell(TrayChanged(Placement.EMPTY))
        assert shift.make_when_due() is None
    (trouble,) = troubles(heard)
    assert "could not be checked" in trouble.message


def test_a_check_that_sees_no_marker_is_made_again_ever_more_seldom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = in_force(tmp_path)
    clock_s = [0.0]
    monkeypatch.setattr("booth.workbench.shift.time.monotonic", lambda: clock_s[0])
    blank = {name: np.full_like(picture, 128) for name, picture in SEEN.items()}
    made_s: list[float] = []
    with checking(store, blank) as (shift, bus, heard):
        bus.tell(TrayChanged(Placement.EMPTY))
        while clock_s[0] < 9 * 3600:
            run = shift.make_when_due()
            if run is not None:
                assert run.results["verdict"] == "unchecked"
                made_s.append(clock_s[0])
            clock_s[0] += 30.0
    assert made_s[:4] == [0.0, 60.0, 180.0, 420.0]
    assert len(made_s) < 12
    assert not any(trouble.over for trouble in troubles(heard))
