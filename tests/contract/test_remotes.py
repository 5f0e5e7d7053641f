"""What every central storage promises; over a folder always, over Ceph's gateway under `make test-s3`."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from booth.errors import SyncError
from booth.events import Bus
from booth.ports.outside import Remote
from booth.sync.objects import remote as make_remote
from booth.sync.probe import probe
from booth.worker import Worker
from tests.s3.gateway import gateway, options

RACERS = 16


@pytest.fixture(params=["file", pytest.param("s3", marks=pytest.mark.s3)])
def remote(request: pytest.FixtureRequest, tmp_path: Path) -> Remote:
    if request.param == "file":
        return make_remote(f"file://{tmp_path}/central", {})
    return make_remote(gateway().new_address(), options(tmp_path))


def test_what_is_put_is_got(remote: Remote) -> None:
    for key, data in {"a": b"x", "b/c/d.json": b"", "b/c/e": bytes(range(256)) * 4_000}.items():
        assert remote.put_new(key, data)
        assert remote.get(key) == data
        assert remote.exists(key)


def test_what_is_not_there_is_none(remote: Remote) -> None:
    assert remote.get("not/there") is None
    assert not remote.exists("not/there")
    assert list(remote.keys("not/")) == []


def test_nothing_is_overwritten(remote: Remote) -> None:
    assert remote.put_new("k/x", b"first")
    assert not remote.put_new("k/x", b"second")
    assert not remote.put_new("k/x", b"first")
    assert remote.get("k/x") == b"first"


def test_keys_lists_what_lies_under_a_prefix(remote: Remote) -> None:
    for key in ("a/1", "a/b/2", "ab/3", "c"):
        remote.put_new(key, b"")
    assert sorted(remote.keys("a/")) == ["a/1", "a/b/2"]
    assert sorted(remote.keys("")) == ["a/1", "a/b/2", "ab/3", "c"]


def test_a_listing_longer_than_a_page_is_whole(remote: Remote) -> None:
    count = 1_100 if remote.address.startswith("s3:") else 50  # a page of S3 is 1,000 keys
    wanted = [f"many/{number:04}" for number in range(count)]
    for key in wanted:
        remote.put_new(key, b"")
    assert sorted(remote.keys("many/")) == wanted


@pytest.mark.parametrize(
    "key", ["", "/a", "a/", "a//b", "../a", "a/../../b", "a/.b", "ä", "a b", "a#1", "a\0"]
)
def test_a_key_that_is_none_is_refused(remote: Remote, key: str) -> None:
    with pytest.raises(SyncError):
        remote.put_new(key, b"x")
    with pytest.raises(SyncError):
        remote.get(key)


def test_the_probe_is_content(remote: Remote) -> None:
    probe(remote)


def test_of_many_creates_at_once_exactly_one_wins(remote: Remote) -> None:
    for number in range(5):
        line = threading.Barrier(RACERS)
        winners: list[bytes] = []

        def create(_stopping: threading.Event, key: str = f"race/{number}") -> None:
            data = str(threading.get_ident()).encode() * 1_000
            line.wait(60)  # noqa: B023 (all workers of a round end within it)
            if remote.put_new(key, data):
                winners.append(data)  # noqa: B023

        workers = [Worker("racer", Bus(), create) for _ in range(RACERS)]
        for worker in workers:
            worker.start()
        assert all([worker.stop(60) for worker in workers])
        assert len(winners) == 1
        assert remote.get(f"race/{number}") == winners[0]
