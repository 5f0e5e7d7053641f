"""What an earlier run left open is closed at the next start, whatever became of its files."""

from __future__ import annotations

from pathlib import Path

import pytest

from booth.assembly.running import close_orphans, say_recovered
from booth.store.records import Recovery, SampleState
from booth.store.samples import Store
from tests.samples import make_sample


def test_open_samples_of_an_earlier_run_are_closed_in_their_order(tmp_path: Path) -> None:
    names = ("s1", "s2", "s3", "s4")
    with Store.open(tmp_path, high_water_free_mb=0, ballast_mb=0) as store:
        for name in names:
            store.keep(make_sample(name))
    (tmp_path / "samples" / "s2" / "top.rgb.jxl").write_bytes(b"other")
    (tmp_path / "samples" / "s3" / "sample.json").unlink()
    with Store.open(tmp_path, high_water_free_mb=0, ballast_mb=0) as store:
        assert store.recovery.flagged == ("s2", "s3")
        close_orphans(store)
        assert not store.rows(state=SampleState.KEPT)
        assert store.closed_unsent() == ["s1", "s4"]
        assert not store.outbox()
        closing = store.load("s4").closing
    assert closing is not None
    assert (closing.closed_by, closing.gtin_source, closing.person_outcome) == ("booth", "barcode", None)


def test_what_the_start_found_is_said(caplog: pytest.LogCaptureFixture) -> None:
    say_recovered(Recovery((Path("quarantine/half-1"),), ("s1",)))
    assert "quarantine/half-1" in caplog.text
    assert "sample s1 is not what was kept" in caplog.text
