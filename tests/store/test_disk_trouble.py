"""A disk that is full, broken, read-only or not what it was; and the order of the system calls."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing as closing_of
from pathlib import Path

import pytest

from booth.errors import StoreError
from booth.store.database import Migration, open_database
from booth.store.samples import Store
from booth.store.schema import MIGRATIONS
from booth.store.space import MIB, Room
from tests.samples import make_closing, make_sample, make_verdict
from tests.store.conftest import OpenStore

REPOSITORY = Path(__file__).parents[2]
CALLS = "write,pwrite64,fsync,fdatasync,rename,unlink,unlinkat"


def traced(root: Path, act: str, trace: Path, *inject: str) -> list[str]:
    """What the act prints, under strace with these faults; skips loudly without strace."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed: no faults can be injected")
    wanted = [f"--inject={each}" for each in inject]
    command = [strace, "-f", "-y", "-o", str(trace), f"--trace={CALLS}", *wanted]
    command += [sys.executable, "-m", "tests.store.faulty", str(root), act]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=90, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def after_start(trace: Path) -> str:
    """The trace from where the act said so; Python writes the end of the line with it, or apart."""
    return re.split(r'"start(?:\\n)?"', trace.read_text(), maxsplit=1)[1]


def calls_after_start(trace: Path, root: Path) -> list[tuple[str, str]]:
    """Each call and the path it is about, relative to the store, once the act had begun."""
    text = after_start(trace)
    pattern = re.compile(rf'(fsync|fdatasync|rename|unlink)\w*\((?:\d+<|")({re.escape(str(root))}[^">]*)')
    found = ((call, os.path.relpath(path, root)) for call, path in pattern.findall(text))
    return [(call, re.sub(r"-[0-9a-f]{8}\b", "", path)) for call, path in found]


def test_files_are_durable_before_the_rename_and_the_rename_before_the_row(tmp_path: Path) -> None:
    root, trace = tmp_path / "store", tmp_path / "trace"
    assert traced(root, "keep", trace) == ["start", "done"]
    calls = calls_after_start(trace, root)
    names = [path.name for path in (root / "samples" / "s1").iterdir()]
    rename = calls.index(("rename", "tmp/s1"))
    folder = calls.index(("fsync", "tmp/s1"))
    parent = calls.index(("fsync", "samples"))
    journal = calls.index(("fdatasync", "booth.sqlite-journal"))
    database = calls.index(("fdatasync", "booth.sqlite"))
    assert len(names) == 7
    assert all(calls.index(("fsync", f"tmp/s1/{name}")) < folder for name in names)
    assert folder < rename < parent < journal < database
    assert calls.index(("unlink", "booth.sqlite-journal")) < len(calls) - 1
    assert calls[-1] == ("fdatasync", "."), "the removal of the journal, which is the commit, is synced too"


def test_the_tombstone_is_durable_before_the_files_go(tmp_path: Path) -> None:
    root, trace = tmp_path / "store", tmp_path / "trace"
    with Store.open(root, high_water_free_mb=0, ballast_mb=1) as store:
        store.keep(make_sample("s1"))
        store.close_sample("s1", make_closing())
        store.sent("s1")
        store.receipted("s1", b"receipt")
    assert traced(root, "evict", trace) == ["start", "done"]
    text = after_start(trace)
    assert 0 < text.index("booth.sqlite>)") < text.index('booth.sqlite-journal"') < text.index(".jxl")
    assert not (root / "samples" / "s1").exists()


@pytest.mark.parametrize("error", ["EIO", "ENOSPC"])
@pytest.mark.parametrize("call", [1, 4, 8, 9])
def test_a_failing_fsync_is_told_and_leaves_nothing_behind(tmp_path: Path, error: str, call: int) -> None:
    root = tmp_path / "store"
    Store.open(root, high_water_free_mb=0, ballast_mb=1).close()
    opening = 2  # folders made durable at each opening
    fault = f"fsync:error={error}:when={opening + call}"
    said = traced(root, "keep", tmp_path / "trace", fault)
    assert said[0] == "start"
    assert "cannot be written" in said[1]
    assert not list((root / "samples").iterdir())
    assert not list((root / "tmp").iterdir())
    with Store.open(root, high_water_free_mb=0, ballast_mb=1) as store:
        assert store.rows() == []
        store.keep(make_sample("s1"))


