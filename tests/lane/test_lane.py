"""The lane: the tray settles, the capture is taken, the item leaves."""

from __future__ import annotations

from pathlib import Path

from booth.domain.device import DeviceState
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
