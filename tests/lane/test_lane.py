"""One item's way over the tray: settled, examined, kept, named, answered, saved, closed."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from booth.domain.percept import Reference
from booth.domain.product import Product
from booth.domain.sample import Annotation, Closing, Disposition, SiteIdentity
from booth.domain.terms import DamageType, DispositionKind, Outcome, Part, Severity, now
from booth.events import (
    Bus,
    Closed,
    Died,
    FeedChanged,
    FeedState,
    Item,
    ItemChanged,
    Phase,
    Placement,
    Stored,
    TrayChanged,
    Trouble,
)
from booth.feed import Feed
from booth.lane.examine import Examiner
from booth.lane.lane import Lane
from booth.lane.station import LastWords, RunningStation
from booth.lane.tray import TrayWatch
from booth.lane.visit import Visit
from booth.ports import Service
from booth.store.records import SampleState
from booth.store.references import References
from booth.store.samples import Store
from booth.writer.writer import Writer
from tests.fakes import (
    FakeCamera,
    FakeIndex,
    FakeJudge,
    FakePerception,
    Heard,
    empty_calibration,
    wait_until,
)

SOAP = Product("4006381333931", "Plain soap")


@dataclass
class Rig:
    """A running lane over two fake cameras."""

    cameras: tuple[FakeCamera, FakeCamera]
    perception: FakePerception
    judge: FakeJudge
    index: FakeIndex
    lane: Lane
    station: RunningStation
    store: Store
    heard: Heard

    def item(self) -> Item:
        """The item as last told."""
        changes = self.heard.of(ItemChanged)
        return changes[-1].item if changes else Item()

    def wait_for(self, phase: Phase) -> Item:
        wait_until(lambda: self.item().phase is phase)
        return self.item()

    def place(self, level: int = 200) -> None:
        for camera in self.cameras:
            camera.show_item(level)

    def clear(self) -> None:
        for camera in self.cameras:
            camera.show_empty()

    def save_unknown(self) -> Item:
        """Place an item, call it unknown and save it."""
        self.place()
        self.wait_for(Phase.PRODUCT)
        self.station.choose_product("")
        self.wait_for(Phase.VERDICT)
        self.station.save()
        return self.item()

    def closing_of(self, item: Item) -> Closing:
        closing = self.store.load(item.sample_id).closing
        assert closing is not None
        return closing


@contextmanager
def running(folder: Path, undo_s: float = 0.05) -> Iterator[Rig]:
    bus, heard = Bus(), Heard()
    bus.subscribe(heard)
    cameras = (FakeCamera("top"), FakeCamera("side"))
    calibration = empty_calibration("top", "side")
    perception, judge, index = FakePerception(), FakeJudge(), FakeIndex(SOAP)
    references = References(folder)
    patches = np.zeros((2, 2, 3), np.float32)
    references.add(
        SOAP.gtin, "1", Reference("ab" * 32, "top", "fake-trunk", patches), np.zeros((9, 9, 3), np.uint8)
    )
    with ExitStack() as stack:
        store = stack.enter_context(Store.open(folder, high_water_free_mb=0, ballast_mb=0))
        writer = Writer(store, bus)
        feeds = [Feed(camera, bus, 1.0) for camera in cameras]
        examiner = Examiner(perception, judge, index, (), references, calibration)
        visit = Visit("booth-1", examiner, writer, bus, undo_s)
        lane = Lane(visit, feeds, TrayWatch(calibration, 0.1), calibration, bus, 1.0)
        station = RunningStation(lane, feeds, index, store, writer, bus, None)
        parts: tuple[Service, ...] = (writer, *feeds, lane)
        for part in parts:
            stack.callback(part.stop)
            part.start()
        yield Rig(cameras, perception, judge, index, lane, station, store, heard)
    assert not heard.of(Died)


def disposition() -> Disposition:
    return Disposition(DispositionKind.SELL, "anna", now())


def test_an_item_is_kept_before_anyone_speaks_and_closed_when_the_undo_has_run_out(
    tmp_path: Path,
) -> None:
    with running(tmp_path) as rig:
        rig.station.identify_as(SiteIdentity(licence_plate="LP1", source="scanned"))
        rig.place()
        item = rig.wait_for(Phase.PRODUCT)
        wait_until(lambda: rig.item().kept)
        assert rig.store.rows()[0].state is SampleState.KEPT
        rig.station.choose_product(SOAP.gtin)
        wait_until(lambda: rig.item().product == SOAP)
        rig.station.answer(Outcome.OK)
        rig.station.decide(disposition())
        rig.station.save()
        wait_until(lambda: bool(rig.heard.of(Closed)))
        rig.clear()
        rig.wait_for(Phase.PLACE)
        sample = rig.store.load(item.sample_id)
    assert sample.closing is not None
    assert sample.closing.gtin == SOAP.gtin
    assert sample.closing.identity.licence_plate == "LP1"
    assert sample.closing.person_outcome is Outcome.OK
    assert {frame.camera_id for frame in sample.capture.poses[0]} == {"top", "side"}


def test_naming_the_product_appends_a_second_verdict_and_leaves_the_first(tmp_path: Path) -> None:
    with running(tmp_path) as rig:
        rig.place()
        item = rig.wait_for(Phase.PRODUCT)
        rig.station.choose_product(SOAP.gtin)
        wait_until(lambda: rig.item().phase is Phase.VERDICT and rig.item().verdict is not item.verdict)
        rig.station.save()
        wait_until(lambda: bool(rig.heard.of(Closed)))
        sample = rig.store.load(item.sample_id)
    assert [verdict.gtin for verdict in sample.verdicts] == [""]
    assert sample.closing is not None
    assert [verdict.gtin for verdict in sample.closing.verdicts] == [SOAP.gtin]


def test_a_save_can_be_undone_while_there_is_time(tmp_path: Path) -> None:
    with running(tmp_path, undo_s=30) as rig:
        rig.place()
        rig.wait_for(Phase.PRODUCT)
        rig.station.choose_product("")
        rig.wait_for(Phase.VERDICT)
        rig.station.save()
        rig.wait_for(Phase.SAVED)
        rig.station.undo()
        rig.wait_for(Phase.VERDICT)
        assert not rig.heard.of(Closed)


def test_an_item_that_leaves_while_its_undo_runs_is_closed_at_once(tmp_path: Path) -> None:
    with running(tmp_path, undo_s=30) as rig:
        rig.place()
        rig.wait_for(Phase.PRODUCT)
        rig.station.choose_product("")
        rig.wait_for(Phase.VERDICT)
        rig.station.save()
        rig.wait_for(Phase.SAVED)
        rig.clear()
        wait_until(lambda: bool(rig.heard.of(Closed)))


def test_stopping_makes_a_pending_save_final(tmp_path: Path) -> None:
    with running(tmp_path, undo_s=30) as rig:
        rig.place()
        item = rig.wait_for(Phase.PRODUCT)
        rig.station.choose_product("")
        rig.wait_for(Phase.VERDICT)
        rig.station.save()
        rig.wait_for(Phase.SAVED)
    with Store.open(tmp_path, high_water_free_mb=0, ballast_mb=0) as store:
        assert store.load(item.sample_id).closing is not None


def test_an_item_that_lies_still_is_captured_once(tmp_path: Path) -> None:
    with running(tmp_path) as rig:
        rig.place()
        rig.wait_for(Phase.PRODUCT)
        rig.station.choose_product("")
        rig.wait_for(Phase.VERDICT)
        rig.station.save()
        wait_until(lambda: rig.heard.of(TrayChanged)[-1].placement is Placement.REMOVE)
        rig.clear()
        rig.wait_for(Phase.PLACE)
        rig.place(150)
        rig.wait_for(Phase.PRODUCT)
        wait_until(lambda: len(rig.heard.of(Stored)) == 2)
        assert len(rig.store.rows()) == 2


def test_broken_weights_keep_the_sample_unjudged(tmp_path: Path) -> None:
    with running(tmp_path) as rig:
        rig.perception.broken = True
        rig.place()
        item = rig.wait_for(Phase.PRODUCT)
        wait_until(lambda: rig.item().kept)
        assert rig.store.load(item.sample_id).verdicts == ()
        assert any("unjudged" in trouble.message for trouble in rig.heard.of(Trouble))


def test_references_that_cannot_be_read_keep_the_sample_unjudged(tmp_path: Path) -> None:
    with running(tmp_path) as rig:
        (features,) = (tmp_path / "gallery").rglob("features-*.npy")
        features.unlink()
        rig.place()
        item = rig.wait_for(Phase.PRODUCT)
        rig.station.choose_product(SOAP.gtin)
        wait_until(lambda: rig.item().product == SOAP)
        assert any("enrol its picture again" in trouble.message for trouble in rig.heard.of(Trouble))
        rig.station.save()
        wait_until(lambda: bool(rig.heard.of(Closed)))
        closing = rig.store.load(item.sample_id).closing
    assert closing is not None
    assert closing.verdicts == ()


def test_a_missing_camera_stops_the_capture_until_it_is_back(tmp_path: Path) -> None:
    with running(tmp_path) as rig:
        wait_until(lambda: all(rig.station.newest(name) for name in rig.station.camera_ids))
        rig.cameras[1].plugged = False
        wait_until(lambda: rig.station.newest("side") is None)
        rig.place()
        wait_until(lambda: any("side" in trouble.message for trouble in rig.heard.of(Trouble)))
        assert not rig.store.rows()
        rig.cameras[1].plugged = True
        rig.wait_for(Phase.PRODUCT)


def test_marks_are_added_replaced_and_removed(tmp_path: Path) -> None:
    def mark(name: str, severity: Severity) -> Annotation:
        box = ((1.0, 2.0), (30.0, 40.0))
        return Annotation(name, "top", box, DamageType.TEAR, severity, Part.PACKAGING, "anna", now())

    with running(tmp_path) as rig:
        rig.place()
        item = rig.wait_for(Phase.PRODUCT)
        rig.station.choose_product("")
        rig.station.mark(mark("m1", Severity.MINOR))
        rig.station.mark(mark("m2", Severity.MINOR))
        rig.station.mark(mark("m1", Severity.MAJOR))
        rig.station.unmark("m2")
        rig.station.save()
        wait_until(lambda: bool(rig.heard.of(Closed)))
        closing = rig.store.load(item.sample_id).closing
    assert closing is not None
    assert [(m.annotation_id, m.severity) for m in closing.annotations] == [("m1", Severity.MAJOR)]


def test_a_product_that_is_not_in_the_catalogue_is_told(tmp_path: Path) -> None:
    with running(tmp_path) as rig:
        rig.place()
        rig.wait_for(Phase.PRODUCT)
        rig.station.choose_product("4006381333900")
        wait_until(lambda: any("4006381333900" in trouble.message for trouble in rig.heard.of(Trouble)))
        assert rig.item().phase is Phase.PRODUCT


def test_a_screen_that_comes_late_hears_the_last_words(tmp_path: Path) -> None:
    with running(tmp_path) as rig:
        rig.cameras[1].plugged = False
        rig.place()
        wait_until(lambda: rig.station.newest("side") is None)
        wait_until(lambda: any(event.state is FeedState.LOST for event in rig.heard.of(FeedChanged)))
        wait_until(lambda: bool(rig.heard.of(TrayChanged)))
        late = Heard()
        leave = rig.station.tell_me(late)
        lost = [event.camera_id for event in late.of(FeedChanged) if event.state is FeedState.LOST]
        leave()
    assert lost == ["side"]
    assert late.of(TrayChanged)


def test_no_identity_passes_from_one_item_to_the_next(tmp_path: Path) -> None:
    with running(tmp_path) as rig:
        rig.station.identify_as(SiteIdentity("LP1", tote="T1", source="scanned"))
        first = rig.save_unknown()
        assert rig.wait_for(Phase.CLOSED).identity == SiteIdentity()
        rig.station.capture()
        second = rig.wait_for(Phase.PRODUCT)
        assert second.identity == SiteIdentity()
        rig.station.choose_product("")
        rig.station.save()
        rig.wait_for(Phase.CLOSED)
        rig.station.identify_as(SiteIdentity("LP3", source="scanned"))
        wait_until(lambda: rig.item().identity.licence_plate == "LP3")
        rig.clear()
        rig.wait_for(Phase.PLACE)
        rig.place(150)
        assert rig.wait_for(Phase.PRODUCT).identity.licence_plate == "LP3"
        wait_until(lambda: len(rig.heard.of(Closed)) == 2)
        plates = [rig.closing_of(item).identity.licence_plate for item in (first, second)]
    assert plates == ["LP1", ""]


def test_a_plate_scanned_after_the_save_is_refused_and_told(tmp_path: Path) -> None:
    with running(tmp_path, undo_s=30) as rig:
        rig.station.identify_as(SiteIdentity("LP1", source="scanned"))
        item = rig.save_unknown()
        rig.wait_for(Phase.SAVED)
        rig.station.identify_as(SiteIdentity("LP2", source="scanned"))
        wait_until(lambda: any("saved" in trouble.message for trouble in rig.heard.of(Trouble)))
        rig.clear()
        wait_until(lambda: bool(rig.heard.of(Closed)))
        assert rig.closing_of(item).identity.licence_plate == "LP1"


def test_a_catalogue_that_refuses_leaves_the_item_without_a_product_and_the_lane_at_work(
    tmp_path: Path,
) -> None:
    with running(tmp_path) as rig:
        rig.index.broken = True
        rig.place()
        item = rig.wait_for(Phase.PRODUCT)
        wait_until(lambda: rig.item().kept)
        assert rig.store.load(item.sample_id).identification.gtin == ""
        rig.station.choose_product(SOAP.gtin)
        wait_until(lambda: any(trouble.part == "request" for trouble in rig.heard.of(Trouble)))
        rig.index.broken = False
        rig.station.choose_product(SOAP.gtin)
        wait_until(lambda: rig.item().product == SOAP)
        wait_until(lambda: [t.over for t in rig.heard.of(Trouble) if t.part == "request"] == [False, True])
        messages = [trouble.message for trouble in rig.heard.of(Trouble) if not trouble.over]
    assert messages[0] == "the item is kept without a product: the catalogue is locked"


def test_a_product_that_cannot_be_judged_does_not_show_the_verdict_of_another(tmp_path: Path) -> None:
    with running(tmp_path) as rig:
        rig.place()
        item = rig.wait_for(Phase.PRODUCT)
        assert item.verdict is not None
        rig.judge.broken = True
        rig.station.choose_product(SOAP.gtin)
        assert rig.wait_for(Phase.VERDICT).verdict is None
        rig.station.save()
        wait_until(lambda: bool(rig.heard.of(Closed)))
        sample = rig.store.load(item.sample_id)
    assert [verdict.gtin for verdict in sample.verdicts] == [""]
    assert any("judge is broken" in trouble.message for trouble in rig.heard.of(Trouble))


def test_a_save_that_was_asked_just_before_the_stop_is_final(tmp_path: Path) -> None:
    held = threading.Event()
    with running(tmp_path, undo_s=30) as rig:
        rig.place()
        item = rig.wait_for(Phase.PRODUCT)
        rig.station.choose_product("")
        rig.wait_for(Phase.VERDICT)
        rig.lane.ask(lambda: assert_waited(held))
        rig.station.save()
        stopper = threading.Thread(target=rig.lane.stop)
        stopper.start()
        held.set()
        stopper.join(10)
    with Store.open(tmp_path, high_water_free_mb=0, ballast_mb=0) as store:
        assert store.load(item.sample_id).closing is not None


def test_an_undo_that_was_asked_in_time_counts_though_the_lane_was_busy(tmp_path: Path) -> None:
    held = threading.Event()
    with running(tmp_path, undo_s=0.2) as rig:
        rig.place()
        rig.wait_for(Phase.PRODUCT)
        rig.station.choose_product("")
        rig.wait_for(Phase.VERDICT)
        rig.station.save()
        rig.lane.ask(lambda: assert_waited(held))
        rig.station.undo()
        saved = rig.wait_for(Phase.SAVED)
        wait_until(lambda: time.monotonic_ns() > saved.undo_until_ns)
        held.set()
        rig.wait_for(Phase.VERDICT)
        assert not rig.heard.of(Closed)


def assert_waited(held: threading.Event) -> None:
    """Hold the lane until it is let go."""
    assert held.wait(10)


def test_no_event_falls_between_the_last_words_and_those_that_follow(tmp_path: Path) -> None:
    bus, late = Bus(), Heard()
    latest: list[LastWords] = []

    def come(event: object) -> None:
        latest[0].subscribe(late)

    bus.subscribe(come)  # a screen that comes while an event is told
    latest.append(LastWords(bus))
    bus.tell(TrayChanged(Placement.STILL))
    assert late.of(TrayChanged) == [TrayChanged(Placement.STILL)]


def test_an_item_that_was_lifted_before_it_was_saved_keeps_its_undo_time(tmp_path: Path) -> None:
    with running(tmp_path, undo_s=30) as rig:
        rig.place()
        rig.wait_for(Phase.PRODUCT)
        rig.station.choose_product("")
        rig.wait_for(Phase.VERDICT)
        rig.clear()
        wait_until(lambda: rig.heard.of(TrayChanged)[-1].placement is Placement.EMPTY)
        rig.station.save()
        rig.wait_for(Phase.SAVED)
        rig.station.undo()
        rig.wait_for(Phase.VERDICT)
        assert not rig.heard.of(Closed)


def test_the_sentence_about_a_missing_picture_goes_when_the_tray_is_empty(tmp_path: Path) -> None:
    with running(tmp_path) as rig:
        wait_until(lambda: all(rig.station.newest(name) for name in rig.station.camera_ids))
        rig.cameras[1].plugged = False
        wait_until(lambda: rig.station.newest("side") is None)
        rig.place()
        wait_until(lambda: any("side" in trouble.message for trouble in rig.heard.of(Trouble)))
        rig.clear()
        wait_until(lambda: any(event.over for event in rig.heard.of(Trouble) if event.part == "capture"))
