"""The lane: the tray settles, the capture is taken, the item leaves."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from booth.domain.device import DeviceState
from booth.domain.picture import Calibration
from booth.errors import InputError
from booth.events import (
    Bus,
    Closed,
    FeedChanged,
    Phase,
    Placement,
    Stored,
    TrayChanged,
    Trouble,
)
from booth.lane.station import LastWords
from tests.fakes import (
    Heard,
    wait_until,
)
from tests.feed.serial_fakes import FakeLight, FakeScale
from tests.lane.rig import running


def test_an_item_that_leaves_while_its_undo_runs_is_closed_at_once(tmp_path: Path) -> None:
    with running(tmp_path, undo_s=30) as rig:
        rig.place_unknown()
        rig.station.save()
        rig.wait_for(Phase.SAVED)
        rig.clear()
        wait_until(lambda: bool(rig.heard.of(Closed)))


def test_an_item_that_lies_still_is_captured_once(tmp_path: Path) -> None:
    with running(tmp_path) as rig:
        rig.place_unknown()
        rig.station.save()
        wait_until(lambda: rig.heard.of(TrayChanged)[-1].placement is Placement.REMOVE)
        rig.clear()
        rig.wait_for(Phase.PLACE)
        rig.place(150)
        rig.wait_for(Phase.PRODUCT)
        wait_until(lambda: len(rig.heard.of(Stored)) == 2)
        assert len(rig.store.rows()) == 2


def test_a_missing_camera_stops_the_capture_until_it_is_back(tmp_path: Path) -> None:
    with running(tmp_path) as rig:
        rig.place_without_side()
        assert not rig.store.rows()
        rig.cameras[1].plugged = True
        rig.wait_for(Phase.PRODUCT)


def test_a_screen_that_comes_late_hears_the_last_words(tmp_path: Path) -> None:
    with running(tmp_path) as rig:
        rig.cameras[1].plugged = False
        rig.place()
        wait_until(lambda: rig.station.newest("side") is None)
        wait_until(lambda: any(event.state is DeviceState.LOST for event in rig.heard.of(FeedChanged)))
        wait_until(lambda: bool(rig.heard.of(TrayChanged)))
        late = Heard()
        leave = rig.station.tell_me(late)
        lost = [event.camera_id for event in late.of(FeedChanged) if event.state is DeviceState.LOST]
        leave()
    assert lost == ["side"]
    assert late.of(TrayChanged)


def test_no_event_falls_between_the_last_words_and_those_that_follow(tmp_path: Path) -> None:
    bus, late = Bus(), Heard()
    latest: list[LastWords] = []

    def come(event: object) -> None:
        latest[0].subscribe(late)

    bus.subscribe(come)  # a screen that comes while an event is told
    latest.append(LastWords(bus))
    bus.tell(TrayChanged(Placement.STILL))
    assert late.of(TrayChanged) == [TrayChanged(Placement.STILL)]


def test_the_sentence_about_a_missing_picture_goes_when_the_tray_is_empty(tmp_path: Path) -> None:
    with running(tmp_path) as rig:
        rig.place_without_side()
        rig.clear()
        wait_until(lambda: any(event.over for event in rig.heard.of(Trouble) if event.part == "capture"))


def test_what_lies_there_when_a_calibration_ends_is_no_item(tmp_path: Path) -> None:
    with running(tmp_path) as rig:
        wait_until(lambda: all(rig.station.newest(name) for name in rig.station.camera_ids))
        rig.lane.hold()
        rig.place()
        wait_until(lambda: [each.placement for each in rig.heard.of(TrayChanged)][-1:] == [Placement.STILL])
        rig.lane.go_on()
        rig.clear()
        wait_until(lambda: [each.placement for each in rig.heard.of(TrayChanged)][-1:] == [Placement.EMPTY])
        assert rig.item().sample_id == ""
        rig.place()
        rig.wait_for(Phase.PRODUCT)


def test_nothing_is_captured_while_a_calibration_is_under_way(tmp_path: Path) -> None:
    with running(tmp_path) as rig:
        rig.lane.hold()
        rig.station.capture()
        wait_until(lambda: any("calibration" in trouble.message for trouble in rig.heard.of(Trouble)))
        assert rig.item().sample_id == ""


def test_a_calibration_is_refused_while_an_item_is_inspected(tmp_path: Path) -> None:
    with running(tmp_path) as rig:
        rig.place_unknown()
        with pytest.raises(InputError, match="save it"):
            rig.lane.hold()


def test_no_calibration_begins_while_a_capture_is_being_taken(tmp_path: Path) -> None:
    light = FakeLight(flash_s=1.0)
    seen, go_on = threading.Event(), threading.Event()
    with running(tmp_path, light=light) as rig:

        def flash() -> None:
            seen.set()
            go_on.wait(10.0)

        light.flash = flash  # type: ignore[method-assign]
        wait_until(lambda: all(rig.station.newest(name) for name in rig.station.camera_ids))
        rig.place()
        try:
            wait_until(seen.is_set)
            assert rig.item().phase is Phase.PLACE
            with pytest.raises(InputError, match="being inspected"):
                rig.lane.hold()
        finally:
            go_on.set()
        rig.wait_for(Phase.PRODUCT)


def test_a_tray_that_is_held_gives_no_capture_and_the_item_waits(tmp_path: Path) -> None:
    with running(tmp_path) as rig:
        rig.lane.hold()
        rig.place()
        wait_until(lambda: rig.heard.of(TrayChanged)[-1:] == [TrayChanged(Placement.STILL)])
        rig.station.capture()
        wait_until(lambda: any("calibration is under way" in each.message for each in rig.heard.of(Trouble)))
        assert rig.item().phase is Phase.PLACE
        rig.clear()
        wait_until(lambda: rig.heard.of(TrayChanged)[-1] == TrayChanged(Placement.EMPTY))
        rig.lane.go_on()
        rig.place()
        rig.wait_for(Phase.PRODUCT)


def test_a_camera_whose_pictures_are_not_of_the_calibrated_size_is_told_and_judged_without_it(
    tmp_path: Path,
) -> None:
    with running(tmp_path) as rig:
        rig.lane.ask(lambda: rig.lane.use(of_size(rig.calibration, "side", 640, 480)))
        wait_until(lambda: any(each.part == "picture size" for each in rig.heard.of(Trouble)))
        (told,) = [each for each in rig.heard.of(Trouble) if each.part == "picture size"]
        assert "camera side gives pictures of 96 x 72, and was calibrated at 640 x 480" in told.message
        rig.place()
        capture = rig.wait_for(Phase.PRODUCT).capture
        assert capture is not None
        assert capture.calibration is not None
        assert "side" in capture.calibration.cameras
        assert rig.perception.calibration is not None
        assert list(rig.perception.calibration.cameras) == ["top"]
        rig.lane.ask(lambda: rig.lane.use(rig.calibration))
        wait_until(lambda: [each for each in rig.heard.of(Trouble) if each.part == "picture size"][-1].over)


def of_size(calibration: Calibration, camera_id: str, width: int, height: int) -> Calibration:
    camera = calibration.cameras[camera_id]
    lens = replace(camera.intrinsics, width=width, height=height)
    return replace(calibration, cameras={**calibration.cameras, camera_id: replace(camera, intrinsics=lens)})


def test_a_capture_is_taken_under_the_light_and_carries_the_weight(tmp_path: Path) -> None:
    light, scale = FakeLight(flash_s=1.0), FakeScale()
    scale.grams = 412.5
    with running(tmp_path, light=light, scale=scale) as rig:
        rig.place()
        capture = rig.wait_for(Phase.PRODUCT).capture
        wait_until(lambda: rig.item().kept)
        kept = rig.store.load(rig.item().sample_id).capture
    assert capture is not None
    assert light.flashes == 1
    assert all(each.host_ns > light.flashed_ns for each in capture.poses[0])
    assert kept.weight_g == 412.5


def test_a_light_that_is_gone_stops_the_capture_until_it_is_back(tmp_path: Path) -> None:
    light = FakeLight(flash_s=1.0)
    light.plugged = False
    with running(tmp_path, light=light) as rig:
        rig.place()
        wait_until(lambda: any(each.part == "capture" for each in rig.heard.of(Trouble)))
        assert "light does not answer" in next(
            each.message for each in rig.heard.of(Trouble) if each.part == "capture"
        )
        assert not rig.store.rows()
        light.plugged = True
        rig.wait_for(Phase.PRODUCT)


def test_a_scale_that_is_gone_costs_the_weight_and_not_the_item(tmp_path: Path) -> None:
    scale = FakeScale()
    scale.plugged = False
    with running(tmp_path, scale=scale) as rig:
        rig.place()
        capture = rig.wait_for(Phase.PRODUCT).capture
        assert capture is not None
        assert capture.weight_g is None
        assert {each.part for each in rig.heard.of(Trouble) if not each.over} == {"scale"}  # at each try
