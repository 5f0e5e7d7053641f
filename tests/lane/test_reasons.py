"""Why a place is thought damaged: cut out of the item's picture and the reference's, alike in both."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from booth.domain.percept import Reference
from booth.domain.picture import Capture, Frame, Region
from booth.domain.terms import Outcome, now
from booth.domain.verdict import Finding, HeatMap, Verdict
from booth.events import Bus, Died, Explained
from booth.lane.patches import OUTSIDE, SIDE_PX, box_within, cut, like_window, window_about
from booth.lane.reasons import Reasons
from booth.regions import part, resampled
from booth.store import pictures
from booth.store.looks import Looks
from booth.store.reference_files import PICTURE
from booth.store.references import References, reference_id_of
from tests.fakes import FakePerception, Heard, wait_until
from tests.lane.rig import SOAP, running

ITEM = Region(100, 60, 200, 160)
WHOLE = (0.0, 0.0, 1.0, 1.0)


def art(width: int = 400, height: int = 280, blot: bool = False) -> np.ndarray:
    """A smooth picture in which every place differs; a blot lies at the middle of (250, 100)."""
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    waves = [np.sin(columns / 23 + rows / 41), np.cos(columns / 37 - rows / 19), np.sin(rows / 29)]
    rgb = np.stack([(110 + 70 * wave).astype(np.uint8) for wave in waves], axis=-1)
    if blot:
        rgb[90:110, 240:260] = 255
    return rgb


def finding(place: Region, like: tuple[float, float, float, float] | None, reference_id: str) -> Finding:
    return Finding("top", place, 0.9, "foreign", {"foreign": 1.0}, None, reference_id, like)


def verdict(*findings: Finding, item: Region = ITEM) -> Verdict:
    heat = HeatMap("top", item, np.ones((40, 40), np.float32))
    return Verdict(
        "verdict-1", now(), Outcome.DAMAGED, 0.9, SOAP.gtin, 1, heat_maps=(heat,), findings=findings
    )


def capture(rgb: np.ndarray) -> Capture:
    return Capture("capture-1", now(), ((Frame("top", rgb, None, 0, 1),),))


def enrol(folder: Path, rgb: np.ndarray, region: Region | None) -> str:
    """Keep a picture as a reference, and where it shows its item."""
    references, looks = References(folder), Looks(folder)
    reference_id = reference_id_of(rgb)
    patches = np.zeros((2, 2, 3), np.float32)
    references.add(SOAP.gtin, "1", Reference(reference_id, "top", "fake-trunk", patches), rgb)
    if region is not None:
        [pictured] = looks.of(SOAP.gtin, "e1")
        looks.keep(pictured.number, "e1", region, np.ones(256, np.float32))
    references.close()
    looks.close()
    return reference_id


@pytest.fixture
def looks(tmp_path: Path) -> Iterator[Looks]:
    made = Looks(tmp_path)
    yield made
    made.close()


def differ(one: np.ndarray | None, other: np.ndarray) -> float:
    assert one is not None
    assert one.shape == other.shape == (SIDE_PX, SIDE_PX, 3)
    return float(np.abs(one.astype(int) - other).mean())


def test_the_place_is_shown_beside_the_like_place_of_the_reference(tmp_path: Path, looks: Looks) -> None:
    place = part(ITEM, 0.7, 0.15, 0.8, 0.35)
    reference_id = enrol(tmp_path, art(), ITEM)
    said = verdict(finding(place, (0.7, 0.15, 0.8, 0.35), reference_id))
    [reason] = Reasons(looks, FakePerception(), Bus()).reasons(capture(art(blot=True)), said)
    middle = SIDE_PX // 2
    assert reason.seen[middle, middle].tolist() == [255, 255, 255]
    assert reason.reference is not None
    assert differ(reason.reference, reason.seen) > 5
    border = np.ones((SIDE_PX, SIDE_PX), bool)
    border[60:-60, 60:-60] = False
    assert np.abs(reason.seen[border].astype(int) - reason.reference[border]).max() <= 2
    left, top, right, bottom = reason.box
    assert 0 < left < 0.5 < right < 1
    assert 0 < top < 0.5 < bottom < 1
    assert reason.finding is said.findings[0]


def test_a_reference_of_another_size_is_shown_at_the_same_scale(tmp_path: Path, looks: Looks) -> None:
    small = np.ascontiguousarray(resampled(art(), Region(0, 0, 400, 280), (200, 140)))
    reference_id = enrol(tmp_path, small, Region(50, 30, 100, 80))
    like = (0.4, 0.4, 0.6, 0.6)
    said = verdict(finding(part(ITEM, *like), like, reference_id))
    [reason] = Reasons(looks, FakePerception(), Bus()).reasons(capture(art()), said)
    assert differ(reason.reference, reason.seen) < 3


def test_an_item_that_lost_a_part_is_shown_at_the_scale_of_its_camera(tmp_path: Path, looks: Looks) -> None:
    reference_id = enrol(tmp_path, art(), ITEM)
    half = replace(ITEM, width=ITEM.width // 2)
    said = verdict(finding(part(half, 0.4, 0.4, 0.8, 0.6), (0.1, 0.4, 0.5, 0.6), reference_id), item=half)
    [reason] = Reasons(looks, FakePerception(), Bus()).reasons(capture(art()), said)
    assert differ(reason.reference, reason.seen) < 1


def test_what_lies_turned_is_shown_upright_beside_it(tmp_path: Path, looks: Looks) -> None:
    turned = replace(ITEM, turn_deg=30.0)
    upright = np.ascontiguousarray(resampled(art(), turned, (turned.width, turned.height)))
    reference_id = enrol(tmp_path, upright, Region(0, 0, 200, 160))
    like = (0.4, 0.35, 0.6, 0.55)
    said = verdict(finding(part(turned, *like), like, reference_id), item=turned)
    [reason] = Reasons(looks, FakePerception(), Bus()).reasons(capture(art()), said)
    assert differ(reason.reference, reason.seen) < 3


def test_a_place_at_the_pictures_edge_is_grey_beyond_it_and_stays_in_the_middle(
    tmp_path: Path, looks: Looks
) -> None:
    item = Region(0, 0, 400, 280)
    reference_id = enrol(tmp_path, art(), item)
    like = (0.0, 0.0, 0.1, 0.1)
    [reason] = Reasons(looks, FakePerception(), Bus()).reasons(
        capture(art()), verdict(finding(part(item, *like), like, reference_id), item=item)
    )
    assert (reason.seen[2, 2] == OUTSIDE).all()
    assert (reason.seen[-2, -2] != OUTSIDE).any()
    assert differ(reason.reference, reason.seen) < 1


def test_a_like_place_that_was_cut_off_at_the_items_edge_keeps_its_scale() -> None:
    place = part(ITEM, 0.2, 0.2, 0.4, 0.4)
    window = window_about(place, ITEM)
    whole = like_window(window, place, ITEM, (-0.1, 0.2, 0.1, 0.4), ITEM)
    shortened = like_window(window, place, ITEM, (0.0, 0.2, 0.1, 0.4), ITEM)
    assert (shortened.width, shortened.height) == (window.width, window.height)
    assert shortened == whole
    far = like_window(window, place, ITEM, (0.9, 0.95, 1.0, 1.0), ITEM)
    assert (far.width, far.height) == (window.width, window.height)
    assert far.x > window.x


def test_a_place_without_a_known_item_still_finds_its_like() -> None:
    place = part(ITEM, 0.4, 0.4, 0.6, 0.6)
    window = window_about(place, None)
    assert like_window(window, place, None, (0.4, 0.4, 0.6, 0.6), ITEM) == window
    left, top, right, bottom = box_within(place, window)
    assert (left + right, top + bottom) == (1.0, 1.0)


def test_a_reference_whose_item_nobody_looked_at_is_looked_at(tmp_path: Path, looks: Looks) -> None:
    reference_id = enrol(tmp_path, art(), None)
    said = verdict(finding(part(ITEM, 0.4, 0.4, 0.6, 0.6), (0.4, 0.4, 0.6, 0.6), reference_id))
    [reason] = Reasons(looks, FakePerception(), Bus()).reasons(capture(art()), said)
    assert reason.reference is not None
    broken = FakePerception()
    broken.broken = True
    [reason] = Reasons(looks, broken, Bus()).reasons(capture(art()), said)
    assert reason.reference is None


def remove(path: Path) -> None:
    path.unlink()


def spoil(path: Path) -> None:
    path.write_bytes(b"no picture")


def replace_pixels(path: Path) -> None:
    path.write_bytes(pictures.encode(PICTURE, art(blot=True)))


@pytest.mark.parametrize("harm", [remove, spoil, replace_pixels])
def test_a_reference_that_cannot_be_read_leaves_the_reason_without_it(
    tmp_path: Path, looks: Looks, harm: object
) -> None:
    reference_id = enrol(tmp_path, art(), ITEM)
    [path] = (tmp_path / "gallery" / "kept").rglob(PICTURE)
    assert callable(harm)
    harm(path)
    said = verdict(finding(part(ITEM, 0.4, 0.4, 0.6, 0.6), (0.4, 0.4, 0.6, 0.6), reference_id))
    [reason] = Reasons(looks, FakePerception(), Bus()).reasons(capture(art()), said)
    assert reason.reference is None
    assert reason.seen.shape == (SIDE_PX, SIDE_PX, 3)


@pytest.mark.parametrize(
    ("place", "like", "count"),
    [
        (Region(10, 10, 0, 5), WHOLE, 0),
        (Region(10, 10, 20, 5, math.nan), WHOLE, 0),
        (Region(10, 10, 10**9, 5), WHOLE, 0),
        (Region(10**12, 10, 10, 5), WHOLE, 0),
        (Region(900, 900, 20, 20), WHOLE, 1),
        (Region(10, 10, 20, 5), (0.0, 0.0, math.nan, 1.0), 1),
        (Region(10, 10, 20, 5), (0.6, 0.0, 0.5, 1.0), 1),
        (Region(10, 10, 20, 5), (0.0, 0.0, 1e300, 1e300), 1),
    ],
)
def test_places_that_no_picture_has_end_nothing(
    tmp_path: Path, looks: Looks, place: Region, like: tuple[float, float, float, float], count: int
) -> None:
    reference_id = enrol(tmp_path, art(), ITEM)
    reasons = Reasons(looks, FakePerception(), Bus())
    assert len(reasons.reasons(capture(art()), verdict(finding(place, like, reference_id)))) == count


def test_a_finding_of_a_view_that_the_capture_lacks_is_left_out(looks: Looks) -> None:
    stray = replace(finding(ITEM, None, ""), view="side")
    [reason] = Reasons(looks, FakePerception(), Bus()).reasons(
        capture(art()), verdict(stray, finding(ITEM, None, ""))
    )
    assert (reason.finding.view, reason.reference) == ("top", None)


def test_a_patch_of_a_huge_place_is_as_large_as_any() -> None:
    assert cut(art(), Region(-4000, -4000, 12_000, 12_000)).shape == (SIDE_PX, SIDE_PX, 3)
    assert cut(art(), Region(5, 5, 1, 1)).shape == (SIDE_PX, SIDE_PX, 3)


def test_a_question_of_the_screen_is_answered_by_an_event(tmp_path: Path) -> None:
    with running(tmp_path) as rig:
        rig.station.explain(capture(art()), verdict(finding(ITEM, WHOLE, "ab" * 32)))
        wait_until(lambda: bool(rig.heard.of(Explained)))
        [told] = rig.heard.of(Explained)
        assert told.verdict_id == "verdict-1"
        [reason] = told.reasons
        assert reason.reference is None, "its picture is not what its name says"


def test_the_newest_of_many_questions_is_answered_last(tmp_path: Path, looks: Looks) -> None:
    bus, heard = Bus(), Heard()
    bus.subscribe(heard)
    reasons = Reasons(looks, FakePerception(), bus)
    for number in range(20):
        reasons.ask(capture(art()), replace(verdict(), verdict_id=f"verdict-{number}"))
    reasons.start()
    wait_until(lambda: bool(heard.of(Explained)))
    reasons.stop()
    assert [told.verdict_id for told in heard.of(Explained)] == ["verdict-19"]
    assert not heard.of(Died)
