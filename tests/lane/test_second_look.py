"""The second look names what the first could not, and makes the booth ask where the code is wrong."""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path

from booth.domain.product import BarcodeRead, Candidate, Identification, Product
from booth.errors import BoothError
from booth.events import Bus, Died, Phase, Trouble
from booth.lane.second_look import Errand, SecondLook
from tests.fakes import Heard, wait_until
from tests.lane.rig import SOAP, disposition, running

TEA = Product("4006381333948", "Green tea")


def found(gtin: str, doubt: str = "", code: str = "") -> Identification:
    barcodes = (BarcodeRead("top", "EAN-13", code, code),) if code else ()
    candidates = tuple(Candidate(each.gtin, 1.0, "image") for each in (SOAP, TEA))
    return Identification(barcodes, candidates, gtin, doubt=doubt)


def test_words_that_are_read_later_name_the_product(tmp_path: Path) -> None:
    with running(tmp_path) as rig:
        rig.reader.words = ("plain", "soap")
        rig.finder.answers = [found(""), found(SOAP.gtin)]
        rig.place()
        item = rig.wait_for(Phase.VERDICT)
        assert item.product == SOAP
        assert item.gtin_source == "evidence"
        assert item.verdict is not None
        assert item.verdict.gtin == SOAP.gtin
        assert [word.text for word in rig.finder.queries[-1].words] == ["plain", "soap"]


def test_a_code_that_everything_else_speaks_against_is_asked_about(tmp_path: Path) -> None:
    doubt = "the code says Plain soap; the words say Green tea"
    with running(tmp_path) as rig:
        rig.reader.words = ("green", "tea")
        rig.finder.answers = [found(SOAP.gtin, code=SOAP.gtin), found("", doubt, SOAP.gtin)]
        rig.place()
        item = rig.wait_for(Phase.PRODUCT)
        assert item.product is None
        assert item.identification is not None
        assert item.identification.doubt == doubt
        rig.station.choose_product(SOAP.gtin)
        item = rig.wait_for(Phase.VERDICT)
        assert (item.product, item.gtin_source) == (SOAP, "associate")


def test_a_persons_word_stands_against_the_second_look(tmp_path: Path) -> None:
    with running(tmp_path) as rig:
        rig.reader.words = ("plain",)
        rig.reader.hold()
        rig.finder.answers = [found(""), found(SOAP.gtin)]
        rig.place()
        rig.wait_for(Phase.PRODUCT)
        rig.station.choose_product("")
        item = rig.wait_for(Phase.VERDICT)
        rig.reader.go_on()
        wait_until(lambda: len(rig.lane.visit.searches) == 2)
        assert (rig.item().product, rig.item().verdict) == (None, item.verdict)
        rig.station.decide(disposition())
        rig.station.save()
        item = rig.wait_for(Phase.CLOSED)
        wait_until(lambda: rig.is_closed(item))
        assert [each.gtin for each in rig.closing_of(item).identifications] == [SOAP.gtin]
        [(sample_id, searches, gtin)] = rig.lessons.learnt
        assert (sample_id, len(searches), gtin) == (item.sample_id, 2, "")


def test_a_second_look_that_comes_after_the_item_left_changes_nothing(tmp_path: Path) -> None:
    with running(tmp_path) as rig:
        rig.reader.words = ("plain",)
        rig.reader.hold()
        rig.finder.answers = [found("")]
        item = rig.save_unknown()
        rig.wait_for(Phase.CLOSED)
        rig.reader.go_on()
        rig.clear()
        rig.wait_for(Phase.PLACE)
        wait_until(lambda: len(rig.finder.queries) >= 2)
        assert rig.closing_of(item).identifications == ()


def test_what_was_typed_is_learnt_from(tmp_path: Path) -> None:
    with running(tmp_path) as rig:
        rig.finder.answers = [found("")]
        rig.place()
        rig.wait_for(Phase.PRODUCT)
        rig.station.choose_product(SOAP.gtin, "soap pla")
        rig.wait_for(Phase.VERDICT)
        assert rig.finder.queries[-1].typed_text == "soap pla"


def test_a_reader_that_fails_is_told_and_the_item_goes_on(tmp_path: Path) -> None:
    with running(tmp_path) as rig:
        rig.reader.broken = True
        rig.finder.answers = [found("")]
        rig.place()
        rig.wait_for(Phase.PRODUCT)
        wait_until(lambda: any(trouble.part == "second look" for trouble in rig.heard.of(Trouble)))
        rig.station.choose_product(SOAP.gtin)
        assert rig.wait_for(Phase.VERDICT).product == SOAP


def test_what_was_typed_stays_the_last_word_when_the_second_look_comes_after_it(tmp_path: Path) -> None:
    with running(tmp_path) as rig:
        rig.reader.words = ("plain",)
        rig.reader.hold()
        rig.finder.answers = [found("")]
        rig.place()
        rig.wait_for(Phase.PRODUCT)
        rig.station.choose_product(SOAP.gtin, "soap pla")
        rig.wait_for(Phase.VERDICT)
        rig.reader.go_on()
        wait_until(lambda: len(rig.lane.visit.searches) == 3)
        queries = [search.query for search in rig.lane.visit.searches]
        assert [len(query.words) for query in queries] == [0, 1, 0]
        assert [query.typed_text for query in queries] == ["", "", "soap pla"]


def test_an_errand_that_is_refused_ends_no_thread() -> None:
    bus, heard, done = Bus(), Heard(), threading.Event()
    bus.subscribe(heard)
    second_look = SecondLook(bus)

    def refused() -> None:
        raise BoothError("the booth is busy; try again in a moment")

    second_look.start()
    second_look.send(Errand("first", refused))
    wait_until(lambda: any("busy" in each.message for each in heard.of(Trouble)))
    second_look.send(Errand("second", done.set))
    assert done.wait(10)
    second_look.stop()
    assert not heard.of(Died)


def test_only_the_newest_errand_waits() -> None:
    bus, heard, begun, go_on = Bus(), Heard(), threading.Event(), threading.Event()
    bus.subscribe(heard)
    done: list[str] = []

    def first() -> None:
        begun.set()
        assert go_on.wait(10)
        done.append("first")

    second_look = SecondLook(bus)
    second_look.start()
    second_look.send(Errand("first", first))
    assert begun.wait(10)
    for name in ("second", "third"):
        second_look.send(Errand(name, partial(done.append, name)))
    go_on.set()
    wait_until(lambda: done == ["first", "third"])
    second_look.stop()
    assert not heard.of(Died)
