"""One item's visit: examined, kept, named, answered, marked, saved, closed."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from booth.domain.sample import Annotation, SiteIdentity
from booth.domain.terms import DamageType, Outcome, Part, Severity, now
from booth.events import (
    Closed,
    Phase,
    Placement,
    TrayChanged,
    Trouble,
)
from booth.store.records import SampleState
from booth.store.samples import Store
from tests.fakes import (
    wait_until,
)
from tests.lane.rig import SOAP, disposition, running


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
        rig.place_unknown()
        rig.station.save()
        rig.wait_for(Phase.SAVED)
        rig.station.undo()
        rig.wait_for(Phase.VERDICT)
        assert not rig.heard.of(Closed)


def test_stopping_makes_a_pending_save_final(tmp_path: Path) -> None:
    with running(tmp_path, undo_s=30) as rig:
        item = rig.place_unknown()
        rig.station.save()
        rig.wait_for(Phase.SAVED)
    with Store.open(tmp_path, high_water_free_mb=0, ballast_mb=0) as store:
        assert store.load(item.sample_id).closing is not None


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
        item = rig.place_unknown()
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
        rig.place_unknown()
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


def test_an_item_that_was_lifted_before_it_was_saved_keeps_its_undo_time(tmp_path: Path) -> None:
    with running(tmp_path, undo_s=30) as rig:
        rig.place_unknown()
        rig.clear()
        wait_until(lambda: rig.heard.of(TrayChanged)[-1].placement is Placement.EMPTY)
        rig.station.save()
        rig.wait_for(Phase.SAVED)
        rig.station.undo()
        rig.wait_for(Phase.VERDICT)
        assert not rig.heard.of(Closed)
