"""`booth calibrate live`: what is refused before a camera is opened."""

from __future__ import annotations

from pathlib import Path

import pytest

from booth.cli.main import run


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["live", "intrinsics", "--camera", "top"], "which board is shown? Name it with --board"),
        (["live", "tray"], "which board is shown? Name it with --board"),
        (["--no-keep", "live", "light"], "always kept"),
    ],
)
def test_what_cannot_begin_is_one_clear_line(
    line: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)

    code = run(["calibrate", *line])

    err = capfd.readouterr().err.strip().splitlines()
    assert code == 2
    assert len(err) == 1
    assert said in err[0]
    assert list(tmp_path.iterdir()) == []
