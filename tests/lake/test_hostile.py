"""What booths send is checked to the last field: the odd stays out, is reported, and stops nobody else."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from booth.domain import central
from booth.errors import SyncError
from tests.lake.centrals import assert_exactly_once, changed, filled, manifests_of, rows_in, take_in
from tests.sync.remotes import MemoryRemote


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> MemoryRemote:
    return filled(tmp_path_factory.mktemp("origin"), 2, amendments=1)


def deep_change(document: dict[str, Any], path: str, value: object) -> bytes:
    """The document with the value at a dotted path replaced; a path part may be a list index."""
    at: Any = document
    *way, last = path.split(".")
    for part in way:
        at = at[int(part)] if part.isdigit() else at[part]
    at[last] = value
    return json.dumps(document).encode()


def at(path: str, value: object) -> Callable[[MemoryRemote, str], bytes]:
    return lambda remote, key: deep_change(json.loads(remote.objects[key]), path, value)


MANIFESTS: dict[str, Callable[[MemoryRemote, str], bytes]] = {
    "empty": lambda remote, key: b"",
    "truncated": lambda remote, key: remote.objects[key][:-1],
    "no JSON": lambda remote, key: b"\x89PNG\r\n",
    "a list": lambda remote, key: b"[1]",
    "deep": lambda remote, key: b"[" * 200_000,
    "huge": lambda remote, key: remote.objects[key] + b" " * central.MAX_DOCUMENT_BYTES,
    "a key is missing": lambda remote, key: json.dumps({"format": 1}).encode(),
    "a key too many": lambda remote, key: changed(remote, key, admin=True),
    "another format": lambda remote, key: changed(remote, key, format=99),
    "files is no list": lambda remote, key: changed(remote, key, files={}),
    "no files": lambda remote, key: changed(remote, key, files=[]),
    "too many files": lambda remote, key: changed(remote, key, files=[{}] * 2_000),
    "a path for a hash": at("files.0.sha256", "../../receipts/booth-1/x"),
    "an upper-case hash": at("files.0.sha256", "A" * 64),
    "a file that is not there": at("files.0.sha256", "0" * 64),
    "a wrong size": at("files.0.bytes", 1),
    "a negative size": at("files.0.bytes", -1),
    "a huge size": at("files.0.bytes", 10**30),
    "a number for a name": at("files.0.name", 7),
    "another sample's id": at("sample.sample_id", "sample-other"),
    "another booth's id": at("sample.booth_id", "booth-2"),
    "a path for an id": at("sample.booth_id", "../booth-1"),
    "no time": at("sample.kept_at", "yesterday"),
    "a time without a zone": at("sample.kept_at", "2026-11-20T09:25:00"),
    "a time of the far future": at("closing.closed_at", "9999-12-31T23:59:59-12:00"),
    "a word for a score": at("sample.verdicts.0.score", "high"),
    "a number too large for its column": at("sample.verdicts.0.references", 2**40),
    "an unknown outcome": at("sample.verdicts.0.outcome", "exploded"),
    "half a character": at("closing.gtin", "\ud800"),
    "an unknown field": at("closing.colour", "red"),
    "a closing that is none": at("closing", None),
}


@pytest.mark.parametrize("odd", MANIFESTS)
def test_an_odd_manifest_stays_out_and_the_other_goes_in(
    odd: str, origin: MemoryRemote, tmp_path: Path
) -> None:
    remote = origin.copy()
    bad, good = manifests_of(origin)
    remote.objects[bad] = MANIFESTS[odd](origin, bad)
    report = take_in(remote, tmp_path)
    assert set(report.refused) == {bad}
    assert report.refused[bad]
    assert "\n" not in report.refused[bad]
    assert_exactly_once(remote, tmp_path, [good])


AMENDMENTS: dict[str, Callable[[MemoryRemote, str], bytes]] = {
    "no JSON": lambda remote, key: b"{",
    "another sample's": at("amendment.sample_id", "sample-other"),
    "changes is no object": at("amendment.changes", 3),
    "half a character": at("amendment.made_by", "\udfff"),
    "no zone": at("amendment.made_at", "2026-11-20"),
    "a number for a booth": at("booth_id", 1),
    "an unknown field": at("amendment.changes", {"colour": "red"}),
    "a model's word": at("amendment.changes", {"verdicts": []}),
    "an object for a GTIN": at("amendment.changes", {"gtin": {"is": "odd"}}),
    "deep": at("amendment.changes", {"gtin": json.loads("[" * 900 + "]" * 900)}),
    "a number beyond all": lambda remote, key: remote.objects[key].replace(b'"damaged"', b"1e999"),
}


@pytest.mark.parametrize("odd", AMENDMENTS)
def test_an_odd_amendment_stays_out_and_the_rest_goes_in(
    odd: str, origin: MemoryRemote, tmp_path: Path
) -> None:
    remote = origin.copy()
    (bad,) = remote.keys(central.AMENDMENTS)
    remote.objects[bad] = AMENDMENTS[odd](origin, bad)
    report = take_in(remote, tmp_path)
    assert set(report.refused) == {bad}
    assert len(rows_in(tmp_path)) == 2
    assert rows_in(tmp_path, "amendments") == []


NO_KEYS = ("x.json", "a/b/c.json", "../x.json", "ä/b.json", "a/b.txt", "b/")


@pytest.mark.parametrize("key", [central.MANIFESTS + name for name in NO_KEYS])
def test_a_key_that_no_booth_would_write_stays_out(key: str, origin: MemoryRemote, tmp_path: Path) -> None:
    remote = origin.copy()
    remote.objects[key] = b"{}"
    report = take_in(remote, tmp_path)
    assert set(report.refused) == {key}
    assert report.samples == 2


def _blob_of(remote: MemoryRemote, manifest: str) -> str:
    files = json.loads(remote.objects[manifest])["files"]
    return central.blob_key(next(file["sha256"] for file in files if file["name"].endswith("json")))


@pytest.mark.parametrize("content", [None, b"", b"other bytes"])
def test_a_sample_with_a_bad_blob_stays_out_until_it_is_mended(
    content: bytes | None, origin: MemoryRemote, tmp_path: Path
) -> None:
    remote = origin.copy()
    bad, good = manifests_of(origin)
    blob = _blob_of(remote, bad)
    del remote.objects[blob]
    if content is not None:
        remote.objects[blob] = content
    assert set(take_in(remote, tmp_path).refused) == {bad}
    assert_exactly_once(remote, tmp_path, [good])
    remote.objects[blob] = origin.objects[blob]
    assert take_in(remote, tmp_path).refused == {}
    assert_exactly_once(remote, tmp_path, [bad, good])


def test_an_object_that_cannot_be_read_keeps_only_its_sample_out(
    origin: MemoryRemote, tmp_path: Path
) -> None:
    bad, good = manifests_of(origin)

    class TooLarge(MemoryRemote):
        def get(self, key: str) -> bytes | None:
            if key == bad:
                raise SyncError(f"{key} is too large")
            return super().get(key)

    remote = TooLarge()
    remote.objects = dict(origin.objects)
    assert "too large" in take_in(remote, tmp_path).refused[bad]
    assert [row["manifest_key"] for row in rows_in(tmp_path)] == [good]


def test_a_document_that_changed_after_its_batch_was_made_stops_the_append(
    origin: MemoryRemote, tmp_path: Path
) -> None:
    remote = origin.copy()
    take_in(remote, tmp_path / "first")
    remote.objects[manifests_of(origin)[0]] = b"{}"
    with pytest.raises(SyncError, match="not what batch 1 names"):
        take_in(remote, tmp_path / "second")
    assert rows_in(tmp_path / "second") == []


def test_a_wrong_size_is_found_though_another_sample_has_the_same_file(
    origin: MemoryRemote, tmp_path: Path
) -> None:
    remote = origin.copy()
    good, bad = manifests_of(origin)
    shared = json.loads(remote.objects[good])["files"][0]
    files = json.loads(remote.objects[bad])["files"]
    remote.objects[bad] = changed(remote, bad, files=[{**shared, "bytes": shared["bytes"] + 1}, *files[1:]])
    assert "bytes, not" in take_in(remote, tmp_path).refused[bad]
    assert [row["manifest_key"] for row in rows_in(tmp_path)] == [good]
