"""`booth train` says what is missing where torch is not installed, and refuses odd numbers."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from booth.cli.main import run


@pytest.mark.skipif(find_spec("torch") is not None, reason="torch is installed here")
@pytest.mark.parametrize("what", ["embedding", "damage"])
def test_without_torch_one_line_says_what_to_run(
    what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["train", what, "--out", str(tmp_path / "out")]) == 2
    told = capsys.readouterr().err
    assert "make train-setup" in told
    assert told.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("odd", [["--identities", "0"], ["--steps", "-1"], ["--photos", "many"], []])
def test_odd_options_are_refused_in_one_line(
    odd: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ["--out", str(tmp_path / "out")] if odd else []
    assert run(["train", "embedding", *odd, *out]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(find_spec("torch") is None, reason="torch is not installed here: run `make test-train`")
def test_a_folder_that_is_a_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "out").write_text("no folder")
    assert run(["train", "embedding", "--identities", "8", "--out", str(tmp_path / "out")]) == 2
    assert "cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize("odd", [["--items", "0"], ["--minutes", "0"], ["--steps", "few"], []])
def test_odd_options_of_the_damage_model_are_refused_in_one_line(
    odd: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ["--out", str(tmp_path / "out")] if odd else []
    assert run(["train", "damage", *odd, *out]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(find_spec("torch") is None, reason="torch is not installed here: run `make test-train`")
def test_captures_that_are_none_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    captures = ["--captures", str(tmp_path / "nowhere")]
    assert run(["train", "damage", *captures, "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
