"""Shortlists from a CSV file that changes, and is hostile at times."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest

from booth import plugins
from booth.domain.sample import SiteIdentity
from booth.errors import ConfigError
from booth.identify import shortlists
from booth.identify.shortlists import CsvShortlist, csv_shortlist

GTIN, OTHER = "4006381333931", "5901234123457"


def written(path: Path, text: str | bytes, version: int = 0) -> Path:
    """The file with a time of change of its own."""
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    os.utime(path, (1_000 + version, 1_000 + version))
    return path


def asked(shortlist: CsvShortlist, key: str) -> list[str]:
    return list(shortlist.expected(SiteIdentity(tote=key)))


def test_a_key_gives_its_products_in_their_order_each_once(tmp_path: Path) -> None:
    path = written(
        tmp_path / "s.csv", f"gtin,key,note\n{GTIN},T1,a\n036602301467,T1,b\n{GTIN},T1,\n{OTHER}, O9 ,\n"
    )
    shortlist = csv_shortlist({"file": str(path)})
    assert asked(shortlist, "T1") == [GTIN, "0036602301467"]
    assert shortlist.expected(SiteIdentity("T1", "", "O9")) == [GTIN, "0036602301467", OTHER]
    assert asked(shortlist, "T2") == []
    assert asked(shortlist, "") == []


def test_the_entry_point_is_known() -> None:
    assert plugins.load("booth.shortlists", "csv") is csv_shortlist


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    path = written(tmp_path / "s.csv", f"key,gtin\nT1,{GTIN}\n")
    shortlist = CsvShortlist(path)
    assert asked(shortlist, "T1") == [GTIN]
    written(path, f"key,gtin\nT1,{OTHER}\n", version=1)
    assert asked(shortlist, "T1") == [OTHER]


BAD = (
    b"", b"hello", b"key,gtin,key\nT1,4006381333931,T2", b"key,gtin\nT1,\xff\xfe", b"key,gtin\nT1,\x00",
    b'key,gtin\n"T1,4006381333931', b"key,gtin\n" + b"x" * 20_000, b"PK\x03\x04" * 100,
)  # fmt: skip


@pytest.mark.parametrize("text", BAD)
def test_a_bad_file_stops_the_start_with_one_clear_line(tmp_path: Path, text: bytes) -> None:
    path = written(tmp_path / "s.csv", text)
    with pytest.raises(ConfigError, match=r"s\.csv") as error:
        CsvShortlist(path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", BAD)
def test_later_a_bad_file_leaves_the_last_good_list_and_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, text: bytes
) -> None:
    path = written(tmp_path / "s.csv", f"key,gtin\nT1,{GTIN}\n")
    shortlist = CsvShortlist(path)
    written(path, text, version=1)
    with caplog.at_level(logging.WARNING):
        assert [asked(shortlist, "T1") for _ in range(3)] == [[GTIN]] * 3
    assert len(caplog.records) == 1
    written(path, f"key,gtin\nT1,{OTHER}\n", version=2)
    assert asked(shortlist, "T1") == [OTHER]


def test_a_file_that_goes_leaves_the_last_good_list(tmp_path: Path) -> None:
    path = written(tmp_path / "s.csv", f"key,gtin\nT1,{GTIN}\n")
    shortlist = CsvShortlist(path)
    path.unlink()
    assert asked(shortlist, "T1") == [GTIN]
    path.mkdir()
    assert asked(shortlist, "T1") == [GTIN]


def test_bad_rows_are_left_out_and_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    short, long = "T1,1234567", "T1,004006381333931"
    rows = ("key,gtin", "T1,4006381333932", f",{GTIN}", "T1", "", short, long, f"T1,{GTIN}", "")
    path = written(tmp_path / "s.csv", "\n".join(rows))
    with caplog.at_level(logging.WARNING):
        assert asked(CsvShortlist(path), "T1") == [GTIN]
    assert "5 rows" in caplog.text


def test_a_huge_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "s.csv", "key,gtin\n" + f"T1,{GTIN}\n" * 100)
    monkeypatch.setattr(shortlists, "MAX_ROWS", 50)
    with pytest.raises(ConfigError, match="lines"):
        CsvShortlist(path)
    monkeypatch.setattr(shortlists, "MAX_BYTES", 100)
    with pytest.raises(ConfigError, match="bytes"):
        CsvShortlist(path)


@pytest.mark.parametrize("options", [{}, {"file": 3}, {"file": "/nope.csv"}, {"path": "x"}, {"file": "/tmp"}])
def test_bad_options_are_named(options: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=r"identify\.shortlist"):
        csv_shortlist(options)
