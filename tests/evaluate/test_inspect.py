"""Inspecting leaves a verdict and a heat map beside each picture, or nothing at all."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from booth.domain.percept import Gallery, Percept, Reference
from booth.domain.picture import Region
from booth.domain.terms import DamageType
from booth.domain.verdict import Finding, Verdict
from booth.errors import InputError
from booth.evaluate.found import finding_line
from booth.evaluate.inspect import inspect, views_of
from booth.evaluate.layouts import PHOTO
from booth.evaluate.overlay import LEGEND_HEIGHT_PX, LINE_HEIGHT_PX, MIN_WIDTH_PX
from booth.store.picture_files import read_picture
from tests.evaluate.stand_ins import ColourJudge, MeanColour, write_picture


@pytest.fixture
def gallery() -> Gallery:
    patches = np.full((4, 4, 3), 50, np.float32)
    return Gallery("4006381333931", "1", "1", (Reference("a" * 64, "photo", "fake-trunk", patches),))


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_each_picture_gets_a_verdict_and_a_heat_map(tmp_path: Path, gallery: Gallery) -> None:
    paths = [write_picture(tmp_path / f"{name}.png", level) for name, level in (("a", 50), ("b", 200))]
    results = inspect(paths, gallery, MeanColour(), ColourJudge())
    assert files(tmp_path) == [
        "a.heat.png",
        "a.png",
        "a.verdict.json",
        "b.heat.png",
        "b.png",
        "b.verdict.json",
    ]
    written = json.loads((tmp_path / "b.verdict.json").read_text())
    assert written == json.loads(json.dumps(results[1].document))
    assert written["score"] > json.loads((tmp_path / "a.verdict.json").read_text())["score"]
    heat = read_picture(results[1].heat_file)
    assert heat.shape == (MIN_WIDTH_PX * 12 // 16 + LEGEND_HEIGHT_PX, MIN_WIDTH_PX, 3)


def test_without_a_gallery_the_heat_map_says_why_it_is_empty(tmp_path: Path) -> None:
    (result,) = inspect([write_picture(tmp_path / "a.png", 50)], None, MeanColour(), ColourJudge())
    assert result.document["outcome"] == "unsure"
    assert result.heat_file.is_file()


def test_results_go_into_a_folder_of_their_own(tmp_path: Path, gallery: Gallery) -> None:
    path = write_picture(tmp_path / "in" / "a.png", 50)
    inspect([path], gallery, MeanColour(), ColourJudge(), tmp_path / "out" / "deep")
    assert files(tmp_path / "out") == ["a.heat.png", "a.verdict.json"]
    assert files(tmp_path / "in") == ["a.png"]


@pytest.mark.parametrize("data", [b"", b"no picture", b"\x89PNG\r\n\x1a\n"])
def test_one_bad_picture_leaves_nothing_written(tmp_path: Path, gallery: Gallery, data: bytes) -> None:
    good = write_picture(tmp_path / "a.png", 50)
    bad = tmp_path / "b.png"
    bad.write_bytes(data)
    with pytest.raises(InputError, match=r"b\.png"):
        inspect([good, bad], gallery, MeanColour(), ColourJudge())
    assert files(tmp_path) == ["a.png", "b.png"]


def test_a_name_in_the_way_leaves_nothing_half_written(tmp_path: Path, gallery: Gallery) -> None:
    paths = [write_picture(tmp_path / f"{name}.png", 50) for name in ("a b", "c")]
    (tmp_path / f"{'x' * 250}.png").write_bytes(paths[0].read_bytes())
    with pytest.raises(InputError, match="cannot be written"):
        inspect([*paths, tmp_path / f"{'x' * 250}.png"], gallery, MeanColour(), ColourJudge())
    assert files(tmp_path) == ["a b.png", "c.png", f"{'x' * 250}.png"]
    inspect(paths, gallery, MeanColour(), ColourJudge())
    assert "a b.verdict.json" in files(tmp_path)


def test_two_pictures_of_one_name_are_refused(tmp_path: Path, gallery: Gallery) -> None:
    paths = [write_picture(tmp_path / folder / "a.png", 50) for folder in ("x", "y")]
    with pytest.raises(InputError, match="one name"):
        inspect(paths, gallery, MeanColour(), ColourJudge(), tmp_path)
    assert len(inspect(paths, gallery, MeanColour(), ColourJudge())) == 2


def test_no_result_takes_the_place_of_a_picture(tmp_path: Path, gallery: Gallery) -> None:
    paths = [write_picture(tmp_path / name, 50) for name in ("a.png", "a.heat.png")]
    with pytest.raises(InputError, match=r"a\.heat\.png would be overwritten"):
        inspect(paths, gallery, MeanColour(), ColourJudge())
    assert files(tmp_path) == ["a.heat.png", "a.png"]


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, gallery: Gallery) -> None:
    path = write_picture(tmp_path / "a.png", 50)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match="cannot be written"):
        inspect([path], gallery, MeanColour(), ColourJudge(), tmp_path / "file")
    assert files(tmp_path) == ["a.png", "file"]


def test_pictures_become_views_of_one_name(tmp_path: Path) -> None:
    views = views_of([write_picture(tmp_path / "a.png", 50), write_picture(tmp_path / "b.png", 60)])
    assert [view.name for view in views] == ["photo", "photo"]
    with pytest.raises(InputError, match="cannot be read"):
        views_of([tmp_path / "none.png"])


class FindingJudge(ColourJudge):
    """Finds two places besides."""

    def judge(self, percept: Percept, gallery: Gallery | None) -> Verdict:
        shares = {"foreign": 0.62, "height": 0.35, "beside": 0.03}
        places = (Region(2, 2, 6, 5, 20.0), Region(12, 8, 9, 9))
        findings = (
            Finding(
                PHOTO, places[0], 0.9, "foreign", shares, DamageType.TEAR, "a" * 64, (0.1, 0.1, 0.5, 0.6)
            ),
            Finding(PHOTO, places[1], 0.4, "parts", {"parts": 1.0}),
        )
        return replace(super().judge(percept, gallery), findings=findings)


def test_what_was_found_is_written_framed_and_said(tmp_path: Path, gallery: Gallery) -> None:
    path = write_picture(tmp_path / "a.png", 50)
    (plain,) = inspect([path], gallery, MeanColour(), ColourJudge(), tmp_path / "plain")
    (result,) = inspect([path], gallery, MeanColour(), FindingJudge())
    first, second = json.loads(result.verdict_file.read_text())["findings"]
    assert (first["carried_by"], first["type"], first["place"]["turn_deg"]) == ("foreign", "tear", 20.0)
    assert first["shares"]["height"] == 0.35
    assert first["reference_place"] == [0.1, 0.1, 0.5, 0.6]
    assert (second["type"], second["reference_place"]) == (None, None)
    framed, bare = read_picture(result.heat_file), read_picture(plain.heat_file)
    assert framed.shape[0] == bare.shape[0] + 2 * LINE_HEIGHT_PX
    height = bare.shape[0] - LEGEND_HEIGHT_PX
    assert (framed[:height] != bare[:height]).any()
    assert (framed[bare.shape[0] :] < 100).any()
    assert plain.document["findings"] == []


def test_what_was_found_is_one_line() -> None:
    shares = {"height": 0.35, "foreign": 0.62, "beside": 0.03}
    found = Finding("top", Region(2, 2, 6, 5), 0.9, "foreign", shares, DamageType.TEAR)
    assert finding_line(found) == "top  0.90  tear  foreign 62 %, height 35 %"
    assert finding_line(replace(found, type=None, shares={})) == "top  0.90  foreign"