@pytest.mark.parametrize("call", range(1, 6))
def test_a_commit_that_fails_is_told_and_the_files_leave_the_shelf(tmp_path: Path, call: int) -> None:
    root, trace = tmp_path / "store", tmp_path / "trace"
    Store.open(root, high_water_free_mb=0, ballast_mb=1).close()
    assert traced(root, "none", trace) == ["start", "done"]
    opening = len(re.findall(r"^\d+ +fdatasync\(", trace.read_text(), re.MULTILINE))
    said = traced(root, "keep", trace, f"fdatasync:error=EIO:when={opening + call}")
    with Store.open(root, high_water_free_mb=0, ballast_mb=1) as store:
        kept = [row.sample_id for row in store.rows()]
        assert kept == [path.name for path in (root / "samples").iterdir()]
        assert said[1] == "done" or "database refuses" in said[1]
        assert kept == ["s1"] if said[1] == "done" else call > 1 or kept == []
        assert all(each.ok for each in store.verify())


def test_a_sample_whose_row_was_refused_is_kept_by_the_next_attempt(
    open_store: OpenStore, tmp_path: Path
) -> None:
    store, root = open_store(), tmp_path / "store"
    sample, closing = make_sample("s1"), make_closing(verdicts=(make_verdict(),))
    writes: dict[str, Callable[[], None]] = {
        "sample": lambda: store.keep(sample),
        "closing": lambda: store.close_sample("s1", closing),
    }
    for table, write in writes.items():
        refuse = f"CREATE TRIGGER no BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'refused'); END"
        run_sql(root, refuse)
        for _ in range(3):
            with pytest.raises(StoreError, match="refused"):
                write()
        assert not list((root / "quarantine").iterdir()), "each attempt left a copy"
        run_sql(root, "DROP TRIGGER no")
        write()
    assert store.load("s1").closing is not None
    assert all(each.ok for each in store.verify())


def test_something_else_in_a_samples_place_is_moved_aside(open_store: OpenStore, tmp_path: Path) -> None:
    store, root = open_store(), tmp_path / "store"
    (root / "samples" / "s1").mkdir()
    (root / "samples" / "s1" / "sample.json").write_text("mine")
    store.keep(make_sample("s1"))
    assert [path.read_text() for path in (root / "quarantine").glob("s1-*/sample.json")] == ["mine"]
    assert all(each.ok for each in store.verify())


def run_sql(root: Path, statement: str) -> None:
    """One statement from another connection."""
    with closing_of(sqlite3.connect(root / "booth.sqlite")) as connection:
        connection.execute(statement)
        connection.commit()


def test_a_file_that_may_not_grow_stops_the_keep_cleanly(tmp_path: Path) -> None:
    prlimit = shutil.which("prlimit")
    if prlimit is None:
        pytest.skip("prlimit is not installed")
    root = tmp_path / "store"
    Store.open(root, high_water_free_mb=0, ballast_mb=0).close()
    command = [prlimit, "--fsize=4096", sys.executable, "-m", "tests.store.faulty", str(root), "keep"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=False)
    assert "cannot be" in done.stdout + done.stderr
    assert not list((root / "samples").iterdir())
    assert not list((root / "tmp").iterdir())


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 6 MiB; needs the right to mount."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=6m", "none", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("needs root and the right to mount: a full disk was not tried")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path) -> None:
    """Take every byte that is left."""
    with (folder / "filler").open("wb", buffering=0) as file:
        for size in (65_536, 4096, 1):
            try:
                while file.write(b"x" * size) == size:
                    pass
            except OSError:
                continue


