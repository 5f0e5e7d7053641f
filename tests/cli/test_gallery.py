"""`booth gallery`: pictures are vetted as they come in, and people say what counts."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from booth.cli.main import run
from booth.domain.percept import Reference
from booth.store.gallery_schema import ReferenceState
from booth.store.proposals import Proposals
from booth.store.reference_rows import Source
from booth.store.references import References, reference_id_of
from booth.store.samples import Store
from booth.store.standing import Standing
from tests.samples import make_closing, make_sample

GTIN, OTHER = "4006381333931", "4006381333948"
Json = Callable[..., Any]


@pytest.fixture
def as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Json:
    """Runs a command line with --json and gives what it printed."""
    monkeypatch.chdir(tmp_path)

    def run_json(*arguments: str, code: int = 0) -> Any:
        assert run([*arguments, "--json"]) == code
        return json.loads(capsys.readouterr().out)

    return run_json


def drawn(path: Path, seed: int, *, label: int = 0, torn: bool = False) -> str:
    """A box with a printed label, a little elsewhere each time; as a picture file."""
    rng, art = np.random.default_rng(seed), np.random.default_rng(1000 + label)
    picture = np.full((240, 240, 3), 90, np.uint8)
    shift = rng.integers(-4, 5, 2)
    corner = np.array([50, 40]) + shift
    cv2.rectangle(
        picture,
        corner.tolist(),
        (corner + np.array([140, 160])).tolist(),
        art.integers(60, 255, 3).tolist(),
        -1,
    )
    for _ in range(9):
        at, size = corner + art.integers(8, 100, 2), art.integers(12, 40, 2)
        cv2.rectangle(picture, at.tolist(), (at + size).tolist(), art.integers(0, 255, 3).tolist(), -1)
    if torn:
        points = (corner + np.array([[70, 60], [140, 50], [140, 130], [95, 110]])).astype(np.int32)
        cv2.fillPoly(picture, [points], (200, 215, 225))
        cv2.polylines(picture, [points], True, (20, 20, 20), 3)
    noisy = picture + rng.normal(0, 4, picture.shape)
    cv2.imwrite(str(path), np.clip(noisy, 0, 255).astype(np.uint8))
    return path.name


def enrol(as_json: Json, *pictures: str, gtin: str = GTIN) -> Any:
    return as_json("gallery", "enrol", "--product", gtin, *pictures)


def stored(root: Path, seed: int, state: ReferenceState, sample: str = "", gtin: str = GTIN) -> str:
    """A reference of no trunk's making, for what needs no network; gives its id."""
    rgb = np.random.default_rng(seed).integers(0, 255, (16, 16, 3)).astype(np.uint8)
    patches = np.zeros((2, 2, 3), np.float32)
    reference = Reference(reference_id_of(rgb), "top", "an old trunk", patches)
    with closing(References(root / "var")) as references:
        references.add(gtin, "1", reference, rgb, source=Source("jo", "for a test", state, sample))
    return reference.reference_id


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line that a refused command says."""
    assert run(list(arguments)) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    return captured.err


def test_a_damaged_and_a_foreign_picture_are_caught_among_good_ones_and_a_person_has_the_last_word(
    as_json: Json, tmp_path: Path
) -> None:
    good = [drawn(tmp_path / f"good{seed}.png", seed) for seed in range(4)]
    torn = drawn(tmp_path / "torn.png", 7, torn=True)
    foreign = drawn(tmp_path / "foreign.png", 8, label=5)
    report = enrol(as_json, *good, torn, foreign)
    assert (report["pictures"], report["added"]) == (6, 6)
    assert sorted(row["state"] for row in report["references"]) == ["active"] * 4 + ["candidate"] * 2
    suspects = [row for row in report["references"] if row["found"] == "suspect"]
    assert {row["state"] for row in suspects} == {"candidate"}
    ids = [row["reference_id"] for row in suspects]
    again = enrol(as_json, torn)
    assert (again["added"], [row["state"] for row in again["references"]]) == (0, ["candidate"])
    assert as_json("gallery", "promote", ids[0], "--why", "a new lot")[0]["state"] == "active"
    assert as_json("gallery", "retire", ids[1], "--why", "torn")[0]["state"] == "retired"
    (view,) = as_json("gallery", "report", GTIN)["views"]
    assert view["counts"] == {"candidate": 0, "vetted": 0, "active": 5, "retired": 1}
    assert view["suspects"] == [ids[0]]


def test_a_report_of_one_product_tells_every_reference_and_its_history(as_json: Json, tmp_path: Path) -> None:
    name = stored(tmp_path, 1, ReferenceState.CANDIDATE, "sample-1")
    stored(tmp_path, 2, ReferenceState.ACTIVE, gtin=OTHER)
    as_json("gallery", "retire", name[:10], "--why", "blurred")
    report = as_json("gallery", "report", GTIN)
    (reference,) = report["references"]
    assert (reference["reference_id"], reference["sample"], reference["state"]) == (
        name,
        "sample-1",
        "retired",
    )
    came, went = reference["history"]
    assert (came["who"], came["became"], went["why"]) == ("jo", "candidate", "blurred")
    everything = as_json("gallery", "report")
    assert [view["gtin"] for view in everything["views"]] == [GTIN, OTHER]
    assert "references" not in everything


def test_a_report_says_what_is_thin_stale_and_what_was_said_lately(as_json: Json, tmp_path: Path) -> None:
    sample = make_sample()
    closing_words = make_closing()
    with Store.open(tmp_path / "var", high_water_free_mb=0, ballast_mb=0) as store:
        store.keep(sample)
        store.close_sample(sample.sample_id, closing_words)
    stored(tmp_path, 1, ReferenceState.ACTIVE, gtin=closing_words.gtin)
    report = as_json("gallery", "report")
    (view,) = report["views"]
    assert view["stale"] == 1
    assert [remark.split(":")[0] for remark in view["remarks"]] == ["thin", "1 of another trunk"]
    assert report["lately"][closing_words.gtin]["items"] == 1


def test_a_report_for_people_names_each_reference_and_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names = [stored(tmp_path, seed, ReferenceState.CANDIDATE, f"sample-{seed}") for seed in range(2)]
    with closing(Standing(tmp_path / "var")) as standing, closing(Proposals(tmp_path / "var")) as proposals:
        proposals.propose(GTIN, [row.number for row in standing.rows()], "two items are alike")
    assert run(["gallery", "report", GTIN]) == 0
    shown = capsys.readouterr().out
    assert all(name[:12] in shown for name in names)
    for words in (
        "no active reference",
        "re-enrol",
        "design 2 of",
        "two items are alike",
        "for a test",
        "jo",
    ):
        assert words in shown
    assert run(["gallery", "promote", "--product", GTIN, "--design", "2"]) == 0
    assert capsys.readouterr().out.count("design 2, top: active") == 2


def test_pictures_of_an_old_trunk_are_enrolled_again_without_their_files(
    as_json: Json, tmp_path: Path
) -> None:
    stored(tmp_path, 1, ReferenceState.ACTIVE)
    stored(tmp_path, 2, ReferenceState.RETIRED)
    report = as_json("gallery", "re-enrol")
    assert (report["renewed"], report["failed"]) == (2, [])
    assert {row["trunk"] for row in as_json("gallery", "list")} == {report["trunk"]}
    assert as_json("gallery", "re-enrol")["renewed"] == 0


def test_all_that_is_vetted_is_promoted_at_once(as_json: Json, tmp_path: Path) -> None:
    for seed, state in enumerate((ReferenceState.VETTED, ReferenceState.VETTED, ReferenceState.CANDIDATE)):
        stored(tmp_path, seed, state)
    stored(tmp_path, 9, ReferenceState.VETTED, gtin=OTHER)
    assert len(as_json("gallery", "promote", "--all-vetted", "--product", GTIN)) == 2
    rows = {(row["gtin"], row["state"]): row["references"] for row in as_json("gallery", "list")}
    assert rows == {(GTIN, "active"): 2, (GTIN, "candidate"): 1, (OTHER, "vetted"): 1}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("vet",), "there are no references"),
        (("vet", GTIN), f"there are no references of {GTIN}"),
        (("vet", "123"), "is not a GTIN"),
        (("report", GTIN), f"there are no references of {GTIN}"),
        (("promote",), "say which"),
        (("promote", "abcdef", "--all-vetted"), "say which"),
        (("promote", "--all-vetted"), "no reference is vetted"),
        (("promote", "abcdef012345"), "there is no reference abcdef012345"),
        (("promote", "--design", "2"), "say which with --product"),
        (("promote", "--design", "2", "--product", GTIN), "no design 2 is proposed"),
        (("retire", "abc"), "give 6 characters"),
        (("retire",), "say which"),
        (("retire", "--design", "2", "--product", GTIN), "no design 2 is proposed"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(
    arguments: tuple[str, ...],
    words: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert words in said(capsys, "gallery", *arguments)


def test_doing_it_twice_and_promoting_without_a_reason_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    active, candidate = (
        stored(tmp_path, seed, state)
        for seed, state in enumerate((ReferenceState.ACTIVE, ReferenceState.CANDIDATE))
    )
    assert "is active already" in said(capsys, "gallery", "promote", active)
    assert "is candidate, and not vetted; say with --why" in said(capsys, "gallery", "promote", candidate)
    assert run(["gallery", "retire", active]) == 0
    capsys.readouterr()
    assert "is retired already" in said(capsys, "gallery", "retire", active)
