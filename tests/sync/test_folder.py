"""Creating in a folder: whole or not there, and nothing left behind that a listing would show."""

from __future__ import annotations

from pathlib import Path

import pytest

from booth.errors import SyncError
from booth.sync.folder import create_file
from booth.sync.objects import remote


def test_a_create_leaves_just_the_object(tmp_path: Path) -> None:
    assert create_file(tmp_path, "a/b/c.json", b"x")
    assert not create_file(tmp_path, "a/b/c.json", b"y")
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()] == [
        "a/b/c.json"
    ]


def test_what_a_killed_create_left_is_not_listed_and_in_nobodys_way(tmp_path: Path) -> None:
    central = remote(f"file://{tmp_path}", {})
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.json#123000000000456").write_bytes(b"hal")
    assert list(central.keys("a/")) == []
    assert not central.exists("a/b.json")
    assert central.put_new("a/b.json", b"whole")
    assert list(central.keys("")) == ["a/b.json"]


def test_an_object_where_a_folder_must_be_gives_one_clear_line(tmp_path: Path) -> None:
    central = remote(f"file://{tmp_path}", {})
    central.put_new("a", b"x")
    with pytest.raises(SyncError, match="a/b cannot be written") as caught:
        central.put_new("a/b", b"y")
    assert "\n" not in str(caught.value)
    assert list(central.keys("")) == ["a"]