@pytest.mark.root
def test_on_a_full_disk_the_ballast_makes_room_for_the_tombstone(small_disk: Path) -> None:
    with Store.open(small_disk / "store", high_water_free_mb=0, ballast_mb=1) as store:
        for sample_id in ("s1", "s2"):
            store.keep(make_sample(sample_id))
            store.close_sample(sample_id, make_closing())
        store.sent("s1")
        fill(small_disk)
        with pytest.raises(StoreError, match="cannot be written"):
            store.keep(make_sample("s3"))
        assert not list((small_disk / "store" / "tmp").iterdir())
        store.receipted("s1", b"receipt")
        assert not (small_disk / "store" / "ballast").exists()
        store.evict("s1")
        assert [row.state for row in store.rows()] == ["closed", "evicted"]
        (small_disk / "filler").unlink()
        store.keep(make_sample("s3"))
        assert all(each.ok for each in store.verify())


@pytest.mark.root
def test_without_ballast_a_full_disk_refuses_and_loses_nothing(small_disk: Path) -> None:
    with Store.open(small_disk / "store", high_water_free_mb=0, ballast_mb=0) as store:
        store.keep(make_sample("s1"))
        fill(small_disk)
        with pytest.raises(StoreError, match="full"):
            store.close_sample("s1", make_closing())
        assert [row.state for row in store.rows()] == ["kept"]
        assert store.load("s1").closing is None


def test_intake_stops_before_the_disk_is_full(open_store: OpenStore, tmp_path: Path) -> None:
    store = open_store(high_water_free_mb=10**9)
    with pytest.raises(StoreError, match="the disk is nearly full"):
        store.check_room()
    with pytest.raises(StoreError, match="run the sync, or free space"):
        store.keep(make_sample("s1"))
    assert not list((tmp_path / "store" / "samples").iterdir())


def test_the_ballast_is_held_at_its_size(open_store: OpenStore, tmp_path: Path) -> None:
    ballast = tmp_path / "store" / "ballast"
    for size_mb in (2, 2, 1, 0):
        open_store(ballast_mb=size_mb).close()
        held = ballast.stat().st_size if ballast.exists() else 0
        assert held == size_mb * MIB


def test_no_ballast_is_laid_on_a_disk_that_is_nearly_full(tmp_path: Path) -> None:
    room = Room(tmp_path, 10**9, 1)
    room.hold_ballast()
    assert not room.ballast.exists()
    assert room.release_ballast() is False


@pytest.mark.parametrize("root", ["/proc/booth", "/dev/null/booth"])
def test_a_folder_that_cannot_be_written_gives_one_clear_error(root: str) -> None:
    with pytest.raises(StoreError, match=f"{root} cannot be created"):
        Store.open(Path(root))


@pytest.mark.parametrize("content", [b"this is no database" * 100, b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_garbage_database_gives_one_clear_error_and_stays(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "booth.sqlite"
    path.write_bytes(content)
    for _ in range(2):  # the lock is free again after the refusal
        with pytest.raises(StoreError, match=r"booth\.sqlite cannot be used"):
            Store.open(tmp_path, ballast_mb=0)
    assert path.read_bytes() == content


def test_a_folder_may_have_any_name(tmp_path: Path) -> None:
    root = tmp_path / "booth?mode=ro%20#1"
    with Store.open(root, high_water_free_mb=0, ballast_mb=0) as store:
        store.keep(make_sample("s1"))
    assert (root / "booth.sqlite").is_file()
    assert [path.name for path in tmp_path.iterdir()] == [root.name]


def test_a_database_of_a_newer_version_is_refused(open_store: OpenStore, tmp_path: Path) -> None:
    open_store().close()
    newer = (*MIGRATIONS, Migration(MIGRATIONS[-1].number + 1, "newer", ("CREATE TABLE later (x)",)))
    open_database(tmp_path / "store" / "booth.sqlite", newer).dispose()
    with pytest.raises(StoreError, match="newer version"):
        open_store()


def test_a_migration_that_fails_leaves_no_trace(tmp_path: Path) -> None:
    broken = Migration(1, "broken", ("CREATE TABLE half (x)", "CREATE NONSENSE"))
    with pytest.raises(StoreError):
        open_database(tmp_path / "a.sqlite", (broken,))
    sound = Migration(1, "sound", ("CREATE TABLE half (x)",))
    open_database(tmp_path / "a.sqlite", (sound,)).dispose()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.sqlite"]
