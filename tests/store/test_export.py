"""An export is whole or not there, and holds every heat map."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from booth.domain.sample import Sample
from booth.errors import InputError
from booth.store.export import export
from tests.samples import make_closing, make_sample, make_verdict


def test_heat_maps_of_later_verdicts_are_exported_too(tmp_path: Path) -> None:
    later = make_verdict(verdict_id="later")
    sample = replace(make_sample("s1"), closing=make_closing(verdicts=(later,)))
    folder = export(sample, {"sample": {}}, tmp_path)
    names = {path.name for path in folder.iterdir()}
    first = sample.verdicts[0].verdict_id
    assert {f"{view}.{verdict}.heat.png" for view in ("top", "side") for verdict in (first, "later")} <= names
    assert [path.name for path in tmp_path.iterdir()] == ["s1"]


def test_an_export_that_is_there_is_left_and_nothing_stays_beside_it(tmp_path: Path) -> None:
    sample: Sample = make_sample("s1")
    export(sample, {}, tmp_path)
    (tmp_path / "s1" / "note.txt").write_text("mine")
    for _ in range(2):
        with pytest.raises(InputError, match="exists already"):
            export(sample, {}, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["s1"]
    assert (tmp_path / "s1" / "note.txt").read_text() == "mine"


def test_what_a_killed_export_left_does_not_stand_in_the_way(tmp_path: Path) -> None:
    (tmp_path / ".s1.part").mkdir()
    assert export(make_sample("s1"), {}, tmp_path).is_dir()
