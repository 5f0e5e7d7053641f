"""`booth learn` says what it did, changes nothing on too little, and can go back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from booth.cli.main import run
from booth.evaluate.finding.synthetic.catalogue import products as made_up
from booth.store.catalogue.embedded import index as embedded
from booth.store.learning import Learning


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "var"


def printed(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_too_little_logged_says_how_many_more_are_needed(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["learn", "--json"]) == 0
    outcomes = printed(capsys)
    assert {each["kind"] for each in outcomes} == {"bandit", "memory", "ranker"}
    assert all("200 more are needed" in each["reason"] and not each["in_force"] for each in outcomes)
    assert run(["learn"]) == 0
    assert "200 more are needed" in capsys.readouterr().out
    assert Learning(home).versions() == []


def test_a_cold_start_without_a_catalogue_is_refused_in_one_line(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["learn", "--cold", "--items", "200"]) == 2
    assert "booth catalogue import" in capsys.readouterr().err
    assert Learning(home).versions() == []


def test_a_cold_start_is_in_force_and_its_figures_are_shown(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    index = embedded(home, {})
    index.upsert(made_up(24, seed=3))
    index.close()
    assert run(["learn", "--cold", "--items", "200", "--json"]) == 0
    outcomes = {each["kind"]: each for each in printed(capsys)}
    assert all(each["in_force"] for each in outcomes.values())
    assert outcomes["ranker"]["figures"]["n"] > 0
    assert "false_accept_upper" in outcomes["ranker"]["figures"]
    assert run(["learn", "versions", "--json"]) == 0
    listed = printed(capsys)
    assert {each["version"] for each in listed} == {each["version"] for each in outcomes.values()}
    assert all(each["made_by"] == "booth learn --cold" for each in listed)


def test_one_goes_back_to_a_version_and_the_list_shows_it(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    learning = Learning(home)
    first, second = (learning.keep("memory", data, "booth", "", {}, in_force=True) for data in (b"1", b"2"))
    assert run(["learn", "use", "memory", first]) == 0
    assert capsys.readouterr().out.strip() == f"memory {first} is in force"
    assert run(["learn", "versions", "memory", "--json"]) == 0
    assert [(each["version"], each["in_force"]) for each in printed(capsys)] == [
        (second, False),
        (first, True),
    ]
    assert run(["learn", "versions"]) == 0
    assert first in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [["use", "ranker", "ranker-none"], ["use", "no kind", "x"], ["use", "ranker"], ["--items", "5"]],
)
def test_what_does_not_exist_is_refused_in_one_line(
    home: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert run(["learn", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.strip().splitlines()) == 1
