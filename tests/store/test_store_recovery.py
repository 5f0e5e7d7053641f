"""What opening the store finds after a power cut, a kill, or a careless hand."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from booth.errors import StoreError
from booth.store.samples import Store
from tests.samples import make_closing, make_sample, make_verdict
from tests.store.conftest import OpenStore

ROOT = Path(__file__).parents[2]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "store"


def filled(open_store: OpenStore, count: int = 3) -> None:
    with open_store() as store:
        for number in range(count):
            store.keep(make_sample(f"s{number}"))
            store.close_sample(f"s{number}", make_closing(verdicts=(make_verdict(),)))


def contents(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_files_without_a_row_go_to_quarantine(open_store: OpenStore, root: Path) -> None:
    filled(open_store)
    shutil.copytree(root / "samples" / "s0", root / "samples" / "stranger")
    shutil.copytree(root / "samples" / "s0.closing", root / "samples" / "stranger.closing")
    (root / "samples" / "note.txt").write_text("mine")
    (root / "tmp" / "half").mkdir()
    (root / "tmp" / "half" / "top.rgb.jxl").write_bytes(b"\xff\x0a")
    (root / "tmp" / "empty").mkdir()
    store = open_store()
    moved = {path.name.rsplit("-", 1)[0]: path for path in store.recovery.quarantined}
    assert moved.keys() == {"stranger", "stranger.closing", "note.txt", "half"}
    assert contents(moved["stranger"]) == contents(root / "samples" / "s0")
    assert moved["note.txt"].read_text() == "mine"
    assert contents(root / "tmp") == set()
    assert all(each.ok for each in store.verify())


def test_what_lies_in_quarantine_is_never_overwritten(open_store: OpenStore, root: Path) -> None:
    for content in ("first", "second"):
        with open_store():
            pass
        (root / "samples" / "stranger").write_text(content)
        open_store().close()
    assert {path.read_text() for path in (root / "quarantine").iterdir()} == {"first", "second"}


def test_a_closing_folder_without_its_row_goes_and_the_sample_can_be_closed_again(
    open_store: OpenStore, root: Path
) -> None:
    with open_store() as store:
        store.keep(make_sample("s1"))
    shutil.copytree(root / "samples" / "s1", root / "samples" / "s1.closing")
    store = open_store()
    assert len(store.recovery.quarantined) == 1
    store.close_sample("s1", make_closing(verdicts=(make_verdict(),)))
    assert all(each.ok for each in store.verify())


def test_a_row_whose_files_are_gone_is_flagged_and_never_uploaded(open_store: OpenStore, root: Path) -> None:
    filled(open_store)
    shutil.rmtree(root / "samples" / "s0")
    (root / "samples" / "s2.closing" / "top.v1.heat.jxl").unlink()
    store = open_store()
    assert store.recovery.flagged == ("s0", "s2")
    assert store.closed_unsent() == ["s1"]
    assert store.count()["flagged"] == 2
    with pytest.raises(StoreError, match="flagged and not uploaded"):
        store.manifest("s2")


@pytest.mark.parametrize("damage", ["flip", "cut", "grow"])
def test_changed_bytes_are_found_at_the_start_and_flagged(
    open_store: OpenStore, root: Path, damage: str
) -> None:
    filled(open_store)
    path = root / "samples" / "s1" / "side.depth.jxl"
    data = bytearray(path.read_bytes())
    match damage:
        case "flip":
            data[len(data) // 2] ^= 1
        case "cut":
            del data[-1]
        case _:
            data += b"\0"
    path.write_bytes(data)
    assert open_store().recovery.flagged == ("s1",)


def test_changed_bytes_are_found_before_the_upload_and_flagged(store: Store, root: Path) -> None:
    store.keep(make_sample("s1"))
    store.close_sample("s1", make_closing())
    (root / "samples" / "s1" / "top.rgb.jxl").write_bytes(b"other")
    with pytest.raises(StoreError, match="SHA-256 differs"):
        store.file_bytes("s1", "top.rgb.jxl")
    assert store.closed_unsent() == []
    assert "top.rgb.jxl" in store.rows()[0].flagged


def test_verify_names_the_bad_ones_and_flags_them(store: Store, root: Path) -> None:
    for number in range(3):
        store.keep(make_sample(f"s{number}"))
        store.close_sample(f"s{number}", make_closing())
    (root / "samples" / "s1" / "sample.json").unlink()
    found = {each.sample_id: each for each in store.verify()}
    assert [found[name].ok for name in ("s0", "s1", "s2")] == [True, False, True]
    assert "sample.json" in found["s1"].problem
    assert store.closed_unsent() == ["s0", "s2"]
    with pytest.raises(StoreError, match=r"sample\.json"):
        store.load("s1")


def test_a_tombstone_whose_files_remain_loses_them(open_store: OpenStore, root: Path, tmp_path: Path) -> None:
    filled(open_store, 2)
    shutil.copytree(root / "samples", tmp_path / "copy")
    with open_store() as store:
        store.sent("s0")
        store.receipted("s0", b"receipt")
        store.evict("s0")
    shutil.copytree(tmp_path / "copy", root / "samples", dirs_exist_ok=True)
    store = open_store()
    assert contents(root / "samples") == {"s1", "s1.closing"}
    assert store.recovery.quarantined == ()
    assert store.count()["evicted"] == 1


def test_odd_things_on_the_shelf_do_not_keep_the_store_from_opening(
    open_store: OpenStore, root: Path
) -> None:
    filled(open_store, 3)
    with open_store() as store:
        store.sent("s0")
        store.receipted("s0", b"receipt")
        store.evict("s0")
    (root / "samples" / "s0").write_text("a file where a folder was")
    (root / "samples" / "s1" / "top.rgb.jxl").unlink()
    (root / "samples" / "s1" / "top.rgb.jxl").symlink_to("nowhere")
    (root / "samples" / "s2.closing" / "more").symlink_to("nowhere")
    (root / "samples" / "loop").symlink_to("loop")
    store = open_store()
    assert {path.name.rsplit("-", 1)[0] for path in store.recovery.quarantined} == {"s0", "loop"}
    assert store.recovery.flagged == ("s1",)


def test_a_second_intake_is_refused_while_the_first_lives(store: Store, root: Path) -> None:
    with pytest.raises(StoreError, match="another booth process"):
        Store.open(root)
    store.close()
    store.close()
    Store.open(root, ballast_mb=0).close()


def test_another_process_reads_and_sends_beside_the_intake_and_sweeps_nothing(
    store: Store, root: Path
) -> None:
    store.keep(make_sample("s1"))
    store.close_sample("s1", make_closing())
    (root / "tmp" / "in-flight").mkdir()
    (root / "tmp" / "in-flight" / "top.rgb.jxl").write_bytes(b"half")
    code = (
        "import sys; from pathlib import Path; from booth.store.samples import Store\n"
        "with Store.open(Path(sys.argv[1]), recover=False) as store:\n"
        "    store.sent(store.closed_unsent()[0]); print(store.recovery)"
    )
    subprocess.run([sys.executable, "-c", code, root], cwd=ROOT, check=True, timeout=60)
    assert store.unreceipted() == ["s1"]
    assert contents(root / "tmp") == {"in-flight"}


def test_a_store_that_is_not_the_intake_keeps_and_closes_nothing(store: Store, root: Path) -> None:
    store.keep(make_sample("s1"))
    with Store.open(root, recover=False) as beside:
        with pytest.raises(StoreError, match="not opened for intake"):
            beside.keep(make_sample("s2"))
        with pytest.raises(StoreError, match="not opened for intake"):
            beside.close_sample("s1", make_closing())


def test_an_unknown_format_is_refused(store: Store, root: Path) -> None:
    from booth.store.packing import unpack_sample

    store.keep(make_sample("s1"))
    data = store.file_bytes("s1", "sample.json").replace(b'"format":1', b'"format":99')
    with pytest.raises(StoreError, match="format"):
        unpack_sample(data, lambda name: store.file_bytes("s1", name))


def test_processes_that_open_a_new_store_at_once_all_succeed(root: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from booth.store.samples import Store\n"
        "print('loaded', flush=True); sys.stdin.readline()\n"
        "with Store.open(Path(sys.argv[1]), recover=False) as store: print(store.count()['kept'])"
    )
    command = [sys.executable, "-c", code, str(root)]
    pipe = subprocess.PIPE
    started = [subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe) for _ in range(4)]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == b"loaded\n"
    for process in started:
        assert process.stdin is not None
        process.stdin.write(b"go\n")
        process.stdin.flush()
    said = [process.communicate(timeout=60) for process in started]
    assert [out for out, _ in said] == [b"0\n"] * 4, said
