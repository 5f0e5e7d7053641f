"""The command line says what is there, to people and to programs."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from booth.cli.catalogue import tell_import
from booth.cli.main import run
from booth.domain.picture import Region
from booth.domain.terms import DamageType
from booth.domain.verdict import Finding
from booth.store.samples import Store
from tests.samples import make_closing, make_sample, make_verdict

GTIN = "4006381333931"
WHOLE = (0.0, 0.0, 1.0, 1.0)
Json = Callable[..., Any]


@pytest.fixture
def as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Json:
    """Runs a command line with --json and gives what it printed."""
    monkeypatch.chdir(tmp_path)

    def run_json(*arguments: str, code: int = 0) -> Any:
        assert run([*arguments, "--json"]) == code
        return json.loads(capsys.readouterr().out)

    return run_json


@pytest.fixture
def kept(tmp_path: Path) -> str:
    """A kept and closed sample in the default store."""
    sample = make_sample()
    with Store.open(tmp_path / "var", high_water_free_mb=0, ballast_mb=0) as store:
        store.keep(sample)
        store.close_sample(sample.sample_id, make_closing())
    return sample.sample_id


def picture(path: Path, seed: int) -> str:
    pixels = np.random.default_rng(seed).integers(0, 255, (60, 60, 3)).astype(np.uint8)
    cv2.imwrite(str(path), pixels)
    return str(path)


def test_config_show_says_where_a_value_came_from(as_json: Json, tmp_path: Path) -> None:
    (tmp_path / "booth.toml").write_text('[booth]\nid = "dock-7"\n')
    shown = as_json("config", "show")
    assert shown["booth.id"] == {"value": "dock-7", "from": "booth.toml"}
    assert shown["lane.undo_s"]["from"] == "default"


def test_a_catalogue_is_imported_and_searched(as_json: Json, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text(f"gtin,title,brand\n{GTIN},Plain soap,Acme\n4006381333930,Bad digit,X\n")
    report = as_json("catalogue", "import", "c.csv")
    assert (report["rows"], report["written"]) == (2, 1)
    assert report["rejected"][0]["line"] == 3
    assert [row["gtin"] for row in as_json("catalogue", "search", "soap")] == [GTIN]


def test_an_import_says_what_it_does_once_the_file_is_read(tmp_path: Path) -> None:
    told: list[str] = []
    for done in (0, 50, 100):
        tell_import(lambda task, *_: told.append(task), done, 100)
    assert told == ["Importing"] * 3 + ["Making full text and arrays"]


def test_enrolling_the_same_pictures_twice_adds_nothing(as_json: Json, tmp_path: Path) -> None:
    references = [picture(tmp_path / f"r{seed}.png", seed) for seed in range(2)]
    enrol = ["gallery", "enrol", "--product", GTIN, *references]
    assert [as_json(*enrol)["added"] for _ in range(2)] == [2, 0]
    assert [row["references"] for row in as_json("gallery", "list")] == [2]


def test_an_inspection_writes_the_verdict_and_the_heat_map_beside_the_picture(
    as_json: Json, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    references = [picture(tmp_path / f"r{seed}.png", seed) for seed in range(2)]
    assert run(["gallery", "enrol", "--product", GTIN, *references]) == 0
    capsys.readouterr()
    rows = as_json("gallery", "list")
    assert [(row["gtin"], row["references"]) for row in rows] == [(GTIN, 2)]
    query = picture(tmp_path / "q.png", 7)
    results = as_json("inspect", query, "--product", GTIN)
    assert len(results) == 1
    verdict = json.loads((tmp_path / "q.verdict.json").read_text())
    assert 0 <= verdict["score"] <= 1
    assert (tmp_path / "q.heat.png").stat().st_size > 0


def test_samples_are_listed_shown_exported_and_verified(as_json: Json, kept: str, tmp_path: Path) -> None:
    rows = as_json("samples", "list")
    assert [(row["sample_id"], row["state"]) for row in rows] == [(kept, "closed")]
    assert as_json("samples", "verify") == {"verified": 1, "bad": []}
    assert run(["samples", "export", kept, "--out", "export"]) == 0
    assert (tmp_path / "export" / kept / "top.png").is_file()
    assert run(["samples", "show", kept]) == 0


def test_a_sample_is_shown_with_what_its_last_verdict_found(
    as_json: Json, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shares = {"foreign": 0.75, "height": 0.25}
    found = Finding(
        "side", Region(4, 5, 6, 7, 8.0), 0.9, "foreign", shares, DamageType.HOLE, "ab" * 32, WHOLE
    )
    later = replace(make_verdict(), findings=(found, replace(found, view="top", type=None)))
    sample = make_sample()
    with Store.open(tmp_path / "var", high_water_free_mb=0, ballast_mb=0) as store:
        store.keep(sample)
        store.close_sample(sample.sample_id, make_closing(verdicts=(later,)))
        closing = store.load(sample.sample_id).closing
    assert closing is not None
    assert closing.verdicts[0].findings == later.findings
    shown = as_json("samples", "show", sample.sample_id)
    assert shown["closing"]["verdicts"][0]["findings"][0]["shares"] == shares
    assert run(["samples", "show", sample.sample_id]) == 0
    cells = [[cell.strip() for cell in line.split("│")] for line in capsys.readouterr().out.splitlines()]
    said = {cell[1]: cell[2] for cell in cells if len(cell) > 2 and cell[1].startswith("found ")}
    assert said == {
        "found 1": "side  0.90  hole  foreign 75 %, height 25 %",
        "found 2": "top  0.90  foreign 75 %, height 25 %",
    }


def test_a_changed_file_is_found_by_verify(as_json: Json, kept: str, tmp_path: Path) -> None:
    file = next((tmp_path / "var" / "samples" / kept).glob("*.jxl"))
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    report = as_json("samples", "verify", code=1)
    assert [row["sample_id"] for row in report["bad"]] == [kept]


def test_doctor_says_what_is_not_well(as_json: Json, tmp_path: Path) -> None:
    (tmp_path / "booth.toml").write_text(
        "[store]\nhigh_water_free_mb = 999999999\n[scene.options]\ncameras = 1\n"
    )
    findings = {finding["part"]: finding for finding in as_json("doctor", code=1)}
    assert findings["disk"]["state"] == "ill"
    assert findings["models"]["state"] == "well"
    assert findings["remote"]["state"] == "care"
    assert all(finding["remedy"] for finding in findings.values() if finding["state"] != "well")
