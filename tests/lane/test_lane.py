"""The lane: the tray settles, the capture is taken, the item leaves."""

from __future__ import annotations

from pathlib import Path

import pytest

from booth.domain.device import DeviceState
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
