"""What `booth run` says while it prepares itself."""

from __future__ import annotations

import pytest

from booth.cli.running import PREPARING, _told_once


def test_a_log_gets_one_line_however_many_steps_prepare_the_booth(capsys: pytest.CaptureFixture[str]) -> None:
    seen: list[tuple[int, int]] = []
    told = _told_once(lambda done, total: seen.append((done, total)))
    for done, total in ((1, 4), (4, 4), (1, 96), (96, 96)):
        told(done, total)
    assert capsys.readouterr().err == f"{PREPARING} (once)\n"
    assert seen == [(1, 4), (4, 4), (1, 96), (96, 96)]
