"""The command line makes up catalogues and queries."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from booth.cli.main import run


def test_a_catalogue_and_queries_are_made_from_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = ["catalogue", "synthesize", "--products", "200", "--seed", "5", "--out", "c.csv"]
    assert run([*arguments, "--queries", "q.csv", "--n-queries", "20"]) == 0
    with open("q.csv", encoding="utf-8", newline="") as file:
        asked = list(csv.DictReader(file))
    with open("c.csv", encoding="utf-8", newline="") as file:
        known = {row["gtin"] for row in csv.DictReader(file)}
    assert len(asked) == 20
    assert {row["gtin"] for row in asked} <= known
    assert run([*arguments, "--queries", "c.csv"]) == 2
    assert run([*arguments[:-1], "no/such/folder/c.csv"]) == 2
    assert "Traceback" not in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c.csv", "q.csv"]
