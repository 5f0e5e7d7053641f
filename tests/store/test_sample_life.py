"""The life of a sample: kept, closed, amended, uploaded, receipted, evicted."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from booth.domain.sample import Sample
from booth.domain.terms import DispositionKind, Outcome
from booth.errors import StoreError
from booth.store.records import SampleState
from booth.store.samples import Store
from tests.samples import GTIN, make_amendment, make_closing, make_frame, make_sample, make_verdict


def same(one: Sample, other: Sample) -> bool:
    """Whether two samples are the same, heat maps within their step."""
    frames = zip(one.capture.views(), other.capture.views(), strict=True)
    maps = zip(
        (each for verdict in one.verdicts for each in verdict.heat_maps),
        (each for verdict in other.verdicts for each in verdict.heat_maps),
        strict=True,
    )
    return (
        (one.sample_id, one.booth_id, one.kept_at) == (other.sample_id, other.booth_id, other.kept_at)
        and one.identification == other.identification
        and all(a.name == b.name and np.array_equal(a.frame.rgb, b.frame.rgb) for a, b in frames)
        and all(
            np.array_equal(a.frame.depth_mm, b.frame.depth_mm)  # type: ignore[arg-type]
            for a, b in zip(one.capture.views(), other.capture.views(), strict=True)
            if a.frame.depth_mm is not None or b.frame.depth_mm is not None
        )
        and all(a.region == b.region and np.allclose(a.values, b.values, atol=1e-5) for a, b in maps)
    )


def closed(store: Store, sample_id: str = "s1") -> str:
    store.keep(make_sample(sample_id))
    store.close_sample(sample_id, make_closing())
    return sample_id


def receipted(store: Store, sample_id: str = "s1") -> str:
    closed(store, sample_id)
    store.sent(sample_id)
    store.receipted(sample_id, b"receipt")
    return sample_id


@pytest.mark.parametrize("depth", [True, False])
def test_a_kept_sample_comes_back_with_its_pictures(store: Store, depth: bool) -> None:
    sample = make_sample(poses=2, depth=depth)
    store.keep(sample)
    again = store.load(sample.sample_id)
    assert same(sample, again)
    assert [view.name for view in again.capture.views()] == ["top", "side", "top#2", "side#2"]
    assert again.closing is None


def test_a_sample_without_verdict_is_kept_unjudged(store: Store) -> None:
    store.keep(make_sample("s1", verdicts=()))
    assert store.load("s1").verdicts == ()
    assert store.recent()[0].outcome is None


def test_the_same_frame_twice_is_kept_twice(store: Store) -> None:
    frame = make_frame("top")
    sample = make_sample("s1")
    object.__setattr__(sample.capture, "poses", ((frame,), (frame,)))
    store.keep(sample)
    assert [view.name for view in store.load("s1").capture.views()] == ["top", "top#2"]


HOSTILE_IDS = ["../s", "a/b", "", ".", "..", "s.closing", "s\n", "x" * 101, "\0", "-a"]
UNFIT_CHANGES: list[dict[str, object]] = [
    {"colour": "red"},
    {"verdicts": []},
    {"gtin": 3},
    {"person_outcome": "perhaps"},
    {"gtin": {1}},
]


@pytest.mark.parametrize("sample_id", HOSTILE_IDS)
def test_a_hostile_sample_id_is_refused(store: Store, tmp_path: Path, sample_id: str) -> None:
    sample = make_sample("s1")
    object.__setattr__(sample, "sample_id", sample_id)
    with pytest.raises(StoreError, match="is no sample id"):
        store.keep(sample)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["store"]
    assert store.rows() == []


@pytest.mark.parametrize("camera", ["../top", "a/b", "a\\b", "", ".hidden", "a\0b", "x" * 300])
def test_a_hostile_camera_id_is_refused(store: Store, tmp_path: Path, camera: str) -> None:
    with pytest.raises(StoreError, match="cannot name a view"):
        store.keep(make_sample("s1", cameras=(camera,), verdicts=()))
    assert not list((tmp_path / "store" / "samples").iterdir())
    assert not list((tmp_path / "store" / "tmp").iterdir())


def test_a_camera_id_of_any_alphabet_is_kept(store: Store) -> None:
    store.keep(make_sample("s1", cameras=("Kamera links: 2", "камера")))
    assert [view.name for view in store.load("s1").capture.views()] == ["Kamera links: 2", "камера"]


def test_two_cameras_of_one_name_are_refused(store: Store) -> None:
    with pytest.raises(StoreError, match="give every camera its own id"):
        store.keep(make_sample("s1", cameras=("top", "top"), verdicts=()))


def test_a_sample_is_kept_once(store: Store) -> None:
    sample = make_sample("s1")
    store.keep(sample)
    with pytest.raises(StoreError, match="kept already"):
        store.keep(make_sample("s1", seed=9))
    assert same(store.load("s1"), sample)


def test_keeping_or_closing_the_same_again_is_harmless(store: Store) -> None:
    sample, closing = make_sample("s1"), make_closing(verdicts=(make_verdict(seed=5),))
    for _ in range(2):
        store.keep(sample)
    for _ in range(2):
        store.close_sample("s1", closing)
    assert [row.state for row in store.rows()] == [SampleState.CLOSED]
    assert len(store.outbox()) == 1
    assert [each.ok for each in store.verify()] == [True]


def test_a_closed_sample_cannot_be_kept(store: Store) -> None:
    sample = make_sample("s1")
    object.__setattr__(sample, "closing", make_closing())
    with pytest.raises(StoreError, match="only an open sample"):
        store.keep(sample)


def test_closing_adds_the_words_and_the_later_verdicts(store: Store) -> None:
    store.keep(make_sample("s1"))
    later = make_verdict(outcome=Outcome.DAMAGED, gtin="42", seed=5)
    closing = make_closing(outcome=Outcome.DAMAGED, gtin="42", verdicts=(later,))
    store.close_sample("s1", closing)
    again = store.load("s1")
    assert again.closing is not None
    assert again.closing.annotations == closing.annotations
    assert again.closing.verdicts[0].outcome is Outcome.DAMAGED
    assert np.allclose(again.closing.verdicts[0].heat_maps[0].values, later.heat_maps[0].values, atol=1e-5)
    assert len(again.verdicts) == 1
    row = store.rows()[0]
    assert (row.gtin, row.outcome, row.state) == ("42", Outcome.DAMAGED, SampleState.CLOSED)


def test_a_sample_is_closed_once(store: Store) -> None:
    closed(store)
    with pytest.raises(StoreError, match="closed already"):
        store.close_sample("s1", make_closing(verdicts=(make_verdict(),)))
    with pytest.raises(StoreError, match="no sample s2"):
        store.close_sample("s2", make_closing())
    assert [each.ok for each in store.verify()] == [True]


def test_amendments_form_one_chain(store: Store) -> None:
    closed(store)
    first = make_amendment("s1")
    second = make_amendment("s1", predecessor=first.amendment_id, changes={"gtin": "42"})
    store.amend(first)
    with pytest.raises(StoreError, match="the last word"):
        store.amend(make_amendment("s1"))
    store.amend(second)
    with pytest.raises(StoreError, match="the last word"):
        store.amend(make_amendment("s1", predecessor=first.amendment_id))
    assert store.load("s1").amendments == (first, second)
    assert (store.rows()[0].outcome, store.rows()[0].gtin) == (Outcome.DAMAGED, "42")


def test_an_open_sample_cannot_be_amended(store: Store) -> None:
    store.keep(make_sample("s1"))
    with pytest.raises(StoreError, match="still open"):
        store.amend(make_amendment("s1"))
    with pytest.raises(StoreError, match="no sample"):
        store.amend(make_amendment("s2"))


@pytest.mark.parametrize("changes", UNFIT_CHANGES)
def test_an_amendment_that_no_closing_could_hold_is_refused(store: Store, changes: dict[str, object]) -> None:
    closed(store)
    with pytest.raises(StoreError):
        store.amend(make_amendment("s1", changes=changes))
    assert store.load("s1").amendments == ()


def test_an_amendment_waits_until_its_sample_is_uploaded(store: Store) -> None:
    closed(store)
    amendment = make_amendment("s1")
    store.amend(amendment)
    assert store.amendments_unsent() == []
    store.sent("s1")
    assert store.amendments_unsent() == [amendment]
    store.amendment_sent(amendment.amendment_id)
    store.amendment_sent(amendment.amendment_id)
    assert store.amendments_unsent() == []
    with pytest.raises(StoreError, match="no amendment"):
        store.amendment_sent("amendment-0")


def test_the_manifest_lists_every_file_by_its_hash(store: Store) -> None:
    store.keep(make_sample("s1"))
    store.close_sample("s1", make_closing(verdicts=(make_verdict(),)))
    manifest = store.manifest("s1")
    assert json.loads(json.dumps(manifest)) == manifest == store.manifest("s1")
    assert manifest["sample"]["sample_id"] == "s1"
    assert manifest["closing"]["gtin"] == GTIN
    names = {file["name"] for file in manifest["files"]}
    assert {"sample.json", "top.rgb.jxl", "top.depth.jxl", "top.v0.heat.jxl", "top.v1.heat.jxl"} <= names
    for file in manifest["files"]:
        data = store.file_bytes("s1", file["name"])
        assert (hashlib.sha256(data).hexdigest(), len(data)) == (file["sha256"], file["bytes"])


def test_an_open_sample_can_be_described(store: Store) -> None:
    store.keep(make_sample("s1"))
    described = store.description("s1")
    assert (described["state"], described["closing"], described["amendments"]) == ("kept", None, [])
    store.close_sample("s1", make_closing())
    store.amend(make_amendment("s1"))
    assert store.description("s1")["amendments"][0]["changes"] == {"person_outcome": "damaged"}


def test_an_open_sample_has_no_manifest(store: Store) -> None:
    store.keep(make_sample("s1"))
    assert store.closed_unsent() == []
    with pytest.raises(StoreError, match="only closed samples"):
        store.manifest("s1")


@pytest.mark.parametrize("name", ["../../booth.sqlite", "booth.sqlite", "top.rgb.png", ""])
def test_a_file_that_is_not_of_the_sample_is_not_given(store: Store, name: str) -> None:
    closed(store)
    with pytest.raises(StoreError, match="has no file"):
        store.file_bytes("s1", name)


def test_the_oldest_closing_is_sent_first(store: Store) -> None:
    for sample_id in ("s1", "s2", "s3"):
        store.keep(make_sample(sample_id))
    for sample_id in ("s2", "s3", "s1"):
        store.close_sample(sample_id, make_closing())
    assert store.closed_unsent() == ["s2", "s3", "s1"]
    store.sent("s2")
    store.sent("s2")
    assert store.closed_unsent() == ["s3", "s1"]
    assert store.unreceipted() == ["s2"]


def test_an_open_sample_cannot_have_been_sent(store: Store) -> None:
    store.keep(make_sample("s1"))
    with pytest.raises(StoreError, match="must be closed before"):
        store.sent("s1")
    with pytest.raises(StoreError, match="must be uploaded before"):
        store.receipted("s1", b"receipt")


def test_only_a_receipt_lets_a_sample_be_evicted(store: Store, tmp_path: Path) -> None:
    closed(store)
    with pytest.raises(StoreError, match="must be receipted"):
        store.evict("s1")
    store.sent("s1")
    with pytest.raises(StoreError, match="must be receipted"):
        store.evict("s1")
    assert store.load("s1").sample_id == "s1"
    store.receipted("s1", b"receipt")
    store.evict("s1")
    store.evict("s1")
    assert not list((tmp_path / "store" / "samples").iterdir())
    assert store.receipt("s1") == b"receipt"
    with pytest.raises(StoreError, match="central storage only"):
        store.load("s1")
    assert list(store.verify()) == []


def test_the_first_receipt_stays(store: Store) -> None:
    receipted(store)
    store.receipted("s1", b"another")
    assert store.receipt("s1") == b"receipt"


def test_the_list_shows_the_newest_first(store: Store) -> None:
    for number in range(5):
        store.keep(make_sample(f"s{number}", seed=number))
    store.close_sample("s3", make_closing(disposition=DispositionKind.DONATE))
    assert [row.sample_id for row in store.rows(limit=2, offset=1)] == ["s3", "s2"]
    assert [row.sample_id for row in store.rows(state=SampleState.CLOSED)] == ["s3"]
    assert [each.sample_id for each in store.recent(3)] == ["s4", "s3", "s2"]
    assert [each.closed for each in store.recent(3)] == [False, True, False]
    assert store.recent(2)[1].disposition is DispositionKind.DONATE
    counts = store.count()
    assert (counts["kept"], counts["closed"], counts["unsent"], counts["outbox"]) == (4, 1, 1, 1)


def test_the_outbox_is_filled_by_closing_and_idempotent(store: Store) -> None:
    closed(store, "s1")
    closed(store, "s2")
    store.dispatch_failed("s1", "no answer" * 1000)
    assert [(row.sample_id, row.attempts) for row in store.outbox()] == [("s2", 0), ("s1", 1)]
    assert store.outbox()[0].message["disposition"] == "sell"
    assert store.outbox()[0].message["identity"] == {
        "licence_plate": "LP1",
        "tote": "T1",
        "order": "O1",
        "source": "scanned",
    }
    store.dispatched("s2")
    store.dispatched("s2")
    assert [row.sample_id for row in store.outbox()] == ["s1"]
    with pytest.raises(StoreError, match="nothing was to be sent"):
        store.dispatched("s3")


def test_a_closing_without_disposition_tells_the_host_nothing(store: Store) -> None:
    store.keep(make_sample("s1"))
    store.close_sample("s1", make_closing(disposition=None))
    assert store.outbox() == []
